"""The drawn bridge of a change: by hand, adding up exactly, what was not reported a bar of its own, never a saving."""

import csv
import io
import re
from fractions import Fraction

import pytest

from jieyue.web.chart_bridge import Level, Stride, bridge, cut_at, levels_of
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import YEAR, Dozen
from tests.apps.summaries.test_pages import text_of, visitor
from tests.clients import quiet_refusals

#: Water of 2024: G1 and A2 filed both years, P1 has not filed all of 2025. The others appear in 2025.
THEN = {"G1": 280, "A2": 950, "P1": 60}
ALIKE = (300 - 280) + (900 - 950)
NEW = 1278 + 4000 + 50000 + 16000 + 321  # A1, C1, H1, H2, K1
NOW = sum(THEN.values()) + ALIKE - 60 + NEW
PAGE = f"/change/?scope=city&period={YEAR}&indicator=water_total_m3"


@pytest.fixture
def two_years(dozen: Dozen) -> Dozen:
    quiet_refusals()
    desk.publish({(who, "2024"): {"110": "1", "120": str(cubic)} for who, cubic in THEN.items()})
    return dozen


def card_of(html: str) -> str:
    return html.split('id="bridge"')[1].split("</section>")[0]


def bars(card: str) -> dict[str, tuple[float, float, str]]:
    """Row → (where its bar begins, how long it is, its look)."""
    found = re.findall(
        r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="16" class="([\w-]+)"><title>(\S+)', card
    )
    return {name: (float(x), float(width), css) for x, width, css, name in found}


def test_the_steps_lead_from_one_figure_to_the_other(two_years: Dozen) -> None:
    reader = visitor("c-approver")
    card = card_of(reader.get(PAGE).content.decode())
    assert f"2025年用水总量比2024年增加 {NOW - 1290:,} 立方米，其中可比减少 {-ALIKE} 立方米" in card
    assert "未报少计 60 立方米，不是节约" in card
    drawn = bars(card)
    assert list(drawn) == ["2024年", "可比", "未报", "补报", "2025年"]
    assert drawn["未报"][2] == "p-lost", "what did not come looks like nothing else"
    assert drawn["可比"][2] == "p-now"
    (left, then, _), (_, new, _), (_, now, _) = drawn["2024年"], drawn["补报"], drawn["2025年"]
    scale = now / NOW
    assert drawn["2025年"][0] == left, "both levels begin at zero"
    assert then == pytest.approx(1290 * scale, abs=0.2)
    assert new == pytest.approx(NEW * scale, abs=0.2)
    assert "截断" not in card
    file = reader.get(f"{PAGE}&chart=bridge&export=csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    amounts = {row[0]: int(row[1].replace(",", "")) for row in rows[1:] if len(row) > 1 and row[1]}
    assert amounts.pop("2024年") == 1290
    assert amounts.pop("2025年") == NOW == 1290 + sum(amounts.values())
    assert amounts["未报"] == -60
    assert reader.get(f"{PAGE}&chart=bridge&export=xlsx").status_code == 200
    assert 'data-file="bridge-2025.png"' in card
    lists = reader.get(f"{PAGE}&export=csv").content.decode("utf-8-sig")
    assert "未报" in lists or "机构" in lists, "the institutions keep their own file"


def test_the_dashboard_and_the_tables_draw_it_too(two_years: Dozen) -> None:
    reader = visitor("c-approver")
    part = reader.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert part.count('id="change"') == 1
    assert list(bars(card_of(part))) == ["2024年", "可比", "未报", "补报", "2025年"]
    for page in (f"/overview/?period={YEAR}&compute=1", f"/data/line/?period={YEAR}"):
        assert "charts.css" in reader.get(page).content.decode(), page


def test_what_was_not_reported_has_its_bar_even_where_it_is_nothing(dozen: Dozen) -> None:
    desk.publish({("G1", "2024"): {"110": "1", "120": "310"}})
    card = card_of(visitor("d-approver").get(PAGE.replace("city", "line:L-500103")).content.decode())
    assert "未报" in bars(card)
    assert "不是节约" not in card.split("</h2>")[0]


def test_an_intensity_has_no_bars_and_says_so(two_years: Dozen) -> None:
    answer = visitor("c-approver").get(PAGE.replace("water_total_m3", "energy_per_area_kgce_m2"))
    card = card_of(answer.content.decode())
    assert "强度没有可以相加的组成" in card
    assert not bars(card)
    assert "可比（同样的机构）" in text_of(answer)


def test_a_cut_axis_is_marked_and_says_where_it_begins(dozen: Dozen) -> None:
    """Organs: G1 and C1 had 300 and 4000 both times, K1's 321 come besides: 321 of 4621 is less than an eighth."""
    desk.publish(
        {(who, "2024"): {"110": "1", "120": str(cubic)} for who, cubic in {"G1": 300, "C1": 4000}.items()}
    )
    card = card_of(visitor("c-approver").get(PAGE.replace("city", "type:01")).content.decode())
    assert "横轴截断，自 4,220 起" in card, "4300 − 321 ÷ 4"
    assert card.count('class="p-break">//<') == 2, "both levels carry the sign"
    drawn = bars(card)
    assert drawn["2025年"][1] / drawn["2024年"][1] == pytest.approx((321 + 80.25) / 80.25, rel=0.01)


def test_levels_and_where_an_axis_is_cut() -> None:
    steps = [Stride("a", Fraction(-1, 3), "", ""), Stride("b", Fraction(1, 7), "", "")]
    assert levels_of(Fraction(2), steps) == [Fraction(2), Fraction(5, 3), Fraction(38, 21)]
    assert cut_at([Fraction(875), Fraction(1000)]) is None, "an eighth is seen"
    assert cut_at([Fraction(1000), Fraction(900)]) == Fraction(875)
    assert cut_at([Fraction(-5), Fraction(-4)]) is None, "never cut below zero"
    assert cut_at([Fraction(7), Fraction(7)]) is None
    picture = bridge("x", Level("then", "1000", ""), Fraction(1000), [Stride("a", Fraction(-100), "-100", "")],
                     Level("now", "900", ""))  # fmt: skip
    first, step, last = picture.rects
    assert first.x == last.x, "both begin at the cut"
    assert first.width / last.width == pytest.approx(125 / 25, rel=0.01)
    assert step.width == pytest.approx(first.width - last.width, abs=0.2)
