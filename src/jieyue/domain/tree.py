"""Dated rows 双时态 and tree algebra: what holds as of S and on a day, how a dated change is written, roll-ups.

Valid time is half-open, `valid_to` is not part of it, and an open end is 9999-12-31. Recorded time is the
number S of the publication. Sums are Python integers (ten-thousandths), so every roll-up is exact.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, zip_longest
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period

OPEN_END = date(9999, 12, 31)
"""The `valid_to` of what has no end yet."""

N = TypeVar("N", bound=Hashable)
C = TypeVar("C", bound=Hashable)
V = TypeVar("V")


class TreeError(DomainError):
    """Rows or parents that break an invariant.

    Codes: `interval_empty`, `interval_overlap`, `interval_gap`, `cycle`, `unknown_node`.
    """


class Valid(Protocol):
    """What holds from a day on, until before another."""

    @property
    def valid_from(self) -> date:
        """First day."""

    @property
    def valid_to(self) -> date:
        """The day after the last one."""


class Recorded(Protocol):
    """A row written by publication `seq` that may supersede the row `replaces`; `gone` only removes."""

    @property
    def row_id(self) -> int:
        """Identity of the row."""

    @property
    def seq(self) -> int:
        """Number of the publication that wrote it."""

    @property
    def replaces(self) -> int | None:
        """Identity of the row that it supersedes."""

    @property
    def gone(self) -> bool:
        """Whether the row only removes what it replaces."""


DatedRow = TypeVar("DatedRow", bound=Valid)
RecordedRow = TypeVar("RecordedRow", bound=Recorded)


def current(rows: Iterable[RecordedRow], seq: int) -> list[RecordedRow]:
    """Return the rows that hold as of publication `seq`, in the order given.

    Rule: a row is current as of S if its seq ≤ S and no row with seq ≤ S names it in `replaces`; a row with
    `gone` holds nothing itself. The same rule is used in office and lake (docs/explanation/spine.md, Dates).

    >>> from types import SimpleNamespace as Row
    >>> rows = [Row(row_id=1, seq=1, replaces=None, gone=False), Row(row_id=2, seq=5, replaces=1, gone=False)]
    >>> [[row.row_id for row in current(rows, seq)] for seq in (0, 1, 4, 5)]
    [[], [1], [1], [2]]
    """
    known = [row for row in rows if row.seq <= seq]
    replaced = {row.replaces for row in known if row.replaces is not None}
    return [row for row in known if not row.gone and row.row_id not in replaced]


def as_of(rows: Iterable[DatedRow], day: date) -> list[DatedRow]:
    """Return the rows valid on a day: valid_from ≤ day < valid_to.

    >>> rows = [Interval(date(2020, 1, 1), date(2025, 11, 1), "渝北"), Interval(date(2025, 11, 1), OPEN_END, "两江")]
    >>> [row.value for row in as_of(rows, date(2025, 11, 1))]
    ['两江']
    """
    return [row for row in rows if row.valid_from <= day < row.valid_to]


@dataclass(frozen=True, slots=True)
class Interval(Generic[V]):
    """A value that holds in [valid_from, valid_to); `row_id` is the stored row it came from, if any."""

    valid_from: date
    valid_to: date
    value: V
    row_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change(Generic[V]):
    """What a dated change does to a list of intervals: `replaced` go, `new` come; both ordered by date."""

    replaced: tuple[Interval[V], ...]
    new: tuple[Interval[V], ...]

    def pairs(self) -> tuple[tuple[Interval[V] | None, Interval[V] | None], ...]:
        """Return the rows to write as (new, replaced): each replaced row is named exactly once.

        (new, None) opens a row, (None, replaced) is a row with `gone`, (new, replaced) supersedes.
        """
        return tuple(zip_longest(self.new, self.replaced))

    def result(self, intervals: Iterable[Interval[V]]) -> list[Interval[V]]:
        """Return the intervals after the change, ordered by date."""
        kept = [interval for interval in intervals if interval not in self.replaced]
        return sorted((*kept, *self.new), key=lambda interval: interval.valid_from)


def check_intervals(intervals: Iterable[Interval[V]], *, gaps: bool = True) -> list[Interval[V]]:
    """Return the intervals ordered by date; none may be empty, no two may overlap.

    `gaps=False` also refuses days between two intervals that no interval covers.
    Raises TreeError (`interval_empty`, `interval_overlap`, `interval_gap`).

    >>> check_intervals([Interval(date(2020, 1, 1), date(2021, 1, 1), 1), Interval(date(2020, 6, 1), OPEN_END, 2)])
    Traceback (most recent call last):
        ...
    jieyue.domain.tree.TreeError: two rows are valid on the same days: from 2020-06-01; end the earlier one first
    """
    ordered = sorted(intervals, key=lambda interval: (interval.valid_from, interval.valid_to))
    for interval in ordered:
        _check_span(interval.valid_from, interval.valid_to)
    for earlier, later in pairwise(ordered):
        if later.valid_from < earlier.valid_to:
            raise TreeError(
                "interval_overlap",
                zh=f"两条记录的有效期重叠：自 {later.valid_from} 起；请先截止较早的一条",
                en=f"two rows are valid on the same days: from {later.valid_from}; end the earlier one first",
            )
        if not gaps and later.valid_from > earlier.valid_to:
            raise TreeError(
                "interval_gap",
                zh=f"{earlier.valid_to} 至 {later.valid_from} 之间没有有效记录；请补上",
                en=f"no row is valid from {earlier.valid_to} until {later.valid_from}; fill the gap",
            )
    return ordered


def apply_change(intervals: Iterable[Interval[V]], valid_from: date, valid_to: date, value: V) -> Change[V]:
    """Return what must be written so that `value` holds in [valid_from, valid_to) and all else stays.

    The rows that overlap the span are replaced; what they said outside the span comes back as new rows, joined
    with the span where it said the same value. A value that holds there already changes nothing.
    Raises TreeError if the span is empty or the intervals break their invariant.

    >>> past = [Interval(date(2020, 1, 1), OPEN_END, "渝北", row_id=7)]
    >>> change = apply_change(past, date(2025, 11, 1), OPEN_END, "两江")
    >>> [(str(row.valid_from), str(row.valid_to), row.value) for row in change.new]
    [('2020-01-01', '2025-11-01', '渝北'), ('2025-11-01', '9999-12-31', '两江')]
    >>> [row.row_id for row in change.replaced]
    [7]
    """
    before, hit, after = _cut(intervals, valid_from, valid_to)
    if before and before.value == value:
        valid_from, before = before.valid_from, None
    if after and after.value == value:
        valid_to, after = after.valid_to, None
    joined = Interval(valid_from, valid_to, value)
    if len(hit) == 1 and replace(hit[0], row_id=None) == joined:
        return Change((), ())
    return Change(hit, tuple(row for row in (before, joined, after) if row))


def remove_span(intervals: Iterable[Interval[V]], valid_from: date, valid_to: date) -> Change[V]:
    """Return what must be written so that nothing holds in [valid_from, valid_to): a closing, a leaving.

    >>> past = [Interval(date(2020, 1, 1), OPEN_END, "渝北", row_id=7)]
    >>> remove_span(past, date(2025, 11, 1), OPEN_END).new[0].valid_to.isoformat()
    '2025-11-01'
    """
    before, hit, after = _cut(intervals, valid_from, valid_to)
    return Change(hit, tuple(row for row in (before, after) if row))


def _cut(
    intervals: Iterable[Interval[V]], valid_from: date, valid_to: date
) -> tuple[Interval[V] | None, tuple[Interval[V], ...], Interval[V] | None]:
    """Return the rows that overlap the span, and what is left of them before and after it."""
    _check_span(valid_from, valid_to)
    ordered = check_intervals(intervals)
    hit = tuple(row for row in ordered if row.valid_from < valid_to and valid_from < row.valid_to)
    before = after = None
    if hit and hit[0].valid_from < valid_from:
        before = Interval(hit[0].valid_from, valid_from, hit[0].value)
    if hit and hit[-1].valid_to > valid_to:
        after = Interval(valid_to, hit[-1].valid_to, hit[-1].value)
    return before, hit, after


def _check_span(valid_from: date, valid_to: date) -> None:
    if valid_from >= valid_to:
        raise TreeError(
            "interval_empty",
            zh=f"有效期为空：{valid_from} 至 {valid_to}；止日须晚于起日",
            en=f"the span is empty: {valid_from} to {valid_to}; it must end after it begins",
        )


def overlap_days(valid_from: date, valid_to: date, period: Period) -> int:
    """Return how many days of the period lie in [valid_from, valid_to).

    Formula: max(0, min(valid_to, end) − max(valid_from, start)). Unit: days.

    >>> overlap_days(date(2025, 7, 1), OPEN_END, Period.parse("2025"))
    184
    """
    return max(0, (min(valid_to, period.end) - max(valid_from, period.start)).days)


def overlap_days_of(
    valid_from: npt.NDArray[np.datetime64], valid_to: npt.NDArray[np.datetime64], period: Period
) -> npt.NDArray[np.int64]:
    """Return `overlap_days` for many rows at once; arrays of datetime64[D] of one shape, result the same.

    >>> overlap_days_of(np.array(["2025-07-01"], "M8[D]"), np.array(["9999-12-31"], "M8[D]"), Period.parse("2025"))
    array([184])
    """
    start, end = np.datetime64(period.start, "D"), np.datetime64(period.end, "D")
    days = np.minimum(valid_to, end) - np.maximum(valid_from, start)
    return np.maximum(days.astype("timedelta64[D]").astype(np.int64), 0)


def days_in_being(spans: Iterable[Valid], period: Period) -> int:
    """Return on how many days of the period at least one of the rows is valid. Unit: days.

    A stock in an intensity is weighted by days in being ÷ days of the period, so half a year in being is half
    a denominator. Days that two rows share count once.

    >>> days_in_being([Interval(date(2025, 12, 1), OPEN_END, None)], Period.parse("2025"))
    31
    """
    days = 0
    reached = period.start
    for span in sorted(spans, key=lambda span: span.valid_from):
        begin, end = max(span.valid_from, reached), min(span.valid_to, period.end)
        if begin < end:
            days += (end - begin).days
            reached = end
    return days


def topological_order(parents: Mapping[N, N | None]) -> list[N]:
    """Return all nodes of a forest, each child before its parent.

    `parents`: node → parent, None for a top. Raises TreeError: `cycle` with the nodes of the ring,
    `unknown_node` for a parent that is no node.

    >>> topological_order({"city": None, "north": "city", "street": "north"})
    ['street', 'north', 'city']
    """
    order: list[N] = []
    placed: set[N] = set()
    for node in parents:
        path = []
        step: N | None = node
        while step is not None and step not in placed:
            path.append(step)
            placed.add(step)
            step = _parent(step, parents)
        if step in path:
            raise _cycle(path[path.index(step) :])
        order.extend(reversed(path))
    return order[::-1]


def _parent(node: N, parents: Mapping[N, N | None]) -> N | None:
    if node not in parents:
        raise TreeError(
            "unknown_node",
            zh=f"树中没有节点 {node}；请先建立该节点，或改正上级",
            en=f"the tree has no node {node}; create it first, or mend the parent",
            data={"node": str(node)},
        )
    return parents[node]


def _cycle(ring: Sequence[Hashable]) -> TreeError:
    shown = " → ".join(str(node) for node in (*ring, ring[0]))
    return TreeError(
        "cycle",
        zh=f"上级关系成环：{shown}；请改正其中一个节点的上级",
        en=f"the parents form a ring: {shown}; mend the parent of one of them",
        data={"nodes": shown},
    )


def ancestors(node: N, parents: Mapping[N, N | None]) -> tuple[N, ...]:
    """Return the nodes above `node`, the nearest first.

    >>> ancestors("street", {"city": None, "north": "city", "street": "north"})
    ('north', 'city')
    """
    path = [node]
    while (above := _parent(path[-1], parents)) is not None:
        if above in path:
            raise _cycle(path[path.index(above) :])
        path.append(above)
    return tuple(path[1:])


def descendants(node: N, parents: Mapping[N, N | None]) -> frozenset[N]:
    """Return the nodes below `node`, to any depth, without itself.

    >>> sorted(descendants("city", {"city": None, "north": "city", "street": "north"}))
    ['north', 'street']
    """
    _parent(node, parents)
    below = {node}
    for child in reversed(topological_order(parents)):  # parents first
        if parents[child] in below:
            below.add(child)
    return frozenset(below - {node})


def roll_up(
    leaf_sums: Mapping[N, Mapping[C, int | None]], parents: Mapping[N, N | None]
) -> dict[N, dict[C, int]]:
    """Return for each node the sums of itself and of all nodes below it.

    `leaf_sums`: node → column → sum of what hangs at that very node (not only at leaves), int or None for a
    sum over nothing. Shape: every node of `parents` is a key of the result; a column with nothing below it is
    absent there, not zero. Unit: that of the entries. Formula: S(n) = s(n) + Σ S(child of n), exact.
    Raises TreeError (`cycle`, `unknown_node`).

    >>> roll_up({"a": {"110": 3}, "b": {"110": 4, "140": 1}}, {"city": None, "a": "city", "b": "city"})["city"]
    {'110': 7, '140': 1}
    """
    totals: dict[N, dict[C, int]] = {node: {} for node in parents}
    for node, sums in leaf_sums.items():
        _parent(node, parents)
        totals[node] = {column: value for column, value in sums.items() if value is not None}
    for node in topological_order(parents):
        parent = parents[node]
        if parent is not None:
            above = totals[parent]
            for column, value in totals[node].items():
                above[column] = above.get(column, 0) + value
    return totals


@dataclass(frozen=True, slots=True)
class Difference(Generic[N, C]):
    """An institution that trees do not count alike: tree → column → what it adds there (only what differs)."""

    institution: N
    values: Mapping[str, Mapping[C, int]]


def reconcile(totals: Mapping[str, Mapping[N, Mapping[C, int]]]) -> list[Difference[N, C]]:
    """Return the institutions that several trees of the same facts do not count alike; none = they agree.

    `totals`: tree → institution → column → what the institution adds to that tree's total, twice the value if
    it hangs there twice; one that hangs nowhere is absent, and an absent column counts as 0. Two errors that
    cancel in the total are found too.

    >>> area = {1: {"110": 5}, 2: {"110": 7}}
    >>> [(found.institution, dict(found.values)) for found in reconcile({"area": area, "type": {1: {"110": 5}}})]
    [(2, {'area': {'110': 7}, 'type': {'110': 0}})]
    """
    found: list[Difference[N, C]] = []
    none: Mapping[C, int] = {}
    for institution in dict.fromkeys(name for rows in totals.values() for name in rows):
        rows = {tree: counted.get(institution, none) for tree, counted in totals.items()}
        first = next(iter(rows.values()))
        if all(row == first for row in rows.values()):
            continue
        columns = dict.fromkeys(column for row in rows.values() for column in row)
        differing = [c for c in columns if len({row.get(c, 0) for row in rows.values()}) > 1]
        if differing:
            values = {tree: {c: row.get(c, 0) for c in differing} for tree, row in rows.items()}
            found.append(Difference(institution, values))
    return found
