"""Compile every `locale/<language>/LC_MESSAGES/*.po` below src/jieyue to `.mo`.

Written in plain Python so that installing needs no gettext: the demo runs on a bare machine.
`--check` compiles nothing and names what a translator still has to do.

Format: GNU gettext manual, "The Format of GNU MO Files".
"""

import argparse
import ast
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src/jieyue"
_MAGIC = 0x950412DE
_KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")


class MessageError(ValueError):
    """A .po file that cannot be compiled; says file and line."""


@dataclass
class Message:
    """One entry: `text` holds the translation, one string for each plural form."""

    line: int
    fuzzy: bool = False
    context: str | None = None
    source: str | None = None
    plural: str | None = None
    text: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        """The look-up key that gettext uses: context EOT source NUL plural."""
        key = self.source or ""
        if self.context is not None:
            key = f"{self.context}\x04{key}"
        if self.plural is not None:
            key = f"{key}\0{self.plural}"
        return key.encode()

    @property
    def value(self) -> bytes:
        return "\0".join(self.text[index] for index in sorted(self.text)).encode()

    @property
    def translated(self) -> bool:
        return bool(self.text) and all(self.text.values())


def _blocks(path: Path) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines between blank lines."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            block.append((number, line.strip()))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _string(path: Path, number: int, text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        value = None
    if not isinstance(value, str):
        raise MessageError(f"{path}:{number}: not a quoted string: {text}")
    return value


def _message(path: Path, block: list[tuple[int, str]]) -> Message | None:
    """Read one entry; None for a block of comments."""
    message = Message(line=block[0][0])
    place: tuple[str, int] = ("", 0)
    parts: dict[tuple[str, int], str] = {}
    for number, line in block:
        if line.startswith("#"):
            message.fuzzy |= line.startswith("#,") and "fuzzy" in line
            continue
        keyword = next((word for word in _KEYWORDS if line.startswith(word)), None)
        if keyword is not None:
            index, text = 0, line.removeprefix(keyword)
            if text.startswith("["):
                number_text, _, text = text[1:].partition("]")
                index = int(number_text)
            place = (keyword, index)
            if place in parts:
                raise MessageError(f"{path}:{number}: {keyword} twice in one entry (a blank line is missing)")
            parts[place] = _string(path, number, text.strip())
        elif line.startswith('"') and place in parts:
            parts[place] += _string(path, number, line)
        else:
            raise MessageError(f"{path}:{number}: not understood: {line}")
    if not parts:
        return None
    message.context = parts.get(("msgctxt", 0))
    message.source = parts.get(("msgid", 0))
    message.plural = parts.get(("msgid_plural", 0))
    message.text = {index: text for (keyword, index), text in parts.items() if keyword == "msgstr"}
    if message.source is None or not message.text:
        raise MessageError(f"{path}:{message.line}: an entry needs msgid and msgstr")
    return message


def read(path: Path) -> list[Message]:
    """All entries of a .po file, the header (empty msgid) among them."""
    messages = [message for block in _blocks(path) if (message := _message(path, block))]
    seen: dict[bytes, int] = {}
    for message in messages:
        if message.key in seen:
            raise MessageError(f"{path}:{message.line}: the same msgid as in line {seen[message.key]}")
        seen[message.key] = message.line
    return messages


def compiled(messages: list[Message]) -> bytes:
    """The bytes of the .mo file: sorted keys, then their translations; fuzzy and empty ones are left out."""
    kept = sorted(
        (message for message in messages if message.translated and (not message.fuzzy or not message.source)),
        key=lambda message: message.key,
    )
    keys, values = b"", b""
    spans: list[tuple[int, int, int, int]] = []
    for message in kept:
        spans.append((len(message.key), len(keys), len(message.value), len(values)))
        keys += message.key + b"\0"
        values += message.value + b"\0"
    head, table = 7 * 4, 8 * len(kept)
    first_key, first_value = head + 2 * table, head + 2 * table + len(keys)
    key_table = b"".join(struct.pack("<2I", size, first_key + at) for size, at, _, _ in spans)
    value_table = b"".join(struct.pack("<2I", size, first_value + at) for _, _, size, at in spans)
    header = struct.pack("<7I", _MAGIC, 0, len(kept), head, head + table, 0, head + 2 * table)
    return header + key_table + value_table + keys + values


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is not translated")
    options = parser.parse_args()
    unfinished = 0
    for path in sorted(SOURCE.glob("**/locale/*/LC_MESSAGES/*.po")):
        try:
            messages = read(path)
        except MessageError as error:
            print(error, file=sys.stderr)
            return 1
        if not options.check:
            path.with_suffix(".mo").write_bytes(compiled(messages))
            continue
        for message in messages:
            if message.source and (message.fuzzy or not message.translated):
                print(f"{path}:{message.line}: not translated: {message.source!r}")
                unfinished += 1
    return 1 if unfinished else 0


if __name__ == "__main__":
    sys.exit(main())
