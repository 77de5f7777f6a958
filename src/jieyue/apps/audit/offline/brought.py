"""What stands in a file that somebody brought: every value is of its kind before anything is computed from it.

Nobody vouches for such a file, so that whatever is wrong with it is said with its place and is never a traceback.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import FIELDS, Beginning, Checkpoint, canonical
from jieyue.domain.merkle import complete_subtrees

_HASH = re.compile(r"[0-9a-f]{64}")
#: The database counts in 64 bits.
_MOST = 2**63 - 1
_TEXTS = ("origin", "root", "at", "algorithm", "key", "signature")


class AnchorError(DomainError):
    """A checkpoint, proof or log file that cannot be read as one."""


class SpoiltError(DomainError):
    """A value that is not what belongs there."""

    def __init__(self, place: str, zh: str, en: str) -> None:
        super().__init__("spoilt", zh=f"{place} 应是{zh}", en=f"{place} is to be {en}")


@contextmanager
def reading(file: Path, zh: str, en: str) -> Iterator[None]:
    """Whatever is wrong with the file is an AnchorError that names the file, what it was to be and what is wrong."""
    try:
        yield
    except SpoiltError as error:
        raise _refused(file, zh, en, error.message_zh, str(error)) from error
    except FileNotFoundError as error:
        raise _refused(file, zh, en, "没有这个文件", "there is no such file") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise _refused(file, zh, en, f"读不了（{why}）", f"it cannot be read ({why})") from error
    except (json.JSONDecodeError, UnicodeError, RecursionError) as error:
        raise _refused(file, zh, en, "不是 JSON 文本", "it is no JSON text") from error
    except AnchorError:
        raise
    except ValueError as error:
        raise _refused(file, zh, en, str(error), str(error)) from error


def _refused(file: Path, zh: str, en: str, why_zh: str, why_en: str) -> AnchorError:
    return AnchorError(
        "file",
        zh=f"{file} 不是{zh}：{why_zh}；请核对文件名，或重新取一份",
        en=f"{file} is not {en}: {why_en}; check its name, or get it anew",
    )


def mapping(said: object, place: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(said, dict):
        raise SpoiltError(place, " JSON 对象", "a JSON object")
    return said


def listing(said: object, place: str) -> list[Any]:
    """A JSON list."""
    if not isinstance(said, list):
        raise SpoiltError(place, " JSON 列表", "a JSON list")
    return said


def count(said: object, place: str) -> int:
    """A number of entries: a whole number from 1 on, no text and no truth value."""
    if type(said) is not int or not 0 < said <= _MOST:
        raise SpoiltError(place, "从 1 起的整数", "a whole number from 1 on")
    return said


def digest(said: object, place: str) -> str:
    """A SHA-256, or a key: 64 hex digits."""
    if not isinstance(said, str) or not _HASH.fullmatch(said):
        raise SpoiltError(place, " 64 位小写十六进制数", "64 lower-case hex digits")
    return said


def digests(said: object, place: str) -> list[str]:
    """A list of them."""
    return [digest(one, f"{place}[{at}]") for at, one in enumerate(listing(said, place))]


def checkpoint(said: object, place: str = "checkpoint") -> Checkpoint:
    """A checkpoint; what signs it may be lacking, which the verifier tells."""
    values = mapping(said, place)
    signs = {"algorithm": "", "key": "", "signature": ""}
    known = {"size", *_TEXTS}
    if not known - set(signs) <= set(values) <= known:
        raise SpoiltError(
            place, f"有 {', '.join(sorted(known))} 的对象", f"an object of {', '.join(sorted(known))}"
        )
    for name in _TEXTS:
        _text({**signs, **values}[name], f"{place}.{name}")
    count(values["size"], f"{place}.size")
    digest(values["root"], f"{place}.root")
    return Checkpoint(**values)


def entry(said: object, place: str = "entry") -> dict[str, Any]:
    """An entry with all its fields; that nobody changed them, its hash tells."""
    values = mapping(said, place)
    for name in FIELDS:
        if name not in values:
            raise SpoiltError(f"{place}.{name}", "日志条目的字段，缺了", "there: a field of every entry")
    _text(values["at"], f"{place}.at")
    canonical(values)  # raises where a text cannot be written, or is nested without end
    return values


def beginning(said: object) -> Beginning:
    """What stands before the first entry of a part: as many peaks as the size has complete trees."""
    values = mapping(said, "before")
    size = count(values.get("size"), "before.size")
    peaks = digests(values.get("peaks"), "before.peaks")
    due = complete_subtrees(size)
    if len(peaks) != due:
        raise SpoiltError("before.peaks", f" {due} 个散列", f"{due} hashes")
    return Beginning(size, digest(values.get("head"), "before.head"), tuple(peaks))


def consistency(said: object) -> Mapping[int, list[bytes]]:
    """Size of an older checkpoint → the hashes of its proof."""
    found = {}
    for size, steps in mapping(said, "consistency").items():
        if not (size.isascii() and size.isdigit() and len(size) <= len(str(_MOST))):
            raise SpoiltError("consistency", "以条数为键的对象", "an object by numbers of entries")
        found[int(size)] = [bytes.fromhex(step) for step in digests(steps, f"consistency.{size}")]
    return found


def _text(said: object, place: str) -> None:
    if not isinstance(said, str):
        raise SpoiltError(place, "文字", "a text")
    said.encode()  # half of a pair of surrogates is no text
