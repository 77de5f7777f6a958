"""A person's saved views of a page: named, opened with its filters, deleted; nobody else has them."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.queries import entries_of
from jieyue.apps.identity.services.keep_view import MOST
from tests.clients import signed_in
from tests.web.conftest import City, operator
from tests.web.test_kept_parts import holder

PAGE = "/quality/?scope=line:L-500103&period=2026-10"


def views(client: Client, address: str = "/quality/") -> dict[str, str]:
    """Name → address, as the page lists them."""
    page = client.get(address).content.decode()
    part = page.partition('class="drop saved-views"')[2].partition("</details>")[0]
    found = re.findall(r'<li class="saved-view"><a href="([^"]+)">([^<]+)</a>', part)
    return {name: href.replace("&amp;", "&") for href, name in found}


def keep(client: Client, name: str, address: str = PAGE):
    return client.post("/views/", {"name": name, "next": address}, follow=True)


def test_a_view_is_named_opened_and_deleted(own_city: City) -> None:
    client = operator()
    assert views(client) == {}
    answer = keep(client, " 渝中  十月 ", f"{PAGE}&publication=1&page=2")
    assert "视图已存下。" in answer.content.decode()
    (name, href) = next(iter(views(client).items()))
    assert (name, href) == ("渝中 十月", "/quality/?scope=line%3AL-500103&period=2026-10")
    opened = client.get(href).content.decode()
    assert '<option value="line:L-500103" selected>' in opened
    assert '<option value="2026-10" selected>' in opened
    assert views(client, "/overview/") == {}, "a view is one of its page"
    gone = client.post("/views/", {"drop": "渝中 十月", "next": href}, follow=True)
    assert "视图已删去。" in gone.content.decode()
    assert views(client) == {}


def test_deleting_what_is_not_there_changes_nothing(own_city: City) -> None:
    client = operator()
    keep(client, "我的")
    answer = client.post("/views/", {"drop": "别的", "next": PAGE}, follow=True).content.decode()
    assert ("这里已经没有这个名称的视图。" in answer, "视图已删去。" in answer) == (True, False)
    client.post("/views/", {"drop": "我的", "next": "/overview/"})
    assert list(views(client)) == ["我的"]


def test_the_same_name_takes_the_new_filters(own_city: City) -> None:
    client = operator()
    keep(client, "我的")
    answer = keep(client, "我的", "/quality/?period=2026-09")
    assert "同名视图已改为现在的筛选。" in answer.content.decode()
    assert views(client) == {"我的": "/quality/?period=2026-09"}


def test_nobody_else_has_it_and_it_gives_no_right(own_city: City) -> None:
    keep(operator(), "我的", "/quality/?scope=city")
    other = signed_in(holder("wang", "L-500103"))
    assert views(other) == {}
    keep(other, "越界", "/quality/?scope=city")
    assert other.get(views(other)["越界"]).status_code == 404


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/quality/", "//elsewhere.example/", "/no/such/page/", "", "javascript:x"],
)
def test_an_address_that_is_no_page_of_ours_is_not_kept(own_city: City, address: str) -> None:
    client = operator()
    assert client.post("/views/", {"name": "外", "next": address}).status_code == 404
    assert get_user_model().objects.get(username="operator").views == []


def test_what_cannot_be_kept_is_said_and_a_name_is_text(own_city: City) -> None:
    client = operator()
    for name in ("", "   ", "长" * 41, "a\x07b"):
        assert "请给视图起一个 1 到 40 个字的名称。" in keep(client, name).content.decode()
    long = client.post("/views/", {"name": "长", "next": f"/quality/?period={'1' * 1100}"})
    assert (long.status_code, views(client)) == (302, {})
    keep(client, "<b>&x")
    assert "&lt;b&gt;&amp;x" in client.get("/quality/").content.decode()
    for place in range(MOST - 1):
        keep(client, f"第{place}个", "/quality/")
    assert f"最多存 {MOST} 个视图" in keep(client, "再一个").content.decode()
    english = operator("en")
    assert "At most 30 views are kept" in keep(english, "one more").content.decode()


def test_it_is_in_the_log_and_costs_no_question(own_city: City) -> None:
    client = operator()
    client.get(PAGE)
    with CaptureQueriesContext(connection) as before:
        client.get(PAGE)
    keep(client, "我的")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as after:
        client.get(PAGE)
    assert len(after) == len(before)
    user = get_user_model().objects.get(username="operator")
    assert [entry.verb for entry in entries_of(f"user:{user.pk}")].count("identity.keep_view") == 1
    assert client.get("/views/").status_code == 405
