"""Send a body's summary upward: the table of now, frozen."""

import json
from collections.abc import Mapping

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog, keep_catalog
from jieyue.apps.registry.queries import codes_of
from jieyue.apps.returns.models import Return
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.acting import SUMMARISE, above, holds
from jieyue.apps.summaries.contents import Content, contents, root_of, standing, summary_digest
from jieyue.apps.summaries.ledger import Ledger, ledger_of
from jieyue.apps.summaries.models import Summary, SummaryVersion
from jieyue.apps.summaries.outstanding import as_rows, outstanding
from jieyue.apps.summaries.rules import of_contents, of_table, sums_behind
from jieyue.apps.summaries.tables import summed
from jieyue.domain.period import Period
from jieyue.domain.summary import MOVES, SummaryState, SummaryVerb, cells_of, differences

_BATCH = 2000


def send(user: User, body: int, form: str, period: str) -> Summary:
    """未上报, 已撤回, 已退回, 已接受 → 已上报. After an acceptance it is an amended summary, number + 1, that names the
    accepted one and the cells that differ. Raises RefusedError, PeriodError.
    """
    span = Period.parse(period)
    _refuse_wrong(user, body, form, span)
    sequence = last_done()
    ledger = ledger_of(body, form, span, sequence=sequence)
    listed = contents(ledger, body)
    if not listed:
        raise refusals.empty()
    return _freeze(user, body, ledger, listed)


def _refuse_wrong(user: User, body: int, form: str, period: Period) -> None:
    day, table = period.last_day, (form, str(period))
    if not holds(user, body, "view", table, day):
        raise refusals.unknown()
    if not holds(user, body, SUMMARISE, table, day):
        raise refusals.not_yours("上报综合表", "send a summary")
    catalog = home_catalog()
    if form not in catalog.forms or not catalog.forms[form].summary_of:
        raise refusals.wrong_form(form)
    if period.kind_letter not in catalog.forms[catalog.forms[form].summary_of].periods:
        raise refusals.wrong_period(str(period), "kind")
    if day >= settings.JIEYUE_HOME.today():
        raise refusals.wrong_period(str(period), "running")


def _freeze(user: User, body: int, ledger: Ledger, listed: list[Content]) -> Summary:
    mended = standing(listed, ledger.period, mended=True)
    cells = cells_of(summed(ledger, body).lines)
    _refuse_wrong_cells(body, ledger, listed, cells)
    unmet, root = as_rows(outstanding(ledger, body)), root_of(listed)
    keep_catalog()
    try:
        with transaction.atomic():
            rows = Summary.objects.select_for_update().filter(
                body=body, form=ledger.form, period=str(ledger.period)
            )
            before = list(rows.order_by("number"))
            state = SummaryState(before[-1].state) if before else SummaryState.NONE
            if (state, SummaryVerb.SEND) not in MOVES:
                raise refusals.wrong_state(state, SummaryVerb.SEND)
            accepted = [row for row in before if row.state == Summary.State.ACCEPTED]
            predecessor = accepted[-1] if accepted else None
            if predecessor is not None and (predecessor.merkle_root, predecessor.cells) == (
                root,
                _text(cells),
            ):
                raise RefusedError(
                    "summary_same",
                    zh="与已接受的综合表没有差别，不用再报",
                    en="nothing differs from the accepted summary: there is nothing to amend",
                )
            _refuse_moved(ledger, listed, mended)
            made = _row(user, body, ledger, root, cells, unmet, predecessor)
            made.number, made.versions = len(before) + 1, len(listed)
            made.digest = summary_digest(frozen(made))
            made.save()
            SummaryVersion.objects.bulk_create(
                (SummaryVersion(summary=made, version=row.version) for row in listed), batch_size=_BATCH
            )
            _log(made)
    except IntegrityError as error:  # somebody else has sent it in the same moment
        raise refusals.wrong_state(SummaryState.SENT, SummaryVerb.SEND) from error
    return made


def _refuse_wrong_cells(
    body: int, ledger: Ledger, listed: list[Content], cells: dict[str, list[str | None]]
) -> None:
    found = of_table(ledger.form, ledger.period, cells, ledger, body)
    behind = [(one.subject, one.version) for one in listed]
    found += of_contents(ledger.period, ledger.form, cells, lambda: sums_behind(ledger, behind))
    wrong = [one for one in found if one.blocks]
    if wrong:
        items = {item.code: item for item in ledger.items}
        codes = codes_of({number for one in wrong for number in one.institutions}, ledger.period.last_day)
        raise refusals.wrong_cells(wrong, items, codes)


def _refuse_moved(
    ledger: Ledger,
    listed: list[Content],
    mended: Mapping[tuple[int, str, str], tuple[int | None, str]],
) -> None:
    """From here on the returns are held; none has been reopened or has another version since they were read. One that
    was being mended before is in the table as it was, and said to be."""
    now = standing(listed, ledger.period, hold=True)
    again = {key: one for key, one in now.items() if one[1] != Return.State.APPROVED}
    present = {key: current for key, (current, _) in now.items()}
    stands = all(present.get((row.subject, row.period, row.instance)) == row.version for row in listed)
    if again != mended or not stands:
        raise refusals.moved()


def _text(cells: dict[str, list[str | None]]) -> str:
    return json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _row(
    user: User,
    body: int,
    ledger: Ledger,
    root: str,
    cells: dict[str, list[str | None]],
    unmet: list[dict[str, object]],
    predecessor: Summary | None,
) -> Summary:
    old = {} if predecessor is None else json.loads(predecessor.cells)
    differs = differences(old, cells) if predecessor is not None else []
    return Summary(
        body=body,
        above=above(body, ledger.period.last_day),
        form=ledger.form,
        period=str(ledger.period),
        boundary=ledger.period.last_day,
        seq=ledger.sequence,
        catalog=home_catalog().digest,
        merkle_root=root,
        cells=_text(cells),
        unmet=unmet,
        predecessor=predecessor,
        differs=[[one.item, one.column, one.before, one.after] for one in differs],
        state=Summary.State.SENT,
        sent_by=user.get_username(),
        sent_at=timezone.now(),
        comments=[],
    )


def frozen(row: Summary) -> dict[str, object]:
    """What the digest of a summary is taken of."""
    return {
        "body": row.body,
        "form": row.form,
        "period": row.period,
        "number": row.number,
        "boundary": row.boundary.isoformat(),
        "seq": row.seq,
        "catalog": row.catalog,
        "merkle_root": row.merkle_root,
        "cells": json.loads(row.cells),
        "unmet": row.unmet,
        "predecessor": row.predecessor.digest if row.predecessor else "",
    }


def _log(row: Summary) -> None:
    record(
        "summaries.send",
        f"summary:{row.pk}",
        actor=row.sent_by,
        after=row.digest,
        data={
            "body": row.body,
            "form": row.form,
            "period": row.period,
            "number": row.number,
            "seq": row.seq,
            "versions": row.versions,
            "merkle_root": row.merkle_root,
            "unmet": len(row.unmet),
        },
    )
