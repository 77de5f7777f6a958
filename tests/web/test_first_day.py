"""The first day of a new home: the steps from one's own files to the first table."""

import re
from datetime import date

from django.test import Client

from tests.web.conftest import City
from tests.web.html_text import text_of

ONE_SCHOOL = (
    "code,name,type,region,reporting_parent,floor_area_m2,energy_users,valid_from\n"
    "A1,示例甲中学,021,500103,L-500103,10000,1000,2020-01-01\n"
).encode()


def test_the_first_day_is_shown_until_there_is_a_table(empty_city) -> None:
    from tests.web.conftest import operator

    page = text_of(operator().get("/").content.decode())
    wanted = ("导入机构名录", "建立账号", "定收报安排", "导入历史报表", "看第一张表")
    places = [page.index(step) for step in wanted]
    assert places == sorted(places)


def test_the_first_day_leads_to_collecting_until_a_period_is_open(empty_city) -> None:
    from jieyue.apps.registry.services.import_file import import_file
    from tests.web.conftest import operator

    def step() -> str:
        page = operator().get("/").content.decode()
        (found,) = re.findall(r'<li><b><a href="/collecting/">.*?</li>', page, re.DOTALL)
        return text_of(found)

    assert "完成" not in step()
    done = import_file(ONE_SCHOOL, "registry.csv", actor="tests")
    assert done.result.applied, done.result.findings
    opened = operator().post("/collecting/", {"form": "NY201", "act": "open", "period": "2025"}, follow=True)
    assert opened.status_code == 200
    assert "完成" in step()


def test_over_no_data_nothing_is_judged_and_it_says_where_to_begin(empty_city) -> None:
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import Tree, tree
    from tests.web.conftest import operator

    page = text_of(operator().get("/").content.decode())
    assert "还没有数据。 请从本页最上面“第一天”的第一步开始。" in page
    assert "约束性指标" not in page
    root = tree(Tree.LINE).root
    assert root is not None
    user = create_user("reads.only", actor="tests")
    grant(user, "viewer", node=root.id, valid_from=date(2010, 1, 1), actor="tests")
    user.language = "zh-hans"
    user.save(update_fields=["language"])
    reader = Client()
    reader.force_login(user)
    page = text_of(reader.get("/").content.decode())
    assert "还没有数据。 机构登记、报表公布以后，这里给出规划结论。" in page
    assert "约束性指标" not in page


def test_the_first_day_is_over_in_a_city_with_figures(city: City) -> None:
    assert "从自己的文件到第一张表" not in text_of(city.client().get("/").content.decode())


def test_an_empty_directory_is_not_blamed_on_the_filters(empty_city) -> None:
    from tests.web.conftest import operator

    client = operator()
    page = text_of(client.get("/institutions/").content.decode())
    assert "名录里还没有机构。机构名录在管理的“导入”页由文件导入。" in page
    assert "减少筛选条件" not in page
    assert "减少筛选条件" in text_of(client.get("/institutions/?q=渝中").content.decode())


def test_over_no_return_nothing_is_said_to_agree(empty_city) -> None:
    """Forty rows of dashes are no proof of anything."""
    from tests.web.conftest import operator

    client = operator()
    page = text_of(client.get("/summary/?period=2025").content.decode())
    assert page.count("还没有报齐的报表，无从核对") >= 3
    assert "分毫不差" not in page
    verdicts = re.findall(
        r'class="card-verdict">(.*?)</td>', client.get("/plan/").content.decode(), re.DOTALL
    )
    assert [text_of(one).split() for one in verdicts] == [["无数据"]] * 7


def test_without_a_year_of_data_no_release_is_offered(empty_city) -> None:
    """A choice of no year, and a button that can only fail, are no offer."""
    from tests.web.conftest import operator

    shown = operator().get("/disclosure/").content.decode()
    assert "还没有已发布整年数据的年份，无可拟公开。" in text_of(shown)
    assert 'name="period"' not in shown
    assert "拟出，交另一人公开" not in text_of(shown)
