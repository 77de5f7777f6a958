"""Texts that are longer than a column holds, in every column of every list: told with the column's own limit."""

import pytest

from jieyue.apps.exchange.lists import ListKind, read_list
from jieyue.apps.exchange.meters import read_meters
from jieyue.apps.holdings.columns import list_kind
from jieyue.apps.metering.services import import_calibrations, import_to_be_metered
from jieyue.apps.targets.services import import_tasks
from jieyue.catalog.findings import Finding
from jieyue.catalog.holdings import load_holdings
from jieyue.catalog.loader import load_catalog
from tests.apps.exchange import files

LONG = "长" * 1000
#: Columns of text and how many characters each holds, as the tables of the office are made.
LISTS = {
    "calibrations": (import_calibrations.KIND, {"meter": 60, "serial": 60, "certificate": 100, "body": 200}),
    "to be metered": (import_to_be_metered.KIND, {"institution": 60, "place": 200, "meter": 60}),
    "tasks": (import_tasks.KIND, {"source": 500, "evidence": 255, "person": 60, "task": 80}),
    "holdings": (
        list_kind(load_holdings(load_catalog().units)),
        {"institution": 60, "code": 60, "name": 200, "source": 200},
    ),
}


def too_long(findings: list[Finding]) -> dict[str, int]:
    """Column → the limit that its finding states."""
    return {str(one.column): int(one.data["limit"]) for one in findings if one.code == "text_too_long"}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_how_much_each_of_its_columns_holds(name: str) -> None:
    kind, limits = LISTS[name]
    assert isinstance(kind, ListKind)
    content = files.read(files.table([list(kind.columns), [LONG] * len(kind.columns)]), "a.csv")
    found = read_list(content, files.LEXICON, kind)
    assert limits.items() <= too_long(list(found.report.findings)).items()


def test_the_list_of_meters_says_it_too() -> None:
    """More than eight numbers for having none are too many, by a finding of their own."""
    columns = ["meter", "name", "institution", "carrier", "unit", "serial", "valid_from", "no_value"]
    row = [LONG, LONG, LONG, "electricity", "kWh", LONG, "2025-01-01", ";".join(map(str, range(9)))]
    carriers = {"electricity": "electricity"}
    content = files.read(files.table([columns, row]), "a.csv")
    found = read_meters(content, files.LEXICON, carriers=carriers, end_uses=())
    findings = list(found.report.findings)
    assert too_long(findings) == {"meter": 60, "name": 200, "institution": 200, "serial": 60}
    (many,) = [one for one in findings if one.code == "meter_no_values"]
    assert many.data["limit"] == 8
    assert "8" in many.message_zh
