"""The Delta log of one table as files: entries, our mark of the last flushed one, checkpoints.

Every entry that we commit says in its commitInfo how many lines it has (`jieyue.lines`), so that an entry cut at
the end of a line is not taken for a whole, shorter one. After the flush of an entry the *mark* is renewed: a file
outside the table with the version, the bytes of that entry and the digest of the last flushed checkpoint. A mark
that is missing or old costs a check of the newer entries, nothing else, so it need not be flushed itself.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from jieyue.store.files import LocalFiles

ENTRY: Final = re.compile(r"(\d{20})\.json")
CHECKPOINT: Final = re.compile(r"(\d{20})\.checkpoint.*\.parquet")
HINT: Final = "_last_checkpoint"
_STRAY: Final = re.compile(r".*(#\d+|\.tmp)")
_ACTIONS: Final = frozenset({"commitInfo", "protocol", "metaData", "add", "remove", "txn", "domainMetadata"})


@dataclass(frozen=True)
class Checkpoint:
    """A flushed checkpoint: its version and the digest over its file."""

    version: int
    sha256: str


@dataclass(frozen=True)
class Mark:
    """The last log entry known to be on the disk, with its bytes, and the last such checkpoint."""

    version: int
    entry: bytes
    checkpoint: Checkpoint | None = None


class TableLog:
    """Paths and whole-file reads of one table's log."""

    def __init__(self, lake: Path, table: str, files: LocalFiles) -> None:
        self.table = table
        self.files = files
        self.root = lake / table
        self.folder = self.root / "_delta_log"
        self.mark_path = lake / ".marks" / table
        self.aside = lake / ".aside" / table

    def entry_path(self, version: int) -> Path:
        """Where the entry of a version stands."""
        return self.folder / f"{version:020d}.json"

    def entries(self, first: int, last: int) -> Iterator[tuple[int, bytes | None]]:
        """(version, bytes) of the entries of `first`…`last`, each read as it is asked for; None where there is none."""
        for version in range(first, last + 1):
            yield version, self.files.read(self.entry_path(version))

    def versions(self) -> list[int]:
        """Versions that have an entry, rising."""
        found = (ENTRY.fullmatch(name) for name in self.files.names(self.folder))
        return [int(match.group(1)) for match in found if match]

    def removed_since(self, instant: float) -> set[str]:
        """Names of data files that entries written from an instant (seconds of the epoch) on took out of the table."""
        names: set[str] = set()
        for version in reversed(self.versions()):
            path = self.entry_path(version)
            if path.stat().st_mtime < instant:
                break
            for action in parse_entry(self.files.read(path) or b"") or ():
                if "remove" in action:
                    names.add(unquote(action["remove"]["path"]))
        return names

    def checkpoints(self) -> dict[str, int]:
        """Checkpoint files and their versions."""
        found = ((name, CHECKPOINT.fullmatch(name)) for name in self.files.names(self.folder))
        return {name: int(match.group(1)) for name, match in found if match}

    def strays(self) -> list[str]:
        """Left-over temporary files of commits that were killed."""
        return [name for name in self.files.names(self.folder) if _STRAY.fullmatch(name)]

    def hinted(self) -> int | None:
        """The version that `_last_checkpoint` points to; -1 if the hint itself is torn; None without a hint."""
        data = self.files.read(self.folder / HINT)
        if data is None:
            return None
        try:
            return int(json.loads(data)["version"])
        except (ValueError, KeyError, TypeError):
            return -1

    def checkpoint_name(self, version: int) -> str:
        """File name of the checkpoint that delta-rs writes."""
        return f"{version:020d}.checkpoint.parquet"

    def read_mark(self) -> Mark | None:
        """The mark, None if it is missing or torn."""
        data = self.files.read(self.mark_path)
        if data is None:
            return None
        head, _, entry = data.partition(b"\n")
        try:
            fields = json.loads(head)
            if hashlib.sha256(entry).hexdigest() != fields["sha256"]:
                return None
            checkpoint = Checkpoint(**fields["checkpoint"]) if fields["checkpoint"] else None
            return Mark(int(fields["version"]), entry, checkpoint)
        except (ValueError, KeyError, TypeError):
            return None

    def write_mark(self, mark: Mark) -> None:
        """Renew the mark; call only after the entry and its folder are flushed."""
        self.mark_path.parent.mkdir(exist_ok=True)
        head = {
            "version": mark.version,
            "sha256": hashlib.sha256(mark.entry).hexdigest(),
            "checkpoint": asdict(mark.checkpoint) if mark.checkpoint else None,
        }
        self.files.write_new(self.mark_path, json.dumps(head).encode() + b"\n" + mark.entry, durable=False)

    def is_marked(self, mark: Mark | None, versions: list[int]) -> bool:
        """Whether the newest entry and the checkpoints are exactly what the mark says: nothing to look at."""
        if mark is None or not versions or versions[-1] != mark.version:
            return False
        if self.files.read(self.entry_path(mark.version)) != mark.entry:
            return False
        return self.checkpoints_are_marked(mark)

    def checkpoints_are_marked(self, mark: Mark | None) -> bool:
        """Whether the newest checkpoint and the hint are the flushed ones (older ones are not read)."""
        found, hinted = self.checkpoints(), self.hinted()
        known = mark.checkpoint if mark else None
        if known is None:
            return not found and hinted is None
        name = self.checkpoint_name(known.version)
        if not found or max(found.values()) != known.version or name not in found:
            return False
        return hinted in (None, known.version) and self.files.sha256(self.folder / name) == known.sha256


def parse_entry(data: bytes) -> list[dict[str, Any]] | None:
    """The actions of a log entry; None if it is empty, cut or not an entry."""
    actions: list[dict[str, Any]] = []
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        try:
            action = json.loads(line)
        except ValueError:
            return None
        if not isinstance(action, dict) or len(action) != 1 or not _ACTIONS.issuperset(action):
            return None
        actions.append(action)
    return actions if actions and _count_fits(actions) else None


def _count_fits(actions: list[dict[str, Any]]) -> bool:
    infos = [action["commitInfo"] for action in actions if "commitInfo" in action]
    if not infos:
        return False
    promised = infos[0].get("jieyue")
    return promised is None or promised.get("lines") == len(actions)


def added_files(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The files that an entry adds: path, size, statistics."""
    return [action["add"] for action in actions if "add" in action]


def entry_metadata(log: TableLog, version: int, lines: int) -> dict[str, Any]:
    """What our entry `version` says of itself: its number of lines, and the digest of the entry before it."""
    before = log.files.read(log.entry_path(version - 1)) if version else None
    previous = hashlib.sha256(before).hexdigest() if before is not None else None
    return {"jieyue": {"lines": lines, "previous": previous}}


def broken_link(entries: Iterable[tuple[int, bytes | None]]) -> int | None:
    """The first version whose bytes are not those that the next entry was chained to, of entries one after another as
    (version, bytes).

    Entries of other writers carry no digest and end the chain; a missing or unreadable entry is broken.
    """
    digest: str | None = None
    for version, data in entries:
        if data is None:
            return version
        try:
            ours = json.loads(data.partition(b"\n")[0]).get("commitInfo", {}).get("jieyue") or {}
        except (ValueError, AttributeError):
            return version
        if digest is not None and ours.get("previous") not in (None, digest):
            return version - 1
        digest = hashlib.sha256(data).hexdigest()
    return None
