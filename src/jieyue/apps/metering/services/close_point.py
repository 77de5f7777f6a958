"""Take a metering point out of service from a day on; what was measured before stays."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from jieyue.apps.identity.models import User
from jieyue.apps.metering.formulas import VIRTUAL, parts_of
from jieyue.apps.metering.models import MeterPeriod, PointVersion
from jieyue.apps.metering.points import codes_of
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.metering.services.change_point import check_keeper, checked_reason
from jieyue.apps.metering.services.store_meters import end_periods, end_versions
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.services.publish import publish
from jieyue.domain.tree import OPEN_END

_LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class Closing:
    """day: the first on which the point is no more. last: what its meter showed last (None: nobody knows)."""

    point: int
    day: date
    reason: str
    last: Decimal | None = None


def close_point(closing: Closing, *, actor: str, by: User | None = None) -> None:
    """Store it; the worker derives again if days that are past change. by: the person whose rights count.

    Raises RefusedError, with nothing changed.
    """
    check_keeper(by)
    reason = checked_reason(closing.reason)
    with open_lake().lock.hold():
        _check(closing)
        _check_others(closing)

        def write(seq: int) -> None:
            end_versions(seq, closing.point, closing.day)
            end_periods(seq, closing.point, closing.day, closing.last)
            if closing.day <= settings.JIEYUE_HOME.today():
                ask_derive()

        publish(
            "metering.close_point", obj=f"point:{closing.point}", actor=actor, write=write, reason=reason,
            summary={"day": closing.day.isoformat(), "last": None if closing.last is None else str(closing.last)},
        )  # fmt: skip


def _check(closing: Closing) -> None:
    """That it is in service, and may end then."""
    last = closing.last
    if last is not None and not (last.is_finite() and 0 <= last < _LARGEST and last == round(last, 4)):
        raise RefusedError(
            "close_number",
            zh=f"{last} 不是四位小数以内的非负数",
            en=f"{last} is no number ≥ 0 with at most 4 decimals",
        )
    now = PointVersion.objects.as_of().filter(point_id=closing.point).order_by("valid_from").last()
    if now is None or now.valid_to < OPEN_END:
        raise RefusedError("close_closed", zh="这个计量点已经停用", en="the point is out of service already")
    came = MeterPeriod.objects.as_of().filter(point_id=closing.point).order_by("begins").last()
    begun = max(now.valid_from, came.valid_from if came else now.valid_from)
    if closing.day <= begun:
        raise RefusedError(
            "close_early",
            zh=f"停用日须晚于 {begun}：那天登记了现在的内容或装上了现在的表；先更正那一条，再停用",
            en=f"the day must be later than {begun}, when what holds now began or the meter came; mend that first",
        )


def _check_others(closing: Closing) -> None:
    """That nothing hangs below it, and no virtual point is made of it, from the day on."""
    later = PointVersion.objects.as_of().filter(valid_to__gt=closing.day).select_related("point")
    below = sorted({row.point.code for row in later.filter(parent=closing.point)})
    code = codes_of([closing.point])[closing.point]
    made = sorted(
        {
            row.point.code
            for row in later.filter(kind=VIRTUAL, formula__contains=code)
            if any(part.code == code for part in parts_of(row.formula))
        }
    )
    if below or made:
        names = ", ".join([*below, *made][:10])
        raise RefusedError(
            "close_used",
            zh=f"从那天起还有计量点挂在它下面，或虚拟表由它组成：{names}；请先从那天起改它们的上级或公式",
            en=f"points hang below it, or virtual ones are made of it, from that day on: {names}; change these first",
        )
