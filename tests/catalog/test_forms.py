"""Schemes by date, items by scheme, and the item tree."""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.catalog import UnknownRuleError, load_catalog

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("day", "scheme"),
    [
        (date(2015, 12, 31), "2020"),
        (date(2020, 6, 30), "2020"),
        (date(2021, 12, 31), "2020"),
        (date(2022, 1, 1), "2022"),
        (date(2025, 10, 31), "2022"),
        (date(2025, 11, 1), "2025-11"),
        (date(2026, 11, 22), "2025-11"),
    ],
)
def test_scheme_on_a_day(day: date, scheme: str) -> None:
    assert CATALOG.scheme_on(day).code == scheme


def codes(form: str, scheme: str | None = None) -> set[str]:
    return {item.code for item in CATALOG.items(form, scheme)}


def test_what_the_revisions_deleted_and_added() -> None:
    deleted_2025 = {"101", "106", "190", "191", "192"}
    assert deleted_2025 <= codes("NY201", "2022")
    assert not deleted_2025 & codes("NY201", "2025-11")
    assert ("230" in codes("NY202", "2022"), "230" in codes("NY202", "2025-11")) == (True, False)
    assert ("250" in codes("NY202", "2020"), "250" in codes("NY202", "2022")) == (True, False)
    assert ("pv_kwh" in codes("NY201", "2020"), "pv_kwh" in codes("NY201", "2022")) == (False, True)
    assert deleted_2025 <= codes("NY201"), "without a scheme: every item there ever was"


def test_the_heat_item_of_ny203_was_renamed() -> None:
    assert CATALOG.item("NY203:360", "2022").name_zh == "热力消费量"
    assert CATALOG.item("NY203:360", "2025-11").name_zh == "热力消费量（按热量收费）"
    assert CATALOG.item("NY203:360").name_zh == "热力消费量（按热量收费）"
    assert [item.code for item in CATALOG.items("NY203")].count("360") == 1


@pytest.mark.parametrize(
    ("ref", "unit", "carrier", "agg", "stock_rule"),
    [
        ("NY201:110", "kWh", "electricity", "flow", ""),
        ("NY201:120", "m3", "water", "flow", ""),
        ("NY201:130", "t", "raw_coal", "flow", ""),
        ("NY201:150", "L", "petrol", "flow", ""),
        ("NY201:105", "kg", "lpg", "flow", ""),
        ("NY201:180", "tce", "other", "flow", ""),
        ("NY201:102", "m2", "", "stock", "last"),
        ("NY201:103", "person", "", "stock", "last"),
        ("NY201:104", "vehicle", "", "stock", "last"),
        ("NY201:111", "yuan", "", "flow", ""),
        ("NY203:304", "t/h", "", "stock", "last"),
    ],
)
def test_items(ref: str, unit: str, carrier: str, agg: str, stock_rule: str) -> None:
    item = CATALOG.item(ref)
    assert (item.unit, item.carrier, item.agg, item.stock_rule) == (unit, carrier, agg, stock_rule)


def test_the_addends_of_the_strict_trees() -> None:
    trees = {
        "NY201:150": {"1501", "1502"},
        "NY201:151": {"1511", "1512"},
        "NY201:160": {"1601", "1602"},
        "NY201:161": {"1611", "1612"},
        "NY202:220": {"2201", "2202", "2203"},
        "NY202:240": {"2401", "2402", "2403"},
        "NY203:301": {"3011", "3012", "3013"},
    }
    for whole, parts in trees.items():
        assert {item.code for item in CATALOG.parts_of(whole) if item.part_kind == "addend"} == parts
    assert {item.part_kind for item in CATALOG.parts_of("NY201:104")} == {"of_which"}
    assert {"NY202:240", "NY203:320"} <= {item.ref for item in CATALOG.parts_of("NY201:110")}


def test_every_part_and_cost_resolves_and_the_tree_has_no_circle() -> None:
    for form in CATALOG.forms:
        for item in CATALOG.items(form):
            if item.cost_of:
                assert item.unit == "yuan"
                assert CATALOG.item(item.cost_of).unit != "yuan"
            seen = set()
            at = item
            while at.part_of:
                assert at.ref not in seen
                seen.add(at.ref)
                at = CATALOG.item(at.part_of)


def test_the_account_counts_each_carrier_once() -> None:
    counted = [item for item in CATALOG.items("NY201") if item.role == "consumption"]
    assert [(item.code, item.carrier) for item in counted] == [
        ("110", "electricity"),
        ("120", "water"),
        ("130", "raw_coal"),
        ("140", "natural_gas"),
        ("105", "lpg"),
        ("150", "petrol"),
        ("160", "diesel"),
        ("170", "heat"),
        ("180", "other"),
    ]
    assert {
        item.code: item.role for item in CATALOG.items("NY201") if item.role not in ("", "consumption")
    } == {
        "102": "floor_area",
        "103": "persons",
        "104": "vehicles",
        "1041": "petrol_vehicles",
        "1042": "diesel_vehicles",
        "1501": "vehicle_petrol",
        "1601": "vehicle_diesel",
        "pv_kwh": "self_generated",
        "x_resold_kwh": "resold_electricity",
        "x_resold_gj": "resold_heat",
        "x_green_market_kwh": "green_power_market",
        "x_green_direct_kwh": "green_power_direct",
        "x_charging_kwh": "vehicle_charging",
    }


def test_items_of_our_own_are_unverified_and_no_total() -> None:
    own = [item for item in CATALOG.items("NY201") if item.own_code]
    assert len(own) == 5
    assert not any(item.verified for item in own)
    assert all(item.part_of in ("NY201:110", "NY201:170") for item in own)


def test_items_without_a_known_label_are_kept_and_not_shown() -> None:
    hidden = {
        item.code for form in ("NY201", "NY202", "NY203") for item in CATALOG.items(form) if not item.rendered
    }
    assert hidden == {"1021", "1032", "1033", "009", "401", "402", "403", "404", "405", "406"}


def test_conversions_to_the_carrier() -> None:
    assert CATALOG.item("NY201:130").to_carrier_unit == Fraction(1000)
    assert {item.to_carrier_unit for item in CATALOG.items("NY201") if item.carrier and item.unit != "t"} == {
        Fraction(1)
    }


def test_summary_forms_have_the_rows_of_their_base_form() -> None:
    assert codes("NY301") == codes("NY201") | {"100"}
    assert "200" in codes("NY202")  # the survey's fields list it there; its number is asked in the summary
    assert codes("NY302") == codes("NY202")
    assert codes("NY303") == codes("NY203")
    assert CATALOG.item("NY301:1501").part_of == "NY301:150"
    assert CATALOG.item("NY303:320").part_of == "NY201:110"


@pytest.mark.parametrize(
    ("form", "periods", "instance"),
    [
        ("NY101", ("Y",), "none"),
        ("NY201", ("Y", "Q", "M"), "none"),
        ("NY202", ("Y", "Q", "M"), "room"),
        ("NY203", ("Y", "H"), "none"),
        ("NY301", ("Y",), "none"),
    ],
)
def test_forms(form: str, periods: tuple[str, ...], instance: str) -> None:
    assert (CATALOG.forms[form].periods, CATALOG.forms[form].instance) == (periods, instance)


def test_unknown_forms_items_and_schemes() -> None:
    for ask in (
        lambda: CATALOG.items("NY999"),
        lambda: CATALOG.item("NY201:999"),
        lambda: CATALOG.items("NY201", "1999"),
        lambda: CATALOG.item("NY201:101", "2025-11"),
    ):
        with pytest.raises(UnknownRuleError):
            ask()


def test_types_by_code_name_and_column_label() -> None:
    for text in ("024", "卫生事业", "卫生", "Health"):
        found = CATALOG.find_type(text)
        assert found is not None
        assert found.code == "024"
    assert CATALOG.find_type("医院") is None
    assert [code for code, kind in CATALOG.types.items() if kind.parent == "02"] == [
        "021", "022", "023", "024", "025", "026"
    ]  # fmt: skip
    assert [CATALOG.types[code].column for code in ("01", "02", "03")] == ["S002", "S003", "S010"]
