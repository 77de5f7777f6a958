"""Reads of what institutions own. Whoever shows rows to a user goes through scope.py first."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from jieyue.apps.holdings.models import HoldingSpan
from jieyue.catalog.holdings import HoldingCount
from jieyue.domain.quantity import SCALE


def on(rows: "QuerySet[HoldingSpan]", day: date) -> "QuerySet[HoldingSpan]":
    """Those that hold on a day."""
    return rows.filter(valid_from__lte=day, valid_to__gt=day)


def counted(count: HoldingCount) -> Q:
    """What a count of the catalog counts."""
    found = Q(kind=count.kind)
    if count.op == "ge":
        found &= Q(**{f"values__{count.field}__gte": int(count.least * SCALE)})
    else:
        found &= _one_of(count.field, count.value)
    return found & _one_of(count.also_field, count.also_value) if count.also_field else found


def unknown(count: HoldingCount) -> Q:
    """Things of its kind of which nobody has said what it asks: they are neither counted nor not."""
    missing = ~Q(values__has_key=count.field)
    if count.also_field:
        missing |= ~Q(values__has_key=count.also_field)
    return Q(kind=count.kind) & missing


def history(thing: int) -> list[HoldingSpan]:
    """What held of a thing, the newest first."""
    return list(HoldingSpan.objects.filter(holding_id=thing).order_by("-valid_from"))


def details_of(institutions: Collection[int], kind: str, day: date) -> dict[tuple[int, str], HoldingSpan]:
    """(institution, number) → what holds on the day of the things of a kind."""
    rows = on(HoldingSpan.objects.filter(institution__in=institutions, kind=kind), day)
    return {(row.institution, row.code): row for row in rows}


def _one_of(field: str, words: Collection[str]) -> Q:
    """A JSON value is compared with one word at a time: a list of them is not the same on every database."""
    found: Any = Q()
    for word in words:
        found |= Q(**{f"values__{field}": word})
    return found
