"""What a proposed release withholds, why, and what stands in its way, for who decides on it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jieyue.apps.disclosure.queries import ReleaseRow
from jieyue.apps.disclosure.remedy import REST
from jieyue.apps.disclosure.services.compute_release import PRINTED
from jieyue.domain.suppression import COMPLEMENTARY, DOMINATED, FEW, SENSITIVE
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import grouped, indicator_name, is_chinese

#: The cells of a document, by scope.
Names = Mapping[str, Mapping[str, Any]]


def _why() -> dict[str, str]:
    return {
        FEW: _("few institutions"),
        DOMINATED: _("one institution outweighs the rest"),
        SENSITIVE: _("a sensitive institution would be singled out"),
        COMPLEMENTARY: _("so that another cannot be worked out"),
        PRINTED: _("an earlier release of the year printed it already"),
    }


def _bounds(one: Mapping[str, Any]) -> tuple[Cell, Cell]:
    high = _("no limit") if one["high"] is None else grouped(f"{one['high']:.0f}")
    return Cell(grouped(f"{one['low']:.0f}"), one["low"], number=True), Cell(high, one["high"], number=True)


def withheld_table(row: ReleaseRow, names: Names) -> Table:
    """What is withheld, why, and what can still be worked out of each."""
    why, reasons = _why(), row.kept.get("withheld", {})
    lines = [
        Row(
            (
                Cell(_name(names[one["key"]]), one["key"], heading=True),
                Cell(why.get(reasons.get(one["key"], ""), "—")),
                Cell(indicator_name(one["indicator"])),
                *_bounds(one),
            )
        )
        for one in row.kept.get("bounds", [])
        if one["key"] in names
    ]
    columns = [Column("cell", _("Cell"), sortable=False), Column("why", _("Why"), sortable=False)]
    return _table(f"withheld-{row.number}", _("What is withheld"), columns, lines)


def in_the_way(row: ReleaseRow, names: Names) -> dict[str, Any]:
    """What can be worked out although it is withheld, and which tables it can do without, if any were found."""
    why, found = _why(), row.kept.get("in_the_way", {})
    lines = []
    for key in row.exposed:
        own = found.get(key, {})
        head = (
            Cell(_words(key, names), key, heading=True),
            Cell(_table_name(own.get("table", ""), names) or "—"),
            Cell(why.get(own.get("why", ""), "—")),
        )
        told = [one for one in row.kept.get("open", []) if one["key"] == key]
        lines += [Row((*head, Cell(indicator_name(one["indicator"])), *_bounds(one))) for one in told]
        if not told:
            lines.append(Row((*head, *(Cell("—") for _column in range(3)))))
    columns = [
        Column("cell", _("Cell"), sortable=False),
        Column("table", _("Stands in the table"), sortable=False),
        Column("why", _("Why"), sortable=False),
    ]
    return {
        "table": _table(f"in-the-way-{row.number}", _("What stands in the way"), columns, lines),
        "remedy": [
            ngettext("%(table)s (%(n)d cell)", "%(table)s (%(n)d cells)", one["cells"])
            % {"table": _table_name(one["table"], names), "n": one["cells"]}
            for one in row.kept.get("remedy", [])
        ],
    }


def _table(name: str, caption: str, columns: list[Column], lines: list[Row]) -> Table:
    told = [
        Column("indicator", _("Indicator"), sortable=False),
        Column("low", _("At least"), number=True, sortable=False),
        Column("high", _("At most"), number=True, sortable=False),
    ]
    return Table(
        caption=caption,
        columns=[*columns, *told],
        rows=lines,
        name=name,
        page_size=len(lines) or 1,
        empty=_("Nothing is withheld."),
    )


def left_out_words(said: Mapping[str, Any]) -> list[str]:
    """The tables that a release goes without, in words; said: its document."""
    names = {cell["scope"]: cell for cell in said.get("cells", [])}
    return [_table_name(table, names) for table in said.get("left_out", [])]


def _table_name(table: str, names: Names) -> str:
    """A table by the cell that it takes apart."""
    if table == "city/area":
        return _("Areas and districts")
    if table == "city/type":
        return _("Types of institutions")
    return _("what “%(name)s” is made of") % {"name": _words(table, names)} if table else ""


def _words(key: str, names: Names) -> str:
    """A cell in words; a piece that two boundary sets share is named by both, who stands in no cell by the table."""
    if key.endswith(REST):
        return _("in no cell of “%(table)s”") % {"table": _table_name(key.removesuffix(REST), names)}
    parts = list(dict.fromkeys(part.partition("@")[0] for part in key.split("∩") if part))
    return " ∩ ".join(_name(names[part]) if part in names else part for part in parts)


def _name(cell: Mapping[str, Any]) -> str:
    return str(cell["name_zh"] if is_chinese() else cell["name_en"])
