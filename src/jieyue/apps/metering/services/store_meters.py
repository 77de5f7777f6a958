"""Store what rows of meters change, in one publication: points, what holds of them from a day on, the meters."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.conf import settings

from jieyue.apps.metering.meter_changes import About, Plan, of_version
from jieyue.apps.metering.models import MeterPeriod, Point, PointVersion
from jieyue.apps.metering.months import second_of
from jieyue.apps.metering.points import Known, numbers_of
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.publication.bulk import insert_rows
from jieyue.apps.publication.dated import (
    DATED_COLUMNS,
    Planned,
    between,
    from_day,
    until_day,
    write_planned,
)
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.domain.quantity import from_fixed
from jieyue.domain.tree import OPEN_END, Interval

#: Columns of a meter beside those that every dated row has.
_OF_METERS: Final = ("serial", "begins", "ends", "num", "den", "digits", "decimals", "first", "last")


def store_meters(
    plans: Sequence[Plan],
    verb: str,
    *,
    actor: str,
    reason: str,
    summary: Mapping[str, Any],
    beside: Callable[[], object] = lambda: None,
) -> None:
    """The caller has planned them under the lake's lock, and holds it. beside: what belongs to the same transaction.

    Uses are derived again by the worker if a day that is past has changed.
    """

    def write(seq: int) -> None:
        fresh = sorted({plan.row.meter for plan in plans if plan.known is None})
        ids = dict(zip(fresh, allocate(len(fresh)), strict=True))
        Point.objects.bulk_create([Point(id=number, code=code) for code, number in ids.items()])
        ids |= {plan.row.meter: plan.known.version.point_id for plan in plans if plan.known is not None}
        _write_versions(seq, plans, ids)
        _write_periods(seq, plans, ids)
        beside()
        if any(plan.row.valid_from <= settings.JIEYUE_HOME.today() for plan in plans):
            ask_derive()

    publish(verb, actor=actor, write=write, reason=reason, summary={**summary, "meters": len(plans)})


def _write_versions(seq: int, plans: Sequence[Plan], ids: Mapping[str, int]) -> None:
    parents = numbers_of({plan.parent for plan in plans if plan.parent})
    spans: dict[int, tuple[list[Interval[About]], list[Interval[About]]]] = {}
    for plan in (one for one in plans if not one.keeps):
        number, row = ids[plan.row.meter], plan.row
        about = replace(plan.about, parent=parents[plan.parent] if plan.parent else None)
        if number not in spans:
            stored = _spans(plan.known)
            spans[number] = (stored, list(stored))
        before, after = spans[number]
        after = until_day(after, row.valid_from) if plan.closes else from_day(after, row.valid_from, about)
        spans[number] = (before, after)
    planned = [Planned((number,), between(before, after)) for number, (before, after) in spans.items()]
    write_planned(PointVersion, seq, planned, columns=tuple(About.__annotations__), values=_stored)


def _spans(known: Known | None) -> list[Interval[About]]:
    """What holds of a point, the oldest first."""
    versions = known.versions if known is not None else ()
    return [Interval(one.valid_from, one.valid_to, of_version(one), one.id) for one in versions]


def _stored(about: About) -> tuple[Any, ...]:
    return tuple(getattr(about, name) for name in About.__annotations__)


def _write_periods(seq: int, plans: Sequence[Plan], ids: Mapping[str, int]) -> None:
    rows = Counter(plan.row.meter for plan in plans)
    first = [plan for plan in plans if plan.swap and plan.known is None and rows[plan.row.meter] == 1]
    _come_first(seq, first, ids)
    alone = {plan.row.meter for plan in first}
    for plan in (one for one in plans if one.row.meter not in alone):
        if plan.closes:
            _leave(seq, plan, ids[plan.row.meter])
        elif plan.swap or plan.mend:
            now = list(MeterPeriod.objects.as_of().filter(point_id=ids[plan.row.meter]).order_by("begins"))
            (_mend if plan.mend else _come)(seq, plan, ids[plan.row.meter], now)


def _come_first(seq: int, plans: Sequence[Plan], ids: Mapping[str, int]) -> None:
    """The meters of points that are new with this file and have one row in it: all at once."""
    made = [
        (
            number, seq, None, False, row.valid_from, OPEN_END, ids[row.meter], row.serial,
            second_of(row.valid_from), None, row.multiplier.numerator, row.multiplier.denominator, row.digits,
            row.decimals, row.first_reading, None,
        )
        for number, row in zip(allocate(len(plans)), (plan.row for plan in plans), strict=True)
    ]  # fmt: skip
    insert_rows(MeterPeriod, (*DATED_COLUMNS, *MeterPeriod.KEY, *_OF_METERS), made)


def _come(seq: int, plan: Plan, point: int, now: Sequence[MeterPeriod]) -> None:
    """The meter that came on the row's day; the one before it ends then, with its last reading where it is said. On a
    point that was closed later it serves until then."""
    row, begins = plan.row, second_of(plan.row.valid_from)
    shown: Any = None if row.first_reading is None else from_fixed(row.first_reading)
    old = now[-1] if now else None
    serves = old is not None and (old.ends is None or begins < old.ends)
    if old is not None and serves:
        last: Any = None if row.last_reading is None else from_fixed(row.last_reading)
        _again(seq, old, ends=begins, valid_to=row.valid_from, last=last)
    period = MeterPeriod(
        seq=seq, point_id=point, begins=begins, valid_from=row.valid_from, serial=row.serial,
        num=row.multiplier.numerator, den=row.multiplier.denominator, digits=row.digits, decimals=row.decimals,
        first=shown,
        ends=old.ends if old is not None and serves else None, last=old.last if old is not None and serves else None,
        valid_to=old.valid_to if old is not None and serves else OPEN_END,
    )  # fmt: skip
    (period.id,) = allocate(1)
    period.save(force_insert=True)


def _mend(seq: int, plan: Plan, _point: int, now: Sequence[MeterPeriod]) -> None:
    """What the row says of the meter that came on its day, and of the last reading of the one before."""
    row, said = plan.row, {}
    names = {"serial": "serial", "digits": "digits", "decimals": "decimals"}
    said.update({column: getattr(row, name) for name, column in names.items() if name in row.given})
    if "multiplier" in row.given:
        said |= {"num": row.multiplier.numerator, "den": row.multiplier.denominator}
    if row.first_reading is not None:
        said["first"] = from_fixed(row.first_reading)
    _again(seq, now[-1], **said)
    if row.last_reading is not None and len(now) > 1:
        _again(seq, now[-2], last=from_fixed(row.last_reading))


def _again(seq: int, old: MeterPeriod, **said: Any) -> None:
    """A row in the place of one, that says something else."""
    names = [field.attname for field in MeterPeriod._meta.concrete_fields]
    (number,) = allocate(1)
    values = {name: getattr(old, name) for name in names}
    MeterPeriod(**{**values, "id": number, "seq": seq, "replaces": old.pk, **said}).save(force_insert=True)


def _leave(seq: int, plan: Plan, point: int) -> None:
    """The meter that serves a closed point leaves on the day, with its last reading where it is said."""
    day = plan.row.valid_from
    last: Any = None if plan.row.last_reading is None else from_fixed(plan.row.last_reading)
    ends = second_of(day) if plan.mend else None
    for old in MeterPeriod.objects.as_of().filter(point_id=point, ends=ends):
        _again(seq, old, ends=second_of(day), valid_to=day, last=last)
