"""How what institutions own is worded: tables of things, their fields on forms, the parts of the section."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.holdings.outward import shown
from jieyue.apps.holdings.scope import Viewer
from jieyue.catalog.holdings import GRADES, YES_NO, HoldingField, Holdings
from jieyue.catalog.strict import CatalogError
from jieyue.domain.tree import OPEN_END
from jieyue.web.access import access_of
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import grouped, is_chinese, joined, local, unit

PAGE = 50


def viewer_of(request: HttpRequest) -> Viewer:
    """Who looks."""
    access = access_of(request)
    return Viewer(access.user, access.whole, access.read)


def refused(error: CatalogError) -> str:
    """Why the home's own kinds cannot be read."""
    reason = error.reason_zh if is_chinese() else error.reason_en
    return f"{error.file} {error.row or ''} {error.column or ''}: {reason}"


def kind_name(rules: Holdings, code: str) -> str:
    """The name of a kind, of whatever day."""
    return next((local(row) for row in rules.kind_rows if row.code == code), code)


def value_text(rules: Holdings, field: str, value: Any) -> str:
    """A value with its unit."""
    row = rules.every_field().get(field)
    text = shown(rules, field, value, is_chinese())
    if row is None or value is None or row.unit in ("", "1"):
        return text
    return f"{grouped(text)} {unit(row.unit)}"


def said_of(rules: Holdings, values: Mapping[str, Any]) -> str:
    """All that is said of a thing, in one line."""
    fields = rules.every_field()
    return joined(
        f"{local(fields[code])} {value_text(rules, code, value)}"
        for code, value in values.items()
        if code in fields
    )


def things(
    rules: Holdings,
    spans: Sequence[Any],
    labels: Mapping[int, tuple[str, str]] | None,
    *,
    kind: str,
    caption: str,
    count: int,
    page_size: int,
) -> Table:
    """Things as a table: of one kind with a column for each of its fields, of several in words. labels: institution →
    (code, name); None: all are one institution's."""
    today = settings.JIEYUE_HOME.today()
    fields = list(rules.fields(kind, today).values()) if kind else []
    columns = [
        Column("name", _("Name"), sortable=False),
        Column("code", _("Number of the thing"), sortable=False),
        *([Column("institution", _("Institution"), sortable=False)] if labels is not None else []),
        *([] if kind else [Column("kind", pgettext("holding", "Kind"), sortable=False)]),
        *([] if kind else [Column("said", _("What is said of it"), sortable=False)]),
        *(Column(one.code, local(one), unit(one.unit) if one.unit not in ("", "1") else "", number=one.is_number,
                 sortable=False) for one in fields),
        Column("from", _("From"), sortable=False),
        Column("to", _("To"), sortable=False),
        Column("source", _("Source"), sortable=False),
    ]  # fmt: skip
    return Table(
        caption=caption, columns=columns, rows=[_row(rules, one, labels, fields, kind=kind) for one in spans],
        name="holdings", count=count, page_size=page_size,
        empty=_(
            "Nothing is on record here. It comes in by form on an institution's page, or by file on the page Import."
        ),
    )  # fmt: skip


def _row(
    rules: Holdings,
    one: Any,
    labels: Mapping[int, tuple[str, str]] | None,
    fields: Sequence[HoldingField],
    *,
    kind: str,
) -> Row:
    cells = [
        Cell(one.name or one.code, one.name, href=reverse("holding", args=[one.holding_id]), heading=True),
        Cell(one.code, one.code),
    ]
    if labels is not None:
        code, name = labels.get(one.institution, ("", "—"))
        cells.append(Cell(name, name, href=reverse("institution-holdings", args=[code]) if code else ""))
    if not kind:
        said = said_of(rules, one.values)
        cells += [Cell(kind_name(rules, one.kind), one.kind), Cell(said or "—", said)]
    cells += [_field_cell(rules, field, one.values.get(field.code)) for field in fields]
    end = "" if one.valid_to == OPEN_END else one.valid_to.isoformat()
    cells += [
        Cell(one.valid_from.isoformat(), one.valid_from),
        Cell(end or "—", end),
        Cell(one.source or "—", one.source),
    ]
    return Row(tuple(cells))


def _field_cell(rules: Holdings, field: HoldingField, value: Any) -> Cell:
    if value is None:
        return Cell(_("unknown"), None, missing=True, number=field.is_number)
    text = shown(rules, field.code, value, is_chinese())
    if field.type in ("number", "integer"):
        return Cell(grouped(text), Decimal(text), number=True)
    return Cell(text, text, number=field.is_number)


def inputs(rules: Holdings, kind: str, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """The fields of a kind as a form asks for them, each with where it is from."""
    today = settings.JIEYUE_HOME.today()
    return [
        {
            "code": row.code,
            "name": local(row),
            "unit": unit(row.unit) if row.unit not in ("", "1") else "",
            "type": "date" if row.type == "date" else "text",
            "decimal": row.is_number,
            "options": _options(rules, row),
            "value": said.get(row.code, ""),
            "basis": joined(part for part in (row.source, row.document) if part),
            "verified": row.verified,
        }
        for row in rules.fields(kind, today).values()
    ]


def _options(rules: Holdings, field: HoldingField) -> list[tuple[str, str]]:
    if field.type == "choice":
        return [
            (row.code, local(row)) for row in rules.choices(field.code, settings.JIEYUE_HOME.today()).values()
        ]
    if field.type == "yes_no":
        return [(word, _("Yes") if word == "yes" else _("No")) for word in YES_NO]
    return [(str(grade), str(grade)) for grade in GRADES] if field.type == "grade" else []


def now(rules: Holdings, span: Any) -> dict[str, str]:
    """What holds of a thing, as a form writes it."""
    fields = rules.every_field()
    said = {
        code: shown(rules, code, value) if code in fields and fields[code].is_number else str(value)
        for code, value in span.values.items()
    }
    return said | {"name": span.name, "source": span.source}
