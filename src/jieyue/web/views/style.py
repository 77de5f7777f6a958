"""The living style page: every component of the pages, with what it is for, from made-up data."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.catalog.findings import Finding
from jieyue.web.access import signed_in
from jieyue.web.numbers import Shown
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.home import Part


@signed_in
def style(request: HttpRequest) -> HttpResponse:
    """Each component once."""
    context = {
        "findings": _findings(),
        "shown": [
            Shown(_("Final figure"), "1,042,700.00", "tce", "#", provisional=False, missing=False),
            Shown(_("Provisional figure"), "11.53", "kgce/m²", "#", provisional=True, missing=False),
            Shown(_("Missing figure"), "—", "m³", "", provisional=False, missing=True),
        ],
        "table": _table().bind(request),
        "empty_table": Table(_("Table without rows"), [], [], empty=_("Nothing matches these filters.")),
        "parts": [
            Part(_("Approved"), "seg-approved", 351, 60),
            Part(_("Submitted"), "seg-submitted", 60, 15),
            Part(_("Sent back"), "seg-returned", 30, 8),
            Part(_("Being entered"), "seg-draft", 40, 10),
            Part(_("Not begun"), "seg-open", 25, 7),
        ],
        "statuses": ("met", "on_path", "missed", "off_path", "no_data", "final", "provisional", "missing"),
        "expected_statuses": ("met", "on_path", "missed", "off_path"),
        "trail": [(_("Whole authority"), "#"), (_("District"), "")],
        "tabs": [
            {"title": _("First"), "href": "#", "current": True},
            {"title": _("Second"), "href": "#", "current": False},
        ],
    }
    return page(request, "style", context)


def _findings() -> list[Finding]:
    zh, en = "数量应是数字。请在单元格里只写数字。", "The quantity must be a number. Write digits only."
    place = {"sheet": "NY201", "row": 17, "column": "C 用电量", "value": "一千二"}
    return [
        Finding("sample", "error", zh, en, **place),  # type: ignore[arg-type]
        Finding("sample", "warning", "与上月完全相同。", "The same as last month.", row=18),
        Finding("sample", "note", "按四位小数存储。", "Stored with four decimals."),
    ]


def _table() -> Table:
    columns = [
        Column("name", _("Body")),
        Column("energy", _("Energy"), "tce", number=True, group=_("Energy")),
        Column("water", _("Water"), "m³", number=True, group=_("Water")),
    ]
    rows = [
        Row(
            (Cell(_("Total"), heading=True), _number("1,250.50", 1250.5), _number("88,000", 88000)),
            total=True,
        ),
        Row((Cell(_("District A"), "A", href="#", heading=True), _number("1,000.25", 1000.25), _missing())),
        Row(
            (
                Cell(_("District B"), "B", href="#", heading=True),
                Cell("250.25", 250.25, href="#", provisional=True, number=True),
                _number("88,000", 88000),
            )
        ),
    ]
    return Table(_("Table of figures"), columns, rows, name="style")


def _number(text: str, value: float) -> Cell:
    return Cell(text, value, number=True)


def _missing() -> Cell:
    return Cell("—", None, missing=True, number=True)
