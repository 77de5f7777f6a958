"""Take in a file of meters: points, what holds of them from a day on, and the meters that serve them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.meters import MeterRow, ParsedMeters, read_meters
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.metering.formulas import Said, parts_of, problems_after
from jieyue.apps.metering.meter_changes import About, Plan, Register, about_of, compared, of_version
from jieyue.apps.metering.models import MeterPeriod, Point, PointVersion
from jieyue.apps.metering.months import offset_seconds
from jieyue.apps.metering.points import numbers_of, unit_factor
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.publication.dated import Planned, between, from_day, write_planned
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.queries import by_code
from jieyue.catalog.energy_items import energy_items
from jieyue.domain.quantity import from_fixed
from jieyue.domain.tree import OPEN_END, Interval
from jieyue.domain.virtual_check import Held, Problem

DAY = 86400


@dataclass(frozen=True)
class MetersOutcome:
    """The content as read, the counts, and the batch (None for a dry run)."""

    content: FileContent
    result: ImportResult
    batch: int | None


def import_meters(
    content: bytes,
    name: str,
    *,
    actor: str,
    profile: MappingProfile | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
    valid_rows_only: bool = False,
    restate: str = "",
    batch: Batch | None = None,
) -> MetersOutcome:
    """Read a file of meters and, unless it is a dry run or refused, store it in one publication.

    A row says what holds from its day on. What it repeats is a duplicate; what it contradicts on the very day of a
    stored version needs `restate`. Another serial number or multiplier is a change of the meter on that day.
    batch: under which the file was staged before. Raises RefusedError if somebody has stored that meanwhile.
    """
    read = read_bytes(content, name, encoding=encoding)
    parsed = read_meters(
        read,
        of_catalog(home_catalog()),
        carriers=_carrier_words(),
        end_uses=energy_items().keys(),
        profile=profile,
    )
    if dry_run:
        _plans(parsed, restate=bool(restate))
        return MetersOutcome(read, parsed.report.result(), None)
    if batch is None:
        batch = stage_file(
            content, name, kind="meters", actor=actor, profile=dump(profile) if profile else ""
        )
    with open_lake().lock.hold():  # the registry may not change between the plan and the storing
        plans = _plans(parsed, restate=bool(restate))
        if not parsed.report.may_apply(valid_rows_only=valid_rows_only):
            result = parsed.report.result()
            close_batch(batch, result, actor=actor)
            return MetersOutcome(read, result, batch.pk)
        result = parsed.report.result(applied=True)
        plans = [plan for plan in plans if parsed.report.state(plan.row.row) == 0]
        if plans:
            _publish(plans, batch, result, actor=actor, reason=restate)
        else:
            close_batch(batch, result, actor=actor)
    return MetersOutcome(read, result, batch.pk)


def _carrier_words() -> dict[str, str]:
    found: dict[str, str] = {}
    for carrier in home_catalog().carriers.values():
        found |= {key(word): carrier.code for word in (carrier.code, carrier.name_zh, carrier.name_en)}
    for item in energy_items().values():
        if item.carrier and item.code.endswith("000"):
            found.setdefault(key(item.name_zh), item.carrier)
    return found


def _plans(parsed: ParsedMeters, *, restate: bool) -> list[Plan]:
    """What each row changes; findings for what cannot be, duplicates for what changes nothing."""
    rows, report = parsed.rows, parsed.report
    points = numbers_of({row.meter for row in rows} | {row.parent for row in rows if row.parent})
    register = Register(points)
    codes = {row.meter for row in rows}
    found: list[Plan] = []
    for day in sorted({row.valid_from for row in rows}):
        institutions = by_code({row.institution for row in rows if row.valid_from == day}, day)
        for row in (one for one in rows if one.valid_from == day):
            if row.parent in parsed.named and row.parent not in codes and row.parent not in points:
                report.reject_quietly(row.row)  # what is wrong with the row of its parent is told there
                continue
            if not _sound(row, institutions, points, codes, report):
                continue
            about = about_of(row, institutions[row.institution], points.get(row.parent))
            plan = compared(row, about, register, report, restate=restate)
            if plan is not None:
                found.append(plan)
    return _with_sound_formulas(_with_parents(found, points, report), points, report)


def _with_parents(plans: list[Plan], points: Mapping[str, int], report: Any) -> list[Plan]:
    """Without the rows whose parent would not be there: what is wrong with the parent is told at its own row."""
    while True:
        there = {plan.row.meter for plan in plans} | points.keys()
        lost = [plan for plan in plans if plan.row.parent and plan.row.parent not in there]
        if not lost:
            return plans
        for plan in lost:
            report.reject_quietly(plan.row.row)
        plans = [plan for plan in plans if plan not in lost]


def _with_sound_formulas(plans: list[Plan], points: Mapping[str, int], report: Any) -> list[Plan]:
    """Without the rows that make a virtual meter wrong: its own, or the one that changes what it is made of."""
    while True:
        wrong = _rows_of(problems_after([_said(plan) for plan in plans]), plans)
        if not wrong:
            return plans
        for plan, one in wrong:
            report.reject(
                plan.row.row, one.code, column="formula", value=one.value, meter=one.meter,
                meters=", ".join(one.involved),
            )  # fmt: skip
        gone = {id(plan) for plan, _one in wrong}
        plans = _with_parents([plan for plan in plans if id(plan) not in gone], points, report)


def _rows_of(found: Sequence[Problem], plans: list[Plan]) -> list[tuple[Plan, Problem]]:
    """Each problem at the row that can be its cause: the virtual meter's, else the first of what it is made of. What
    no row of the file touches was there before."""
    named = []
    for one in found:
        until = {
            plan.row.meter: plan for plan in plans if plan.row.valid_from <= one.day
        }  # by day: the last stays
        named.append((next((until[code] for code in one.involved if code in until), None), one))
    return [(plan, one) for plan, one in named if plan is not None]


def _said(plan: Plan) -> Said:
    about = plan.about
    held = Held(
        str(about.institution), about.carrier, unit_factor(about.unit, about.carrier), about.kind, about.end_use,
        about.direction, plan.parent, parts_of(about.formula),
    )  # fmt: skip
    return Said(plan.row.meter, plan.row.valid_from, held)


def _sound(
    row: MeterRow,
    institutions: Mapping[str, int],
    points: Mapping[str, int],
    codes: set[str],
    report: Any,
) -> bool:
    if row.institution not in institutions:
        report.reject(row.row, "unknown_institution", column="institution", value=row.institution)
        return False
    if row.parent == row.meter:
        report.reject(row.row, "meter_circle", column="parent", value=row.meter)
        return False
    if row.parent and row.parent not in points and row.parent not in codes:
        report.reject(row.row, "meter_parent", column="parent", value=row.parent)
        return False
    try:
        unit_factor(row.unit, row.carrier)
    except ValueError as error:
        unit = home_catalog().carriers[row.carrier].unit
        report.reject(row.row, str(error), column="unit", value=row.unit, unit=unit)
        return False
    return True


def _publish(plans: list[Plan], batch: Batch, result: ImportResult, *, actor: str, reason: str) -> None:
    def write(seq: int) -> None:
        fresh = sorted({plan.row.meter for plan in plans if plan.known is None})
        ids = dict(zip(fresh, allocate(len(fresh)), strict=True))
        Point.objects.bulk_create([Point(id=number, code=code) for code, number in ids.items()])
        ids |= {plan.row.meter: plan.known.version.point_id for plan in plans if plan.known is not None}
        _write_versions(seq, plans, ids)
        _write_periods(seq, plans, ids)
        close_batch(batch, result, actor=actor)
        ask_derive()

    publish(
        "metering.import_meters",
        actor=actor,
        write=write,
        reason=reason,
        summary={"batch": batch.pk, "sha256": batch.sha256, "file": batch.file_name, "meters": len(plans)},
    )


def _write_versions(seq: int, plans: list[Plan], ids: Mapping[str, int]) -> None:
    parents = numbers_of({plan.parent for plan in plans if plan.parent})
    spans: dict[int, tuple[list[Interval[About]], list[Interval[About]]]] = {}
    for plan in plans:
        number, row = ids[plan.row.meter], plan.row
        about = replace(plan.about, parent=parents[plan.parent] if plan.parent else None)
        if number not in spans:
            stored = [
                Interval(one.valid_from, one.valid_to, of_version(one), one.pk)
                for one in PointVersion.objects.as_of().filter(point_id=number).order_by("valid_from")
            ]
            spans[number] = (stored, list(stored))
        before, after = spans[number]
        spans[number] = (before, from_day(after, row.valid_from, about))
    planned = [Planned((number,), between(before, after)) for number, (before, after) in spans.items()]
    write_planned(PointVersion, seq, planned, columns=tuple(About.__annotations__), values=_stored)


def _stored(about: About) -> tuple[Any, ...]:
    return tuple(getattr(about, name) for name in About.__annotations__)


def _write_periods(seq: int, plans: list[Plan], ids: Mapping[str, int]) -> None:
    for plan in plans:
        if plan.swap:
            _write_period(seq, plan, ids[plan.row.meter])


def _write_period(seq: int, plan: Plan, point: int) -> None:
    """The meter that came on the row's day; the one before it ends then, with its last reading where it is said."""
    row, begins = plan.row, _midnight(plan.row.valid_from)
    now = list(MeterPeriod.objects.as_of().filter(point_id=point).order_by("begins"))
    if now:
        old = now[-1]
        first, second = allocate(2)
        last: Any = None if row.last_reading is None else from_fixed(row.last_reading)
        closed = MeterPeriod(
            id=first, seq=seq, replaces=old.pk, point_id=point, serial=old.serial, begins=old.begins, ends=begins,
            num=old.num, den=old.den, digits=old.digits, decimals=old.decimals, first=old.first,
            last=last, valid_from=old.valid_from, valid_to=row.valid_from,
        )  # fmt: skip
        closed.save(force_insert=True)
    else:
        (second,) = allocate(1)
    shown: Any = None if row.first_reading is None else from_fixed(row.first_reading)
    MeterPeriod(
        id=second, seq=seq, point_id=point, serial=row.serial, begins=begins, ends=None,
        num=row.multiplier.numerator, den=row.multiplier.denominator, digits=row.digits, decimals=row.decimals,
        first=shown, valid_from=row.valid_from, valid_to=OPEN_END,
    ).save(force_insert=True)  # fmt: skip


def _midnight(day: date) -> int:
    """The first second of a local day."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY - offset_seconds()
