"""Published returns as rows of the long layout."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import QuerySet

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.reported import reported
from jieyue.apps.trees.queries import ROOT_CODE, node_by_id
from jieyue.domain.period import Period


@dataclass(frozen=True)
class PublishedReturn:
    """A published return: item → [value as a decimal text, null for "not used"; unit; origin]."""

    id: int
    institution: str
    form: str
    scheme: str
    period: str
    instance: str
    version: int
    cells: Mapping[str, list[Any]]


def published_after(
    rows: QuerySet[Return], form: str, period: str, *, cursor: int, size: int
) -> list[PublishedReturn]:
    """Up to `size` of these returns that are published, by identifier, from behind `cursor`."""
    day = Period.parse(period).last_day
    found = list(rows.filter(form=form, period=period, current__isnull=False, pk__gt=cursor)[:size])
    versions = ReturnVersion.objects.in_bulk([row.current for row in found])
    codes = codes_of([row.subject for row in found], day)
    return [
        PublishedReturn(
            id=row.pk,
            institution=codes[row.subject] if row.subject in codes else node_ref(row.subject, day),
            form=form,
            scheme=row.scheme,
            period=period,
            instance=row.instance,
            version=versions[row.current].number,
            cells=json.loads(versions[row.current].cells),
        )
        for row in found
        if row.current is not None
    ]


@dataclass(frozen=True)
class ReportedReturn(PublishedReturn):
    """A submission as it was frozen. version: the number that it would have got; first: the return's first one."""

    submitted_at: str
    first: bool
    digest: str


def reported_after(
    rows: QuerySet[Return] | None, form: str, period: str, *, seq: int, cursor: int, size: int
) -> list[ReportedReturn]:
    """Up to `size` submissions of these returns (None: of all) that the lake has as of `seq`, from behind `cursor`."""
    if form not in forms():
        return []
    day = Period.parse(period).last_day
    units = {item.code: item.unit for item in home_catalog().items(form)}
    found = reported(form, period, seq=seq)
    found = found.filter(pc.greater(found["row_id"], cursor)).sort_by("row_id")
    if rows is not None:
        own = rows.filter(form=form, period=period).values_list("subject", flat=True)
        found = found.filter(pc.is_in(found["institution"], pa.array(sorted(set(own)), pa.int64())))
    listed = found.slice(0, size).to_pylist()
    codes = codes_of([row["institution"] for row in listed], day)
    return [
        ReportedReturn(
            id=row["row_id"],
            institution=codes.get(row["institution"], str(row["institution"])),
            form=form,
            scheme=row["scheme"],
            period=period,
            instance=row["instance"],
            version=row["number"],
            cells=_cells_of(row, units),
            submitted_at=row["submitted_at"].isoformat(),
            first=row["replaces"] is None,
            digest=row["digest"],
        )
        for row in listed
    ]


def _cells_of(row: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, list[Any]]:
    """A wide row's stated cells."""
    stated = {
        name[1:]: origin for name, origin in row.items() if name[0] == "o" and name[1:] in units and origin
    }
    return {
        code: [None if origin == NOT_USED else f"{row[f'c{code}'].normalize():f}", units[code], origin]
        for code, origin in sorted(stated.items())
    }


def node_ref(number: int, day: date) -> str:
    """A node as files name it: city, or its tree and code."""
    node = node_by_id(number, on=day)
    return ROOT_CODE if node is None or node.parent is None else f"{node.tree}:{node.code}"


HEADS = ["institution", "name", "period", "item", "value", "unit", "instance"]


def long_rows(form: str, period: str) -> tuple[list[str], Iterator[list[str]]]:
    """Heads, and one row a stated cell: institution's code (or the node's scope), period, item, value, unit."""
    day = Period.parse(period).last_day
    units = {item.code: item.unit for item in home_catalog().items(form)}
    found = Return.objects.filter(form=form, period=period, current__isnull=False)
    rows = list(
        found.order_by("subject", "instance").values_list("subject", "subject_kind", "instance", "current")
    )
    texts = dict(
        ReturnVersion.objects.filter(parent__form=form, parent__period=period).values_list("id", "cells")
    )
    ids = [row[0] for row in rows if row[1] == Return.Subject.INSTITUTION]
    codes, names = codes_of(ids, day), names_of(ids, day)

    def written() -> Iterator[list[str]]:
        for subject, kind, instance, version in rows:
            if kind == Return.Subject.NODE:
                node = node_by_id(subject, on=day)
                code, name = node_ref(subject, day), node.name_zh if node else ""
            else:
                code, name = codes[subject], names[subject]
            for item, (value, _unit, _origin) in json.loads(texts[version or 0]).items():
                shown = "不使用" if value is None else value
                yield [code, name, period, f"{form}:{item}", shown, units.get(item, ""), instance]

    return HEADS, written()
