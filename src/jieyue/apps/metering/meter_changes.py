"""What the rows of a file of meters change: each compared with what is stored, or with the rows above it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from jieyue.apps.exchange.meters import OF_READ_ONES, MeterRow
from jieyue.apps.metering.formulas import VIRTUAL
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.point_rows import PeriodRow, VersionRow
from jieyue.apps.metering.points import Known, codes_of, known_of
from jieyue.domain.quantity import to_fixed
from jieyue.domain.tree import OPEN_END


@dataclass(frozen=True)
class About:
    """What holds of a point: the columns of its versions."""

    name: str
    institution: int
    carrier: str
    unit: str
    kind: str
    end_use: str
    step: int
    rated: int | None
    direction: str
    no_value: str
    formula: str
    parent: int | None


@dataclass
class Plan:
    """Rows that change something, with the point of each (None = to be made) and what it says after."""

    row: MeterRow
    about: About
    known: Known | None
    swap: bool
    parent: str  # code of the point above: it may come with this file
    mend: bool = False  # what the row says of the meter holds of the one that came on its day
    keeps: bool = False  # nothing else changes than the meter
    closes: bool = (
        False  # the point is no more from the row's day on; with `mend` only its last reading changes
    )


@dataclass(frozen=True)
class Before:
    """What a row is compared with: what is stored of its meter last, or what a row above it in the file says.

    meter: serial number and multiplier of the one that serves, None for none. stored: since when it stands in the
    register; None where the file says it. served: the meter as it is stored. closed: from which day on the point is
    no more, where it is not in service. first: what the meter showed when it came, where a last reading below it
    would be wrong.
    """

    about: About
    parent: str
    meter: tuple[str, Fraction] | None
    stored: date | None
    served: PeriodRow | None = None
    closed: date | None = None
    first: int | None = None


class Register:
    """What is stored of the meters of a file, and what its rows have said so far."""

    def __init__(self, points: Mapping[str, int]) -> None:
        self.known = known_of(set(points.values()))
        self.points = points
        self.said: dict[str, Before] = {}
        above = {one.parent for known in self.known.values() for one in known.versions if one.parent}
        self.codes = codes_of(above)

    def before(self, row: MeterRow) -> Before | None:
        """What the row is compared with; None for a meter that nothing is known of."""
        known = self.of(row)
        if row.meter in self.said or known is None:
            return self.said.get(row.meter)
        return self._of(known.version, known.periods[-1] if known.periods else None)

    def on(self, row: MeterRow) -> Before | None:
        """What is stored of its meter on its day."""
        known = self.of(row)
        if known is None or row.meter in self.said:
            return None
        there = [one for one in known.versions if one.valid_from <= row.valid_from < one.valid_to]
        if not there:
            return None
        served = [one for one in known.periods if one.valid_from <= row.valid_from < one.valid_to]
        return self._of(there[-1], served[-1] if served else None)

    def of(self, row: MeterRow) -> Known | None:
        """What is stored of its meter."""
        return self.known.get(self.points.get(row.meter, 0))

    def until(self, row: MeterRow) -> Before | None:
        """What is stored of its meter until its day, where it is closed from then on."""
        known = self.of(row)
        if known is None:
            return None
        ends = [one for one in known.versions if one.valid_to == row.valid_from]
        if not ends or any(one.valid_from == row.valid_from for one in known.versions):
            return None
        return self._of(
            ends[-1], next((one for one in known.periods if one.valid_to == row.valid_from), None)
        )

    def began(self, row: MeterRow) -> date | None:
        """The last day on which something is stored to begin of its meter."""
        known = self.of(row)
        if known is None:
            return None
        days = [one.valid_from for one in known.versions] + [one.valid_from for one in known.periods]
        return max(days)

    def _of(self, version: VersionRow, meter: PeriodRow | None) -> Before:
        serves = None if meter is None else (meter.serial, Fraction(meter.num, meter.den))
        parent = self.codes.get(version.parent, "") if version.parent else ""
        closed = version.valid_to if version.valid_to < OPEN_END else None
        first = None if meter is None or meter.digits or meter.first is None else to_fixed(meter.first)[0]
        return Before(of_version(version), parent, serves, version.valid_from, meter, closed, first)

    def say(self, plan: Plan, before: Before | None) -> None:
        """Remember what a row says for the rows below it."""
        row = plan.row
        if plan.closes:
            self.said[row.meter] = Before(plan.about, plan.parent, None, None, closed=row.valid_from)
            return
        serves, first = (before.meter, before.first) if before else (None, None)
        if plan.swap:
            serves, first = (row.serial, row.multiplier), None if row.digits else row.first_reading
        closed = before.closed if before and before.closed and row.valid_from < before.closed else None
        self.said[row.meter] = Before(plan.about, plan.parent, serves, None, closed=closed, first=first)


def about_of(row: MeterRow, institution: int, parent: int | None) -> About:
    return About(
        row.name, institution, row.carrier, row.unit, row.kind, row.end_use, row.step_min, row.rated_per_hour,
        row.direction, row.no_value, row.formula, parent,
    )  # fmt: skip


def compared(row: MeterRow, about: About, register: Register, report: Any, *, restate: bool) -> Plan | None:
    """What the row changes; None where it changes nothing or cannot be."""
    before, known = register.before(row), register.of(row)
    if before is None:
        plan = Plan(row, about, None, swap=row.kind != VIRTUAL, parent=row.parent)
        register.say(plan, None)
        return plan
    if not can_follow(row, about, before, report):
        return None
    if before.closed is not None and row.valid_from >= before.closed:  # it is taken into service again
        plan = Plan(row, about, known, swap=row.kind != VIRTUAL, parent=row.parent)
        register.say(plan, before)
        return plan
    after, parent, swap = says(row, about, before)
    came = before.served.valid_from if before.served else None
    mend = came == row.valid_from and (swap or _shows_else(row, before.served))
    stands = register.on(row)
    keeps = stands is not None and says(row, about, stands)[:2] == (stands.about, stands.parent)
    if not mend and stands is not None and keeps and not says(row, about, stands)[2]:
        report.duplicate(row.row, "duplicate_in_store")
        return None
    if stands is None and not swap and (after, parent) == (before.about, before.parent):
        report.duplicate(row.row, "duplicate_in_store")
        return None
    if _is_against(row, (after, parent), before, stands, keeps=keeps, mend=mend) and not restate:
        _tell_conflict(row, after, stands or before, report, mend=mend)
        return None
    if swap and came is not None and row.valid_from < came:
        report.reject(
            row.row, "meter_swap_past", column="valid_from", value=str(row.valid_from), came=str(came)
        )
        return None
    if keeps:
        after, parent = before.about, before.parent
    plan = Plan(row, after, known, swap and not mend, parent, mend, keeps)
    register.say(plan, before)
    return plan


def _is_against(
    row: MeterRow,
    after: tuple[About, str],
    before: Before,
    stands: Before | None,
    *,
    keeps: bool,
    mend: bool,
) -> bool:
    """Whether a row contradicts what is stored of its day, or of a day after it."""
    if mend:
        return True
    if before.stored is None or row.valid_from > before.stored:
        return False
    return not keeps if stands is not None else after != (before.about, before.parent)


def _tell_conflict(row: MeterRow, after: About, stored: Before, report: Any, *, mend: bool) -> None:
    names = (name for name in About.__annotations__ if getattr(after, name) != getattr(stored.about, name))
    different = next(names, "serial" if mend else "parent")
    said, there = getattr(after, different, row.parent), getattr(stored.about, different, stored.parent)
    if different == "serial" and stored.served is not None:
        said, there = row.serial, stored.served.serial
    report.reject(
        row.row, "conflict", column=different, value=str(said), stored=str(there), key=f"{row.meter} {row.valid_from}",
    )  # fmt: skip


def can_follow(row: MeterRow, about: About, before: Before, report: Any) -> bool:
    """Whether the row speaks of a meter that is read where one is read, of a virtual one where it is virtual."""
    if "kind" in row.given and (before.about.kind == VIRTUAL) != (about.kind == VIRTUAL):
        report.reject(row.row, "meter_kind_stays", column="kind", value=row.meter)
        return False
    spare = next((name for name in OF_READ_ONES if before.about.kind == VIRTUAL and name in row.given), None)
    if spare is not None:
        report.reject(row.row, "meter_virtual_field", column=spare, value=row.meter)
    return spare is None


_FIELDS = {"step_min": "step", "rated_per_hour": "rated"}


def says(row: MeterRow, about: About, before: Before) -> tuple[About, str, bool]:
    """What holds after the row, the code of the point above then, and whether another meter serves, or with another
    multiplier."""
    given = {_FIELDS.get(name, name) for name in row.given}
    after = replace(
        before.about, **{name: getattr(about, name) for name in given & set(About.__annotations__)}
    )
    parent = row.parent if "parent" in row.given else before.parent
    if before.meter is None:
        return after, parent, before.about.kind != VIRTUAL
    serial, multiplier = before.meter
    swap = ("serial" in row.given and row.serial != serial) or (
        "multiplier" in row.given and row.multiplier != multiplier
    )
    return after, parent, swap


#: What a row says of a meter beside its serial number and multiplier, and where it is kept.
_SHOWN = {"digits": "digits", "decimals": "decimals", "first_reading": "first"}


def _shows_else(row: MeterRow, meter: Any) -> bool:
    """Whether the row says something else of the meter that came on its day than what is stored of it."""
    for name, column in _SHOWN.items():
        stored = getattr(meter, column)
        shown = to_fixed(stored)[0] if column == "first" and stored is not None else stored
        if name in row.given and getattr(row, name) != shown:
            return True
    return False


def of_version(row: PointVersion | VersionRow) -> About:
    rated = None if row.rated is None else int(row.rated * 10_000)
    return About(
        row.name, row.institution, row.carrier, row.unit, row.kind, row.end_use, row.step, rated, row.direction,
        row.no_value, row.formula, row.parent,
    )  # fmt: skip
