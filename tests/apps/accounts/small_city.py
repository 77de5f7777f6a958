"""A city of eighteen institutions, written by hand: every rule of the accounts has somebody it applies to.

Nothing here is computed by the product; the tests add these numbers up themselves.

| who | what about it |
|---|---|
| SC-01, SC-02 | schools; SC-01 takes MG-01 in on 1 April 2025; SC-02 files months only |
| OR-01 | files 2025 as a year and as months that add up to something else; in no department |
| OR-02 | a compound with one bill: files for ME-01 and ME-02; ME-02 files for itself as well, by mistake |
| HO-01 | municipal hospital standing in 500104, which reports to the city's health department, not to the district |
| HO-02 | missing in 2024, there in 2025 |
| JB-01, JB-02 | in 500105 until 5 November 2025, then in the new district |
| CE-01, CE-02 | units of central departments: by their reporting line, and by their mark |
| CL-01 | closed on 1 July 2025 |
| NE-01 | founded on 1 July 2025; its area only in its months |
| SI-01 | files nothing for 2025 |
| GA-01 | months of 2025 but for May |
| NU-01 | uses no coal and says so; area and persons only in the registry |
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from tests.apps.accounts import desk

NEW_DISTRICT = "cq-liangjiang-district"
MOVED = date(2025, 11, 6)

_PLACES = {  # type, region, department, reporting line
    "SC-01": ("021", "500103", "D-EDU", "L-500103-EDU"),
    "SC-02": ("021", "500103", "D-EDU", "L-500103-EDU"),
    "OR-01": ("01", "500103", "", "L-500103"),
    "OR-02": ("01", "500104", "D-GOV", "L-500104"),
    "ME-01": ("01", "500104", "D-GOV", "L-500104"),
    "ME-02": ("03", "500104", "D-GOV", "L-500104"),
    "HO-01": ("024", "500104", "D-HEALTH", "L-M-HEALTH"),
    "HO-02": ("024", "500104", "D-HEALTH", "L-500104"),
    "JB-01": ("01", "500105", "D-GOV", "city"),
    "JB-02": ("021", "500105", "D-EDU", "city"),
    "CE-01": ("01", "500103", "D-GOV", "L-CENTRAL"),
    "CE-02": ("01", "500103", "D-GOV", "L-500103"),
    "CL-01": ("01", "500103", "D-GOV", "L-500103"),
    "MG-01": ("021", "500103", "D-EDU", "L-500103-EDU"),
    "NE-01": ("021", "500104", "D-EDU", "L-500104"),
    "SI-01": ("01", "500104", "D-GOV", "L-500104"),
    "GA-01": ("01", "500103", "D-GOV", "L-500103"),
    "NU-01": ("03", "500103", "D-GOV", "L-500103"),
}
#: What the registry says beside the returns: area, persons, vehicles. Members' own are in the compound's return.
REGISTRY = {
    "ME-01": ("700", "70", "7"),
    "ME-02": ("800", "80", "8"),
    "SI-01": ("4000", "400", "4"),
    "NU-01": ("1500", "150", "2"),
    "CL-01": ("999", "99", "9"),
}
FOUNDED = {"NE-01": "2025-07-01"}
UNIT = {"ME-01": "OR-02", "ME-02": "OR-02"}

#: In this authority's count and at work on 31 December 2025.
IN_BEING_2025 = [
    "SC-01", "SC-02", "OR-01", "OR-02", "ME-01", "ME-02", "HO-01", "HO-02", "JB-01", "JB-02", "NE-01", "SI-01",
    "GA-01", "NU-01",
]  # fmt: skip
#: Their 2025 counts: complete, own return, in the authority's count.
COUNTED_2025 = [
    "SC-01", "SC-02", "OR-01", "OR-02", "HO-01", "HO-02", "JB-01", "JB-02", "NU-01", "CL-01", "MG-01", "NE-01",
]  # fmt: skip
#: Days in being in 2025 (1 January to 30 June: 181; to 31 March: 90; from 1 July: 184) and months owed.
DAYS_2025 = {"CL-01": 181, "MG-01": 90, "NE-01": 184}
MONTHS_2025 = {"CL-01": 6, "MG-01": 3, "NE-01": 6}

Facts = dict[tuple[str, str], Mapping[str, str]]


def _cells(power: int, water: int, stocks: str = "", **more: str) -> dict[str, str]:
    """Electricity [kWh], water [m³], and area / persons / vehicles as "1200/80/3"."""
    found = {"110": str(power), "120": str(water)}
    if stocks:
        found |= dict(zip(("102", "103", "104"), stocks.split("/"), strict=True))
    return found | {name.lstrip("i"): text for name, text in more.items()}


def _months(
    who: str, year: int, months: range, power: int, water: int, stocks: str = "", **more: str
) -> Facts:
    """Months that grow: the month's number is added to electricity and water; the area grows by one a month."""
    found: Facts = {}
    for month in months:
        cells = _cells(power + month, water + month, stocks, **more)
        if stocks:
            cells["102"] = str(int(cells["102"]) + month)
        found[who, f"{year}-{month:02d}"] = cells
    return found


FACTS_2024: Facts = {
    ("SC-01", "2024"): _cells(90_000, 8_000, "20000/1000/10"),
    ("SC-02", "2024"): _cells(30_000, 3_100, "9000/500/4"),
    ("OR-01", "2024"): _cells(52_000, 1_900, "6000/200/12"),
    ("OR-02", "2024"): _cells(77_000, 4_000, "15000/600/30"),
    ("HO-01", "2024"): _cells(410_000, 50_500, "45000/3000/25", i140="88000"),
    ("JB-01", "2024"): _cells(23_000, 1_000, "5000/150/6"),
    ("JB-02", "2024"): _cells(61_000, 7_000, "12000/900/5", i130="12.5"),
    ("CE-01", "2024"): _cells(500_000, 9_999, "70000/2000/50"),
    ("CL-01", "2024"): _cells(14_000, 600, "2000/60/3"),
    ("MG-01", "2024"): _cells(17_000, 1_500, "4000/250/2"),
    ("SI-01", "2024"): _cells(33_000, 1_200, "4000/400/4"),
    ("GA-01", "2024"): _cells(26_000, 1_100, "3000/120/5"),
    ("NU-01", "2024"): _cells(8_000, 300),
}

FACTS_2025: Facts = {
    ("SC-01", "2025"): _cells(
        101_000, 9_000, "24000/1250/12",
        i111="60600", i150="3000", i1501="2400", i1502="600", i160="900", i1601="800", i1602="100", i1041="8",
        i1042="2", i121="31500",
    ),
    ("OR-01", "2025"): _cells(50_000, 2_000, "6000/200/12", i150="5000", i1501="5000", i1041="10"),
    ("OR-02", "2025"): _cells(80_000, 4_100, "15000/600/30", i180="1.5"),
    ("ME-02", "2025"): _cells(9_000, 400, "800/80/8"),
    ("HO-01", "2025"): _cells(400_000, 50_000, "45000/3000/25", i140="90000.1234", i170="500"),
    ("HO-02", "2025"): _cells(120_000, 16_000, "14000/800/9", i105="700"),
    ("JB-01", "2025"): _cells(22_000, 950, "5000/150/6", i111="14300"),
    ("JB-02", "2025"): _cells(60_000, 7_100, "12000/900/5", i130="10"),
    ("CE-01", "2025"): _cells(490_000, 9_000, "70000/2000/50"),
    ("CE-02", "2025"): _cells(7_000, 100, "1000/30/2"),
    ("NU-01", "2025"): _cells(8_100, 310, i130="不使用"),
    **_months("SC-02", 2025, range(1, 13), 2_500, 250, "9000/500/4"),
    **_months("OR-01", 2025, range(1, 13), 4_200, 160),  # 50,478 kWh and 1,998 m³: not what its year says
    **_months("HO-01", 2025, range(1, 13), 33_327, 4_160, i140="7500.0103"),  # 400,002 kWh: 2 kWh of rounding
    **_months("CL-01", 2025, range(1, 7), 1_100, 50, "2000/60/3"),
    **_months("MG-01", 2025, range(1, 4), 1_400, 120, "4000/250/2"),
    **_months("NE-01", 2025, range(7, 13), 3_000, 200, "8000/400/1"),
    **{key: cells for key, cells in _months("GA-01", 2025, range(1, 13), 2_000, 90, "3000/120/5").items()
       if key[1] != "2025-05"},
}  # fmt: skip

FACTS_2026: Facts = {
    **_months("SC-01", 2026, range(1, 11), 9_000, 800, "24000/1250/12"),
    **_months("SC-02", 2026, range(1, 11), 2_600, 260, "9000/500/4"),
}
#: Machine rooms and heating are "of which" the institution's own return.
ROOMS: Facts = {("HO-01", "2025"): {"240": "70000"}}
HEATING: Facts = {("HO-01", "2025"): {"320": "30000", "340": "4000"}}


def year_of(who: str, year: int) -> dict[str, Fraction]:
    """Flows of a year by the rule: the yearly return if there is one, else the sum of the months."""
    facts = {2024: FACTS_2024, 2025: FACTS_2025}[year]
    own = facts.get((who, str(year)))
    parts = [own] if own else [cells for (code, _), cells in facts.items() if code == who]
    found: dict[str, Fraction] = {}
    for cells in parts:
        for item, text in cells.items():
            if text != "不使用":
                found[item] = found.get(item, Fraction()) + Fraction(text)
    return found


def total(item: str, year: int, who: list[str]) -> Fraction:
    """An item over institutions."""
    return sum((year_of(code, year).get(item, Fraction()) for code in who), Fraction())


def build() -> None:
    """Put the city into the home that Django works for: files first, then the events of 2025."""
    from jieyue.apps.registry.queries import by_code
    from jieyue.apps.registry.services.change import change
    from jieyue.apps.registry.services.close import close
    from jieyue.apps.registry.services.merge import merge
    from jieyue.apps.registry.services.transfer import transfer
    from jieyue.apps.trees.services.register_nodes import NodeSpec, register_nodes

    register_nodes(
        [NodeSpec("department", "D-GOV", "党政系统", "city", date(2010, 1, 1), kind="system")], actor="tests"
    )
    desk.register([_row(code) for code in _PLACES])
    ids = by_code(list(_PLACES), None)
    change(ids["CE-02"], date(2015, 1, 1), actor="tests", in_count=False)
    merge(ids["SC-01"], [ids["MG-01"]], date(2025, 4, 1), actor="tests")
    close(ids["CL-01"], date(2025, 7, 1), actor="tests")
    for code in ("JB-01", "JB-02"):
        transfer(ids[code], "area", NEW_DISTRICT, day=MOVED, actor="tests")
    desk.publish(FACTS_2024 | FACTS_2025 | FACTS_2026)
    desk.publish(HEATING, form="NY203")
    desk.publish_rooms(ROOMS)


def _row(code: str) -> dict[str, object]:
    kind, region, department, line = _PLACES[code]
    area, persons, vehicles = REGISTRY.get(code, ("", "", ""))
    return {
        "code": code,
        "name": f"机构{code}",
        "type": kind,
        "region": region,
        "department": department,
        "reporting_parent": line,
        "reporting_unit": UNIT.get(code, ""),
        "floor_area_m2": area,
        "energy_users": persons,
        "vehicles": vehicles,
        "valid_from": FOUNDED.get(code, "2015-01-01"),
    }
