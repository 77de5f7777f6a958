"""Rows that are dated twice: valid time [valid_from, valid_to) and recorded time, the publication number.

A row is never changed or removed. A later row names in `replaces` the row that it supersedes; a row with `gone`
only removes. The same rule holds in the lake (docs/explanation/spine.md, "Dates").
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef

from jieyue.apps.publication.bulk import insert_rows
from jieyue.apps.publication.ids import allocate
from jieyue.domain.tree import OPEN_END, Change, Interval

V = TypeVar("V")
DATED_COLUMNS: Final = ("id", "seq", "replaces", "gone", "valid_from", "valid_to")


class DatedQuerySet(models.QuerySet[Any]):
    """Chains: `Model.objects.as_of(S).on(day)`."""

    def as_of(self, seq: int | None = None) -> Self:
        """Rows current as of publication `seq`; None = as the office knows them now."""
        later = self.model._default_manager.filter(replaces=OuterRef("pk"))
        rows = self.filter(gone=False)
        if seq is not None:
            later, rows = later.filter(seq__lte=seq), rows.filter(seq__lte=seq)
        return rows.filter(~Exists(later))

    def on(self, day: date) -> Self:
        """Rows valid on a day."""
        return self.filter(valid_from__lte=day, valid_to__gt=day)

    def overlapping(self, first: date, end: date) -> Self:
        """Rows valid on some day of [first, end)."""
        return self.filter(valid_from__lt=end, valid_to__gt=first)


class DatedRow(models.Model):
    """The columns of every row that is dated twice. KEY: the columns that say whose row it is."""

    KEY: ClassVar[tuple[str, ...]] = ()

    id = models.BigIntegerField(primary_key=True)  # from the one sequence of identifiers
    seq = models.BigIntegerField(db_index=True)
    # Unique: a row is superseded by one row at most, so "current" has one meaning.
    replaces = models.BigIntegerField(null=True, unique=True)
    gone = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(default=OPEN_END)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


@dataclass(frozen=True, slots=True)
class Planned(Generic[V]):
    """What is to be written about one thing: the values of the model's KEY columns, and the change of its rows."""

    key: tuple[Any, ...]
    change: Change[V]


def between(before: Sequence[Interval[V]], after: Sequence[Interval[V]]) -> Change[V]:
    """What turns the stored intervals `before` into `after`; an interval of both stays untouched.

    Neighbours in `after` that say the same are joined first, unless both are stored already.
    """
    joined: list[Interval[V]] = []
    for interval in sorted(after, key=lambda interval: interval.valid_from):
        last = joined[-1] if joined else None
        touches = last is not None and last.valid_to == interval.valid_from and last.value == interval.value
        if last is None or not touches or (last.row_id and interval.row_id):
            joined.append(interval)
        else:
            joined[-1] = Interval(last.valid_from, interval.valid_to, interval.value)
    spans = {(row.valid_from, row.valid_to, row.value) for row in before}
    kept = [row for row in joined if (row.valid_from, row.valid_to, row.value) in spans]
    stays = {(row.valid_from, row.valid_to, row.value) for row in kept}
    return Change(
        tuple(row for row in before if (row.valid_from, row.valid_to, row.value) not in stays),
        tuple(row for row in joined if row not in kept),
    )


def updated(
    rows: Iterable[Interval[V]], valid_from: date, valid_to: date, update: Callable[[V], V]
) -> list[Interval[V]]:
    """The intervals after `update` was applied to what they say in [valid_from, valid_to)."""
    result: list[Interval[V]] = []
    for row in rows:
        first, end = max(row.valid_from, valid_from), min(row.valid_to, valid_to)
        if first >= end or update(row.value) == row.value:
            result.append(row)
            continue
        if row.valid_from < first:
            result.append(Interval(row.valid_from, first, row.value))
        result.append(Interval(first, end, update(row.value)))
        if end < row.valid_to:
            result.append(Interval(end, row.valid_to, row.value))
    return result


def from_day(rows: Sequence[Interval[V]], day: date, value: V) -> list[Interval[V]]:
    """The intervals once `value` holds from a day on for good; a day before the first begins earlier, one at or after
    the end of the last begins anew."""
    if not rows:
        return [Interval(day, OPEN_END, value)]
    if day >= rows[-1].valid_to:
        return [*rows, Interval(day, OPEN_END, value)]
    earlier = [Interval(day, rows[0].valid_from, value)] if day < rows[0].valid_from else []
    return updated([*earlier, *rows], day, OPEN_END, lambda _old: value)


def until_day(rows: Sequence[Interval[V]], day: date) -> list[Interval[V]]:
    """The intervals once nothing holds from a day on."""
    return [
        one if one.valid_to <= day else Interval(one.valid_from, day, one.value)
        for one in rows
        if one.valid_from < day
    ]


def write_planned(
    model: type[DatedRow],
    seq: int,
    planned: Sequence[Planned[V]],
    *,
    columns: Sequence[str],
    values: Callable[[V], tuple[Any, ...]],
) -> int:
    """Insert the rows of publication `seq`; their number. Identifiers rise in the order given.

    columns: the model's own table columns that `values` fills, in its order, in stored form.
    """
    pairs = [(plan.key, new, old) for plan in planned for new, old in plan.change.pairs()]
    rows = []
    for row_id, (key, new, old) in zip(allocate(len(pairs)), pairs, strict=True):
        shown = new or old
        assert shown is not None
        replaces = old.row_id if old else None
        rows.append(
            (row_id, seq, replaces, new is None, shown.valid_from, shown.valid_to, *key, *values(shown.value))
        )
    insert_rows(model, (*DATED_COLUMNS, *model.KEY, *columns), rows)
    return len(rows)
