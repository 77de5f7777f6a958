"""Which files a query text reads: the tables that it names, on one snapshot. Every engine asks here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jieyue.store import sql
from jieyue.store.errors import LakeQueryError
from jieyue.store.port import DataFile, Partitions, Snapshot, TableSnapshot


class Pins(Protocol):
    """Where an engine gets the tables' files from."""

    def names(self) -> list[str]:
        """Tables that exist."""

    def snapshot(self, names: Sequence[str] | None = None) -> Snapshot:
        """The given tables as they are now."""


@dataclass(frozen=True)
class Wanted:
    """One table that a text names. plain: every row ever written; seq: its rows as of a publication too."""

    table: TableSnapshot
    files: tuple[DataFile, ...]
    plain: bool
    seq: int | None

    def read(self) -> list[DataFile]:
        """The files that are read, each once."""
        needed = {file.path: file for file in self.files} if self.plain else {}
        if self.seq is not None:
            current = (*sql.visible(self.files, self.seq), *sql.replacing_files(self.table, self.seq))
            needed.update((file.path, file) for file in current)
        return list(needed.values())


def wanted(
    text: str,
    values: Mapping[str, object],
    pins: Pins,
    *,
    snapshot: Snapshot | None,
    partitions: Partitions | None,
    label: str,
) -> Iterator[Wanted]:
    """The tables of a text, by name; on the newest snapshot if none is given."""
    known = pins.names() if snapshot is None else list(snapshot.tables)
    plain, current = sql.mentioned(text, known)
    names = sorted(plain | current)
    pinned = snapshot if snapshot is not None else pins.snapshot(names)
    for name in names:
        table = pinned.tables[name]
        files = tuple(sql.pruned(table, (partitions or {}).get(name)))
        yield Wanted(table, files, name in plain, _seq(values, label) if name in current else None)


def pinned_for(texts: Iterable[str], pins: Pins) -> Snapshot:
    """One snapshot of all tables that some texts name."""
    plain, current = sql.mentioned(" ".join(texts), pins.names())
    return pins.snapshot(sorted(plain | current))


def failed(label: str, error: object) -> LakeQueryError:
    """The engine refused a text."""
    return LakeQueryError(
        f"查询 {label or '（未命名）'} 失败：{error}", f"query {label or '(unnamed)'} failed: {error}"
    )


def _seq(values: Mapping[str, object], label: str) -> int:
    seq = values.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        raise LakeQueryError(
            f"查询 {label} 按发布号读表，须给出非负整数参数 seq",
            f"query {label} reads tables as of a publication and needs seq, a whole number not below 0",
        )
    return seq
