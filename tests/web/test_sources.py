"""Every number opens its source: the panel and the receipt say the same number, method and documents."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np

from tests.by_hand import ByHand, shown
from tests.web.addresses import TREES, school
from tests.web.conftest import City
from tests.web.html_text import page_of, squeeze


def numbers(page_text: str) -> list[tuple[str, str]]:
    """(address, number as shown) of every link that opens a source."""
    pattern = r'<a (?=[^>]*\bdata-source\b)[^>]*href="([^"]+)"[^>]*>(.*?)</a>'
    found = re.findall(pattern, page_text, re.DOTALL)
    return [(address.replace("&amp;", "&"), squeeze(re.sub("<[^>]+>", "", text))) for address, text in found]


def test_every_number_of_a_page_opens_a_source_that_says_the_same(city: City) -> None:
    """Of each table one row is opened number by number; the cards and the board wholly."""
    client = city.client()
    paths = ["/", "/plan/", *(f"/data/{tree}/?period=2025" for tree in TREES)]
    paths += ["/data/line/?period=2026-09&view=energy", f"/institutions/{school(city)}/?compute=1"]
    opened = set()
    for path in paths:
        found = numbers(client.get(path).content.decode())
        assert len(found) >= 4, path
        for address, text in found[:9]:
            if address in opened:
                continue
            opened.add(address)
            panel = client.get(address, headers={"HX-Request": "true"})
            assert panel.status_code == 200, address
            body = panel.content.decode()
            assert "<html" not in body, "a panel is a part of a page"
            assert says(page_of(panel).text, text, board=path in ("/", "/plan/")), (path, address, text)
            assert re.search(r"[0-9a-f]{16}/\S+/\w+", body), address
    assert len(opened) > 20


def says(panel: str, text: str, *, board: bool) -> bool:
    """Whether a panel shows a number; the plan's board has its own units and decimals: 万吨 for 吨."""
    if text in panel.split("\n"):
        return True
    places = len(text.partition(".")[2])
    for line in panel.split("\n"):
        if board and re.fullmatch(r"[\d,]+(\.\d+)?", line):
            value = Decimal(line.replace(",", ""))
            if text in {f"{value:.{places}f}", f"{value / 10_000:.{places}f}"}:
                return True
    return False


def test_the_panels_receipt_is_a_page_of_its_own_for_good(city: City) -> None:
    client = city.client()
    panel = client.get(
        "/source/?scope=city&indicator=co2_per_area_kg_m2&period=2025", headers={"HX-Request": "true"}
    )
    number = re.search(r"<code>([0-9a-f]{16}/city/co2_per_area_kg_m2)</code>", panel.content.decode())
    assert number
    page = client.get(f"/receipt/{number[1]}")
    assert page.status_code == 200
    text = page_of(page).text
    for line in (
        "碳排放",
        "2025年",
        f"jieyue receipt replay {number[1]}",
        f"jieyue receipt export {number[1]}",
    ):
        assert line in text, line
    shown = {t for tag, t in page_of(panel).texts if tag == "div" and re.fullmatch(r"[\d,]+\.\d+", t)}
    assert shown
    assert all(value in text for value in shown)


def test_the_method_that_an_address_names_is_the_one_that_is_shown(city: City) -> None:
    client = city.client()
    base = "/source/?scope=city&indicator=co2_total_t&period=2025"
    own = page_of(client.get(base)).text
    other = page_of(client.get(f"{base}&factor_set=jst-303-2026&electricity_factor=2022")).text
    assert "2022" in other
    assert own != other
    number = r"[0-9a-f]{16}/city/co2_total_t"
    assert re.search(number, own)[0] != re.search(number, other)[0]


def test_the_source_leads_to_the_same_use_with_each_published_factor(city: City) -> None:
    """0.4743, 0.5227 and 0.5581 kg a kWh; what each gives by plain arithmetic over the city's returns of 2025."""
    client = city.client()
    own = "/source/?scope=city&indicator=co2_per_area_kg_m2&period=2025"
    sums = ByHand(city.sample).of()
    factors = {"2021": "0.4743", "2022": "0.5227", "2023": "0.5581"}
    assert shown(sums.co2_per_area()) in page_of(client.get(own)).text
    for year, factor in factors.items():
        address = link(client.get(own).content.decode(), f"{year}年 {factor} 千克二氧化碳/千瓦时")
        assert "publication=" in address, "the same data, whatever is published meanwhile"
        found = client.get(address).content.decode()
        assert shown(sums.co2_per_area(Fraction(factor))) in page_of(client.get(address)).text
        assert shown(sums.co2_per_area()) in page_of(client.get(link(found, "规划口径"))).text
        assert f"{year}年 {factor}" not in found, "that is the one that is shown"
    for indicator, leads in (
        ("energy_total_tce", False),
        ("co2_direct_t", False),
        ("co2_electricity_t", True),
    ):
        page = page_of(client.get(f"/source/?scope=city&indicator={indicator}&period=2025")).text
        assert ("换用公布的电力因子" in page) == leads, indicator
    assert "jieyue returns verify --form NY201 --period 2025" in page_of(client.get(own)).text


def link(page: str, words: str) -> str:
    """The address of the link that reads so."""
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>\s*{re.escape(words)}\s*</a>', page)
    assert found is not None, words
    return found[1].replace("&amp;", "&")


def test_the_citys_water_is_the_sum_of_the_returns(city: City) -> None:
    """By plain arithmetic over the sample's own returns of 2024: approved ones, in the count, in no other's return."""
    frame = city.sample.frame("NY201", "2024")
    approved = frame.states == "已审核"
    central = city.sample.memberships
    central = set(
        central.filter((central["tree"] == "line") & (central["target"] == "L-CENTRAL"))["code"].to_list()
    )
    kept = approved & ~np.isin(frame.institutions, list(central))
    members = city.sample.memberships
    inside = members.filter((members["tree"] == "unit") & (members["code"] != members["target"]))
    kept &= ~np.isin(frame.institutions, inside["code"].to_list())
    total = Decimal(int(frame.column("120")[kept].sum())) / 10_000
    shown = dict(numbers(city.client().get("/data/line/?period=2024").content.decode()))
    address = next(a for a in shown if "scope=city" in a and "indicator=water_total_m3" in a)
    assert abs(Decimal(shown[address].replace(",", "")) - total) <= Decimal("0.5")


def test_units_of_central_departments_are_shown_and_marked_and_in_no_total(city: City) -> None:
    """Their water by plain arithmetic over the sample's returns; the row and the receipt say that no total holds it."""
    frame = city.sample.frame("NY201", "2024")
    members = city.sample.memberships
    central = members.filter((members["tree"] == "line") & (members["target"] == "L-CENTRAL"))[
        "code"
    ].to_list()
    kept = (frame.states == "已审核") & np.isin(frame.institutions, central)
    total = Decimal(int(frame.column("120")[kept].sum())) / 10_000
    assert total > 0
    words = {
        "zh-hans": ("（不计入合计）", "不在本级统计范围：本级各合计都不含此数"),
        "en": ("(not in the total)", "outside this authority's count: no total of the authority holds it"),
    }
    for language, (mark, reason) in words.items():
        client = city.client(language)
        for tree, code in (("line", "L-CENTRAL"), ("department", "D-CENTRAL")):
            page = client.get(f"/data/{tree}/?period=2024")
            marked = [line for line in page_of(page).text.split("\n") if mark in line]
            assert len(marked) == 1, (tree, marked)
            shown = dict(numbers(page.content.decode()))
            address = next(a for a in shown if code in a and "indicator=water_total_m3" in a)
            assert abs(Decimal(re.sub("[^0-9.]", "", shown[address])) - total) <= Decimal("0.5")
            assert reason in page_of(client.get(address)).text
        assert (
            reason not in page_of(client.get("/source/?scope=city&indicator=water_total_m3&period=2024")).text
        )


def test_the_source_says_the_quantity_of_each_carrier_with_its_coefficient(city: City) -> None:
    """An institution's return of 2025 by plain arithmetic: quantity, coefficient of GB/T 2589, their product."""
    frame = city.sample.frame("NY201", "2025")
    used = (frame.states == "已审核") & (frame.column("110") > 0) & (frame.column("120") > 0)
    place = int(np.flatnonzero(used)[0])
    code, kwh = str(frame.institutions[place]), Decimal(int(frame.column("110")[place])) / 10_000
    for language, title, carrier in (("zh-hans", "各品种数量", "电力"), ("en", "By carrier", "Electricity")):
        client = city.client(language)
        base = f"/source/?scope=institution:{code}&period=2025&indicator="
        for address in (f"{base}energy_total_tce", f"{base}co2_total_t"):
            panel = client.get(address, headers={"HX-Request": "true"})
            assert title in page_of(panel).text
            table = next(t for t in page_of(panel).tables if any(row.cells[0] == carrier for row in t.rows))
            row = next(row.cells for row in table.rows if row.cells[0] == carrier)
            assert abs(Decimal(row[1].replace(",", "")) - kwh) <= Decimal("0.005")
            factor, amount = (Decimal(text.replace(",", "").strip("≈ ")) for text in row[3:5])
            assert factor == Decimal("0.1229") or "co2" in address
            assert abs(amount - kwh * factor / 1000) <= Decimal("0.01")
        water = page_of(client.get(f"{base}water_per_person_m3")).tables
        assert [len(table.rows[0].cells) for table in water[:2]] == [
            3,
            3,
        ]  # quantities alone, and what divides them


def test_a_missing_number_has_no_source_and_is_no_zero(city: City) -> None:
    """Nobody reported January 2023: what the registry knows is shown, energy and water are missing, not zero."""
    answer = city.client().get("/data/line/?period=2023-01")
    opened = {
        re.search(r"indicator=(\w+)", address)[1] for address, _text in numbers(answer.content.decode())
    }
    assert opened == {"institutions", "floor_area_m2", "persons"}
    rows = page_of(answer).tables[-1].rows
    assert len(rows) > 30
    for line in rows:  # body, institutions, area, persons; energy ×3, water ×2, carbon ×2; completeness
        assert line.cells[4:11] == ["—"] * 7, line.cells


def test_a_derived_figures_receipt_shows_its_parts_and_each_opens(city: City) -> None:
    client = city.client()
    found = {}
    for period in ("2024", "2025"):
        panel = client.get(
            f"/source/?scope=city&indicator=energy_total_tce&period={period}", headers={"HX-Request": "true"}
        )
        text = page_of(panel).text
        number = re.search(r"\b([0-9a-f]{16}/city/energy_total_tce)\b", text)
        value = re.search(r"(?m)^[\d,]+\.\d\d$", text)
        assert number
        assert value
        found[period] = number[1], value[0]
    made = f"derived.relative.v1/{found['2025'][0]}~{found['2024'][0].partition('/')[0]}/=/="
    page = client.get(f"/receipt/{made}")
    assert page.status_code == 200
    text = page_of(page).text
    now, then = (Decimal(found[period][1].replace(",", "")) for period in ("2025", "2024"))
    change = (now - then) / then * 100
    assert f"{'上升' if change > 0 else '下降'} {abs(change):.1f}%" in text
    for receipt, value in found.values():
        assert f'href="/receipt/{receipt}"' in page.content.decode()
        assert value in text
    assert f"jieyue receipt replay {made}" in text
    panel = client.get(f"/receipt/{made}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    assert client.get("/receipt/derived.relative.v1/none").status_code == 404


def test_the_source_of_an_institutions_number_says_whose_it_is(city: City) -> None:
    """By name, and by the code that another of the same name has not."""
    code, client = school(city), city.client()
    name = re.search(r"<h1>([^<]+)</h1>", client.get(f"/institutions/{code}/").content.decode())
    assert name is not None
    for head in ({}, {"HX-Request": "true"}):
        shown_by = client.get(
            f"/source/?scope=institution:{code}&indicator=energy_total_tce&period=2025", headers=head
        )
        assert f"{name[1]} {code} · 2025年" in page_of(shown_by).text
