"""Reads of the summaries: the newest of a body, what has changed since, what was reported first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from jieyue.apps.accounts import versions
from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.summaries.contents import Content, contents
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.models import Summary, SummaryVersion
from jieyue.apps.summaries.tables import summed
from jieyue.domain.summary import Difference, cells_of, differences


def history(rows: "QuerySet[Summary]", body: int, form: str, period: str) -> list[Summary]:
    """The summaries of a body, form and period, the newest first."""
    return list(rows.filter(body=body, form=form, period=period).order_by("-number"))


def sent_ones(form: str = "", period: str = "") -> list[Summary]:
    """All summaries of the authority, of a form and period if they are named, the newest first."""
    rows = Summary.objects.select_related("predecessor").order_by("-pk")
    rows = rows.filter(form=form) if form else rows
    return list(rows.filter(period=period) if period else rows)


def published_ones(form: str = "", year: int | None = None) -> "QuerySet[Summary]":
    """公示: what was published for everybody, the newest first; of a form and a year, if they are named."""
    rows = Summary.objects.filter(published_at__isnull=False).order_by("-published_at", "-pk")
    rows = rows.filter(form=form) if form else rows
    return rows if year is None else rows.filter(period__startswith=str(year))


def first_accepted(listed: Sequence[Summary]) -> Summary | None:
    """首报: what was accepted first."""
    accepted = [row for row in listed if row.state == Summary.State.ACCEPTED]
    return min(accepted, key=lambda row: row.number) if accepted else None


def amended(row: Summary) -> bool:
    """Whether a later one of the same body, form and period is accepted too."""
    later = Summary.objects.filter(body=row.body, form=row.form, period=row.period, number__gt=row.number)
    return later.filter(state=Summary.State.ACCEPTED).exists()


def cells(row: Summary) -> dict[str, list[str | None]]:
    """The frozen cells."""
    found: dict[str, list[str | None]] = json.loads(row.cells)
    return found


@dataclass(frozen=True)
class Since:
    """What differs from a frozen summary now: cells, and institutions whose versions are others."""

    cells: tuple[Difference, ...]
    institutions: tuple[int, ...]


def since(row: Summary, ledger: Ledger) -> Since:
    """Compare a frozen summary with the table of now."""
    changed = differences(cells(row), cells_of(summed(ledger, row.body).lines))
    if not changed:
        return Since((), ())
    kept = set(SummaryVersion.objects.filter(summary=row).values_list("version", flat=True))
    present = contents(ledger, row.body)
    others = {one.subject for one in present if one.version not in kept}
    gone = kept - {one.version for one in present}
    return Since(tuple(changed), tuple(sorted(others | _subjects(gone))))


def _subjects(versions: set[int]) -> set[int]:
    from jieyue.apps.returns.models import ReturnVersion

    found: set[int] = set()
    ordered = sorted(versions)
    for start in range(0, len(ordered), 5000):
        rows = ReturnVersion.objects.filter(pk__in=ordered[start : start + 5000])
        found.update(rows.values_list("parent__subject", flat=True))
    return found


def versions_behind(ledger: Ledger, body: int, institutions: Sequence[int]) -> dict[int, list[Content]]:
    """The versions that some institutions' numbers in the table stand on."""
    found: dict[int, list[Content]] = {}
    for row in contents(ledger, body, list(institutions)):
        found.setdefault(row.subject, []).append(row)
    return found


def below(rows: "QuerySet[Summary]", ledger: Ledger, body: int) -> list[tuple[RunNode, Summary | None]]:
    """The bodies right below one, with the newest summary of each."""
    children = [
        node
        for node in ledger.trees.nodes.values()
        if node.tree == "line" and node.parent == body and node.in_being
    ]
    newest: dict[int, Summary] = {}
    listed = rows.filter(
        body__in=[node.node for node in children], form=ledger.form, period=str(ledger.period)
    )
    for row in listed.order_by("number"):
        newest[row.body] = row
    return [(node, newest.get(node.node)) for node in sorted(children, key=lambda node: node.code)]


def as_dict(row: Summary, code: str) -> dict[str, Any]:
    """A summary as programs get it."""
    return {
        "id": row.pk,
        "body": code,
        "form": row.form,
        "period": row.period,
        "number": row.number,
        "state": row.state,
        "boundary": row.boundary.isoformat(),
        "publication": row.seq,
        "catalog": row.catalog,
        "merkle_root": row.merkle_root,
        "versions": row.versions,
        "digest": row.digest,
        "sent_by": row.sent_by,
        "sent_at": row.sent_at.isoformat(),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "remark": row.remark,
        "comments": row.comments,
        "predecessor": row.predecessor_id,
        "differs": row.differs,
        "unmet": len(row.unmet),
        "cells": cells(row),
    }


def accepted_first(said: Iterable[str]) -> list[tuple[str, int]]:
    """(period, number of the summary) that runs of first-reported figures name, each once, by period."""
    named = {pk for text in said for pk in versions.summaries_of(text).values()}
    rows = Summary.objects.filter(pk__in=named) if named else Summary.objects.none()
    return sorted(rows.values_list("period", "number")) if named else []
