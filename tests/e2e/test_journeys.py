"""What a person comes for: a number and its source, another language, the way there and back, a chart and its table."""

import gzip
import re
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from scripts.screenshots import Served
from tests.e2e.conftest import Speak
from tests.e2e.pages import settle

pytestmark = pytest.mark.browser

KILOBYTE = 1000
BUDGET = 150 * KILOBYTE


def number_of(place: Locator) -> Decimal | None:
    """The number that stands there, without separators and unit; None for the dash of what is missing."""
    text = place.inner_text().split()[0].replace(",", "")
    return None if text == "—" else Decimal(text)


def test_sign_in_and_open_the_receipt_of_a_number(stranger: Page, city: Served) -> None:
    stranger.goto("/plan/?period=2020")  # not signed in: to the door, and from there to what was asked for
    expect(stranger).to_have_url(re.compile("/signin/"))
    stranger.get_by_label("账号").fill(city.user)
    stranger.get_by_label("密码").fill(city.password)
    stranger.locator("main").get_by_role("button", name="登录").click()
    expect(stranger).to_have_url(re.compile(r"/plan/\?period=2020$"))
    number = stranger.locator("tr", has_text="能源消费总量").locator("a[data-source]")
    on_the_board = Decimal(number.inner_text())  # in 10⁴ tce
    number.click()
    panel = stranger.get_by_role("dialog", name="数字来源")
    in_the_panel = number_of(panel.locator(".value"))
    assert (in_the_panel / 10_000).quantize(Decimal("0.01"), ROUND_HALF_EVEN) == on_the_board
    expect(panel.locator(".value")).to_contain_text("吨标准煤")
    expect(panel).to_contain_text("GB/T 2589-2020")
    panel.get_by_role("link", name="打开回执页").click()
    expect(stranger).to_have_url(re.compile(r"/receipt/[0-9a-f]{16}/city/energy_total_tce$"))
    assert number_of(stranger.locator(".source .value")) == in_the_panel
    expect(stranger.locator("code", has_text="jieyue receipt replay")).to_be_visible()
    stranger.goto("/data/line/?period=2020&view=energy")
    table = stranger.locator(
        "table", has_text="完整率"
    )  # the panel of the change comes later, with rows of its own
    rows = table.locator("tbody tr").filter(has_not_text="不计入合计")
    numbers = [number_of(row.locator("td.number").first) for row in rows.all()]
    assert numbers[0] == in_the_panel
    below = [Decimal(0) if number is None else number for number in numbers[1:]]
    assert abs(sum(below) - in_the_panel) <= Decimal("0.005") * len(
        numbers
    )  # each is rounded to two decimals


def test_a_wrong_password_is_said_and_nothing_opens(stranger: Page, city: Served) -> None:
    stranger.goto("/signin/")
    stranger.get_by_label("账号").fill("nobody-of-this-name")
    stranger.get_by_label("密码").fill("wrong")
    stranger.locator("main").get_by_role("button", name="登录").click()
    expect(stranger.get_by_role("alert")).to_contain_text("账号或密码")
    stranger.goto("/")
    expect(stranger).to_have_url(re.compile("/signin/"))


def test_the_language_is_kept_from_page_to_page(tab: Page, speak: Speak) -> None:
    speak(tab, "zh-CN")
    tab.goto("/plan/?period=2020")
    expect(tab.locator("tbody").first).to_contain_text("约束性")
    tab.locator("details.own summary").click()
    tab.get_by_role("button", name="English").click()
    expect(tab).to_have_url(re.compile(r"/plan/\?period=2020$"))
    expect(tab.locator("tbody").first).to_contain_text("Binding")
    tab.get_by_role("link", name="Directory").click()
    expect(tab.locator("h1")).to_have_text("Directory of institutions")
    tab.locator("details.own summary").click()
    tab.get_by_role("button", name="简体中文").click()
    expect(tab.locator("h1")).to_have_text("公共机构名录")


def test_from_the_city_down_to_one_institution_and_back(tab: Page, speak: Speak) -> None:
    speak(tab, "zh-CN")
    tab.get_by_role("link", name="数据", exact=True).click()
    expect(tab).to_have_url(re.compile("/overview/"))
    tab.get_by_role("link", name="报送口径", exact=True).click()
    expect(tab).to_have_url(re.compile("/data/line/"))
    tab.locator("select[name=period]").select_option("2024")
    expect(tab.locator("h1")).to_have_text(re.compile("2024年"))
    body = tab.locator("tbody th a").first
    name = body.inner_text()
    body.click()
    expect(tab.locator("h1")).to_contain_text(f"{name} 2024年")
    tab.get_by_role("link", name="机构", exact=True).click()
    first = tab.locator("tbody th a").first
    institution = first.inner_text()
    first.click()
    expect(tab.locator("h1")).to_have_text(institution)
    expect(tab.get_by_role("columnheader", name="2024")).to_be_visible()
    tab.go_back()
    expect(tab.locator("h1")).to_contain_text(f"{name} 2024年")
    tab.go_back()
    tab.go_back()
    expect(tab.locator("h1")).to_have_text(re.compile("全市.*2024年"))
    tab.go_back()
    expect(tab.locator("h1")).to_have_text(re.compile("全市.*2025年"))


def test_expected_and_binding_never_look_alike(tab: Page, speak: Speak) -> None:
    """§3.4 of the plan: three totals are expected 预期性, four intensities binding 约束性."""
    speak(tab, "zh-CN")
    tab.goto("/plan/")
    kinds = tab.locator("tbody tr .card-kind").all_inner_texts()
    assert kinds[:7] == ["预期性"] * 3 + ["约束性"] * 4
    expected = tab.locator("tr", has=tab.locator(".tag-expected"))
    assert expected.locator(".status-bad, .status-off, .status-good").count() == 0
    looks = {
        kind: tab.locator(f".tag-{kind}").first.evaluate(
            "(tag) => { const s = getComputedStyle(tag); return [s.backgroundColor, s.borderStyle]; }"
        )
        for kind in ("binding", "expected")
    }
    assert looks["binding"][0] != looks["expected"][0]
    assert looks["binding"][1] != looks["expected"][1]


def test_a_factor_that_is_none_is_refused_in_words(tab: Page, speak: Speak) -> None:
    speak(tab, "zh-CN")
    answer = tab.goto("/source/?scope=city&indicator=energy_total_tce&period=2025&electricity_factor=2.5e")
    assert answer is not None
    assert answer.status == 422
    expect(tab.locator(".error-page")).to_contain_text("没有电力因子“2.5e”")
    expect(tab.locator(".error-page code")).to_have_text(re.compile("JY-422-"))


def test_the_chart_of_the_years_has_its_numbers_in_a_table(tab: Page) -> None:
    tab.goto("/institutions/S000003/?compute=1")
    chart = tab.get_by_role("img")
    expect(chart).to_be_visible()
    drawn = chart.locator("text.value").all_text_contents()
    row = tab.locator("#years tbody tr").first
    assert drawn == row.locator("td.number").all_inner_texts()
    bars = chart.locator("rect").all()
    heights = [float(str(bar.get_attribute("height"))) for bar in bars]
    lines = [str(line.get_attribute("d")) for line in chart.locator("path").all()]
    top = min(float(re.findall(r"[\d.]+", line)[1]) for line in lines)
    assert min(float(str(bar.get_attribute("y"))) for bar in bars) >= top  # no column above the highest line
    values = [float(text.replace(",", "")) for text in drawn]
    for height, value in zip(heights, values, strict=True):
        assert height / heights[0] == pytest.approx(value / values[0], rel=0.01)


def test_styles_and_scripts_stay_within_the_budget(tab: Page) -> None:
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.request.resource_type in ("script", "stylesheet"):
            weights[response.url] = len(gzip.compress(response.body(), 6))

    tab.on("response", weigh)
    for address in ("/", "/plan/", "/data/line/", "/institutions/", "/import/", "/style/"):
        weights.clear()
        tab.goto(address)
        settle(tab)
        assert 0 < sum(weights.values()) <= BUDGET, (address, weights)


def test_are_we_saving_or_did_institutions_not_report(tab: Page, speak: Speak) -> None:
    """The table asks for its panel by itself; another indicator comes in place; one click lists the institutions."""
    speak(tab, "zh-CN")
    tab.goto("/data/line/?period=2026-09")
    panel = tab.locator("#change")
    expect(panel.get_by_text("可比（同样的机构）").first).to_be_visible()
    panel.get_by_role("link", name="用水总量").click()
    expect(panel.locator("header [aria-current]")).to_have_text("用水总量")
    assert tab.url.endswith("/data/line/?period=2026-09")
    panel.get_by_role("link", name="各项涉及的机构").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("2026年9月比2025年9月")
    expect(tab.get_by_role("navigation", name="机构清单").locator("[aria-current]")).to_be_visible()
