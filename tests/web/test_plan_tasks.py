"""The page of the plan's tasks: what was declared, what was not, and nothing judged without data."""

import csv
import io
import re
from html import unescape
from unittest.mock import Mock

from django.test import Client
from django.utils.translation import override

from jieyue.web.views.plan import sentence
from tests.web.conftest import City, operator


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    """The rows of the export; the notes under the table are no rows."""
    answer = client.get(f"/plan/tasks/?export=csv{query}")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    return [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]


def test_the_page_counts_verdicts_and_leaves_blank_what_is_blank(city: City) -> None:
    """The sample declares 40 of the tasks; 104.6 against 100 × 10⁴ m², 173 against 200 projects."""
    client = city.client()
    rows = {row["任务"]: row for row in rows_of(client)}
    area, trust, wait = (
        rows[name] for name in ("既有建筑绿色化改造面积", "能源费用托管项目", "绿色食堂改造")
    )
    assert (area["完成数"], area["目标"], area["单位"], area["结论"]) == (
        "104.6",
        "≥ 100",
        "万平方米",
        "● 完成",
    )
    assert (trust["完成数"], trust["结论"]) == ("173", "▲ 未完成")
    assert (wait["完成数"], wait["目标"], wait["结论"]) == ("", "未印数", "○ 无数据")
    assert "样例-改造验收.xlsx" in area["来源和凭据"]
    assert rows["管理部门行动方案"]["结论"] == "▲ 未完成"
    late = rows["制定低碳引领行动方案"]
    assert late["结论"] == "● 完成"
    text = unescape(client.get("/plan/tasks/").content.decode())
    assert "没有申报的不作结论" in text
    assert "到 2025 年末，完成 100 万平方米既有建筑绿色化改造" in text


def test_filters_choose_rows_and_wrong_words_are_not_found(city: City) -> None:
    client = city.client()
    assert {row["结论"] for row in rows_of(client, "&state=no_data")} == {"○ 无数据"}
    assert {row["条款"] for row in rows_of(client, "&chapter=4.4")} == {"4.4"}
    assert {row["责任单位"] for row in rows_of(client, "&owner=districts")} == {"各区县"}
    for wrong in ("state=perhaps", "chapter=9.9", "owner=moon", "export=pdf"):
        assert client.get(f"/plan/tasks/?{wrong}").status_code == 404


def test_the_board_of_a_home_without_data_counts_nothing_as_kept_or_missed(empty_city) -> None:
    page = operator().get("/plan/").content.decode()
    assert "还没有数据，各项指标都没有结论。" in page
    assert "达到要求" not in page
    english = operator("en").get("/plan/").content.decode()
    assert "There is no data yet, so no indicator has a verdict." in english
    assert "kept" not in re.findall(r'<p class="lead">(.*?)</p>', english)[0]


def test_what_is_not_known_is_named_beside_what_is_kept() -> None:
    """Two binding, one of them kept and one unknown; one expected, kept."""
    rows = [
        Mock(binding=True, status="met"),
        Mock(binding=True, status="no_data"),
        Mock(binding=False, status="on_path"),
    ]
    with override("zh-hans"):
        assert sentence(rows) == (
            "约束性指标 2 项，达到要求 1 项；预期性指标 1 项，在预期值以内 1 项。其中 1 项无数据，没有结论。"
        )
        assert "无数据" not in sentence(rows[:1])


def test_what_is_counted_nowhere_before_is_not_among_the_unknown() -> None:
    """Binding 1 kept; the plan does not say of what kind the unknown one is. A plan of no indicator lacks no data."""
    rows = [Mock(binding=True, status="met"), Mock(binding=None, status="no_data")]
    with override("zh-hans"):
        assert sentence(rows) == "约束性指标 1 项，达到要求 1 项；预期性指标 0 项，在预期值以内 0 项。"
        assert sentence([]) == "规划没有列指标，没有可下结论的。"
        assert sentence(rows[1:]) == "还没有数据，各项指标都没有结论。"


def test_a_home_without_results_has_no_verdicts(empty_city) -> None:
    rows = rows_of(operator())
    assert len(rows) > 60
    assert {(row["完成数"], row["结论"]) for row in rows} == {("", "○ 无数据")}
