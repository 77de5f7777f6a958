"""What is submitted and not published yet, as rows of facts: the unapproved part 未审数 of a table."""

from collections.abc import Iterator

from jieyue.apps.accounts.filed import Block, columns_of
from jieyue.apps.returns.cells import columns
from jieyue.apps.returns.lake import FactRows, arrow, item_codes
from jieyue.apps.returns.models import Return, ReturnSnapshot
from jieyue.apps.trees.queries import UNIT, all_memberships
from jieyue.domain.account_form import AccountForm
from jieyue.domain.period import Period
from jieyue.domain.workflow import Verb

_CHUNK = 5000
#: A draft is nobody's word yet; a return that was withdrawn is a draft again. What was sent back was submitted.
_SUBMITTED = (Return.State.SUBMITTED, Return.State.RETURNED, Return.State.APPROVED)


def periods_within(period: Period) -> list[str]:
    """The period itself, and the months and quarters whose returns may stand for it."""
    months = [str(month) for month in period.months()]
    quarters = [
        str(quarter)
        for year in sorted({month.year for month in period.months()})
        for quarter in (Period.of_quarter(year, number) for number in range(1, 5))
        if period.contains(quarter)
    ]
    return list(dict.fromkeys([str(period), *months, *quarters]))


def submissions(form: str, period: Period) -> Iterator[tuple[Return, ReturnSnapshot]]:
    """Each return of the period without a published version that was submitted, with its latest submission."""
    rows = Return.objects.filter(
        form=form,
        period__in=periods_within(period),
        subject_kind=Return.Subject.INSTITUTION,
        current__isnull=True,
        state__in=_SUBMITTED,
    ).order_by("pk")
    found = {row.pk: row for row in rows}
    inside = all_memberships(UNIT, period.last_day)
    numbers = [pk for pk, row in found.items() if inside.get(row.subject, row.subject) == row.subject]
    for start in range(0, len(numbers), _CHUNK):
        latest: dict[int, ReturnSnapshot] = {}
        snapshots = ReturnSnapshot.objects.filter(
            parent__in=numbers[start : start + _CHUNK], verb=Verb.SUBMIT.value
        )
        for snapshot in snapshots.order_by("parent", "pk").only(
            "parent_id", "cells", "scheme", "version_digest"
        ):
            latest[snapshot.parent_id] = snapshot
        yield from ((found[pk], snapshot) for pk, snapshot in latest.items())


def submitted_rows(form: str, period: Period, account: AccountForm, sequence: int) -> list[Block]:
    """The submissions as the engine takes them."""
    pairs = list(submissions(form, period))
    if not pairs:
        return []
    rows = FactRows(
        versions=range(1, len(pairs) + 1),
        replaces=[None] * len(pairs),
        subjects=[row.subject for row, _ in pairs],
        subject_kinds=[row.subject_kind for row, _ in pairs],
        instances=[row.instance for row, _ in pairs],
        schemes=[snapshot.scheme for _, snapshot in pairs],
        periods=[row.period for row, _ in pairs],
        methods=["submitted"] * len(pairs),
    )
    table = arrow(form, sequence, rows, columns([snapshot.cells for _, snapshot in pairs], item_codes(form)))
    wanted = [name for name in columns_of(account) if name in table.column_names]
    return [Block({name: table.column(name) for name in wanted}, table.num_rows)]
