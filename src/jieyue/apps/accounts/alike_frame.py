"""The like-for-like frame of two runs: every node by every indicator, exact, and the bytes it is kept as."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jieyue.apps.accounts.packed import packed, unpacked
from jieyue.domain.change import ChangeSplit, Effect


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """What `Change` says, without who is in it.

    then, now: both sides of the like-for-like change, None without such institutions. effects, counts: by Effect in
    order; effects None for an intensity. totals: of a sum, then and now. reported: how many, then and now. owing: how
    many owe the later period and have not reported it. weighted: completeness weighted by the earlier period.
    """

    scope: str
    indicator: str
    then: Fraction | None
    now: Fraction | None
    effects: tuple[Fraction, ...] | None
    totals: tuple[Fraction, Fraction]
    counts: tuple[int, ...]
    reported: tuple[int, int]
    owing: int
    weighted: Fraction | None

    @property
    def split(self) -> ChangeSplit | None:
        """The effects that sum to the change; None for an intensity."""
        if self.effects is None:
            return None
        return ChangeSplit(
            then=self.totals[0],
            now=self.totals[1],
            effects=dict(zip(Effect, self.effects, strict=True)),
            counts=self.by_effect,
            like_for_like_base=self.then or Fraction(0),
            reported_then=self.reported[0],
            reported_now=self.reported[1],
        )

    @property
    def by_effect(self) -> Mapping[Effect, int]:
        """How many institutions each effect has."""
        return dict(zip(Effect, self.counts, strict=True))


_FRACTION, _FRACTIONS = pa.string(), pa.list_(pa.string())
_SCHEMA = pa.schema(
    [
        pa.field("scope", pa.string()),
        pa.field("indicator", pa.string()),
        pa.field("then", _FRACTION),
        pa.field("now", _FRACTION),
        pa.field("effects", _FRACTIONS),
        pa.field("totals", _FRACTIONS),
        pa.field("counts", pa.list_(pa.int64())),
        pa.field("reported", pa.list_(pa.int64())),
        pa.field("owing", pa.int64()),
        pa.field("weighted", _FRACTION),
    ]
)


class AlikeFrame:
    """Rows by (scope, indicator)."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    @classmethod
    def of(cls, rows: Iterable[AlikeRow]) -> "AlikeFrame":
        """The frame of rows."""
        columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
        for row in rows:
            for name, column in columns.items():
                column.append(_written(getattr(row, name)))
        return cls(pa.Table.from_pydict(columns, schema=_SCHEMA))

    def rows(self, scopes: Sequence[str], indicators: Sequence[str]) -> dict[tuple[str, str], AlikeRow]:
        """The rows asked for; what the frame does not have is absent."""
        found = pc.and_(
            pc.is_in(self.table.column("scope"), pa.array(list(scopes), pa.string())),
            pc.is_in(self.table.column("indicator"), pa.array(list(indicators), pa.string())),
        )
        rows = (_read(row) for row in self.table.filter(found).to_pylist())
        return {(row.scope, row.indicator): row for row in rows}

    def to_bytes(self) -> bytes:
        """The frame as a compressed Arrow file."""
        return packed(self.table)

    @classmethod
    def from_bytes(cls, content: bytes) -> "AlikeFrame":
        """Read what `to_bytes` wrote."""
        return cls(unpacked(content))

    def digest(self) -> str:
        """SHA-256 over what the rows say, not over the file's bytes."""
        total = hashlib.sha256()
        for name in _SCHEMA.names:
            total.update(repr(self.table.column(name).to_pylist()).encode() + b"\x1e")
        return total.hexdigest()


def _written(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    return [_written(each) for each in value] if isinstance(value, tuple) else value


def _read(row: Mapping[str, Any]) -> AlikeRow:
    def number(text: str | None) -> Fraction | None:
        return None if text is None else Fraction(text)

    def numbers(texts: Sequence[str]) -> tuple[Fraction, ...]:
        return tuple(Fraction(text) for text in texts)

    totals = numbers(row["totals"])
    return AlikeRow(
        scope=row["scope"],
        indicator=row["indicator"],
        then=number(row["then"]),
        now=number(row["now"]),
        effects=None if row["effects"] is None else numbers(row["effects"]),
        totals=(totals[0], totals[1]),
        counts=tuple(row["counts"]),
        reported=(row["reported"][0], row["reported"][1]),
        owing=row["owing"],
        weighted=number(row["weighted"]),
    )
