"""Writing rows of the registry inside a publication. The registry's verbs stand on these."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from jieyue.apps.publication.bulk import insert_rows
from jieyue.apps.publication.dated import Planned, between, updated, write_planned
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.attributes import NAMES, Attributes, of_row, plain, stored
from jieyue.apps.registry.models import Alias, Institution, InstitutionVersion
from jieyue.domain.tree import (
    OPEN_END,
    Change,
    Interval,
    TreeError,
    apply_change,
    check_intervals,
    remove_span,
)

Versions = list[Interval[Attributes]]


def intervals_of(institutions: Collection[int]) -> dict[int, Versions]:
    """Current versions by institution, by date."""
    found: dict[int, Versions] = {institution: [] for institution in institutions}
    wanted = list(institutions)
    for start in range(0, len(wanted), 10_000):  # a database has a limit for the values of one question
        rows = InstitutionVersion.objects.as_of().filter(institution_id__in=wanted[start : start + 10_000])
        for row in rows.order_by("valid_from").iterator():
            found[row.institution_id].append(Interval(row.valid_from, row.valid_to, of_row(row), row.pk))
    return found


def require_in_being(institution: int, day: date) -> Attributes:
    """The attributes on a day; refuses an institution that is not in being then."""
    row = InstitutionVersion.objects.as_of().on(day).filter(institution_id=institution).first()
    if row is None:
        raise RefusedError(
            "unknown_institution",
            zh=f"{day} 时没有机构 {institution}",
            en=f"there is no institution {institution} on {day}",
            data={"institution": str(institution), "day": day.isoformat()},
        )
    return of_row(row)


def write_new(seq: int, news: Sequence[tuple[int, date, date, Attributes]]) -> None:
    """Insert institutions with their first version: (id, valid_from, valid_to, attributes).

    Several rows of one id are its versions in a row.
    """
    first_seen: dict[int, date] = {}
    spans: dict[int, Versions] = defaultdict(list)
    for institution, valid_from, valid_to, value in news:
        first_seen[institution] = min(valid_from, first_seen.get(institution, valid_from))
        spans[institution].append(Interval(valid_from, valid_to, value))
    write_institutions(first_seen)
    planned = [
        Planned((institution,), Change((), tuple(check_intervals(rows))))
        for institution, rows in spans.items()
    ]
    write_planned(InstitutionVersion, seq, planned, columns=NAMES, values=stored)


def write_institutions(first_seen: Mapping[int, date]) -> None:
    """Insert institutions: id → first day of which anything is said."""
    known = [(institution, day.isoformat()) for institution, day in first_seen.items()]
    insert_rows(Institution, ("id", "first_seen"), known)


def write_versions(seq: int, after: dict[int, Versions], before: dict[int, Versions]) -> int:
    """Make the institutions' versions say `after`; the number of rows written."""
    planned = [
        Planned((institution,), between(before[institution], rows)) for institution, rows in after.items()
    ]
    return write_planned(InstitutionVersion, seq, planned, columns=NAMES, values=stored)


def write_update(
    seq: int,
    institution: int,
    day: date,
    update: Callable[[Attributes], Attributes],
    *,
    until: date = OPEN_END,
) -> int:
    """Apply `update` to what holds in [day, until); the number of rows written."""
    before = intervals_of([institution])
    return write_versions(seq, {institution: updated(before[institution], day, until, update)}, before)


def write_end(seq: int, institution: int, day: date) -> None:
    """The institution is no more from `day` on."""
    before = intervals_of([institution])
    change = remove_span(before[institution], day, OPEN_END)
    write_versions(seq, {institution: change.result(before[institution])}, before)


def write_span(seq: int, institution: int, span: tuple[date, date], value: Attributes) -> int:
    """`value` holds in the span; the number of rows written."""
    before = intervals_of([institution])
    change = apply_change(before[institution], *span, value)
    return write_versions(seq, {institution: change.result(before[institution])}, before)


def write_aliases(aliases: Iterable[Alias]) -> None:
    """Keep the aliases; one that is there already stays as it is."""
    Alias.objects.bulk_create(aliases, ignore_conflicts=True, batch_size=5000)


def check_codes(codes: Collection[str]) -> None:
    """Refuse two institutions of one code on one day."""
    spans: dict[str, list[Interval[int]]] = defaultdict(list)
    wanted = list(codes)
    for start in range(0, len(wanted), 10_000):
        rows = InstitutionVersion.objects.as_of().filter(code__in=wanted[start : start + 10_000])
        for code, first, end, institution in rows.values_list(
            "code", "valid_from", "valid_to", "institution_id"
        ):
            spans[code].append(Interval(first, end, institution))
    for code, intervals in spans.items():
        try:
            check_intervals(intervals)
        except TreeError as error:
            raise RefusedError(
                "code_taken",
                zh=f"机构编码 {code} 在同一时间已被另一家机构使用",
                en=f"code {code} belongs to another institution at that time; choose another or end the other first",
                data={"code": code},
            ) from error


def state_of(institution: int, day: date) -> dict[str, Any]:
    """The institution's attributes on a day, for the log's digests."""
    return plain(require_in_being(institution, day))
