"""What the sample's institutions own agrees with what they report; worked out here from the rows alone."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from jieyue.catalog.holdings import load_holdings
from jieyue.catalog.loader import load_catalog
from jieyue.sample.city import build
from jieyue.sample.model import HoldingRow, SampleCity

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def city() -> SampleCity:
    return build(1_000)


@pytest.fixture(scope="module")
def owned(city: SampleCity) -> dict[str, list[HoldingRow]]:
    found: dict[str, list[HoldingRow]] = defaultdict(list)
    for row in city.holdings:
        found[row.institution].append(row)
    return found


def reported(city: SampleCity, item: str) -> dict[str, int]:
    """Institution → what its return of 2025 says, in ten-thousandths."""
    frame = city.frame("NY201", "2025")
    return dict(zip(frame.institutions, frame.column(item).tolist(), strict=True))


def test_vehicles_are_those_of_the_registry_and_of_the_return(
    city: SampleCity, owned: dict[str, list[HoldingRow]]
) -> None:
    registry = {row["code"]: row for row in city.institutions.to_dicts()}
    cars = reported(city, "104")
    seen = 0
    for code, rows in owned.items():
        drives = Counter(row.values["vehicle_energy"] for row in rows if row.kind == "vehicle")
        assert drives.total() == registry[code]["vehicles"] == cars[code] // 10_000, code
        assert drives["electric"] == registry[code]["nev_vehicles"], code
        seen += drives.total()
    assert seen > 100


def test_buildings_have_the_floor_together_and_gas_burns_where_gas_is_reported(
    city: SampleCity, owned: dict[str, list[HoldingRow]]
) -> None:
    floor, gas = reported(city, "102"), reported(city, "140")
    burning = 0
    for code, rows in owned.items():
        assert sum(row.values["floor_area"] for row in rows if row.kind == "building") == floor[code], code
        burnt = [
            row
            for row in rows
            if row.kind == "boiler"
            or row.values.get("cooking_energy") in ("gas", "mixed")
            or row.values.get("chiller_type") == "absorption"
        ]
        assert not burnt or gas[code] > 0, code
        burning += len(burnt)
    assert burning > 10


def test_rooms_are_those_of_the_returns(city: SampleCity, owned: dict[str, list[HoldingRow]]) -> None:
    frame = city.frame("NY202", "2025")
    said = zip(frame.institutions, frame.instances, frame.column("210").tolist(), strict=True)
    rooms: dict[str, dict[str, int]] = defaultdict(dict)
    for code, room, racks in said:
        rooms[code][room] = racks
    shown = {
        code: {row.code: row.values["racks"] for row in rows if row.kind == "data_centre"}
        for code, rows in owned.items()
    }
    assert shown == {code: rooms.get(code, {}) for code in owned}
    assert sum(map(bool, shown.values())) >= 5


def test_every_thing_is_one_of_the_catalog_with_its_fields_and_words(city: SampleCity) -> None:
    rules = load_holdings(load_catalog().units)
    kinds = rules.kinds(TODAY)
    assert {row.kind for row in city.holdings} == {
        code for code, kind in kinds.items() if kind.register in ("own", "rooms")
    } - {"land"}
    for row in city.holdings:
        fields = rules.fields(row.kind, TODAY)
        assert row.name
        assert row.source == "样例数据"
        for code, value in row.values.items():
            field = fields[code]
            words = {"yes", "no"} if field.type == "yes_no" else set(rules.choices(code))
            assert (isinstance(value, int) and value >= 0) if field.is_number else isinstance(value, str)
            assert field.type == "text" or field.is_number or value in words, (row.kind, code, value)
            if field.type in ("integer", "grade", "year"):
                assert value % 10_000 == 0
    numbers = Counter((row.institution, row.kind, row.code) for row in city.holdings)
    assert max(numbers.values()) == 1


def test_key_units_use_the_most_electricity_and_their_paper_says_that_it_is_a_sample(
    city: SampleCity,
) -> None:
    frame = city.frame("NY201", "2023")
    used = dict(zip(frame.institutions, frame.column("110").tolist(), strict=True))
    named = [used[row.institution] for row in city.key_units]
    assert len(named) >= 3
    assert named == sorted(named, reverse=True)
    assert named[-1] > sorted(used.values())[len(used) * 9 // 10]
    assert all("样例数据" in row.document and "样例数据" in row.supervisor for row in city.key_units)


def test_the_same_seed_gives_the_same_things_and_another_gives_others() -> None:
    first = build(120)
    assert (first.holdings, first.key_units) == (build(120).holdings, build(120).key_units)
    assert first.holdings != build(120, seed=7).holdings
