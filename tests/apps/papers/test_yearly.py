"""The yearly bulletin of 2025 of the dozen institutions, beside a 2024 in which A1, A2 and H2 alone reported.

A1 10,000, A2 40,000, H2 100,000 kWh then; 12,078, 50,000.5 and 120,000 kWh now (dozen.py).
"""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.apps.holdings.services.designate import Naming, designate
from jieyue.apps.papers.binding import annex_of, blanks_of
from jieyue.apps.papers.content import Kind, Paper, Strip, placed
from jieyue.apps.papers.make import PaperError, written, yearly_for
from jieyue.apps.papers.pdf import document_of
from jieyue.apps.papers.plain import digest_of, text_of
from jieyue.apps.papers.stored import from_json, to_json
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.services.change import change
from jieyue.apps.trees.queries import Tree
from jieyue.apps.trees.services.close_node import close_node
from jieyue.apps.trees.services.create_node import create_node
from jieyue.apps.trees.services.set_membership import set_membership
from tests.apps.accounts import desk
from tests.apps.papers.papers import RARE, golden
from tests.apps.papers.test_monthly import KGCE_PER_KWH
from tests.apps.summaries.dozen import BEGIN, YEAR, Dozen

THEN = {
    ("A1", "2024"): {"110": "10000", "120": "1000", "102": "2000"},
    ("A2", "2024"): {"110": "40000", "102": "9000"},
    ("H2", "2024"): {"110": "100000", "102": "14000"},
}


def tce(kwh: str) -> str:
    return f"{float(Fraction(kwh) * KGCE_PER_KWH / 1000):,.2f}"


def paper_of(scope: str = "city") -> Paper:
    return yearly_for(scope, YEAR, sequence=last_done())


def test_the_city_with_a_page_for_each_district(dozen: Dozen) -> None:
    desk.publish(THEN)
    paper = paper_of()
    text = text_of(paper)
    assert "（一）渝中区节能管理部门\n渝中区节能管理部门：管理机构5个" in text, "A1, A2, G1, C1 and C1's M1"
    # District 500103 has reported all: A1, A2, G1, C1, K1; 2024 only two of them.
    assert "2025年能源消费22.24吨标准煤，同比基数不全" in text
    alike = Fraction("62078.5") / 50000 - 1  # A1 and A2, electricity; A2's and C1's coal is in 2025 alone
    assert alike < Fraction("0.503"), "A2 has burnt 2.25 t of coal besides"
    # District 500104: S1 and P1 have not.
    assert "2025年有机构未报，能源消费暂按已审数" in text
    assert "可比口径上升20.0%（初步）" in text, "H2: 120,000 against 100,000 kWh"
    assert f"大渡口区节能管理部门 | {tce('100000')}*" in text
    assert "不足十个" in text, "no type has ten institutions"
    assert "上年按原区划与按现行区划的数相同" in text
    assert "单位S1" in text.partition("附件1 未报机构名单")[2]
    assert len(blanks_of(paper)) == 2
    golden("yearly-bulletin.txt", paper)


def test_a_share_or_money_without_a_comparison_says_why(dozen: Dozen) -> None:
    """Then two of five had reported; now all have."""
    desk.publish({**THEN, ("A2", "2024"): {**THEN["A2", "2024"], "111": "5000"}})
    now = {"110": "50000.5", "120": "900", "130": "2.25", "102": "9000"}
    desk.publish({("A2", YEAR): {**now, "111": "6000"}}, restate="补填电费")
    section = text_of(paper_of("line:L-500103")).partition("五、结构、费用")[2]
    assert "电力占能源消费的89.6%，较上年变动基数不全。" in section
    assert "，同比" in next(line for line in section.splitlines() if line.startswith("能源费用"))


def test_key_units_are_listed_with_their_energy_and_who_has_not_reported_is_said(dozen: Dozen) -> None:
    """H2: 100,000 and 120,000 kWh × 0.1229 kgce = 12.29 and 14.748 tce; S1 owes the year and has reported nothing."""
    desk.publish(THEN)
    key_units(dozen, "H2", "S1")
    paper = paper_of()
    section = text_of(paper).partition("九、重点用能单位\n")[2].partition("十、")[0]
    assert (
        "2025年末名录库标明的重点用能单位2家，2025年能源消费合计14.75吨标准煤，另有1家没有全年数，没有计入。"
        in section
    )
    assert "H2 | 单位H2 | 市机关事务管理局 | 12.29 | 14.75 | 20.0 |" in section
    assert (
        "S1 | 单位S1 | 市机关事务管理局 | 没有全年数 | 没有全年数 | 无可比基数 | 没有全年数 | 缺数" in section
    )
    assert len(blanks_of(paper)) == 1, "the list takes the place of what a person would write"
    own = text_of(paper_of("line:L-500103")).partition("九、重点用能单位\n")[2].partition("十、")[0]
    assert "没有标明的重点用能单位" in own, "both report to 500104"
    annexes = document_of(paper, "")["annexes"]
    assert [one["title"] for one in annexes] == ["未报机构名单", "数据出处", "区划对照"]
    assert "能源消费总量，重点用能单位合计" in str(annexes[1]["blocks"])


def key_units(dozen: Dozen, *codes: str, sensitive: str = "") -> None:
    """Key units of 2024 on; `sensitive`: those that are marked since 2025."""
    for code in codes:
        given = Naming(dozen.number(code), date(2024, 1, 1), "渝节能〔2023〕1号", "市机关事务管理局")
        designate(given, actor="tests")
    for code in sensitive.split():
        change(dozen.number(code), date(2025, 1, 1), actor="tests", sensitive="yes")


def ninth_of(paper: Paper) -> str:
    return text_of(paper).partition("九、重点用能单位\n")[2].partition("十、")[0]


@pytest.mark.parametrize(
    ("units", "sensitive"),
    [
        (("H2",), "H2"),  # the only one: the sum is its figure
        (("A1", "H2", "S1"), "H2"),  # A1 is named, S1 has nothing: the sum less A1 is H2
        (("A1", "G1", "S1", "H2"), "H2 S1"),
    ],
)
def test_no_sum_tells_the_energy_of_a_unit_that_is_not_named(
    dozen: Dozen, units: tuple[str, ...], sensitive: str
) -> None:
    desk.publish(THEN)
    key_units(dozen, *units, sensitive=sensitive)
    paper = paper_of()
    section, whole = ninth_of(paper), text_of(paper)
    assert f"重点用能单位{len(units)}家。不列名的机构中有全年数的不足两家，" in section
    assert "故能源消费合计和占比不列。" in section
    assert "14.75" not in section, "H2: 120,000 kWh × 0.1229 kgce"
    assert "单位H2" not in section
    assert "重点用能单位合计" not in whole
    codes = {row.number.code for row in annex_of(paper)}
    assert not {code for code in codes if code.startswith(("sum.key_units", "share.key_units"))}


def test_a_sum_behind_which_two_unnamed_units_stand_is_told(dozen: Dozen) -> None:
    """A1 12,078, G1 7,000, H1 400,000, H2 120,000 kWh: 539,078 × 0.1229 kgce = 66.25 tce."""
    desk.publish(THEN)
    key_units(dozen, "A1", "G1", "H1", "H2", sensitive="H1 H2")
    paper = paper_of()
    section = ninth_of(paper)
    assert "重点用能单位4家，2025年能源消费合计66.25吨标准煤" in section
    assert "单位A1" in section
    assert "单位G1" in section
    assert "单位H1" not in section
    assert "单位H2" not in section
    told = [row.number for row in annex_of(paper) if "key_units" in row.number.code]
    assert [one.scope for one in told] == ["city"] * 3
    assert {one.sources for one in told} == {(f"key-units/NY201/2025/city@{last_done()}",)}
    assert "institution:H" not in str(document_of(paper, "")), "a receipt would name them in the annex"


def test_a_key_unit_with_eleven_months_has_no_figure_of_the_year_and_is_not_called_silent(
    dozen: Dozen,
) -> None:
    desk.publish(THEN)
    key_units(dozen, "H2", "P1")
    section = ninth_of(paper_of())
    (line,) = (line for line in section.splitlines() if line.startswith("P1 | "))
    assert "没有全年数" in line
    assert "未报" not in line
    assert "另有1家没有全年数，没有计入。" in section


def test_the_effects_sum_to_the_change(dozen: Dozen) -> None:
    desk.publish(THEN)
    table = text_of(paper_of()).partition("变化的组成\n")[2].splitlines()
    rows = {line.split(" | ")[0]: line.split(" | ") for line in table[1:10]}
    energy = {name: Fraction(cells[1].rstrip("*").replace(",", "")) for name, cells in rows.items()}
    effects = sum(value for name, value in energy.items() if not name.endswith("年"))
    assert abs(energy["2025年"] - energy["2024年"] - effects) <= Fraction("0.02"), "each is rounded"
    assert energy["2024年"] == Fraction("18.44"), "150,000 kWh × 0.1229 = 18,435 kgce, rounded half up"


def test_a_body_below_has_its_own_and_no_page_of_another(dozen: Dozen) -> None:
    desk.publish(THEN)
    paper = paper_of("line:L-500103")
    text = text_of(paper)
    assert "渝中区节能管理部门公共机构能源消费总量22.24吨标准煤" in text
    assert "规划目标按全市考核" in text
    assert "大渡口" not in text
    golden("yearly-bulletin-district.txt", paper)


def test_a_change_of_the_line_is_told_with_both_numbers(dozen: Dozen) -> None:
    desk.publish(THEN)
    set_membership(dozen.number("A2"), "line", dozen.node("L-500104"), date(2025, 7, 1), actor="tests")
    text = text_of(paper_of())
    assert text.count("按现行区划追溯，与原区划公布数的差异见附件3") == 2
    annex = text.partition("附件3 区划对照")[2]
    # 40,000 kWh of 2024 went over: 10,000 stay; 140,000 stand with 500104.
    assert f"渝中区节能管理部门 | {tce('50000')}* | {tce('10000')}* | -{tce('40000')}*" in annex
    assert f"大渡口区节能管理部门 | {tce('100000')}* | {tce('140000')}* | {tce('40000')}*" in annex
    assert "合计 | 18.44* | 18.44* | 0.00*" in annex, "150,000 kWh × 0.1229, rounded half up"


def test_a_bodys_own_paper_stands_on_the_boundaries_of_the_years_last_day(dozen: Dozen) -> None:
    """A2 goes to 500104: of 50,000 kWh of 2024 there stay 10,000, of 62,078.5 of 2025 12,078 and what has coal else."""
    desk.publish(THEN)
    set_membership(dozen.number("A2"), "line", dozen.node("L-500104"), date(2025, 7, 1), actor="tests")
    text = text_of(paper_of("line:L-500103"))
    assert (
        "按现行区划追溯，与原区划公布数的差异见附件3。"
        in text.partition("二、年度消费情况")[2].partition("三、")[0]
    )
    assert f"能源消费总量 | 吨标准煤 | {tce('10000')}" in text
    causes = text.partition("四、变化原因")[2].partition("五、")[0]
    assert f"2024年（原区划） | {tce('50000')}*" in causes
    assert f"划转 | -{tce('40000')}" in causes
    assert f"2024年（现行区划） | {tce('10000')}*" in causes
    assert "划入 |" not in causes
    assert "可比机构上升" in causes
    assert "（同样的机构1家）" in causes, "A1 alone"
    shares = text.partition("能源消费的品种结构")[2]
    assert "电力 | % |" in shares
    annex = text.partition("附件3 区划对照")[2]
    assert f"渝中区节能管理部门 | {tce('50000')}* | {tce('10000')}* | -{tce('40000')}*" in annex
    assert "按2025-12-31的区划和报送关系追溯" in annex


def test_a_body_set_up_in_the_year_compares_with_what_came_to_it(dozen: Dozen) -> None:
    desk.publish(THEN)
    create_node(
        Tree.LINE, "L-500105", name_zh="新区节能管理部门", parent="city", valid_from=date(2025, 7, 1),
        actor="tests", kind="district_bureau",
    )  # fmt: skip
    set_membership(dozen.number("A2"), "line", dozen.node("L-500105"), date(2025, 7, 1), actor="tests")
    text = text_of(paper_of("line:L-500105"))
    causes = text.partition("四、变化原因")[2].partition("五、")[0]
    assert "没有总量" not in causes
    assert "2024年（原区划） | 新设" in causes
    assert f"2024年（现行区划） | {tce('40000')}" in causes
    assert "可比口径上升" in text


def test_dissolved_and_new_bodies_stand_in_the_table_of_boundaries_and_it_closes(dozen: Dozen) -> None:
    """All of 2024's 100,000 kWh of 500104 are H2's; two bodies end, one begins."""
    day = date(2025, 7, 1)
    for code, name, begin in (("L-500110", "旧区", BEGIN), ("L-500111", "新区", day)):
        create_node(
            Tree.LINE,
            code,
            name_zh=name,
            parent="city",
            valid_from=begin,
            actor="tests",
            kind="district_bureau",
        )
    desk.register([
        {"code": "N1", "name": "旧区机关", "type": "01", "region": "500105", "valid_from": "2015-01-01",
         "reporting_parent": "L-500110"}
    ])  # fmt: skip
    desk.publish({**THEN, ("N1", "2024"): {"110": "30000", "102": "1000"}})
    for who in ("N1", "A2"):
        set_membership(dozen.number(who), "line", dozen.node("L-500111"), day, actor="tests")
    close_node(dozen.node("L-500110"), day, actor="tests")
    annex = text_of(paper_of()).partition("附件3 区划对照")[2]
    assert f"渝中区节能管理部门 | {tce('50000')}* | {tce('10000')}* | -{tce('40000')}*" in annex
    assert f"旧区 | {tce('30000')} | 撤销 | -{tce('30000')}" in annex
    assert f"新区 | 新设 | {tce('70000')} | {tce('70000')}" in annex
    assert f"合计 | {tce('80000')}* | {tce('80000')}* | 0.00*" in annex


def test_five_districts_or_more_are_placed_by_observed_and_expected(dozen: Dozen) -> None:
    """Five state organs, each alone in its district, of 1, 2, 3, 4 and 5 kWh/m²; 500103 has all its returns too."""
    codes = [f"50010{place}" for place in (5, 6, 7, 8, 9)]
    for code in codes:
        create_node(
            Tree.LINE, f"L-{code}", name_zh=f"{RARE}{code}区节能管理部门", parent="city", valid_from=BEGIN,
            actor="tests", kind="district_bureau",
        )  # fmt: skip
    desk.register(
        [
            {"code": f"N{code}", "name": f"机关{RARE}{code}", "type": "01", "region": code, "valid_from": "2015-01-01",
             "reporting_parent": f"L-{code}"}
            for code in codes
        ]
    )  # fmt: skip
    desk.publish(
        {(f"N{code}", YEAR): {"110": str(1000 * place), "102": "1000"} for place, code in enumerate(codes, 1)}
    )
    text = text_of(paper_of())
    places = [line for line in text.splitlines() if line.startswith("与预期之比在各区县中的位置")]
    assert "由低到高第1位，共6个参与排序" in places[2], "the first of the new ones uses least for its type"
    assert "由低到高第2位，共6个参与排序" in places[3]
    assert written(paper_of(), "pdf").startswith(b"%PDF-"), "rare hanzi in names are set"
    assert "不参与排序" in places[1], "500104 has institutions that did not report"


def test_every_number_is_bound_and_the_draft_keeps_the_strip(dozen: Dozen) -> None:
    paper = paper_of()
    kinds = {row.number.kind for row in annex_of(paper)}
    assert kinds == {Kind.FIGURE, Kind.DERIVED, Kind.COUNT, Kind.PLAN}
    strips = [block for block in paper.blocks if isinstance(block, Strip)]
    assert len(strips) == 2
    assert digest_of(from_json(to_json(paper))) == digest_of(paper)
    assert [block for block in from_json(to_json(paper)).blocks if isinstance(block, Strip)] == strips
    assert len(list(placed(paper))) > 200


def test_a_city_without_a_return_says_so(dozen: Dozen) -> None:
    text = text_of(yearly_for("city", "2021", sequence=last_done()))
    assert "2021年没有报来能源消费数，不列消费和强度。" in text
    assert "没有总量，不能分解" in text
    assert "0.00" not in text.partition("二、年度消费情况")[2].partition("三、")[0]
    assert "None" not in text


def test_the_strip_places_dots_between_the_least_and_the_most() -> None:
    values = tuple(Fraction(value, 10) for value in (8, 9, 12, 14))
    strip = Strip("位置", Fraction(1), values, ())
    paper = Paper("yearly-bulletin", RARE, "city", "市", "2025", 1, (strip,))
    (block,) = document_of(paper, "市")["blocks"]
    assert (block["own"], block["others"]) == (0.3333, [0.0, 0.1667, 0.6667, 1.0])
    assert block["middle"] == 0.3333, "the middle of 0.8 0.9 1.0 1.2 1.4"
    alone = Paper("yearly-bulletin", "a", "city", "市", "2025", 1, (Strip("位置", None, (), ()),))
    assert document_of(alone, "市")["blocks"][0]["middle"] is None


def test_it_is_written_as_pdf_word_and_workbook(dozen: Dozen) -> None:
    paper = paper_of()
    assert written(paper, "pdf").startswith(b"%PDF-")
    assert written(paper, "docx")[:2] == b"PK"
    assert written(paper, "xlsx")[:2] == b"PK"


@pytest.mark.parametrize(
    ("scope", "period", "said"), [("city", "2025-03", "2025"), ("type:1", YEAR, "line:")]
)
def test_what_is_no_body_or_no_year_is_refused(dozen: Dozen, scope: str, period: str, said: str) -> None:
    with pytest.raises(PaperError) as caught:
        yearly_for(scope, period, sequence=last_done())
    assert said in caught.value.message_zh
