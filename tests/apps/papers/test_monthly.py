"""The monthly bulletin as a paper: its numbers are those that were added up by hand, and each is bound.

March 2026 of the dozen institutions (tests/apps/summaries/dozen.py): once only three have filed, once all.
"""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.papers.binding import annex_of, blanks_of, provisional_of
from jieyue.apps.papers.content import Kind, Paper
from jieyue.apps.papers.make import PaperError, bulletin_for, written
from jieyue.apps.papers.plain import digest_of, text_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.apps.targets import control
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.papers.papers import golden
from tests.apps.summaries.dozen import MONTH, Dozen

KGCE_PER_KWH = Fraction("0.1229")
A1, P1, G1 = 2_000_000, 600_000, 300_000
#: March 2025: A1 1003 and P1 603 kWh; K1, 503 kWh, has closed since.
A1_THEN, P1_THEN = 1003, 603
SOME = {"A1": A1, "P1": P1, "G1": G1}
#: Who owes March 2026: M1 and M2 are in C1's return.
ALL = {**SOME, **dict.fromkeys(("A2", "C1", "H1", "H2", "S1", "U1", "X1"), 1000)}


def publish(use: dict[str, int]) -> None:
    """The same use of electricity in January, February and March."""
    months = (1, 2, 3)
    desk.publish(
        {(who, f"2026-{month:02d}"): {"110": str(kwh)} for who, kwh in use.items() for month in months}
    )
    open_periods("NY201", [Period.parse(MONTH)], actor="tests")


def paper_of(scope: str = "city") -> Paper:
    return bulletin_for(scope, MONTH, sequence=last_done())


def tce(kwh: int) -> str:
    return f"{float(kwh * KGCE_PER_KWH / 1000):,.2f}"


def test_who_reports_for_whom_is_as_of_the_publication(dozen: Dozen) -> None:
    publish(SOME)
    then = last_done()
    own = dozen.number("M2")
    set_membership(own, "unit", own, date(2026, 1, 1), actor="tests")
    assert "代报机构1个" in text_of(paper_of())
    assert "代报机构2个" in text_of(bulletin_for("city", MONTH, sequence=then))


def test_what_is_missing_changes_the_sentences(dozen: Dozen) -> None:
    publish(SOME)
    paper = paper_of()
    text = text_of(paper)
    total = A1 + P1 + G1
    assert "应报10家（涵盖公共机构12个，其中代报机构2个）" in text, "A1, A2, G1, C1, H1, H2, P1, S1, U1, X1"
    assert "已报3家" in text
    assert "有7家未报或未审" in text
    assert f"2026年3月，全市公共机构能源消费总量{tce(total)}吨标准煤（初步）" in text
    assert f"2026年1—3月累计{tce(3 * total)}吨标准煤（初步）" in text
    alike = Fraction(A1 + P1, A1_THEN + P1_THEN) - 1
    assert f"可比口径上升{float(alike * 100):,.1f}%（初步）" in text
    assert "不计算同比" in text
    assert "同比上升" not in text
    assert paper.provisional
    assert len(provisional_of(paper)) > 0
    assert "单位S1" in text.partition("附件1 未报与逾期名单")[2], "who has not filed is named"
    below = text.partition("表5 各区县")[2]
    own = float((Fraction(3 * A1, 3006) - 1) * 100)
    assert f"渝中区节能管理部门 | {tce(3 * (A1 + G1))}* | 不计算 | {own:,.1f}*" in below, (
        "A1 alone, January to March"
    )
    golden("monthly-bulletin-missing.txt", paper)


def test_a_whole_month_is_final_and_compared_with_a_whole_one_only(dozen: Dozen) -> None:
    publish(ALL)
    paper = paper_of()
    text = text_of(paper)
    total = A1 + P1 + G1 + 7000
    # Of March 2025 three of ten had filed: what is whole is not compared with what is not.
    assert f"能源消费总量{tce(total)}吨标准煤，同比基数不全，可比口径上升" in text
    assert "环比持平（变动0.0%）" in text
    assert "未报0家" in text
    assert "没有未报的机构" in text
    assert not paper.provisional
    golden("monthly-bulletin.txt", paper)


def test_a_district_has_its_own(dozen: Dozen) -> None:
    publish(ALL)
    paper = paper_of("line:L-500103")
    text = text_of(paper)
    inside = A1 + G1 + 2000  # A1, G1, A2, C1
    assert f"能源消费总量{tce(inside)}吨标准煤" in text
    assert "应报4家" in text
    assert "全市" not in text.replace("全市（", "")
    assert tce(A1 + P1 + G1 + 7000) not in text
    golden("monthly-bulletin-district.txt", paper)


def test_the_problems_count_who_changed_without_a_word_and_what_else_was_found(dozen: Dozen) -> None:
    """A1 twice and G1 changed without a word, P1 said why; of seven others two are mended, one is explained; U1 and
    S1 filed nothing, X1 has since."""
    publish(SOME)
    run = ReviewRun.objects.create(
        form="NY201", kind="M", periods=[MONTH], ruleset="survey-default", ruleset_digest="d", returns=3,
        counts={}, unset=[], seq=last_done(), actor="tests",
    )  # fmt: skip
    for who, rule, item, severity, state in (
        ("A1", "Y01", "103", "warning", "open"), ("A1", "M01", "110", "warning", "open"),
        ("G1", "Y02", "102", "warning", "open"), ("P1", "M01", "110", "warning", "explained"),
        ("A1", "U01", "110", "warning", "open"), ("G1", "U01", "111", "warning", "gone"),
        ("P1", "D11", "110", "warning", "open"), ("P1", "L01", "150", "error", "gone"),
        ("G1", "L05", "104", "error", "open"), ("G1", "S01", "102", "warning", "explained"),
        ("A1", "P01", "111", "warning", "accepted"), ("U1", "R10", "", "warning", "open"),
        ("S1", "R10", "", "warning", "open"), ("X1", "R10", "", "warning", "gone"),
    ):  # fmt: skip
        ReviewFinding.objects.create(
            subject=dozen.number(who), form="NY201", period=MONTH, rule=rule, item=item, severity=severity,
            state=state, first_run=run, last_run=run,
        )  # fmt: skip
    text = text_of(paper_of())
    assert (
        "同比变化超过审核限值（用能人数、建筑面积变动超过10%，或能源资源消费量扣除同类机构共同变动后仍突出）"
        "且未说明的2家（附件2），已说明的1家；疑似单位错误、复制上期等其他问题7项（单位错误2项、照抄另一期或另一机构1项、"
        "其余错误2项、其余异常2项），已改正2项，已说明待核1项，说明已采纳1项，未了结3项；另有到期未报2项，见第一部分和附件1。"
    ) in text
    district = text_of(paper_of("line:L-500104"))
    assert "且未说明的0家（附件2），已说明的1家；疑似单位错误、复制上期等其他问题2项" in district, (
        "P1, U1, S1 hang there"
    )
    limit = next(row.number for row in annex_of(paper_of()) if row.number.code == "limit.on_year")
    assert (limit.value, limit.clause) == (10, "survey-default/rules.csv Y01、Y02 max_change")


def test_the_carbon_names_its_factor_and_the_course_the_control_figure_in_force(
    dozen: Dozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.8005 × 293.77 ÷ 71.54 = 3.2872 t/tce; 3 × 356.41 tce are 26.7 % of 4,000 tce."""
    publish(SOME)
    plan = home_plan()
    steps = tuple(
        replace(one, path={2026: Fraction(4000)}) if one.code == "energy_total_tce" else one
        for one in plan.indicators
    )
    paper = bulletin_for("city", MONTH, sequence=last_done())
    assert "；电力因子3.2872吨二氧化碳/吨标准煤，取重庆2020年规划隐含二氧化碳因子）" in text_of(paper)
    factor = next(row.number for row in annex_of(paper) if row.number.code == "electricity_factor")
    assert factor.parts == (desk.figure("city", MONTH, "co2_total_t").receipt,)
    assert "本年度未下达控制数" in text_of(paper)
    monkeypatch.setattr(control, "home_plan", lambda: replace(plan, indicators=steps))
    said = text_of(bulletin_for("city", MONTH, sequence=last_done()))
    assert "本年控制数0.40万吨标准煤，2026年1—3月累计占控制数的26.7%（初步）。" in said
    assert "本年度未下达控制数" not in said
    district = text_of(bulletin_for("line:L-500103", MONTH, sequence=last_done()))
    assert "本年度未下达控制数" in district, "the authority's figure is no body's own"


def test_the_year_before_stands_on_the_boundaries_of_the_months_last_day(dozen: Dozen) -> None:
    """A1 went over in February: its 3006 kWh of last spring are the new body's to compare with, not the old one's."""
    publish(ALL)
    set_membership(dozen.number("A1"), "line", dozen.node("L-500104"), date(2026, 2, 1), actor="tests")
    paper = paper_of("line:L-500104")
    total = next(
        row.number
        for row in annex_of(paper)
        if row.number.code == "lfl(energy_total_tce)" and ".." in row.number.period
    )
    # On the line of March 2026 P1 and A1 stand there in both years: 3 × (2,000,000 + 600,000) of 3006 + 1806 kWh.
    assert total.value == (Fraction(3 * (A1 + P1), 3006 + 1806) - 1) * 100
    text = text_of(paper)
    assert "两期都按2026-03-31的区划和报送关系" in text
    old = text_of(paper_of("line:L-500103"))
    assert "可比口径无可比基数" in old, "nobody who is there now filed last spring"


def test_every_number_is_bound_to_what_it_says(dozen: Dozen) -> None:
    publish(SOME)
    paper = paper_of()
    rows = annex_of(paper)
    assert [row.no for row in rows] == list(range(1, len(rows) + 1))
    figure = next(row.number for row in rows if row.number.code == "energy_total_tce")
    own = desk.figure("city", MONTH, "energy_total_tce")
    assert (figure.receipt, figure.value) == (own.receipt, own.exact)
    alike = next(row.number for row in rows if row.number.code == "lfl(energy_total_tce)")
    then = desk.figure("city", "2025-03", "energy_total_tce", boundaries="2026-03-31")
    assert set(alike.parts) == {own.receipt, then.receipt}, "the year before on the boundaries of the month"
    assert {row.number.kind for row in rows} == {Kind.FIGURE, Kind.DERIVED, Kind.COUNT, Kind.PLAN}
    assert [blank.asks for _place, blank in blanks_of(paper)] == ["下月工作安排，由起草人填写"]
    # Digits that stand in words are dates, ordinals and names: no amount hides there.
    words = text_of(paper)
    for row in rows:
        assert row.number.text.rstrip("*") in words


def test_one_changed_fact_changes_the_paper(dozen: Dozen) -> None:
    publish(SOME)
    before = paper_of()
    desk.publish({("G1", MONTH): {"110": str(G1 + 1000)}}, restate="录入有误")
    after = paper_of()
    assert tce(A1 + P1 + G1) in text_of(before)
    assert tce(A1 + P1 + G1 + 1000) in text_of(after)
    assert digest_of(before) != digest_of(after)
    assert digest_of(bulletin_for("city", MONTH, sequence=before.sequence)) == digest_of(before), (
        "an old publication gives the old paper"
    )


@pytest.mark.parametrize(
    ("scope", "period", "said"),
    [
        ("line:nobody", MONTH, "jieyue --json returns board"),
        ("area:500103", MONTH, "line:"),
        ("city", "2026", "2026-10"),
    ],
)
def test_what_is_no_body_or_no_month_is_refused(dozen: Dozen, scope: str, period: str, said: str) -> None:
    with pytest.raises(PaperError) as caught:
        bulletin_for(scope, period, sequence=last_done())
    assert said in caught.value.message_zh
    assert said in str(caught.value)


def test_a_kind_of_file_that_there_is_not_is_refused(dozen: Dozen) -> None:
    publish(SOME)
    with pytest.raises(PaperError, match="pdf"):
        written(paper_of(), "doc")
