"""Who files which months of a broken year.

A month belongs to whom it finds on its last day (statistics.md, "Which line": the line of the period's last day).
So a change on `day` gives the months that end before `day` to the side before it, the others to the side after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jieyue.apps.registry.models import FilingDuty


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
