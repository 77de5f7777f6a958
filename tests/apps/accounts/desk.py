"""Short words for the tests of figures: files in, figures out, with the coefficients of tests/coefficients.py."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.apps.exchange.returns import Options
from jieyue.apps.registry.services.import_file import import_file as import_institutions_file
from jieyue.apps.returns.services.import_file import FileChoice
from jieyue.apps.returns.services.import_file import import_file as import_returns_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from tests.coefficients import KGCE, PLAN_CO2, PLAN_TCE, T_PER_TCE

__all__ = ["KGCE", "PLAN_CO2", "PLAN_TCE", "T_PER_TCE"]

Cells = Mapping[str, str]

#: The day of the tests: 2026 has ended.
TODAY = date(2027, 3, 1)
#: kg CO2 per unit of the item, JS/T 303-2026 as the catalog has it (coal in t).
JST = {"130": Fraction(2174), "140": Fraction("2.184"), "150": Fraction("2.179"), "160": Fraction("2.718")}


def table(rows: Iterable[Sequence[object]]) -> bytes:
    """A csv file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def register(rows: Sequence[Mapping[str, object]]) -> None:
    """Import institutions from a file; every row must go in."""
    heads = list(dict.fromkeys(name for row in rows for name in row))
    content = table([heads, *([row.get(name, "") for name in heads] for row in rows)])
    done = import_institutions_file(content, "institutions.csv", actor="tests").result
    assert done.applied, [finding.message_en for finding in done.findings]


def publish(facts: Mapping[tuple[str, str], Cells], *, form: str = "NY201", restate: str = "") -> None:
    """Import and publish a long file: (institution or scope, period) → item → value; every row must go in."""
    rows = [
        [who, period, f"{form}:{item}", value]
        for (who, period), cells in facts.items()
        for item, value in cells.items()
    ]
    done = import_returns_file(
        table([["institution", "period", "item", "value"], *rows]),
        "returns.csv",
        actor="tests",
        choice=ImportChoice(publish=True, restate=restate),
        reading=FileChoice(options=Options(form=form, today=TODAY)),
    ).result
    assert done.applied, [(finding.row, finding.message_en) for finding in done.findings]


def figure(scope: str, period: str, indicator: str, **more: Any) -> FigureRow:
    """One figure."""
    (row,) = figures([scope], period, indicators=[indicator], **more)
    return row


def value(scope: str, period: str, indicator: str, **more: Any) -> Fraction | None:
    """One figure's exact value."""
    return figure(scope, period, indicator, **more).exact


def tce(cells: Cells) -> Fraction:
    """Standard coal of one return [t]."""
    return (
        sum((Fraction(number) * KGCE[code] for code, number in cells.items() if code in KGCE), Fraction())
        / 1000
    )


def vehicle_tce(cells: Cells) -> Fraction:
    """Petrol and diesel of one return [tce]."""
    return tce({code: number for code, number in cells.items() if code in ("150", "160")})


def declared_co2(cells: Cells) -> Fraction:
    """CO2 of one return by the plan's own set [t]."""
    parts = (
        tce({code: cells[code]}) * T_PER_TCE.get(code, T_PER_TCE["180"]) for code in cells if code in KGCE
    )
    return sum(parts, Fraction())


def plan_cells() -> dict[str, str]:
    """Chongqing 2020 as physical quantities: printed tce ÷ coefficient, four decimals; stocks and water as printed."""
    amounts = {code: round(Fraction(text) * 10_000_000 / KGCE[code], 4) for code, text in PLAN_TCE.items()}
    cells = {code: f"{int(amount * 10_000) / 10_000:.4f}" for code, amount in amounts.items()}
    return cells | {"102": "82821900", "103": "5353700", "104": "32400", "120": "125425800"}


def publish_rooms(rooms: Mapping[tuple[str, str], Cells]) -> None:
    """Publish one machine room (NY202, room 1) for each institution."""
    rows = [
        [who, period, f"NY202:{item}", number, "1"]
        for (who, period), cells in rooms.items()
        for item, number in cells.items()
    ]
    done = import_returns_file(
        table([["institution", "period", "item", "value", "instance"], *rows]),
        "rooms.csv",
        actor="tests",
        choice=ImportChoice(publish=True),
        reading=FileChoice(options=Options(today=TODAY)),
    ).result
    assert done.applied, [(finding.row, finding.message_en) for finding in done.findings]
