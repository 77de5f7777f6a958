"""Entry: what a return begins with, totals from parts, carriers used or not, estimates. All numbers by hand."""

from fractions import Fraction

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.numbers import Refusal
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.carrier_use import uses_of
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.entry_sheet import entry_sheet
from jieyue.apps.returns.estimates import estimate
from jieyue.apps.returns.models import CarrierUse
from jieyue.apps.returns.services import edit_return
from jieyue.apps.returns.services.set_use import set_use
from jieyue.apps.returns.typed import read_typed
from jieyue.catalog.form_sheet import form_sheet
from jieyue.catalog.loader import load_catalog
from tests.apps.returns.workflow_desk import NOT_USED, TYPED, Nodes, Office, everything, kwh, row

OFF = (0, NOT_USED)
PETROL = ("150", "151", "1501", "1511", "1502", "1512")


@pytest.fixture
def office(home, city_trees: Nodes) -> Office:
    return Office(city_trees)


def cells(key: Key) -> dict[str, tuple[int, int]]:
    return parse(row(key).draft)


def edit(office: Office, key: Key, **changes: tuple[int, int] | None) -> None:
    codes = {name.lstrip("c"): value for name, value in changes.items()}
    edit_return.edit_cells(office.clerk, key, codes, revision=row(key).revision)


def test_a_return_begins_with_the_stocks_of_the_last_one_and_no_flow(office: Office) -> None:
    first, second = office.key(), office.key()
    edit_return.start(office.clerk, first)
    edit(office, first, c102=kwh(5000), c103=kwh(120), c110=kwh(777), c130=OFF, c131=OFF)
    edit_return.start(office.clerk, second)
    assert cells(second) == {"102": kwh(5000), "103": kwh(120), "130": OFF, "131": OFF}
    assert row(second).entered_by["102"] == {"by": ["clerk"], "src": f"period:{first.period}"}


def test_the_newest_return_before_counts_and_none_after(office: Office) -> None:
    keys = [office.key() for _ in range(3)]
    for key, area in ((keys[0], 1000), (keys[2], 3000)):
        edit_return.start(office.clerk, key)
        edit(office, key, c102=kwh(area))
    edit_return.start(office.clerk, keys[1])
    assert cells(keys[1])["102"] == kwh(1000)


def test_a_total_follows_from_its_parts_until_somebody_types_it(office: Office) -> None:
    key = office.key()
    edit_return.start(office.clerk, key)
    edit(office, key, c1501=kwh(186))
    assert "150" not in cells(key), "one part is missing"
    edit(office, key, c1502=kwh(14))
    assert cells(key)["150"] == kwh(200)
    assert row(key).entered_by["150"] == {"by": ["clerk"], "src": "sum"}
    edit(office, key, c1502=OFF)
    assert cells(key)["150"] == kwh(186)
    edit(office, key, c1501=None)
    assert "150" not in cells(key), "the sum goes with its part"
    edit(office, key, c150=kwh(190))
    edit(office, key, c1501=kwh(186))
    assert cells(key)["150"] == kwh(190), "a typed total is left to the rules"


def test_the_sum_of_an_estimate_is_an_estimate(office: Office) -> None:
    key = office.key()
    edit_return.start(office.clerk, key)
    edit(office, key, c1501=(10_000, 4), c1502=kwh(2))
    assert cells(key)["150"] == (30_000, 4)


def test_a_carrier_is_switched_off_once_and_on_again(office: Office) -> None:
    first, second, third = office.key(), office.key(), office.key()
    edit_return.start(office.clerk, first)
    edit(office, first, c1501=kwh(5), c110=kwh(9))
    set_use(office.clerk, first, "150", "not_used")
    assert {code: cells(first)[code] for code in PETROL} == dict.fromkeys(PETROL, OFF)
    assert cells(first)["110"] == kwh(9)
    edit_return.start(office.clerk, second)
    assert {code: cells(second)[code] for code in PETROL} == dict.fromkeys(PETROL, OFF)
    set_use(office.clerk, second, "150", "metered_paid")
    assert not set(PETROL) & cells(second).keys()
    assert {code: cells(first)[code] for code in PETROL} == dict.fromkeys(PETROL, OFF), "the past stays"
    edit_return.start(office.clerk, third)
    assert not set(PETROL) & cells(third).keys()
    assert uses_of(office.school, "NY201", first.last_day) == {"150": "not_used"}
    assert uses_of(office.school, "NY201", third.last_day) == {"150": "metered_paid"}
    assert ActionLog.objects.filter(verb="returns.set_use").count() == 2


@pytest.mark.parametrize(
    ("case", "cost_asked"),
    [
        ("metered_paid", True),
        ("unmetered_paid", True),
        ("metered_unpaid", False),
        ("unmetered_unpaid", False),
    ],
)
def test_who_does_not_pay_states_no_cost(office: Office, case: str, cost_asked: bool) -> None:
    key = office.key()
    edit_return.start(office.clerk, key)
    set_use(office.clerk, key, "120", case)
    assert cells(key) == ({} if cost_asked else {"121": OFF})


def test_saying_the_same_again_changes_nothing(office: Office) -> None:
    key = office.key()
    edit_return.start(office.clerk, key)
    set_use(office.clerk, key, "130", "not_used")
    before = everything()
    set_use(office.clerk, key, "130", "not_used")
    assert everything() == before
    assert CarrierUse.objects.count() == 1


@pytest.mark.parametrize(("item", "case"), [("111", "not_used"), ("999", "not_used"), ("110", "gone")])
def test_only_a_carrier_and_a_known_case(office: Office, item: str, case: str) -> None:
    key = office.at("draft")
    before = everything()
    with pytest.raises(RefusedError) as refused:
        set_use(office.clerk, key, item, case)
    assert (refused.value.code, everything()) == ("unknown_item", before)


def test_a_submitted_return_keeps_its_cells(office: Office) -> None:
    key = office.at("submitted")
    before = row(key).draft
    set_use(office.clerk, key, "110", "not_used")
    assert row(key).draft == before


def test_nobody_else_says_how_a_carrier_is_used(office: Office) -> None:
    key = office.at("draft")
    before = everything()
    with pytest.raises(RefusedError) as refused:
        set_use(office.chief, key, "110", "not_used")
    assert (refused.value.code, everything()) == ("return_right", before)


def test_estimates_are_named_and_need_their_numbers(office: Office) -> None:
    months = [office.key() for _ in range(13)]
    for key, number in ((months[9], 100), (months[10], 200), (months[11], 401), (months[0], 90)):
        edit_return.start(office.clerk, key)
        edit(office, key, c110=kwh(number))
        office.submit(key)
        from jieyue.apps.returns.services import approve_return

        approve_return.approve(office.chief, key)
    publish_waiting()
    gap = months[12]
    assert estimate(gap, "110", "year_ago") == (900_000, 4)
    assert estimate(gap, "110", "last_period") == (4_010_000, 4)
    # (100 + 200 + 401) ÷ 3 = 233.666… → 233.6667
    assert estimate(gap, "110", "mean_of_three") == (2_336_667, 4)
    with pytest.raises(RefusedError) as refused:
        estimate(gap, "120", "year_ago")
    assert refused.value.code == "no_estimate"
    with pytest.raises(RefusedError) as refused:
        estimate(months[5], "110", "mean_of_three")
    assert refused.value.code == "no_estimate"


def publish_waiting() -> None:
    """Approvals may wait to be published together."""
    try:
        from jieyue.apps.returns.services.publish_waiting import publish_waiting as publish
    except ImportError:
        return
    publish()


def test_the_sheet_shows_last_year_and_the_period_before(office: Office) -> None:
    months = [office.key() for _ in range(13)]
    for key, number in ((months[0], 90), (months[11], 80)):
        edit_return.start(office.clerk, key)
        edit(office, key, c110=kwh(number))
    edit_return.start(office.clerk, months[12])
    found = {cell.line.code: cell for cell in entry_sheet(months[12]).cells}
    assert (found["110"].now, found["110"].year_ago, found["110"].before) == (None, kwh(90), kwh(80))


CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("item", "text", "value"),
    [
        ("110", "51240+7860-1200", 57_900),
        ("110", "＝51,240＋7,860－1,200", 57_900),
        ("110", "5.79万度", 57_900),
        ("110", "57.9 MWh", 57_900),
        ("110", "57900千瓦时", 57_900),
        ("110", "5.79万", 57_900),
        ("111", "3.24244万元", Fraction("32424.4")),
        ("111", "¥32,424.40", Fraction("32424.4")),
        ("111", "32424.4元", Fraction("32424.4")),
        ("120", "2180吨", 2_180),
        ("120", "2180 m³", 2_180),
        ("130", "1500千克", Fraction("1.5")),
        ("103", "1,905人", 1_905),
        ("102", "21350㎡", 21_350),
        ("110", "0", 0),
        (
            "111",
            "28694.40+4401.60-1200*0.56",
            32_424,
        ),  # the let shop's meter at its price: worked out by hand
        ("111", "1,200 × 0.56元", 672),
    ],
)
def test_cells_are_read_as_people_write_them(item: str, text: str, value: Fraction | int) -> None:
    found = read_typed(text, CATALOG.item(f"NY201:{item}"), CATALOG)
    assert not isinstance(found, Refusal), found
    assert found.value == (value * 10_000, TYPED)


@pytest.mark.parametrize(
    ("item", "text", "code"),
    [
        ("110", "12吨", "unknown_unit"),
        ("111", "100度", "unknown_unit"),
        ("110", "约500", "text_in_number"),
        ("110", "1.2.3", "ambiguous_number"),
        ("110", "-5", "negative"),
        ("110", "5-9", "negative"),
        ("110", "1e9", "exponent_in_number"),
        ("110", "abc", "not_a_number"),
        ("110", "=SUM(A1)", "text_in_number"),
        ("110", "9" * 30, "number_too_large"),
        ("110", "1+" * 150 + "1", "not_a_number"),
        ("110", "1200*", "not_a_number"),
        ("110", "1200**2", "not_a_number"),
        ("110", "999999999999*999999999999", "number_too_large"),
    ],
)
def test_what_cannot_be_read_is_refused(item: str, text: str, code: str) -> None:
    found = read_typed(text, CATALOG.item(f"NY201:{item}"), CATALOG)
    assert isinstance(found, Refusal)
    assert found.code == code


def test_empty_and_not_used_are_two_things() -> None:
    item = CATALOG.item("NY201:130")
    empty, unused = (read_typed(text, item, CATALOG) for text in ("　 ", "不使用"))
    assert (getattr(empty, "value", 0), getattr(unused, "value", 0)) == (None, OFF)


def test_what_belongs_to_a_carrier_stands_below_it() -> None:
    sheet = form_sheet(CATALOG, "NY201", "2025-11")
    assert [line.code for line in sheet.carriers] == [
        "110",
        "120",
        "130",
        "140",
        "105",
        "150",
        "160",
        "170",
        "180",
    ]
    assert [line.code for line in sheet.of_carrier("150")] == list(PETROL)
    assert [line.depth for line in sheet.of_carrier("150")] == [0, 1, 1, 2, 1, 2]
    places = [sheet.codes.index(code) for code in PETROL]
    assert places == list(range(places[0], places[0] + 6))


def test_page_and_workbook_begin_with_the_same(office: Office) -> None:
    """Also where the last return was two months ago and is not approved yet, and a carrier was switched off since."""
    from jieyue.apps.returns import template
    from jieyue.domain.period import Period

    first, _skipped, third = office.key(), office.key(), office.key()
    edit_return.start(office.clerk, first)
    edit(office, first, c102=kwh(5000), c110=kwh(777), c130=OFF, c131=OFF)
    office.submit(first)
    set_use(office.clerk, third, "160", "not_used")
    (line,) = template.lines("NY201", Period.parse(third.period), [office.school])
    edit_return.start(office.clerk, third)
    diesel = ("160", "161", "1601", "1611", "1602", "1612")
    assert cells(third) == {"102": kwh(5000), "130": OFF, "131": OFF, **dict.fromkeys(diesel, OFF)}
    assert line.entry == {"102": ("5000", TYPED), **dict.fromkeys(("130", "131", *diesel), (None, NOT_USED))}
    assert row(third).entered_by["160"]["src"] == "use"
    assert row(third).entered_by["102"]["src"] == f"period:{first.period}"


def test_a_cell_that_was_emptied_after_reopening_is_empty_in_the_workbook(office: Office) -> None:
    from jieyue.apps.returns import template
    from jieyue.apps.returns.services import approve_return
    from jieyue.apps.returns.services.publish_waiting import publish_waiting as publish
    from jieyue.domain.period import Period

    key = office.at("approved")
    publish()
    approve_return.reopen(office.chief, key, reason="抄错")
    edit(office, key, c110=None, c120=kwh(7))
    (line,) = template.lines("NY201", Period.parse(key.period), [office.school])
    assert line.entry == {"120": ("7", TYPED)}
