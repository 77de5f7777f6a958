"""The progress report and the yearly work plan, of the city of two of test_evaluation.py.

2024: both reported, 8.25 × 10⁹ kWh = 1,013,925 tce on 92 × 10⁶ m² = 11.02 kgce/m²; the path of 2024 lies four fifths
of the way from 11.53 to 10.95: 11.066. Carbon per area is 36.23 against 32.98 + a fifth of what lies above it.
"""

import pytest

from jieyue.apps.papers.binding import annex_of, blanks_of
from jieyue.apps.papers.content import Kind, Paper
from jieyue.apps.papers.make import PaperError, brief_for, progress_for, work_plan_for
from jieyue.apps.papers.plain import text_of
from jieyue.apps.papers.work_plan import due_in
from jieyue.apps.publication.queries import last_done
from tests.apps.accounts import desk
from tests.apps.papers.papers import golden
from tests.apps.papers.test_evaluation import home
from tests.apps.targets.test_standing import PLAN

__all__ = ["home"]


def progress(year: int | None = None) -> Paper:
    return progress_for(PLAN, year, sequence=last_done())


def plan_of(year: int) -> Paper:
    return work_plan_for(PLAN, year, sequence=last_done())


def test_where_each_indicator_stands_and_what_is_off_the_path(home: None) -> None:
    paper = progress(2024)
    text = text_of(paper)
    assert "约束性指标4项，在路径上3项，偏离路径1项" in text
    assert "单位建筑面积能耗 | 约束性 | 千克标煤/平方米·年 | 11.07 | 11.02 | -0.05 | 在路径上" in text
    # 35.47 − (35.47 − 32.98) × 4/5 = 33.478; 36.23 lies 2.75 above it.
    assert "单位建筑面积碳排放（约束性）：2024年36.23千克二氧化碳/平方米，2024年路径值33.48" in text
    assert "差距+2.75千克二氧化碳/平方米，同比无可比基数。" in text, "nobody reported 2023"
    # 104.27 + (112 − 104.27) × 4/5 = 110.454.
    assert "能源消费总量 | 预期性 | 万吨标准煤 | 110.45 | 101.39 | -9.06" in text
    assert "差距为实际减路径值" in text
    assert text.index("单位建筑面积碳排放（约束性）") < text.index("碳排放总量（预期性）：2024年"), (
        "binding ones come first"
    )
    assert [blank.asks for _place, blank in blanks_of(paper)] == [
        "需要决定的事项，每项写明后果，由起草人填写"
    ]
    golden("plan-progress.txt", paper)


def test_the_one_page_of_a_year_on_the_way_prints_the_path_and_not_the_base(home: None) -> None:
    text = text_of(brief_for(PLAN, 2024, sequence=last_done()))
    assert "能源消费总量 | 预期性 | 万吨标准煤 | 110.45 | 101.39 | -9.06" in text


def test_a_year_without_data_has_no_verdict(home: None) -> None:
    text = text_of(progress(2023))
    assert "没有指标有数据。" in text
    assert "没有数据、不作结论的指标：能源消费总量、" in text
    assert "偏离路径0项" in text
    assert "None" not in text


def test_the_progress_report_is_of_the_last_whole_year_unless_told(home: None) -> None:
    assert progress().period == "2026", "the clock of the tests stands in March 2027"
    with pytest.raises(PaperError):
        progress(2020)


def test_every_number_of_the_progress_report_is_bound(home: None) -> None:
    rows = annex_of(progress(2024))
    assert {row.number.kind for row in rows} == {Kind.FIGURE, Kind.DERIVED, Kind.COUNT, Kind.PLAN}
    figure = next(row.number for row in rows if row.number.code == "co2_per_area_kg_m2")
    assert figure.receipt == desk.figure("city", "2024", "co2_per_area_kg_m2").receipt


def test_the_target_year_has_the_printed_targets_as_its_control_figures(home: None) -> None:
    paper = plan_of(2025)
    text = text_of(paper)
    assert "能源消费总量 | 预期性 | 万吨标准煤 | 101.39 | 112" in text
    assert "2025年控制数按规划所印。" in text
    assert "单位建筑面积能耗 | 千克标煤/平方米·年 | 未报 | 11.02 | 无可比基数 | 在路径上 | 终值" in text
    assert "既有建筑绿色化改造面积" not in text, "it is declared done"
    assert "能源费用托管项目 | §4.2 | 不低于200 | 市级管理部门 | 2025年12月 | 第四季度 | 未完成" in text
    # June 2022 is over: when it is made good a person says; the plan ends in December 2025.
    assert "管理部门行动方案 | §4.1 | 未印数 | 各级管理部门 | 2022年6月 | 待定 | 未完成" in text
    assert "碳核查 | §4.1 | 未印数 | 各级管理部门 | 2025年底 | 第四季度 | 无数据" in text
    assert [blank.asks for _place, blank in blanks_of(paper)] == [
        "待定的任务在2025年的季度安排，由责任单位填报"
    ]
    assert "五、" not in text, "results, control figures, duties, dates: nothing else"
    golden("work-plan.txt", paper)


def test_a_year_without_an_issued_step_leaves_its_control_figures_open(home: None) -> None:
    paper = plan_of(2026)
    text = text_of(paper)
    asked = [blank.asks for _place, blank in blanks_of(paper)]
    assert asked[0] == "能源消费总量2026年控制数（万吨标准煤）"
    assert len([one for one in asked if "控制数" in one]) == 7
    assert text.count(" | 待定 | ") == 68, "the plan ended the year before: no quarter of 2026 is of it"
    assert "能源消费总量 | 预期性 | 万吨标准煤 | 98.32* | 【能源消费总量2026年控制数（万吨标准煤）】" in text
    assert "结论为2025年与规划目标相比" in text


def test_the_dates_are_those_that_returns_are_due_by(home: None) -> None:
    rows, notes = due_in(2026)
    # The regulation: the year by the end of March; season 2025—2026 ends in March and is due a month later.
    assert ("2026-03-31", "公共机构能源资源消费状况（NY201）", "2025年", "2026-01-01") in rows
    assert rows == sorted(rows, key=lambda row: row[0])
    assert all(note.startswith("未核实：") for note in notes)
