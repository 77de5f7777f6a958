"""Open periods: make the obligations of their institutions, and bring them up to date with line and deadlines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.obligations.due import Days, days_of
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.opened import FIRST_YEAR, is_on_board
from jieyue.apps.obligations.owing import owed_returns, require_owed
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.models import ReturnSnapshot
from jieyue.domain.period import Period
from jieyue.domain.workflow import Verb

_BATCH = 2000
Owed = tuple[int, str]
"""Institution, and the room of a form that is filed by room."""


@dataclass(frozen=True)
class Opened:
    """What became of the obligations of one form and period."""

    form: str
    period: str
    due: int
    made: int
    changed: int
    ended: int

    def as_dict(self) -> dict[str, object]:
        """For JSON and the log."""
        return {
            "form": self.form,
            "period": self.period,
            "due": self.due,
            "made": self.made,
            "changed": self.changed,
            "ended": self.ended,
        }


def open_periods(form: str, periods: Sequence[Period], *, actor: str, reason: str = "") -> list[Opened]:
    """Make what is missing, change what has moved, end what is owed no longer and was never begun.

    Doing it again changes nothing. One transaction, and one log entry where anything changed. Raises RefusedError.
    """
    for period in periods:
        require_owed(form, period)
        _require_on_board(period)
    with transaction.atomic():
        done = [sync(form, period) for period in periods]
        if any(one.made or one.changed or one.ended for one in done):
            record(
                "obligations.open",
                f"form:{form}",
                actor=actor,
                reason=reason,
                data={"periods": [one.as_dict() for one in done]},
            )
    return done


def _require_on_board(period: Period) -> None:
    """What the board cannot show is not opened: nobody could see who owes it."""
    if not is_on_board(period):
        year = settings.JIEYUE_HOME.today().year
        raise RefusedError(
            "period_not_on_board",
            zh=f"期间 {period} 不能开放：只能开放 {FIRST_YEAR} 年至今年（{year} 年）开始的期间，请核对年份",
            en=f"the period {period} cannot be opened: only one that begins from {FIRST_YEAR} to this year, {year}, "
            "can be; check the year",
        )


def open_due(form: str, *, actor: str) -> list[Opened]:
    """Open what is to be open today and is not yet; for the worker and the command. Nothing where nobody owes."""
    wanted = [period for period in due_to_open(form) if owed_returns(form, period)]
    return open_periods(form, wanted, actor=actor) if wanted else []


def due_to_open(form: str, kind: str = "M") -> list[Period]:
    """The periods of a kind that may be begun today and are not open yet, the newest two at most.

    Months and quarters only; a year is opened by name.
    """
    today = settings.JIEYUE_HOME.today()
    month = Period.of_month(today.year, today.month)
    newest = month if kind == "M" else Period.of_quarter(today.year, (today.month - 1) // 3 + 1)
    wanted = [newest.previous(), newest.previous().previous()]
    known = set(Obligation.objects.filter(form=form).values_list("period", flat=True).distinct())
    return [period for period in reversed(wanted) if str(period) not in known]


def sync(
    form: str, period: Period, institutions: Collection[int] | None = None, *, redate: bool = False
) -> Opened:
    """Bring the obligations of a form and period into line, of these institutions or of all; in a transaction.

    redate: the days of what was handed in change as well, for a deadline was decided anew.
    """
    wanted = owed_returns(form, period, institutions)
    days = days_of(form, period, {number for number, _room in wanted})
    rows = Obligation.objects.select_for_update().filter(form=form, period=str(period))
    if institutions is not None:
        rows = rows.filter(subject__in=institutions)
    known = {(row.subject, row.instance): row for row in rows}
    fresh = [key for key in wanted if key not in known]
    _insert(form, period, fresh, wanted, days)
    changed = _change(known, wanted, days, redate=redate)
    ended = _end([row for key, row in known.items() if key not in wanted])
    return Opened(form, str(period), len(wanted), len(fresh), changed, ended)


def _insert(
    form: str, period: Period, fresh: Sequence[Owed], bodies: Mapping[Owed, int], days: Mapping[int, Days]
) -> None:
    now = timezone.now()
    objects = [
        Obligation(
            subject=number,
            form=form,
            period=str(period),
            instance=room,
            body=bodies[number, room],
            opens=days[number].opens,
            due=days[number].due,
            late_from=max(days[number].closes, now),
            made_at=now,
        )
        for number, room in fresh
    ]
    Obligation.objects.bulk_create(objects, batch_size=_BATCH)


def _change(
    known: Mapping[Owed, Obligation], bodies: Mapping[Owed, int], days: Mapping[int, Days], *, redate: bool
) -> int:
    """The body follows the line. The days stay once a return was handed in: it was on time or not by them."""
    both = known.keys() & bodies.keys()
    moved = [key for key in both if known[key].body != bodies[key]]
    redated = [
        key for key in both if (known[key].opens, known[key].due) != (days[key[0]].opens, days[key[0]].due)
    ]
    handed_in = set() if redate else _handed_in([known[key] for key in redated])
    for key in moved:
        known[key].body = bodies[key]
    redated = [key for key in redated if key not in handed_in]
    for key in redated:
        row, said = known[key], days[key[0]]
        row.opens, row.due, row.late_from = said.opens, said.due, max(said.closes, row.made_at)
    touched = sorted({*moved, *redated})
    Obligation.objects.bulk_update(
        [known[key] for key in touched], ["body", "opens", "due", "late_from"], batch_size=200
    )
    return len(touched)


def _handed_in(rows: Sequence[Obligation]) -> set[Owed]:
    """Those whose return was submitted or published once."""
    found: set[Owed] = set()
    for start in range(0, len(rows), _BATCH):
        part = Obligation.objects.filter(pk__in=[row.pk for row in rows[start : start + _BATCH]])
        submitted = ReturnSnapshot.objects.filter(verb=Verb.SUBMIT.value).values("parent")
        found |= set(
            (
                part.filter(filed__state__in=("submitted", "returned", "approved"))
                | part.filter(filed__current__isnull=False)
                | part.filter(filed__id__in=submitted)
            ).values_list("subject", "instance")
        )
    return found


def _end(rows: Sequence[Obligation]) -> int:
    """What nobody has begun goes; where something was entered it stays with its history."""
    idle = Obligation.objects.filter(pk__in=[row.pk for row in rows], filed__id__isnull=True)
    gone, _ = Obligation.objects.filter(pk__in=list(idle.values_list("pk", flat=True))).delete()
    return gone


def follow_registry(institutions: Collection[int], day: date, *, seq: int, actor: str) -> None:
    """After a change of the registry, in its transaction: every open period whose last day is `day` or later, for these
    institutions. seq: the publication of the change."""
    known = Obligation.objects.order_by().values_list("form", "period").distinct()
    open_ones = [(form, Period.parse(text)) for form, text in known]
    done = [sync(form, period, institutions) for form, period in open_ones if period.last_day >= day]
    moved = [one.as_dict() for one in done if one.made or one.changed or one.ended]
    if moved:
        data = {"seq": seq, "periods": moved}
        record("obligations.follow", f"publication:{seq}", actor=actor, data=data)
