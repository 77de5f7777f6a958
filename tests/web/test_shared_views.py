"""Views shared with a body: found by who sees the body, opened with one's own rights, taken back by few."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.queries import entries_of
from jieyue.apps.identity.models import Grant, SharedView, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.keep_view import MOST
from jieyue.apps.identity.services.revoke import revoke
from jieyue.apps.registry.queries import number_of
from jieyue.apps.trees.queries import tree
from tests.clients import signed_in
from tests.web.addresses import school
from tests.web.conftest import City, operator
from tests.web.test_kept_parts import holder
from tests.web.test_pages import MOST_QUERIES

OWN, OTHER = "L-500103", "L-500104"
PAGE = f"/quality/?scope=line:{OWN}&period=2026-10"
HREF = "/quality/?scope=line%3AL-500103&period=2026-10"


def manager(name: str, code: str, real_name: str = "", role: str = "district_admin") -> Client:
    """Who administers a body."""
    user = create_user(name, actor="tests")
    User.objects.filter(pk=user.pk).update(real_name=real_name)
    grant(user, role, node=tree("line").by_code[code].id, valid_from=date(2010, 1, 1), actor="tests")
    return signed_in(name)


def part(client: Client, address: str = "/quality/") -> str:
    """The list of views, as the page has it."""
    page = client.get(address).content.decode()
    return page.partition('class="drop saved-views"')[2].partition("</details>")[0]


def shared(client: Client, address: str = "/quality/") -> dict[str, str]:
    """Name → address of the shared ones; each row is whole: its body and who shared it stand beside it."""
    found = re.findall(r'<span class="shared-view"><a href="([^"]+)">([^<]+)</a>', part(client, address))
    return {name: href.replace("&amp;", "&") for href, name in found}


def share(client: Client, name: str, body: str = OWN, address: str = PAGE):
    return client.post("/views/shared/", {"name": name, "body": body, "next": address}, follow=True)


def end(client: Client, name: str, address: str = PAGE):
    number = SharedView.objects.get(name=name).pk
    return client.post(f"/views/shared/{number}/end/", {"next": address}, follow=True)


def test_who_sees_the_body_finds_it_and_nobody_else(own_city: City) -> None:
    mine = manager("sun", OWN, "孙主任")
    answer = share(mine, " 渝中  十月 ", address=f"{PAGE}&publication=1&page=2").content.decode()
    assert "视图已共享。" in answer
    below = signed_in(holder("wang", OWN))
    assert shared(below) == {"渝中 十月": HREF}
    said = part(below)
    assert "共享的视图" in said
    assert "示例渝中节能管理部门 · 孙主任" in said
    assert "收回" not in said
    assert shared(operator()) == {"渝中 十月": HREF}, "who sees the whole sees the body"
    assert shared(below, "/overview/") == {}, "a view is one of its page"
    neighbour = signed_in(holder("zhao", OTHER))
    single = create_user("leaf", actor="tests")
    number = number_of(school(own_city))
    assert number is not None
    grant(single, "reporter", node=number, valid_from=date(2010, 1, 1), actor="tests")
    for other in (neighbour, signed_in("leaf")):
        answer = other.get("/quality/", follow=True)
        assert (answer.status_code, "渝中 十月" in answer.content.decode()) == (200, False)


def test_it_opens_with_the_readers_own_rights(own_city: City) -> None:
    """Shared from above with a body, on the scope above: the reader is told that it is not his, and sees nothing."""
    share(operator(), "全市十月", address="/quality/?scope=city&period=2026-10")
    share(operator(), "渝中十月")
    below = signed_in(holder("wang", OWN))
    assert below.get(shared(below)["渝中十月"]).status_code == 200
    answer = below.get(shared(below)["全市十月"])
    assert answer.status_code == 404
    assert "不在您的权限内" in answer.content.decode()


def test_a_grant_that_ended_or_counts_for_some_forms_only_reaches_nothing(own_city: City) -> None:
    share(manager("sun", OWN), "渝中十月")
    reader = holder("wang", OWN)
    assert list(shared(signed_in(reader.username))) == ["渝中十月"]
    revoke(Grant.objects.get(user=reader).pk, settings.JIEYUE_HOME.today(), actor="tests")
    bounded = holder("li", OWN, forms=["NY201"], periods=["2025"])
    for name in (reader.username, bounded.username):
        assert "渝中十月" not in signed_in(name).get("/quality/", follow=True).content.decode()


@pytest.mark.parametrize("body", [OTHER, "city", "L-NO-SUCH", ""])
def test_only_who_administers_the_body_shares_with_it(own_city: City, body: str) -> None:
    mine = manager("sun", OWN)
    before = SharedView.objects.count()
    assert share(mine, "越界", body).status_code == 404
    reader = signed_in(holder("wang", "city"))
    assert share(reader, "查看员的", OWN).status_code == 403
    assert SharedView.objects.count() == before == 0
    assert "formaction" in part(mine)
    assert "formaction" not in part(reader)


def test_the_bodies_offered_are_those_that_one_administers(own_city: City) -> None:
    line = tree("line")
    own = {line.nodes[node].code for node in line.subtree(line.by_code[OWN].id)}
    assert set(re.findall(r'<option value="([^"]+)">', part(manager("sun", OWN)))) == own
    every = {node.code for node in line}
    assert (
        set(re.findall(r'<option value="([^"]+)">', part(manager("chen", "city", role="city_admin"))))
        == every
    )


def test_only_its_owner_or_who_administers_the_body_takes_it_back(own_city: City) -> None:
    mine = manager("sun", OWN)
    share(mine, "一")
    share(mine, "二")
    share(mine, "三")
    for nobody in (signed_in(holder("wang", OWN)), manager("zhao", OTHER), signed_in(holder("qian", "city"))):
        assert end(nobody, "一").status_code == 404
        assert nobody.post("/views/shared/987654/end/", {"next": PAGE}).status_code == 404
    assert "视图已收回。" in end(manager("zhou", OWN), "一").content.decode(), (
        "another who administers the body"
    )
    end(manager("chen", "city", role="city_admin"), "二")
    owner = User.objects.get(username="sun")
    held = Grant.objects.get(user=owner)
    revoke(held.pk, settings.JIEYUE_HOME.today(), actor="tests")
    grant(owner, "viewer", node=tree("line").by_code[OTHER].id, valid_from=date(2010, 1, 1), actor="tests")
    later = signed_in("sun")
    assert "收回" in part(later), "who shared it finds it, whatever became of his grants"
    end(later, "三", "/quality/")
    assert SharedView.objects.count() == 0
    assert later.get("/views/shared/1/end/").status_code == 405


def test_the_same_name_is_the_owners_to_change(own_city: City) -> None:
    mine, also = manager("sun", OWN), manager("zhou", OWN)
    share(mine, "月报")
    answer = share(mine, "月报", address="/quality/?period=2026-09").content.decode()
    assert "同名视图已改为现在的筛选。" in answer
    assert shared(mine) == {"月报": "/quality/?period=2026-09"}
    refused = share(also, "月报").content.decode()
    assert "这个单位已有同名的共享视图" in refused
    assert shared(mine) == {"月报": "/quality/?period=2026-09"}
    share(also, "月报", address="/overview/?period=2026-09")
    assert list(shared(also, "/overview/")) == ["月报"], "another page has its own names"


def test_what_cannot_be_shared_is_said_and_a_name_is_text(own_city: City) -> None:
    mine = manager("sun", OWN)
    for name in ("", "   ", "长" * 41, "a\x07b"):
        assert "请给视图起一个 1 到 40 个字的名称。" in share(mine, name).content.decode()
    share(mine, "长", address=f"/quality/?period={'1' * 1100}")
    assert SharedView.objects.count() == 0
    assert mine.post("/views/shared/", {"name": "外", "body": OWN, "next": "//x.example/"}).status_code == 404
    share(mine, "<b>&x")
    assert "&lt;b&gt;&amp;x" in part(mine)
    for place in range(MOST - 1):
        share(mine, f"第{place}个")
    assert f"一个单位最多有 {MOST} 个共享的视图" in share(mine, "再一个").content.decode()
    share(mine, "<b>&x", address="/quality/?period=2026-09")
    assert shared(mine)["&lt;b&gt;&amp;x"] == "/quality/?period=2026-09", "one that is there may still change"


def test_each_act_is_in_the_log_once_and_the_list_costs_one_question(own_city: City) -> None:
    mine = manager("sun", OWN)
    mine.get(PAGE)
    with CaptureQueriesContext(connection) as before:
        mine.get(PAGE)
    share(mine, "一")
    share(mine, "一")
    share(mine, "二")
    number = SharedView.objects.get(name="一").pk
    mine.get(PAGE)
    with CaptureQueriesContext(connection) as after:
        mine.get(PAGE)
    assert len(after) == len(before) <= MOST_QUERIES
    end(mine, "一")
    rows = entries_of(f"shared-view:{number}")
    assert sorted(row.verb for row in rows) == ["identity.share_view", "identity.take_back_view"]
    assert {row.data["body"] for row in rows} == {OWN}
    assert {row.actor for row in rows} == {"sun"}


def test_in_english(own_city: City) -> None:
    client = operator("en")
    assert "The view is shared." in share(client, "October").content.decode()
    said = part(client)
    for words in ("Shared views", "Share with this body", "Take back"):
        assert words in said
