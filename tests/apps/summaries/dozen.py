"""Fourteen institutions by hand: every rule of a summary table has somebody it applies to.

| who | what about it |
|---|---|
| A1 | a school that files the twelve months of 2025; its area grows |
| A2 | a school with a yearly return, below the same department |
| G1 | a state organ, in no department |
| C1 | a compound: a state organ that files for M1 (science) and M2 (a social organisation, in another district) |
| H1 | a municipal hospital that stands in 500104 and reports to the city's health department |
| H2 | a hospital of district 500104; uses no coal and says so; part of its electricity is estimated |
| P1 | eleven months of 2025: adds nothing to the year |
| S1 | files nothing |
| U1 | a social organisation of district 500104 |
| K1 | closed on 1 July 2025: its six months count, its stocks do not |
| X1 | of no type, in no area: directly below the city |
| O1 | outside the count |

Nothing here is computed by the product; the tests add these numbers up themselves.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import polars as pl

from jieyue.apps.exchange.returns import Options
from jieyue.apps.identity.models import User
from jieyue.apps.identity.queries import user_by_name
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.registry.queries import number_of
from jieyue.apps.registry.services.bulk_register import bulk_register
from jieyue.apps.returns.services.import_file import FileChoice, import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from jieyue.apps.trees.queries import tree
from tests.apps.accounts import desk

BEGIN = date(2015, 1, 1)
YEAR, MONTH = "2025", "2026-03"

PLACES: dict[str, tuple[str, str, str, str]] = {  # line, area, department, type
    "A1": ("L-500103-EDU", "500103", "D-EDU", "021"),
    "A2": ("L-500103-EDU", "500103", "D-EDU", "021"),
    "G1": ("L-500103", "500103", "", "01"),
    "C1": ("L-500103", "500103", "D-EDU", "01"),
    "M1": ("L-500103", "500103", "D-EDU", "022"),
    "M2": ("L-500104", "500104", "D-EDU", "03"),
    "H1": ("L-M-HEALTH", "500104", "D-HEALTH", "024"),
    "H2": ("L-500104", "500104", "D-HEALTH", "024"),
    "P1": ("L-500104", "500104", "D-EDU", "026"),
    "S1": ("L-500104", "500104", "D-EDU", "025"),
    "U1": ("L-500104", "500104", "D-HEALTH", "03"),
    "K1": ("L-500103", "500103", "D-HEALTH", "01"),
    "X1": ("city", "", "D-EDU", ""),
    "O1": ("L-CENTRAL", "500103", "D-EDU", "01"),
}
#: Type → its own column, by the official form.
COLUMN = {
    "01": "S002", "021": "S004", "022": "S005", "023": "S006", "024": "S007", "025": "S008", "026": "S009",
    "03": "S010", "": "",
}  # fmt: skip
ALL = ("S001", "S002", "S003", "S004", "S005", "S006", "S007", "S008", "S009", "S010")
CLOSED = date(2025, 7, 1)

#: What each adds to the year 2025, added up by hand from YEARS and the months below.
FLOWS: Mapping[str, Mapping[str, str]] = {
    "A1": {"110": "12078", "120": "1278"},  # 12 months of 1000 + m and 100 + m: 12000 + 78, 1200 + 78
    "A2": {"110": "50000.5", "120": "900", "130": "2.25"},
    "G1": {"110": "7000", "120": "300"},
    "C1": {"110": "90000", "120": "4000", "130": "1.0001"},
    "H1": {"110": "400000", "120": "50000"},
    "H2": {"110": "120000", "120": "16000", "130": "0"},
    "U1": {"110": "8000"},
    "K1": {"110": "3021", "120": "321"},  # 6 months of 500 + m and 50 + m
    "X1": {"110": "0.0003"},
}
STOCKS: Mapping[str, Mapping[str, str]] = {
    "A1": {"102": "2012"},  # 2000 + m, of December
    "A2": {"102": "9000"},
    "G1": {"102": "3000.25"},
    "C1": {"102": "15000"},
    "H1": {"102": "45000"},
    "H2": {"102": "14000"},
    "U1": {"102": "1500"},
}
IN_BEING = [name for name in PLACES if name not in ("K1", "O1")]


def _months(who: str, months: range, power: int, water: int, area: int) -> desk.Cells | dict:
    return {
        (who, f"2025-{m:02d}"): {"110": str(power + m), "120": str(water + m), "102": str(area + m)}
        for m in months
    }


FACTS = {
    **_months("A1", range(1, 13), 1000, 100, 2000),
    **_months("P1", range(1, 12), 600, 60, 800),
    **_months("K1", range(1, 7), 500, 50, 700),
    ("A2", YEAR): {"110": "50000.5", "120": "900", "130": "2.25", "102": "9000"},
    ("G1", YEAR): {"110": "7000", "120": "300", "102": "3000.25"},
    ("C1", YEAR): {"110": "90000", "120": "4000", "130": "1.0001", "102": "15000"},
    ("H1", YEAR): {"110": "400000", "120": "50000", "102": "45000"},
    ("H2", YEAR): {"110": "120000", "120": "16000", "130": "不使用", "102": "14000"},
    ("U1", YEAR): {"110": "8000", "102": "1500"},
    ("X1", YEAR): {"110": "0.0003"},
    ("O1", YEAR): {"110": "490000", "102": "70000"},
}


def build() -> None:
    """Register, publish, and make the accounts."""
    rows = [
        {"code": code, "name": f"单位{code}", "in_count": code != "O1", "valid_from": BEGIN,
         "valid_to": CLOSED if code == "K1" else date(9999, 12, 31)}
        for code in PLACES
    ]  # fmt: skip
    places = []
    for code, (line, area, department, kind) in PLACES.items():
        hangs = {"line": line, "area": area, "department": department, "type": kind}
        if code in ("M1", "M2"):
            hangs["unit"] = "C1"
        places += [
            {"code": code, "tree": name, "target": target, "valid_from": BEGIN}
            for name, target in hangs.items()
            if target
        ]
    bulk_register(pl.DataFrame(rows), pl.DataFrame(places), actor="tests")
    desk.publish(FACTS)
    line = tree("line").by_code
    for name, role, node in (
        ("d-approver", "approver", "L-500103"),
        ("d-second", "approver", "L-500103"),
        ("d-reviewer", "reviewer", "L-500103"),
        ("d-viewer", "viewer", "L-500103"),
        ("e-approver", "approver", "L-500103-EDU"),
        ("o-approver", "approver", "L-500104"),
        ("c-approver", "approver", "city"),
        ("c-second", "approver", "city"),
        ("c-publisher", "publisher", "city"),
    ):
        grant(create_user(name, actor="tests"), role, node=line[node].id, valid_from=BEGIN, actor="tests")


def bring_rooms(who: str, rooms: Mapping[str, Mapping[str, str]]) -> None:
    """Publish machine rooms (NY202) of the year by file: number of the room → item → value."""
    rows = [
        [who, YEAR, f"NY202:{item}", value, room]
        for room, cells in rooms.items()
        for item, value in cells.items()
    ]
    done = import_file(
        desk.table([["institution", "period", "item", "value", "instance"], *rows]), "rooms.csv", actor="tests",
        choice=ImportChoice(publish=True), reading=FileChoice(options=Options(today=desk.TODAY)),
    ).result  # fmt: skip
    assert done.applied


class Dozen:
    """Names to identifiers and accounts."""

    def node(self, code: str) -> int:
        return tree("line").by_code[code].id

    def number(self, code: str) -> int:
        found = number_of(code)
        assert found is not None
        return found

    def user(self, name: str) -> User:
        found = user_by_name(name)
        assert found is not None
        return found


def expected(values: Mapping[str, Fraction], names: list[str]) -> list[Fraction | None]:
    """The ten cells of one item by plain arithmetic; None where nobody of a column states it."""
    cells: list[Fraction | None] = []
    for column in ALL:
        inside = [
            values[name]
            for name in names
            if name in values
            and (
                column == "S001"
                or COLUMN[PLACES[name][3]] == column
                or (column == "S003" and COLUMN[PLACES[name][3]] in ALL[3:9])
            )
        ]
        cells.append(sum(inside, Fraction()) if inside else None)
    return cells


def below(*lines: str) -> list[str]:
    """Who hangs at one of these bodies."""
    return [name for name, (line, *_) in PLACES.items() if line in lines]


def stated(item: str) -> dict[str, Fraction]:
    """Who adds what to an item of the year."""
    table = STOCKS if item == "102" else FLOWS
    return {name: Fraction(cells[item]) for name, cells in table.items() if item in cells}
