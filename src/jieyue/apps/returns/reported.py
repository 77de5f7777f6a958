"""Submissions as they were frozen, in the lake beside the facts and never among them: `reported_<form>`.

Every submission is a row, also one that was withdrawn or sent back later: what was reported on the day stays a series
of its own. The worker writes them (services/publish_waiting.py); here is which rows a publication wrote, and the read.
"""

from collections.abc import Callable
from functools import partial

import pyarrow as pa
from django.db.models import QuerySet

from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.tables import LakeTable
from jieyue.apps.returns.cells import columns
from jieyue.apps.returns.lake import forms, item_codes, period_columns, wide
from jieyue.apps.returns.models import Return, ReturnSnapshot
from jieyue.domain.period import Period
from jieyue.domain.workflow import Verb
from jieyue.store.schema import FACTS_PARTITION, reported_schema, reported_table


def submissions() -> QuerySet[ReturnSnapshot]:
    """Frozen submissions of institutions on forms that have facts, oldest first."""
    return ReturnSnapshot.objects.filter(
        verb=Verb.SUBMIT.value, parent__subject_kind=Return.Subject.INSTITUTION, parent__form__in=forms()
    ).order_by("pk")


def tables() -> list[LakeTable]:
    """One table of submissions for each form that has facts."""
    return [
        LakeTable(reported_table(form), partial(schema, form), _derive(form), FACTS_PARTITION)
        for form in forms()
    ]


def schema(form: str) -> pa.Schema:
    """The table's schema with all items that the catalog has today."""
    return reported_schema(form, item_codes(form))


def reported(form: str, period: str, *, seq: int | None = None) -> pa.Table:
    """Every submission of a form and period that the lake has, by institution, room and time; seq: as of then.

    `replaces` is null in the first submission of a return: those rows are what was reported first.
    """
    lake, name = open_lake(), reported_table(form)
    if name not in lake.tables():
        return schema(form).empty_table()
    return lake.query(
        "reported_rows",
        {"period": period, "seq": last_done() if seq is None else seq},
        slots={"reported": name},
        partitions={name: {"year": [Period.parse(period).year]}},
    )


def _derive(form: str) -> Callable[[int], pa.Table | None]:
    """The provider of a form's rows for a publication, from the office alone."""

    def rows_of(seq: int) -> pa.Table | None:
        rows = ReturnSnapshot.objects.filter(lake_seq=seq, parent__form=form).order_by("lake_id")
        found = list(
            rows.values_list(
                "lake_id", "parent__subject", "parent__instance", "scheme", "number", "digest", "at", "pk",
                "parent_id", "parent__period", "cells",
            )
        )  # fmt: skip
        if not found:
            return None
        *plain, pks, parents, periods, texts = zip(*found, strict=True)
        names = ("row_id", "institution", "instance", "scheme", "number", "digest", "submitted_at")
        before = _before(set(parents), max(pks))
        said: dict[str, object] = {
            **dict(zip(names, plain, strict=True)),
            "seq": [seq] * len(found),
            "replaces": [before.get(pk) for pk in pks],
            **period_columns(periods),
        }
        return wide(form, schema(form), said, columns(texts, item_codes(form)))

    return rows_of


def _before(parents: set[int], newest: int) -> dict[int, int]:
    """Snapshot → row of the submission before it of the same return; up to the snapshot `newest`."""
    every = ReturnSnapshot.objects.filter(parent__in=parents, lake_id__isnull=False, pk__lte=newest)
    last: dict[int, int | None] = {}
    before: dict[int, int] = {}
    for pk, parent, row in every.order_by("pk").values_list("pk", "parent", "lake_id"):
        earlier = last.get(parent)
        if earlier is not None:
            before[pk] = earlier
        last[parent] = row
    return before
