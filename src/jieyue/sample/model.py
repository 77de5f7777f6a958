"""What the sample city consists of: plain rows and frames, no store and no office in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

OPEN_END = date(9999, 12, 31)
CLOCK = date(2026, 11, 22)
FULL_SIZE = 16_685
SEED = 20_201_231

# States of a return as they are stored (statistics: 未录入 is an obligation without a draft).
NOT_BEGUN, DRAFT, SUBMITTED, RETURNED, APPROVED = "未录入", "录入中", "已上报", "已退回", "已审核"

# Origins of a cell.
MISSING, METERED, BILLED, TYPED, ESTIMATED, NOT_USED = 0, 1, 2, 3, 4, 9


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One dated node of the trees ``department`` and ``line``; valid_to is exclusive."""

    tree: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent_code: str | None
    outside: bool
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class ReturnsFrame:
    """The returns of one form and period.

    ``values`` [n, k] in ten-thousandths of each item's unit, 0 where the origin is missing or not used;
    ``origins`` [n, k]; row i is the return of ``institutions[i]`` and ``instances[i]`` (the room number
    on NY202, else empty); ``states[i]`` is its state. A row 未录入 has no values: nobody began it.
    """

    form: str
    scheme: str
    period: str
    codes: tuple[str, ...]
    institutions: tuple[str, ...]
    instances: tuple[str, ...]
    values: NDArray[np.int64]
    origins: NDArray[np.uint8]
    states: NDArray[np.str_]
    method: str = "import"

    def column(self, code: str) -> NDArray[np.int64]:
        """The values of one item, in ten-thousandths [n]."""
        return np.asarray(self.values[:, self.codes.index(code)])


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """A thing that an institution owns; values: numbers in ten-thousandths of the field's unit, words as they are."""

    institution: str
    kind: str
    code: str
    name: str
    values: dict[str, Any]
    source: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class KeyUnitRow:
    """A key energy-using unit, by which paper and supervised by whom."""

    institution: str
    document: str
    supervisor: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class SampleCity:
    """The whole synthetic city."""

    size: int
    seed: int
    nodes: list[NodeRow]
    institutions: pl.DataFrame
    memberships: pl.DataFrame
    declared: pl.DataFrame
    planted: pl.DataFrame
    totals: dict[int, dict[str, int]]
    counts: dict[int, dict[str, int]]
    cases: dict[str, dict[str, Any]]
    holdings: list[HoldingRow] = field(repr=False)
    key_units: list[KeyUnitRow]
    frames: tuple[ReturnsFrame, ...] = field(repr=False)

    def returns(self, form: str | None = None) -> Iterator[ReturnsFrame]:
        """Every frame of returns in the order of period, or those of one form."""
        return (frame for frame in self.frames if form is None or frame.form == form)

    def frame(self, form: str, period: str) -> ReturnsFrame:
        """The frame of one form and period; KeyError if the city has none."""
        for frame in self.frames:
            if frame.form == form and frame.period == period:
                return frame
        raise KeyError(f"{form} {period}")
