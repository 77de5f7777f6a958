"""The circular on the quality of reporting: March 2026 of the dozen institutions, counted by hand.

Ten owe a return. A1, P1 and G1 filed; A2 was sent back and writes again; G1 was corrected from 300,000 to 301,000 kWh
after it was published; of four that were drawn in a check two were looked at, and A1 was wrong.
"""

from datetime import date

import pytest

from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.papers.binding import annex_of, blanks_of
from jieyue.apps.papers.content import Kind, Paper
from jieyue.apps.papers.make import PaperError, circular_for
from jieyue.apps.papers.plain import text_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import codes_of
from jieyue.apps.registry.services.close import close
from jieyue.apps.spotchecks.queries import version_of
from jieyue.apps.spotchecks.services.draw import draw_check
from jieyue.apps.spotchecks.services.look import Said, look
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.papers.papers import golden
from tests.apps.papers.test_monthly import A1, G1, P1, SOME, publish
from tests.apps.summaries.dozen import MONTH, YEAR, Dozen
from tests.apps.summaries.test_unapproved import bring

SAMPLE = {"A1": "1000000", "P1": str(P1)}


def checked(dozen: Dozen) -> None:
    """Everybody is drawn; A1 and P1 are looked at: the papers show half of what A1 reported."""
    assert A1 != int(SAMPLE["A1"])
    check = draw_check(dozen.user("c-approver"), dozen.node("city"), "NY201", MONTH, share="1", seed="seed")
    items = {item.subject: item for item in check.items.all()}
    for subject, code in codes_of(list(items)).items():
        version = version_of(subject, "NY201", MONTH)
        if code in SAMPLE and version is not None:
            said = [Said("110", SAMPLE[code], "电费单")]
            look(dozen.user("c-second"), items[subject].pk, said, seen=version.digest, correction="请更正")


@pytest.fixture
def spring(dozen: Dozen) -> Dozen:
    publish(SOME)
    bring(dozen, "A2", MONTH, 5000, "returned")
    desk.publish({("G1", MONTH): {"110": str(G1 + 1000)}}, restate="录入有误")
    checked(dozen)
    return dozen


def paper_of(scope: str = "city", period: str = MONTH) -> Paper:
    return circular_for(scope, period, sequence=last_done())


def test_counts_shares_and_corrections(spring: Dozen) -> None:
    paper = paper_of()
    text = text_of(paper)
    assert "应报10份，已报3份，已审3份，未报7份" in text
    assert "审核中退回过的报表1份（同一报表退回几次只计一份），占报来过的25.0%" in text, (
        "one of A1, P1, G1, A2"
    )
    assert "公布后又更正的报表1份，改动的项目1项" in text
    assert "300,000.00 | 301,000.00 | 0.3" in text
    assert "，已查2家次，其中与凭据不符1家次；核对2格，相符的占50.0%" in text
    assert "渝中区节能管理部门 | 1 | 33.3 | 1 | 1 | 50.0" in text, (
        "sent back: A2 of A1, G1, A2, and it is with A2 still; corrected: G1 of the approved A1, G1"
    )
    golden("quality-circular.txt", paper)


def test_nobody_is_named_by_the_system(spring: Dozen) -> None:
    paper = paper_of()
    assert [blank.asks for _place, blank in blanks_of(paper)] == [
        "点名通报的单位，由核定人写入；不点名的写“本期不点名”"
    ]
    assert "单位S1" not in text_of(paper), "S1 filed nothing"
    assert "系统内未报的有7份" in text_of(paper)


def test_every_number_is_bound_to_a_list_of_the_body(spring: Dozen) -> None:
    rows = annex_of(paper_of("line:L-500103"))
    back = next(row.number for row in rows if row.number.code == "sent_back")
    assert back.receipt == f"send-backs/NY201/{MONTH}/line:L-500103@{last_done()}"
    assert {row.number.kind for row in rows} == {Kind.FIGURE, Kind.COUNT, Kind.PLAN}


def test_a_year_is_its_months(dozen: Dozen) -> None:
    publish(SOME)
    open_periods("NY201", [Period.parse("2026-02")], actor="tests")
    text = text_of(paper_of(period="2026"))
    assert "2026年，全市应报20份，已报6份" in text, "ten of February, ten of March; January was never opened"
    assert "公布后又更正" not in text.partition("五、")[2]


def test_where_nothing_was_due_and_nothing_was_checked_it_says_so(dozen: Dozen) -> None:
    paper = paper_of(period=YEAR)
    text = text_of(paper)
    assert "没有报送义务的开期记录" in text
    assert "本期没有质量抽查。" in text
    assert "已公布的报表没有更正过" in text
    assert "0份，已报" not in text
    assert "未报的有" not in text, "of what was not due nothing is missing"
    golden("quality-circular-nothing.txt", paper)


def test_an_old_publication_gives_the_old_corrections(spring: Dozen) -> None:
    before = last_done()
    desk.publish({("P1", MONTH): {"110": str(P1 + 6000)}}, restate="录入有误")
    assert "更正的报表1份" in text_of(circular_for("city", MONTH, sequence=before))
    text = text_of(paper_of())
    assert "更正的报表2份" in text
    assert "900,000.00 | 907,000.00 | 0.8" in text, "300,000 + 600,000 to 301,000 + 606,000"


def test_a_return_counts_at_the_body_that_collected_it_wherever_the_institution_is_by_now(
    spring: Dozen,
) -> None:
    """Sent back in March: A2, moved in July. Corrected: G1, closed in May."""
    set_membership(spring.number("A2"), "line", spring.node("L-500104"), date(2026, 7, 1), actor="tests")
    close(spring.number("G1"), date(2026, 5, 1), actor="tests")
    text = text_of(paper_of(period="2026"))
    assert "审核中退回过的报表1份（同一报表退回几次只计一份），占报来过的25.0%" in text
    assert "公布后又更正的报表1份" in text
    assert "渝中区节能管理部门 | 1 | 33.3 | 1 | 1 | 50.0" in text
    assert "大渡口区节能管理部门 | 0 | 0.0 | 0 | 0 | 0.0" in text


def test_what_was_stated_only_later_is_no_correction_of_a_size(spring: Dozen) -> None:
    """G1 300,000 to 301,000 in the fixture. A1 had no water and now has 300; P1 has withdrawn its electricity."""
    desk.publish({("A1", MONTH): {"110": str(A1), "120": "300"}}, restate="补填用水")
    desk.publish({("P1", MONTH): {"110": "不使用", "120": "1"}}, restate="用电撤回")
    lines = text_of(paper_of()).partition("五、更正幅度")[2].splitlines()
    power, water = (next(line for line in lines if line.startswith(name)) for name in ("电", "水"))
    assert power.endswith("| 2 | 300,000.00 | 301,000.00 | 0.3 | 0 | 1"), power
    assert water.endswith("| 2 | — | — | — | 2 | 0"), water


@pytest.mark.parametrize(
    ("scope", "period", "said"), [("city", "2026-Q1", "2026-10"), ("area:1", MONTH, "line:")]
)
def test_what_is_no_body_or_no_such_period_is_refused(
    dozen: Dozen, scope: str, period: str, said: str
) -> None:
    with pytest.raises(PaperError) as caught:
        paper_of(scope, period)
    assert said in caught.value.message_zh
    assert said in str(caught.value)
