"""The evaluation of a plan and the director's one page, of a city of two: one is silent in the target year.

CQ: 8 × 10⁹ kWh of electricity = 983,200 tce on 90 × 10⁶ m², 5.5 × 10⁶ persons, 121 × 10⁶ m³ of water, in 2024 and 2025.
LATE reported 2024 alone: 0.25 × 10⁹ kWh = 30,725 tce on 2 × 10⁶ m².
"""

import io
import re
from collections.abc import Iterator

import pytest
from docx import Document

from jieyue.apps.papers.binding import annex_of, blanks_of
from jieyue.apps.papers.content import Kind, Paper, TableBlock
from jieyue.apps.papers.figures_annex import with_figures
from jieyue.apps.papers.make import PaperError, brief_for, evaluation_for, written
from jieyue.apps.papers.pdf import document_of
from jieyue.apps.papers.plain import text_of
from jieyue.apps.papers.stored import from_json, to_json
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.targets.services.import_tasks import declare_file
from tests.apps.accounts import desk
from tests.apps.papers.papers import golden
from tests.apps.targets.test_standing import CQ, LATE, PLAN
from tests.shared_home import home_from, turned_to

DECLARED = (
    "任务代码,完成数,分母数,是否完成,截至日期,来源依据,凭据文件,责任人\n"
    "retrofit_area,103.5,,,2025-12-31,验收汇总表,验收.pdf,张三\n"
    "trusteeship_projects,173,,,2025-12-31,合同备案,,张三\n"
    "action_plans_managing_bodies,40,41,否,2025-12-31,报备登记,,李四\n"
    "training_attendances,21.5,,,2025-12-31,培训台账,,李四\n"
)


@pytest.fixture(scope="module")
def home(seeded_sqlite, tmp_path_factory, django_db_blocker) -> Iterator[None]:
    place = {"type": "01", "region": "500103", "valid_from": "2015-01-01", "reporting_parent": "L-500103"}
    made = home_from(seeded_sqlite, tmp_path_factory.mktemp("paper") / "home", plan=PLAN, clock=desk.TODAY)
    with django_db_blocker.unblock(), turned_to(made.path):
        ensure_tables()
        desk.register([{"code": code, "name": f"单位{code}", **place} for code in ("CQ", "LATE")])
        desk.publish({("CQ", "2024"): CQ, ("LATE", "2024"): LATE, ("CQ", "2025"): CQ})
        declare_file(DECLARED.encode(), "tasks.csv", PLAN, actor="tests", reason="tests")
        yield


@pytest.fixture(scope="module")
def paper(home: None) -> Paper:
    return evaluation_for(PLAN, None, sequence=last_done())


def test_binding_and_expected_are_never_counted_together(paper: Paper) -> None:
    """10.92 and 178.76 keep 10.95 and 183.10; 22.00 keeps 22.25; 35.9 passes 32.98; all totals are within."""
    text = text_of(paper)
    assert (
        "约束性指标4项，完成3项，未完成1项；预期性指标3项，在控制值以内3项，超过0项"
        "（预期性指标超过不计为约束性目标未完成）"
    ) in text.replace("（初步）", "")


def test_a_verdict_of_a_figure_that_is_not_final_is_marked(paper: Paper) -> None:
    text = text_of(paper)
    assert text.count("；其中按初步数判断的7项，结论为初步。") == 2, "the summary and section two"
    assert "规划目标10.95千克标煤/平方米·年。结论：完成（初步）。" in text
    assert "单位建筑面积碳排放，未完成（初步）：" in text


def test_each_indicator_says_value_change_target_rule_and_verdict(paper: Paper) -> None:
    text = text_of(paper).replace("（初步）", "")
    # 983.2 ÷ 90 = 10.924; against 11.53 −5.25 %.
    assert "单位建筑面积能耗（约束性）：2025年10.92千克标煤/平方米·年，较基期11.53" in text
    assert (
        "规划目标10.95千克标煤/平方米·年。结论：完成。按正文下降5%计为10.9535千克标煤/平方米·年，结论相同。"
        in text
    )
    assert "用水总量（预期性）：2025年12,100.00万立方米" in text  # 121 × 10⁶ m³
    assert "正文另印控制值1.35亿立方米，结论相同。" in text
    assert "单位按“千克二氧化碳/平方米”计（规划专栏1印作“吨/平方米·年”，与其总量和面积不符）。" in text


def test_what_would_change_a_verdict_stands_in_the_summary(paper: Paper) -> None:
    """b = 10.95 × 92 × 10⁶ − 983.2 × 10⁶ kgce = 24,200 tce, 0.79 of what LATE used a year ago."""
    text = text_of(paper)
    assert (
        "未报的 1 家用量超过 24,200.00吨标准煤（初步）（为其上年值的 0.79倍（初步））时，结论改变。" in text
    )
    assert "应报未报的机构1家，名单见附件4。" in text


def test_tasks_with_data_are_judged_and_those_without_wait_for_their_owner(paper: Paper) -> None:
    text = text_of(paper)
    assert (
        "既有建筑绿色化改造面积：规划目标不低于100万平方米，截至2025年12月31日完成103.5万平方米"
        "（分母：全市公共机构既有建筑；来源：验收汇总表，凭据 验收.pdf），完成。"
    ) in text
    assert "能源费用托管项目：规划目标不低于200个，截至2025年12月31日完成173个" in text
    assert (
        "（分母：市、区县级公共机构节约能源资源工作管理部门 41；来源：报备登记），未完成，已过规划期限。"
        in text
    )
    assert (
        "光伏示范试点项目：规划目标不低于10个，系统内无完成数据，【由责任单位 市级管理部门 填报并附依据】"
        in text
    )
    assert "累计培训人次：规划目标不低于20万人次，截至2025年12月31日完成21.5万人次" in text
    assert (
        "修订节能办法：“修订《重庆市公共机构节能办法》”。系统内无记载，【文件名称、文号、日期及附件】。"
        in text
    )
    table = text.partition("任务完成情况\n")[2]
    assert (
        "光伏示范试点项目 | §4.3 | 不低于10 | 全市光伏示范试点 | 未申报 | 市级管理部门 | — | 无数据" in table
    )


def test_every_number_is_bound_and_people_write_the_rest(paper: Paper) -> None:
    rows = annex_of(paper)
    assert {row.number.kind for row in rows} == {Kind.FIGURE, Kind.DERIVED, Kind.COUNT, Kind.PLAN}
    figure = next(row.number for row in rows if row.number.code == "energy_per_area_kgce_m2")
    assert figure.receipt == desk.figure("city", "2025", "energy_per_area_kgce_m2").receipt
    target = next(row.number for row in rows if row.number.code == "target(energy_per_area_kgce_m2)")
    assert (target.text, target.clause) == ("10.95", "chongqing-14fyp §3.4 专栏1")
    asked = [blank.asks for _place, blank in blanks_of(paper)]
    assert asked[-1] == "建议，由起草人填写"
    assert len(asked) > 60


def test_annexes_stand_in_their_order_and_the_first_lists_every_number(paper: Paper) -> None:
    """As the plan of the paper has them; the numbers' places count the annex that lists them."""
    pages = document_of(paper, "")
    assert [f"{one['label']} {one['title']}" for one in pages["annexes"]] == [
        "附件1 数据出处",
        "附件2 指标解释",
        "附件3 数据质量",
        "附件4 未报机构",
        "附件5 区划对照",
        "附件6 规划文本核对",
        "附件7 样例数据声明",
    ]
    rows = annex_of(paper)
    (table,) = pages["annexes"][0]["blocks"]
    assert len(table["rows"]) == len(rows)
    assert "附件3 表" in str(table["rows"]), "the figures of the years' quality"
    tables = [block.number for _annex, block in _tables(with_figures(paper))]
    assert tables == sorted(tables)
    assert from_json(to_json(paper)) == paper, "a draft keeps where the figures stand"
    lines = [one.text for one in Document(io.BytesIO(written(paper, "docx"))).paragraphs]
    assert [line for line in lines if re.fullmatch(r"附件\d", line)] == [f"附件{no}" for no in range(1, 8)]


def test_the_summary_is_the_one_page(paper: Paper) -> None:
    """Conclusion and table, what confidence is made of, what would change a verdict, what is asked for."""
    text = text_of(paper).partition("摘要\n")[2].partition("一、评估说明")[0]
    heads = ["把握由什么组成", "什么会改变结论", "请示事项"]
    assert [line for line in text.splitlines() if line in heads] == heads
    assert text.count("完整率（按上年用量加权）") == 7
    assert "【请示事项，由起草人填写】" in text


def _tables(paper: Paper) -> list[tuple[int, TableBlock]]:
    every = (paper.blocks, *(annex.blocks for annex in paper.annexes))
    return [(no, one) for no, blocks in enumerate(every) for one in blocks if isinstance(one, TableBlock)]


def test_the_whole_text(paper: Paper) -> None:
    golden("plan-evaluation.txt", paper)
    assert not text_of(paper).count("None")


def test_on_the_way_there_are_other_words(home: None) -> None:
    text = text_of(evaluation_for(PLAN, 2024, sequence=last_done()))
    assert "中期评估报告" in text
    assert "在路径上" in text
    assert "约束性指标4项，在路径上" in text
    assert "未完成" not in text.partition("三、行动与任务完成情况")[0]


def test_the_one_page_holds_the_same_verdicts(home: None, paper: Paper) -> None:
    page = brief_for(PLAN, None, sequence=last_done())
    text = text_of(page)
    first = text_of(paper).partition("摘要\n")[2].partition("\n")[0]
    assert first in text
    assert text.count("把握") > 7
    assert [blank.asks for _place, blank in blanks_of(page)] == ["请示事项，由起草人填写"]
    golden("plan-brief.txt", page)


def test_it_is_written_as_word_and_a_year_before_the_plan_is_refused(home: None, paper: Paper) -> None:
    assert written(paper, "docx")[:2] == b"PK"
    with pytest.raises(PaperError) as refused:
        evaluation_for(PLAN, 2020, sequence=last_done())
    assert refused.value.code == "evaluation_year"


def test_without_a_base_year_nothing_is_taken_apart(home: None) -> None:
    text = text_of(evaluation_for(PLAN, None, sequence=last_done()))
    assert "系统内没有2020年的机构数据，不能分解" in text
    assert "LMDI" not in text


def test_the_fourth_part_is_called_as_the_plan_has_its_chapters(paper: Paper) -> None:
    assert "\n四、支撑体系、成渝协同、保障机制\n" in text_of(paper)
