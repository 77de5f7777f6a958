"""Open returns of an institution that ends or comes inside another's return: those of the heir's months go over to
it, the others are told.

A month belongs to whom its last day finds. So a return of months that all end on the day of the change or later is
the heir's now; what is older stays under its own institution, whose months it reports, and the duty of the registry
names who files it. Nothing is added up, overwritten or thrown away: where the heir has a return of its own for the
same form and period, or reports inside another's, the open one stays beside it. A return that was ever published
stays with its facts.
"""

from dataclasses import dataclass, field
from datetime import date

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.events import returns_carried
from jieyue.apps.registry.queries import institution
from jieyue.apps.returns.models import Return
from jieyue.domain.period import MONTHS, Period

Key = tuple[str, str, str]


@dataclass
class _Carried:
    """What became of each open return, and why a return stays."""

    moved: list[Return] = field(default_factory=list)
    stays: list[tuple[Return, str]] = field(default_factory=list)


def carry_open(
    origin: int, heir: int | None, day: date, *, filer: int | None, seq: int, actor: str, verb: str
) -> None:
    """Decide the open returns of `origin`, which files no month from `day` on, inside publication `seq`.

    heir: who has its months from the day on, None for nobody. filer: who files its months before the day.
    One log entry names for each return the subject before and after; none is written where nothing is open.
    """
    # Locked, because an approval needs no lock of the lake; what is approved stays, published or about to be.
    mine = Return.objects.select_for_update().filter(
        subject=origin,
        subject_kind=Return.Subject.INSTITUTION,
        current__isnull=True,
        publishing__isnull=True,
    )
    rows = list(mine.order_by("form", "period", "instance"))
    if not rows:
        return
    carried = _decide(rows, heir, day)
    for row in carried.moved:
        assert heir is not None
        row.subject = heir
    Return.objects.bulk_update(carried.moved, ["subject"], batch_size=200)
    if carried.moved:
        keys = tuple((row.form, row.period) for row in carried.moved)
        returns_carried.send(sender=None, moved=keys, origin=origin, heir=heir)
    record(
        "returns.carry_open",
        f"institution:{origin}",
        actor=actor,
        before={str(row.pk): origin for row in rows},
        after={str(row.pk): row.subject for row in rows},
        data={
            "seq": seq,
            "by": verb,
            "day": day,
            "from": origin,
            "to": heir,
            "filer": filer,
            "moved": [_named(row) | {"from": origin, "to": heir} for row in carried.moved],
            "stays": [_named(row) | {"subject": origin, "why": why} for row, why in carried.stays],
        },
    )


def _decide(rows: list[Return], heir: int | None, day: date) -> _Carried:
    carried = _Carried()
    first = day.year * MONTHS + day.month - 1
    own = _keys(heir) if heir is not None else set()
    inside = heir is not None and _inside_another(heir, day)
    for row in rows:
        key = (row.form, row.period, row.instance)
        if Period.parse(row.period).first < first:
            carried.stays.append((row, "own_months"))
        elif heir is None:
            carried.stays.append((row, "no_heir"))
        elif inside:
            carried.stays.append((row, "heir_reports_inside_another"))
        elif key in own:
            carried.stays.append((row, "heir_has_its_own"))
        else:
            carried.moved.append(row)
    return carried


def _keys(subject: int) -> set[Key]:
    rows = Return.objects.filter(subject=subject)
    return set(rows.values_list("form", "period", "instance"))


def _inside_another(heir: int, day: date) -> bool:
    found = institution(heir, day)
    return found is not None and found.unit not in (None, heir)


def _named(row: Return) -> dict[str, object]:
    return {
        "return": row.pk,
        "form": row.form,
        "period": row.period,
        "instance": row.instance,
        "state": row.state,
    }
