"""Totals of a form that follow from their parts: 汽油 = 车辆用油 + 其他用油, once every part is stated."""

from collections.abc import Iterator, Mapping

from jieyue.apps.returns.cells import NOT_USED
from jieyue.catalog.form_sheet import FormSheet
from jieyue.domain.workflow import Entered

Value = tuple[int, int]
#: What the mark of a derived cell says it comes from.
SUM = "sum"
ESTIMATED = 4


def totals_of(sheet: FormSheet) -> dict[str, list[str]]:
    """Total → its addends, as the form has them."""
    found: dict[str, list[str]] = {}
    for line in sheet.lines:
        if line.item.part_kind == "addend":
            found.setdefault(line.item.part_of.rpartition(":")[2], []).append(line.code)
    return {total: parts for total, parts in found.items() if total in sheet.codes}


def derived(
    sheet: FormSheet, cells: Mapping[str, Value], entered: Entered
) -> Iterator[tuple[str, Value | None]]:
    """Totals to set, and (None) to take away again because a part is gone.

    A total that somebody typed stands as it is: the rules compare it with its parts. Not used counts as zero; a
    total is not used if every part is, and an estimate if one part is.
    """
    for total, parts in totals_of(sheet).items():
        own = str(entered.get(total, {}).get("src", "")) == SUM
        if total in cells and not own:
            continue
        if not all(code in cells for code in parts):
            if own:
                yield total, None
            continue
        origins = {cells[code][1] for code in parts}
        used = origins - {NOT_USED}
        origin = NOT_USED if not used else ESTIMATED if ESTIMATED in used else max(used)
        yield total, (sum(cells[code][0] for code in parts), origin)
