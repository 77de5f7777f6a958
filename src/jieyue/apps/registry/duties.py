"""Who files which months of a broken year.

A month belongs to whom it finds on its last day (statistics.md, "Which line": the line of the period's last day).
So a change on `day` gives the months that end before `day` to the side before it, the others to the side after.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import OuterRef, Q, Subquery

from jieyue.apps.registry.models import FilingDuty, InstitutionVersion
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.trees.queries import Tree, every_node


@dataclass(frozen=True, slots=True)
class Duty:
    """`filer` files the months first_month … last_month (1–12, both included) of `institution`."""

    institution: int
    filer: int
    year: int
    first_month: int
    last_month: int
    collector: int | None = None


def months_before(day: date) -> tuple[int, int] | None:
    """First and last month of the year of `day` that end before it; None for none."""
    last = day.month - 1
    return (1, last) if last else None


def months_from(day: date) -> tuple[int, int]:
    """First and last month of the year of `day` that end on it or later."""
    return (day.month, 12)


def duty_before(
    institution: int, filer: int, day: date, *, begun: date, collector: int | None = None
) -> list[Duty]:
    """The months of the year before `day` in which the institution was in being at their end."""
    span = months_before(day)
    first = max(1, begun.month if begun.year == day.year else 1)
    if span is None or begun.year > day.year or first > span[1]:
        return []
    return [Duty(institution, filer, day.year, first, span[1], collector)]


def duty_from(institution: int, filer: int, day: date, *, collector: int | None = None) -> list[Duty]:
    """The months of the year from `day` on."""
    first, last = months_from(day)
    return [Duty(institution, filer, day.year, first, last, collector)]


def duty_of_ended(institution: int, filer: int, day: date, *, begun: date) -> list[Duty]:
    """Who files the months of an institution that is no more from `day` on.

    Where it ends in January no month of the year is its own, and the year before, which may still be open, is meant.
    """
    if months_before(day) or begun >= day.replace(day=1, month=1):
        return duty_before(institution, filer, day, begun=begun)
    first = begun.month if begun.year == day.year - 1 else 1
    return [Duty(institution, filer, day.year - 1, first, 12)]


def taken_over(origin: int, heir: int, day: date) -> list[Duty]:
    """What `origin`, which is no more from `day` on, files for others, as the heir's to file.

    For those that ended before it all months; for those in being, which report inside its return, those of the year.
    """
    found: dict[tuple[int, int, int], FilingDuty] = {}
    mine = FilingDuty.objects.filter(filer_id=origin).exclude(institution_id__in=(origin, heir))
    names = list(mine.values_list("institution_id", flat=True).distinct())
    for row in FilingDuty.objects.filter(institution_id__in=names).order_by("seq", "id"):
        for month in range(row.first_month, row.last_month + 1):
            found[row.institution_id, row.year, month] = row
    being = InstitutionVersion.objects.as_of().filter(institution_id__in=names, valid_to__gt=day)
    alive = set(being.values_list("institution_id", flat=True))
    found = {
        key: row for key, row in found.items() if row.institution_id not in alive or row.year >= day.year
    }
    kept = sorted({(row.seq, row.pk): row for row in found.values() if row.filer_id == origin}.items())
    return [
        Duty(row.institution_id, heir, row.year, row.first_month, row.last_month, row.collector)
        for _, row in kept
    ]


def store_duties(seq: int, verb: str, duties: Sequence[Duty]) -> None:
    """Keep the duties of publication `seq`."""
    FilingDuty.objects.bulk_create(
        [
            FilingDuty(
                institution_id=duty.institution,
                filer_id=duty.filer,
                collector=duty.collector,
                year=duty.year,
                first_month=duty.first_month,
                last_month=duty.last_month,
                verb=verb,
                seq=seq,
            )
            for duty in duties
        ]
    )


def as_data(duties: Sequence[Duty]) -> list[dict[str, object]]:
    """For the log."""
    return [
        {
            "institution": duty.institution,
            "filer": duty.filer,
            "months": f"{duty.year}-{duty.first_month:02}..{duty.year}-{duty.last_month:02}",
        }
        for duty in duties
    ]


def in_force(rows: Iterable[FilingDuty], ends: Mapping[int, date]) -> list[Duty]:
    """The duties that hold, oldest month first: the newest of each month, and none after an institution's end.

    rows: in the order in which they were written. A newer duty that names no collector leaves the older one's.
    """
    found: dict[tuple[int, int, int], tuple[int, int | None]] = {}
    for row in rows:
        end = ends.get(row.institution_id)
        for month in range(row.first_month, row.last_month + 1):
            if end is not None and (row.year, month) >= (end.year, end.month):
                continue
            key = (row.institution_id, row.year, month)
            collector = row.collector if row.collector is not None else found.get(key, (0, None))[1]
            found[key] = (row.filer_id, collector)
    duties = []
    ordered = sorted(found.items())
    for (number, year, filer, collector, _), part in groupby(
        enumerate(ordered), lambda item: (*item[1][0][:2], *item[1][1], item[1][0][2] - item[0])
    ):
        months = [key[2] for _, (key, _) in part]
        duties.append(Duty(number, filer, year, months[0], months[-1], collector))
    return sorted(duties, key=lambda duty: (duty.year, duty.first_month, duty.institution))


def who_files(numbers: Collection[int] | None = None, year: int | None = None) -> list[Duty]:
    """The duties in force of these institutions (None: of all) and of those whose months they file."""
    rows = FilingDuty.objects.order_by("seq", "id")
    if year is not None:
        rows = rows.filter(year=year)
    if numbers is not None:
        others = rows.filter(filer_id__in=numbers).values("institution_id")
        rows = rows.filter(Q(institution_id__in=numbers) | Q(institution_id__in=others.order_by()))
    ending = InstitutionVersion.objects.as_of().filter(institution=OuterRef("institution"))
    kept = list(rows.annotate(end=Subquery(ending.order_by("-valid_to").values("valid_to")[:1])))
    found = in_force(kept, {row.institution_id: row.end for row in kept})
    if numbers is None:
        return found
    return [duty for duty in found if duty.institution in numbers or duty.filer in numbers]


def duty_table(year: int | None = None) -> tuple[list[str], list[list[str]]]:
    """Every duty in force as heads and rows: codes and names of the institutions, months, who collects."""
    duties = who_files(year=year)
    numbers = {side for duty in duties for side in (duty.institution, duty.filer)}
    codes, names = codes_of(numbers), names_of(numbers)
    bodies = {node.id: node.code for node in every_node(Tree.LINE)}
    heads = ["institution", "name", "first_month", "last_month", "filer", "filer_name", "collector"]
    rows = [
        [
            codes[duty.institution],
            names[duty.institution],
            f"{duty.year}-{duty.first_month:02}",
            f"{duty.year}-{duty.last_month:02}",
            codes[duty.filer],
            names[duty.filer],
            "" if duty.collector is None else bodies.get(duty.collector, ""),
        ]
        for duty in duties
    ]
    return heads, rows
