"""A result frame: figures of one run as columns, exact, and the bytes they are kept as."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jieyue.apps.accounts.packed import packed, unpacked
from jieyue.domain.completeness import Status
from jieyue.domain.exact import Quotients
from jieyue.domain.indicators import Column

_SCHEMA = pa.schema(
    [
        pa.field("scope", pa.string()),
        pa.field("indicator", pa.string()),
        pa.field("numerator", pa.string()),
        pa.field("denominator", pa.string()),
        pa.field("approved", pa.int64()),
        pa.field("expected", pa.int64()),
        pa.field("origin", pa.string()),
        pa.field("status", pa.string()),
        pa.field("reasons", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class FrameFigure:
    """One figure of a frame; value and completeness exact, None = missing / nothing expected."""

    scope: str
    indicator: str
    value: Fraction | None
    completeness: Fraction | None
    origin: str
    status: str
    reasons: tuple[str, ...]


def missing(scope: str, indicator: str) -> FrameFigure:
    """The figure of a scope that has nothing in the period: missing, not zero and not left away."""
    return FrameFigure(scope, indicator, None, None, "", Status.MISSING.value, ())


#: A frame of so many rows is turned into rows of Python at once, a larger one row by row as it is asked for.
_FEW_ROWS = 10_000


class Frame:
    """Figures by (scope, indicator)."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._places: dict[tuple[str, str], int] | None = None
        self._rows: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def scopes(self) -> list[str]:
        """Scopes in the frame, each once, in order."""
        return list(dict.fromkeys(self.table.column("scope").to_pylist()))

    def get(self, scope: str, indicator: str) -> FrameFigure | None:
        """One figure; None if the frame has no such scope or indicator."""
        if self._places is None:
            keys = zip(
                self.table.column("scope").to_pylist(),
                self.table.column("indicator").to_pylist(),
                strict=True,
            )
            self._places = {key: place for place, key in enumerate(keys)}
            self._rows = self.table.to_pylist() if len(self) <= _FEW_ROWS else []
        place = self._places.get((scope, indicator))
        if place is None:
            return None
        return _figure(self._rows[place] if self._rows else self.table.slice(place, 1).to_pylist()[0])

    def some(self, scopes: Sequence[str], indicators: Sequence[str]) -> dict[tuple[str, str], FrameFigure]:
        """The figures of a few scopes and indicators, without turning the whole frame into rows."""
        wanted = pc.and_(
            pc.is_in(self.table.column("scope"), value_set=pa.array(scopes, pa.string())),
            pc.is_in(self.table.column("indicator"), value_set=pa.array(indicators, pa.string())),
        )
        rows = (_figure(row) for row in self.table.filter(wanted).to_pylist())
        return {(row.scope, row.indicator): row for row in rows}

    def of(self, indicators: Sequence[str]) -> "Frame":
        """The same of some indicators alone, in memory of its own."""
        codes = pa.array(indicators, pa.string())
        wanted = pc.is_in(self.table.column("indicator"), value_set=codes)
        return Frame(self.table.filter(wanted).combine_chunks())

    def figures(self) -> list[FrameFigure]:
        """All figures in order."""
        return [_figure(row) for row in self.table.to_pylist()]

    def to_bytes(self) -> bytes:
        """The frame as a compressed Arrow file."""
        return packed(self.table)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Frame":
        """Read what `to_bytes` wrote."""
        return cls(unpacked(content))

    def digest(self) -> str:
        """SHA-256 over the figures themselves, not over the file's bytes."""
        total = hashlib.sha256()
        for name in _SCHEMA.names:
            values = self.table.column(name).to_pylist()
            total.update("\x1f".join("" if v is None else str(v) for v in values).encode() + b"\x1e")
        return total.hexdigest()


def build(
    scopes: Sequence[str],
    columns: Mapping[str, Column],
    origins: Sequence[str],
    threshold: Fraction,
) -> Frame:
    """The frame of computed columns; status by completeness and reasons."""
    count = len(scopes)
    nothing = [""] * count
    shares: dict[int, _Shares] = {}
    rows = []
    for column in columns.values():
        key = id(column.completeness)
        share = (
            shares[key] if key in shares else shares.setdefault(key, _shares(column.completeness, threshold))
        )
        numerators, denominators = column.values.lowest()
        missing = ~column.values.known
        reasons = _reasons(column.reasons, count)
        provisional = (
            share.low | np.array([bool(text) for text in reasons], dtype=bool) if reasons else share.low
        )
        status = np.where(missing, 2, np.where(provisional, 1, 0))
        rows.append(
            (numerators, denominators, missing, share.approved, share.expected, status, reasons or nothing)
        )
    return Frame(_table(scopes, list(columns), origins, rows) if rows else _SCHEMA.empty_table())


def _table(
    scopes: Sequence[str], codes: Sequence[str], origins: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> pa.Table:
    """All columns of all indicators, one after the other: each array is made once, not once an indicator."""
    above, below, missing, approved, expected, status, reasons = zip(*rows, strict=True)
    lacking = np.concatenate(missing)
    which, where = np.repeat(np.arange(len(rows)), len(scopes)), np.tile(np.arange(len(scopes)), len(rows))
    made = [
        _texts(scopes).take(pa.array(where)),
        _texts(codes).take(pa.array(which)),
        _texts(list(map(str, chain.from_iterable(above))), lacking),
        _texts(list(map(str, chain.from_iterable(below))), lacking),
        pa.concat_arrays(approved),
        pa.concat_arrays(expected),
        _texts(origins).take(pa.array(where)),
        _STATUSES.take(pa.array(np.concatenate(status))),
        _texts(list(chain.from_iterable(reasons))),
    ]
    return pa.Table.from_arrays(made, schema=_SCHEMA)


_STATUSES = pa.array([Status.FINAL.value, Status.PROVISIONAL.value, Status.MISSING.value])


@dataclass(frozen=True)
class _Shares:
    """Completeness of all scopes as it stands in the frame, and where it is below the threshold."""

    approved: pa.Array
    expected: pa.Array
    low: NDArray[np.bool_]


def _shares(column: Quotients, threshold: Fraction) -> _Shares:
    approved, expected = (part.astype(np.int64) for part in column.lowest())
    missing = ~column.known
    low = column.known & (column.num * threshold.denominator < column.den * threshold.numerator)
    return _Shares(pa.array(approved, mask=missing), pa.array(expected, mask=missing), low.astype(bool))


def _texts(values: Sequence[str], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(values, pa.string(), mask=missing)


def _reasons(reasons: Mapping[str, list[bool]], count: int) -> list[str]:
    """The reasons of each scope in one text; nothing at all where no scope has any."""
    if not reasons:
        return []
    return [";".join(reason for reason, where in reasons.items() if where[i]) for i in range(count)]


def _figure(row: Mapping[str, object]) -> FrameFigure:
    value = (
        None
        if row["numerator"] is None
        else Fraction(int(str(row["numerator"])), int(str(row["denominator"])))
    )
    share = (
        None if row["expected"] is None else Fraction(int(str(row["approved"])), int(str(row["expected"])))
    )
    return FrameFigure(
        scope=str(row["scope"]),
        indicator=str(row["indicator"]),
        value=value,
        completeness=share,
        origin=str(row["origin"]),
        status=str(row["status"]),
        reasons=tuple(r for r in str(row["reasons"] or "").split(";") if r),
    )
