"""The page of what was arranged about collecting: due days, open periods, bodies that only check."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.targets import target_of
from jieyue.apps.trees.models import NodeVersion
from jieyue.config.home import Home
from tests.clients import signed_in
from tests.shared_home import turned_to
from tests.web.collecting_desk import BEGIN, MONTH, Bureau

Nodes = dict[tuple[str, str], int]
PAGE = "/collecting/"
NEXT = date(2027, 1, 1)


@pytest.fixture
def bureau(home: Home, city_trees: Nodes) -> Iterator[Bureau]:
    """Three schools of a district on 22 November 2026, and the city's administrator."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        made = Bureau(city_trees, 3)
        made.person("mayor", "city_admin", city_trees["line", "city"])
        made.open()
        yield made


def post(**said: str) -> tuple[int, str]:
    client = signed_in("mayor")
    answer = client.post(PAGE, {"form": "NY201", **said}, follow=True)
    return answer.status_code, answer.content.decode()


def dues() -> list[date]:
    return list(Obligation.objects.filter(period=MONTH).order_by("subject").values_list("due", flat=True))


def test_a_rule_for_all_then_a_group_then_one_school(bureau: Bureau) -> None:
    """20 November by default; the 15th after for all, the 18th for the district, the 25th for one school."""
    page = signed_in("mayor").get(PAGE).content.decode()
    assert "产品预设：次月 20 日" in page
    assert "未核实" in page
    assert dues() == [date(2026, 11, 20)] * 3

    status, page = post(
        act="deadline", kind="M", due_days="15", reason="市里的规定", **{"from": "2026-10-01"}
    )
    assert (status, "已规定；已开放的报表中有 3 份的截止日随之改动。" in page) == (200, True)
    assert dues() == [date(2026, 11, 15)] * 3
    for words in ("每月", "全部", "截止于期末后 15 日", "2026-10-01", "市里的规定", "Mayor"):
        assert words in page

    post(act="deadline", kind="M", due_days="18", group="line", code="L-500103", **{"from": "2026-10-01"})
    assert dues() == [date(2026, 11, 18)] * 3
    post(act="deadline", period=MONTH, due_on="2026-11-25", group="institution", code="S1")
    assert dues() == [date(2026, 11, 18), date(2026, 11, 25), date(2026, 11, 18)]

    status, page = post(
        act="deadline", kind="M", gone="yes", group="line", code="L-500103", **{"from": "2026-10-01"}
    )
    assert status == 200
    assert dues() == [date(2026, 11, 15), date(2026, 11, 25), date(2026, 11, 15)]
    said = ActionLog.objects.filter(verb="obligations.set_deadline").order_by("pk")
    assert [one.actor for one in said] == ["mayor"] * 4
    assert "截止于期末后 18 日" not in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "M"}, "请说明开放日或截止日"),
        ({"kind": "M", "due_days": "soon"}, "“soon”不是天数"),
        ({"kind": "M", "due_days": "999"}, "天数最多 366"),
        ({"kind": "X", "due_days": "3"}, "期间种类为"),
        ({"kind": "M", "due_days": "3", "from": "tomorrow"}, "“tomorrow”不是日期"),
        ({"kind": "M", "due_days": "3", "group": "line", "code": "L-NONE"}, "没有代码为“L-NONE”的"),
        ({"kind": "M", "due_days": "3", "code": "L-500103"}, "请同时选它是哪一种"),
        ({"kind": "M", "due_days": "3", "group": "moon", "code": "1"}, "没有代码为“1”的"),
        ({"kind": "M", "due_on": "2026-11-25"}, "固定的日期只能用于一个期间"),
        ({"period": "2026-13", "due_days": "3"}, "2026-13"),
        ({"period": "2026-10", "due_on": "2028-01-01"}, "366"),
    ],
)
def test_what_cannot_be_decided_is_said_and_changes_nothing(
    bureau: Bureau, said: dict[str, str], words: str
) -> None:
    status, page = post(act="deadline", **said)
    assert (status, words in page) == (422, True)
    assert dues() == [date(2026, 11, 20)] * 3
    assert not ActionLog.objects.filter(verb="obligations.set_deadline").exists()


def test_a_year_is_opened_once(bureau: Bureau) -> None:
    status, page = post(act="open", period="2025")
    assert (status, "2025年 已开放：应报 3 份，其中新增 3 份。" in page) == (200, True)
    assert 'href="/board/?form=NY201&amp;period=2025"' in page
    assert "2026-03-31" in page  # three whole months after the year
    assert "其中新增 0 份" in post(act="open", period="2025")[1]
    for text in ("", "2025-HS", "next"):
        assert post(act="open", period=text)[0] == 422
    assert Obligation.objects.filter(period="2025").count() == 3


@pytest.mark.parametrize("period", ["9998", "2027", "2027-01", "2000-12"])
def test_a_period_that_the_board_cannot_show_is_not_opened(bureau: Bureau, period: str) -> None:
    """The page stands in 2026."""
    status, page = post(act="open", period=period)
    assert (status, f"期间 {period} 不能开放" in page, "核对年份" in page) == (422, True, True)
    assert not Obligation.objects.filter(period=period).exists()
    assert signed_in("mayor").get("/board/", {"form": "NY201", "period": period}).status_code == 404


def test_the_last_month_of_this_year_is_opened_and_seen(bureau: Bureau) -> None:
    assert post(act="open", period="2026-12")[0] == 200
    assert signed_in("mayor").get("/board/", {"form": "NY201", "period": "2026-12"}).status_code == 200


def test_a_body_only_checks_from_a_day_on_and_approves_again(bureau: Bureau) -> None:
    """October's return needs two steps while the bureau checks, and one when that has ended before its last day."""
    from jieyue.apps.returns.acting import bodies_of

    city = bureau.nodes["line", "city"]
    assert bodies_of(bureau.key(0)) == (bureau.node,)
    said = {"act": "checking", "code": "L-500103", "from": "2026-10-01", "reason": "市局统一核准"}
    status, page = post(checks="yes", **said)
    assert (status, "只审核，由上一级核准" in page) == (200, True)
    assert bodies_of(bureau.key(0)) == (bureau.node, city)
    assert "2026-10-01" in page

    status, page = post(checks="yes", **said)
    assert (status, "已经如此" in page) == (422, True)
    status, page = post(checks="no", **{**said, "from": "2026-10-15"})
    assert status == 200
    assert bodies_of(bureau.key(0)) == (bureau.node,)
    assert post(checks="yes", act="checking", code="L-NONE", **{"from": "2026-10-20"})[0] == 422
    assert post(checks="yes", act="checking", code="L-500103", **{"from": ""})[0] == 422
    entries = ActionLog.objects.filter(verb="returns.set_checking").order_by("pk")
    assert [(one.actor, one.data["checks"]) for one in entries] == [("mayor", True), ("mayor", False)]


@pytest.mark.parametrize("who", ["wang", "li", "qian", "clerk0", "lower"])
def test_only_who_looks_after_the_whole_authority_arranges(bureau: Bureau, who: str) -> None:
    """A city administrator's role at a district alone is not enough: the days are everybody's."""
    bureau.person("lower", "city_admin", bureau.node)
    client: Client = signed_in(who)
    assert client.get(PAGE).status_code == 403
    said = {"form": "NY201", "act": "deadline", "kind": "M", "due_days": "3", "from": "2026-10-01"}
    assert client.post(PAGE, said).status_code == 403
    assert dues() == [date(2026, 11, 20)] * 3


def test_what_is_none_of_the_page_is_not_found(bureau: Bureau) -> None:
    assert post(act="burn")[0] == 404
    assert signed_in("mayor").get(PAGE, {"form": "NY301"}).status_code == 404


def test_many_decisions_ask_the_database_no_more(bureau: Bureau) -> None:
    from django.db import connection

    client = signed_in("mayor")
    bodies = [code for tree, code in bureau.nodes if tree == "line" and code != "city"]
    assert len(bodies) > 2
    for code in bodies:
        post(act="deadline", kind="M", due_days="9", group="line", code=code, **{"from": "2026-10-01"})
    with CaptureQueriesContext(connection) as asked:
        page = client.get(PAGE).content.decode()
    assert all(f"line:{code}" in page for code in bodies)
    assert len(asked) <= 12, [one["sql"][:90] for one in asked]


def test_a_rule_for_a_body_that_has_ended_or_is_yet_to_begin_is_never_shown_as_for_all(
    bureau: Bureau,
) -> None:
    """Today is 22 November: one body ended on the 1st, another begins in January; each is told by its own name."""
    from jieyue.apps.trees.services.close_node import close_node
    from jieyue.apps.trees.services.create_node import create_node

    create_node(
        "line", "L-OLD", name_zh="旧城管理处", name_en="Old Town Office", parent="city", valid_from=BEGIN, actor="t"
    )  # fmt: skip
    node = create_node("line", "L-NEW", name_zh="新区管理处", parent="city", valid_from=NEXT, actor="t")
    for code, first in (("L-OLD", "2026-10-01"), ("L-NEW", NEXT.isoformat())):
        said = {"group": "line", "code": code, "due_days": "9", "from": first}
        assert post(act="deadline", kind="M", **said)[0] == 200
    close_node(target_of("line", "L-OLD", BEGIN) or 0, date(2026, 11, 1), actor="t")

    assert targets() == ["line:L-OLD 旧城管理处", "line:L-NEW 新区管理处"]
    assert targets("en") == ["line:L-OLD Old Town Office", "line:L-NEW 新区管理处"]

    # A rule whose body nothing is known of any more still is no rule for all.
    NodeVersion.objects.filter(node_id=node).delete()
    assert targets() == ["line:L-OLD 旧城管理处", f"#{node}"]


def targets(language: str = "zh-hans") -> list[str]:
    """For whom the decisions are, by the page in a language, in the order of its rows."""
    client = signed_in("mayor")
    client.post("/language/", {"language": language, "next": PAGE})
    page = client.get(PAGE).content.decode()
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return re.findall(r'<th scope="row">[^<]*</th><td>([^<]*)</td><td>[^<]', body)
