"""The bar by duty: who sees which entries, in which order, and where one is."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.registry.queries import number_of
from jieyue.apps.trees.queries import tree
from tests.clients import signed_in
from tests.shared_home import copy_of, turned_to
from tests.web.conftest import City
from tests.web.html_text import page_of, squeeze

#: What officials are told, in the order in which they are told it.
ORDER = ["工作台", "填报", "审核", "数据", "规划目标", "公文报告", "名录库", "发布"]
MOST = 7
#: Who → the bar, worked out from the roles' table by hand.
BARS = {
    "own": ["工作台", "填报"],
    "chief": ["工作台", "审核", "数据", "规划目标", "公文报告", "名录库"],
    "director": ["工作台", "审核", "数据", "规划目标", "公文报告", "名录库"],
    "district": ["工作台", "填报", "审核", "数据", "公文报告", "名录库"],
    "system": ["工作台"],
    "operator": ["工作台", "填报", "审核", "数据", "规划目标", "公文报告", "名录库"],
}


@pytest.fixture(scope="module")
def people(built_city: City, tmp_path_factory, django_db_blocker) -> Iterator[None]:
    """A person of each duty in a copy of the city."""
    path = copy_of(built_city.path, tmp_path_factory.mktemp("bar") / "home")
    with django_db_blocker.unblock(), turned_to(path):
        line = tree("line")
        root, district, school = line.root, line.by_code["L-500103"].id, number_of("S000003")
        assert root is not None
        assert school is not None
        for name, role, node in (
            ("chief", "approver", root.id),
            ("director", "viewer", root.id),
            ("district", "reviewer", district),
            ("own", "reporter", school),
            ("system", "system_admin", root.id),
        ):
            user = create_user(name, actor="tests", language="zh-hans")
            grant(user, role, node=node, valid_from=date(2015, 1, 1), actor="tests")
        yield


def links(path: str, who: str, start: str) -> list[tuple[str, bool]]:
    """The entries of the first navigation that begins so: text, and whether one is there."""
    client = signed_in(who)
    session = client.session
    session["second_factor"] = True
    session.save()
    page = client.get(path).content.decode()
    if start not in page:
        return []
    block = page.split(start, 1)[1].split("</nav>", 1)[0]
    found = re.findall(r"<a [^>]*?(aria-current=\"\w+\")?>(.*?)</a>", block)
    return [(squeeze(text), bool(here)) for here, text in found]


@pytest.mark.parametrize("who", sorted(BARS))
def test_each_sees_the_entries_of_his_duty_in_the_order_of_all(people: None, who: str) -> None:
    bar = [text for text, _here in links("/account/", who, 'class="topnav"')]
    assert bar == BARS[who]
    assert bar == [title for title in ORDER if title in bar]
    assert len(bar) <= MOST


@pytest.mark.parametrize(
    ("path", "who", "section", "part"),
    [
        ("/board/?period=2026-09", "chief", "审核", "进度与催报"),
        ("/spotchecks/", "operator", "审核", "抽查"),
        ("/data/department/?period=2025", "director", "数据", "部门口径"),
        ("/summary/cross/?period=2025", "chief", "数据", "自由汇总"),
        ("/meters/quality/", "chief", "数据", "计量与负荷"),
        ("/meters/", "own", "填报", "计量"),
        ("/institutions/", "own", "填报", "我的单位"),
        ("/returns/workbook/", "own", "填报", "用工作簿填报"),
    ],
)
def test_a_page_says_where_one_is(people: None, path: str, who: str, section: str, part: str) -> None:
    assert [text for text, here in links(path, who, 'class="topnav"') if here] == [section]
    assert [text for text, here in links(path, who, 'class="subbar"') if here] == [part]


def test_what_is_chosen_goes_along_where_it_is_understood(people: None) -> None:
    page = signed_in("chief").get("/data/area/?period=2024&scope=area:500103").content.decode()
    below = page.split('class="subbar"', 1)[1].split("</nav>", 1)[0]
    assert '"/data/type/?period=2024"' in below  # the period does, an area is no type
    assert '"/summary/?period=2024"' in below
    assert '"/meters/"' in below


def test_a_chief_begins_with_what_is_collected_and_a_director_with_the_verdicts(people: None) -> None:
    chief = signed_in("chief").get("/").content.decode()
    for word, address in (
        ("审核", "/worklist/?period=2026-10&amp;reach=all"),
        ("催报", "/board/?period=2026-10"),
    ):
        assert re.search(rf'<a class="btn [\w -]+" href="{re.escape(address)}[^"]*">{word}</a>', chief)
    assert chief.index("收齐率") < chief.index("规划指标结论")
    director = signed_in("director").get("/").content.decode()
    assert director.index("规划指标结论") < director.index("收齐率")
    assert 'href="/worklist/' not in director


def test_a_reporter_sees_his_last_three_returns(people: None) -> None:
    page = page_of(signed_in("own").get("/"))
    lately = next(table for table in page.tables if table.caption == "近期报表")
    assert lately.rows[0].cells[2] == "2026年9月"
    assert len(lately.rows) == 3
    assert "尚未授予您任何角色" not in page.text


def test_the_administration_stands_apart(people: None) -> None:
    for who, expected in (
        (
            "operator",
            [
                "发布",
                "人员",
                "委托与交接",
                "导入",
                "收报安排",
                "审核规则",
                "界线文件",
                "大屏设备",
                "后台工作",
                "操作日志",
            ],
        ),
        ("chief", ["审核规则"]),
        ("system", ["后台工作"]),
        ("own", []),
    ):
        menu = links("/account/", who, '<nav class="drop-box" aria-label="管理"')
        assert [text for text, _here in menu] == expected
