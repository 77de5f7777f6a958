"""Write a manual edit of a point's data, and have the point derived again. The readings themselves stay as they are."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from jieyue.apps.identity.models import User
from jieyue.apps.metering.kept import refuse_closed
from jieyue.apps.metering.models import MeterPeriod, ReadingEdit
from jieyue.apps.metering.months import offset_seconds
from jieyue.apps.metering.points import codes_of, is_inside, virtual_among
from jieyue.apps.metering.queries import readings
from jieyue.apps.metering.scope import may_edit
from jieyue.apps.metering.services.ask_derive import ask_derive
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.publication.errors import RefusedError, wrong
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.domain.readings import DAY, HOUR

Kind = ReadingEdit.Kind
_LONGEST: Final = 366 * DAY
_LARGEST: Final = Decimal(10) ** 12


@dataclass(frozen=True)
class Edit:
    """What is to be said of a point (see ReadingEdit); instants in UTC seconds, numbers decimal or None."""

    point: int
    kind: str
    begins: int
    ends: int
    reason: str
    use: Any = None
    first: Any = None
    last: Any = None


def edit_reading(edit: Edit, *, actor: str, by: User | None = None, at_once: bool = False) -> ReadingEdit:
    """Store an edit in a publication of its own; the worker derives the point's months again, at_once: this call does.

    by: the person whose rights count; without one the desk itself writes. Raises RefusedError, with nothing changed.
    """
    _check_span(edit)
    if by is not None and not may_edit(by, edit.point, day_of(edit.begins), day_of(edit.ends)):
        raise RefusedError(
            "edit_not_yours",
            zh="只有为这家机构填数的人可以修正它的计量数据；请交给填报人或审核人",
            en="only who enters numbers for this institution may edit its meter data; pass it on to them",
        )
    _check(edit)
    made: list[ReadingEdit] = []

    def write(seq: int) -> None:
        _refuse_overlap(edit)
        (number,) = allocate(1)
        row = ReadingEdit(
            id=number, seq=seq, point_id=edit.point, kind=edit.kind, begins=edit.begins, ends=edit.ends, use=edit.use,
            first=edit.first, last=edit.last, reason=edit.reason.strip(), actor=actor, at=timezone.now(),
            valid_from=day_of(edit.begins), valid_to=day_of(edit.ends) + timedelta(days=1),
        )  # fmt: skip
        row.save(force_insert=True)
        made.append(row)
        if not at_once:
            ask_derive()

    publish(
        "metering.edit_reading", obj=f"point:{edit.point}", actor=actor, write=write, reason=edit.reason.strip(),
        summary={"kind": edit.kind, "begins": edit.begins, "ends": edit.ends, "use": _text(edit.use),
                 "first": _text(edit.first), "last": _text(edit.last)},
    )  # fmt: skip
    if at_once:
        clean(actor=actor)
    return made[0]


def day_of(ts: int) -> date:
    """The local day of an instant."""
    return date(1970, 1, 1) + timedelta(days=(ts + offset_seconds()) // DAY)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _check_span(edit: Edit) -> None:
    """Instants that there are: before them nothing may be said of days."""
    now = timezone.now().timestamp()
    if max(edit.begins, edit.ends) > now:
        raise wrong("edit_future", "不能修正还没有到的时间", "what has not come yet cannot be edited")
    if min(edit.begins, edit.ends) < 0:
        raise wrong(
            "edit_past", "起止须在 1970 年以后", "begin and end must be later than the beginning of 1970"
        )


def _check(edit: Edit) -> None:
    refuse_closed(edit.begins)
    if not edit.reason.strip() or len(edit.reason.strip()) > 500:
        raise wrong("edit_reason", "请写明理由，不超过 500 字", "give a reason, 500 characters at most")
    if edit.kind not in Kind.values:
        raise wrong("edit_kind", f"没有这种修正：{edit.kind}", f"there is no such edit: {edit.kind}")
    if virtual_among([edit.point]):
        raise wrong(
            "edit_virtual",
            "这是虚拟表，用量由组成表算出；请修正它的组成表",
            "this is a virtual meter, made of its parts; edit those",
        )
    for value in (edit.use, edit.first, edit.last):
        if value is not None and not (value.is_finite() and 0 <= value < _LARGEST and _exponent(value) >= -4):
            raise wrong(
                "edit_number",
                f"{value} 不是四位小数以内的非负数",
                f"{value} is no number ≥ 0 with at most 4 decimals",
            )
    if edit.kind == Kind.USE:
        _check_use(edit)
    elif edit.kind == Kind.EXCLUDE:
        _check_exclude(edit)
    else:
        _check_change(edit)


def _exponent(value: Decimal) -> int:
    found = value.as_tuple().exponent
    return found if isinstance(found, int) else 0


def _check_use(edit: Edit) -> None:
    if edit.use is None:
        raise wrong("edit_use", "请填用量", "say the use")
    if edit.begins % HOUR or edit.ends % HOUR or not 0 < edit.ends - edit.begins <= _LONGEST:
        raise wrong(
            "edit_span",
            "起止须为整点，止在起之后，最长 366 天",
            "begin and end must be whole hours, the end after the begin, 366 days at most",
        )


def _check_exclude(edit: Edit) -> None:
    if not 0 <= edit.ends - edit.begins <= _LONGEST:
        raise wrong(
            "edit_span", "止须不早于起，最长 366 天", "the end must not precede the begin; 366 days at most"
        )
    if not len(readings([edit.point], (edit.begins, edit.ends + 1)).ts):
        code = codes_of([edit.point]).get(edit.point, "")
        raise wrong("edit_nothing", f"{code} 在这段时间没有读数", f"{code} has no reading in that time")


def _check_change(edit: Edit) -> None:
    if edit.ends != edit.begins:
        raise wrong(
            "edit_span",
            "换表和重新起数只有一个时刻：止请留空，或与起相同",
            "a change is at one instant: leave the end empty, or the same as the begin",
        )
    if edit.kind == Kind.SWAP and (edit.first is None or edit.last is None):
        raise wrong(
            "edit_numbers",
            "换表须填旧表止码和新表起码；不知道就用“确认重新起数”",
            "a change of the meter needs both numbers; where nobody knows them, confirm that it began anew",
        )
    rows = MeterPeriod.objects.as_of().filter(point_id=edit.point)
    if not any(is_inside(row, edit.begins) for row in rows):
        raise wrong(
            "edit_no_meter",
            "那一刻没有在用的表计，或正是它装上的时刻",
            "no meter was in use at that instant, or it is the very instant when one came",
        )


def _refuse_overlap(edit: Edit) -> None:
    """Two set uses of one hour, or two changes at one instant, would contradict each other."""
    rows = ReadingEdit.objects.as_of().filter(point_id=edit.point)
    if edit.kind == Kind.USE:
        other = rows.filter(kind=Kind.USE, begins__lt=edit.ends, ends__gt=edit.begins).first()
    elif edit.kind == Kind.EXCLUDE:
        other = None
    else:
        other = rows.filter(kind__in=(Kind.SWAP, Kind.RESET), begins=edit.begins).first()
    if other is not None:
        raise wrong(
            "edit_overlap",
            f"与第 {other.pk} 号修正重叠；请先撤回它",
            f"it overlaps edit {other.pk}; withdraw that one first",
        )
