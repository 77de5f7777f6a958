"""The page of the action log: who may read it, what of an entry is shown, pages and files of it."""

import csv
import io
import re
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.queries import last_entry
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.trees.queries import tree
from tests.clients import signed_in
from tests.web.conftest import City

BEGIN = date(2020, 1, 1)


def watcher(node: str = "city", role: str = "audit_admin") -> Any:
    name = f"watcher-{role}-{node}"
    user = create_user(name, actor="tests")
    grant(
        user, role, node=tree("line").by_code[node].id, valid_from=BEGIN, actor="tests", reason="任职通知一号"
    )
    return signed_in(name)


def entry(verb: str, obj: str, *, actor: str = "李四", **more: Any) -> ActionLog:
    with transaction.atomic():
        return record(verb, obj, actor=actor, **more)


def rows_of(html: str) -> list[list[str]]:
    """The table of entries, cell by cell, as text."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    if body is None:
        return []
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", line, re.DOTALL)]
        for line in lines
    ]


def link(html: str, words: str) -> str:
    found = re.search(rf'<a href="([^"]+)"[^>]*>{words}</a>', html)
    assert found, words
    return found[1].replace("&amp;", "&")


def test_an_entry_says_who_what_when_and_where_it_stands_in_the_chain(own_city: City) -> None:
    client = watcher()
    user = create_user("zhao", actor="tests")
    signed = entry(
        "identity.new_code",
        f"user:{user.pk}",
        reason="忘了口令",
        data={"username": "zhao", "had_password": True},
    )
    made = checkpoint()
    assert made is not None
    numbered_only = entry("returns.withdraw", "return:7", data={"form": "NY201", "period": "2026-10"})
    from jieyue.apps.audit.services.sequence import sequence

    sequence(everything=True)
    fresh = entry("identity.delegation", "user:1", on_behalf="王五", data={"forms": ["NY201", "NY202"]})
    html = client.get("/log/").content.decode()
    third, second, first = rows_of(html)[:3]
    assert [third[0], third[7], third[8]] == ["待编", "", "待编号"]
    assert third[2:4] == ["李四（代 王五）", "委托"]
    assert third[5] == "报表 NY201、NY202"
    assert [second[0], second[3], second[8]] == [str(made.size + 1), "撤回上报", "待签"]
    assert [second[4], second[5]] == ["报表填报 7", "报表 NY201；期间 2026-10"]
    assert [first[0], first[3], first[8]] == [str(made.size), "发新的启用码", "已签"]
    assert [first[4], first[5]] == [f"账号 zhao ({user.pk})", "账号 zhao；原有口令 是；理由：忘了口令"]
    assert first[6] == "命令行"
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM audit_logleaf WHERE entry = %s", [signed.pk])
        assert first[7] == cursor.fetchone()[0][:8]
    assert signed.pk < numbered_only.pk < fresh.pk
    shown = re.search(r"已成链 ([\d,]+) 条，其中 ([\d,]+) 条已签检查点", html)
    assert shown
    assert [int(text.replace(",", "")) for text in shown.groups()] == [made.size + 1, made.size]


SECRET = "78901.25"


@pytest.mark.parametrize(
    ("verb", "data", "reason"),
    [
        ("spotchecks.look", {"check": 1, "cells": [["110", "1", SECRET, "账单"]]}, SECRET),
        ("spotchecks.close", {"scores": {"7": SECRET}}, ""),
        ("summaries.return", {"comments": {"110": SECRET}, "state": SECRET}, SECRET),
        ("returns.send_back", {"form": "NY201", "cells": ["110"]}, SECRET),
        ("review.explain", {"item": "110", "value": SECRET}, SECRET),
        ("metering.edit_reading", {"use": SECRET, "first": SECRET, "last": SECRET, "kind": SECRET}, SECRET),
        ("metering.close_point", {"day": "2026-01-01", "last": SECRET}, SECRET),
        ("registry.change", {"changed": {"floor_area_m2": SECRET}}, SECRET),
        ("registry.rename", {"from": SECRET, "to": SECRET}, SECRET),
        ("exchange.stage", {"file": SECRET, "size": 12}, ""),
        ("exchange.answer", {"text": SECRET}, ""),
        ("papers.release", {"code": "monthly"}, SECRET),
        ("returns.import", {"returns": {"NY201": 3}, "file": SECRET}, SECRET),
        ("nobody.knows", {"form": SECRET, "cells": [SECRET]}, SECRET),
        # A key that is let through with another shape than it has words for.
        ("returns.submit", {"form": {"a": SECRET}, "period": [[SECRET]]}, ""),
    ],
)
def test_figures_and_free_text_are_shown_to_nobody(
    own_city: City, verb: str, data: dict[str, Any], reason: str
) -> None:
    client = watcher()
    entry(verb, "thing:1", data=data, reason=reason)
    for address in ("/log/", "/log/?object=thing:1", "/log/?export=csv"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode(), address
    assert "thing:1" in client.get(f"/log/?verb={verb}").content.decode()


def test_the_log_is_read_by_who_watches_the_whole_and_by_nobody_else(own_city: City) -> None:
    assert watcher().get("/log/").status_code == 200
    assert 'href="/log/"' in signed_in("watcher-audit_admin-city").get("/").content.decode()
    district = watcher("L-500103")
    assert district.get("/log/").status_code == 403
    assert 'href="/log/"' not in district.get("/").content.decode()
    for role in ("security_admin", "system_admin", "city_admin", "publisher"):
        other = watcher(role=role)
        assert other.get("/log/").status_code == 403
        assert other.get("/log/?export=csv").status_code == 403
        assert 'href="/log/"' not in other.get("/").content.decode()


def test_pages_meet_without_gap_or_double_whatever_is_written_meanwhile(own_city: City) -> None:
    client = watcher()
    at = datetime(2026, 11, 1, 8, tzinfo=UTC)  # all at one instant: pages go by the number within it
    ActionLog.objects.bulk_create(
        [
            ActionLog(at=at, actor="many", verb="returns.start", object=f"return:{n}", source="web")
            for n in range(120)
        ]
    )
    pages = [client.get("/log/?actor=many").content.decode()]
    assert "最新</a>" not in pages[0]
    ActionLog.objects.create(at=at, actor="many", verb="returns.start", object="return:999", source="web")
    for _ in range(2):
        pages.append(client.get(f"/log/{link(pages[-1], '较早')}").content.decode())
    seen = [row[4] for html in pages for row in rows_of(html)]
    assert seen == [f"报表填报 {n}" for n in range(119, -1, -1)]
    assert [len(rows_of(html)) for html in pages] == [50, 50, 20]
    assert "较早</a>" not in pages[-1]
    back = client.get(f"/log/{link(pages[-1], '较新')}").content.decode()
    assert rows_of(back) == rows_of(pages[1])
    newest = client.get(f"/log/{link(pages[-1], '最新')}").content.decode()
    assert rows_of(newest)[0][4] == "报表填报 999"


def test_filters_take_days_of_the_authority_and_say_what_is_wrong(own_city: City) -> None:
    client = watcher()
    # 15:59 and 16:00 UTC stand on two days in China.
    for hour, minute, number in ((15, 59, 1), (16, 0, 2)):
        at = datetime(2021, 3, 4, hour, minute, tzinfo=UTC)
        ActionLog.objects.create(
            at=at, actor="a", verb="returns.pass", object=f"return:{number}", source="api"
        )
    found = {}
    for day in ("2021-03-04", "2021-03-05"):
        found[day] = rows_of(client.get(f"/log/?from={day}&to={day}").content.decode())
    assert [[row[1], row[4], row[6]] for rows in found.values() for row in rows] == [
        ["2021-03-04 23:59:00", "报表填报 1", "程序接口"],
        ["2021-03-05 00:00:00", "报表填报 2", "程序接口"],
    ]
    both = rows_of(
        client.get("/log/?verb=returns.pass&actor=a&object=return:2&to=2021-03-05").content.decode()
    )
    assert [row[4] for row in both] == ["报表填报 2"]
    assert "日志里没有这样的条目" in client.get("/log/?actor=nobody-at-all").content.decode()
    for query, words in (
        ("from=昨天", "“昨天”不是日期，请写成 2026-11-28"),
        ("to=0001-01-01", "“0001-01-01”不是日期"),
        ("from=2026-02-02&to=2026-02-01", "起始日晚于截止日"),
    ):
        for more in ("", "&export=csv"):
            answer = client.get(f"/log/?{query}{more}")
            assert (answer.status_code, words in answer.content.decode()) == (422, True), query
    for query in ("below=0", "below=x", "above=-1", "below=987654321", f"below={'9' * 30}", "export=pdf"):
        assert client.get(f"/log/?{query}").status_code == 404, query


def test_what_is_typed_into_a_filter_is_text(own_city: City) -> None:
    client = watcher()
    typed = '"><script>alert(1)</script>'
    html = client.get("/log/", {"actor": typed, "object": typed, "verb": typed}).content.decode()
    assert typed not in html
    assert escape(typed) in html


def test_a_file_holds_what_is_filtered_and_is_itself_an_entry(own_city: City) -> None:
    client = watcher()
    made = entry(
        "identity.grant", "user:1", actor="=cmd()", reason="=2+2", data={"role": "viewer", "node": 12}
    )
    answer = client.get("/log/?actor=%3Dcmd()&export=csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][:4] == ["序号", "时间", "谁", "做了什么"]
    assert lines[1][2:4] == ["'=cmd()", "授权"]
    assert "理由：=2+2" in lines[1][5]
    assert lines[2] == []
    said = last_entry()
    assert said is not None
    assert (said.verb, said.actor, said.pk) == ("audit.take_out", "watcher-audit_admin-city", made.pk + 1)
    assert (said.data["asked"], said.data["rows"]) == (["actor==cmd()"], 1)
    import hashlib

    assert said.data["sha256"] == said.after == hashlib.sha256(answer.content).hexdigest()
    book = openpyxl.load_workbook(io.BytesIO(client.get("/log/?verb=audit.take_out&export=xlsx").content))
    sheet = book["数据"]
    assert [cell.value for cell in sheet[2]][2:4] == ["watcher-audit_admin-city", "下载操作日志"]
    assert len(sheet["A"]) == 2
    checkpoint()
    again = rows_of(client.get("/log/?verb=audit.take_out").content.decode())
    assert [row[8] for row in again] == ["已签", "已签"]


def test_a_file_says_that_older_entries_are_left_out(own_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.web.views import log

    monkeypatch.setattr(log, "MOST", 3)
    client = watcher()
    for number in range(4):
        entry("returns.start", f"return:{number}", actor="four")
    text = client.get("/log/?actor=four&export=csv").content.decode("utf-8-sig")
    assert re.findall(r"报表填报 \d", text) == ["报表填报 3", "报表填报 2", "报表填报 1"]
    assert "这里只有最新的 3 条" in text
    monkeypatch.setattr(log, "MOST", 4)
    assert "这里只有最新的" not in client.get("/log/?actor=four&export=csv").content.decode("utf-8-sig")


def test_the_page_asks_little_and_never_counts(own_city: City) -> None:
    client = watcher()
    for number in range(60):
        entry("identity.delegation", f"user:{number + 1}", data={"giver": 1, "taker": 2})
    client.get("/log/")
    for address in ("/log/", "/log/?actor=李四", "/log/?verb=identity.delegation&from=2026-01-01"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200
        texts = [one["sql"] for one in asked.captured_queries]
        assert len(texts) <= 12, texts
        assert not [text for text in texts if "audit_actionlog" in text and "COUNT(" in text]


def test_english_says_the_same(own_city: City) -> None:
    client = watcher()
    user = create_user("anna", actor="tests", language="en")
    grant(user, "audit_admin", node=tree("line").by_code["city"].id, valid_from=BEGIN, actor="tests")
    entry("returns.submit", "return:7", data={"form": "NY201", "period": "2026-10"})
    assert client
    (row, *_) = rows_of(signed_in("anna").get("/log/").content.decode())
    assert row[3:7] == ["submitted a return", "return 7", "form NY201; period 2026-10", "command line"]
