"""The living style page: every component of the pages, with what it is for, from made-up data."""

from fractions import Fraction

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.catalog.findings import Finding
from jieyue.web.access import signed_in
from jieyue.web.numbers import Shown
from jieyue.web.page import page
from jieyue.web.pictures import waterfall
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.change import Panel
from jieyue.web.views.change import Part as ChangePart
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
        "change": _change(),
        "notices": [
            ("success", _("The layout was recorded: %(n)s rows are known.") % {"n": 12}),
            ("warning", _("No account was ticked.")),
            ("error", _("Choose one file of at most 20 MB.")),
            ("info", _("Nothing is kept before you have seen it.")),
        ],
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


def _change() -> Panel:
    names = (_("The same institutions"), _("New institutions"), _("Not reported"), _("Change as reported"))
    amounts = (Fraction(-40), Fraction(15), Fraction(-75))
    steps = waterfall(amounts, sum(amounts, Fraction(0)))
    texts, counts = ("-40", "+15", "-75", "-100"), (20, 1, 2, None)
    parts = tuple(
        ChangePart(name, "", text, count, "", step, use=place == 0, total=place == 3)
        for place, (name, text, count, step) in enumerate(zip(names, texts, counts, steps, strict=True))
    )
    return Panel(
        title=_("Energy"), unit="tce", answer=_("Two institutions have not reported: what is missing is not saved."),
        care=True, reported="-10.0%", reported_amount="-100", alike="-4.2%", alike_amount="-40", alike_count=20,
        sides=(), owing=2, owing_href="", completeness="91.3%", weighted="92.5%", parts=parts, notes=(), tabs=(),
        href="", empty=False,
    )  # fmt: skip


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
