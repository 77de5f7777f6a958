"""Progress by its pages: the section of 400 institutions, drill down, names, the text, letters, more time."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.returns.services import edit_return
from jieyue.config.home import Home
from jieyue.sample.city import build
from tests.clients import signed_in
from tests.shared_home import copy_of, turned_to
from tests.web.collecting_desk import BEGIN, FORM, LATE, MONTH, Bureau

Nodes = dict[tuple[str, str], int]
BOARD = f"/board/?period={MONTH}"


def table_of(text: str) -> dict[str, list[str]]:
    """The board's rows: body → its cells."""
    found = {}
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", text[: text.index('id="late"')], re.DOTALL):
        cells = [
            re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        ]
        found[cells[0]] = cells[1:]
    return found


def late_of(text: str) -> list[str]:
    """The names of the list."""
    part = text[text.index('id="late"') :]
    return re.findall(r'<th scope="row"><a href="/institutions/[^"]+">([^<]+)</a>', part)


# --- The section chief's 400 institutions (a sample city of 1,000) ---------------------------------------


@dataclass(frozen=True)
class Section:
    path: Path
    node: str


@pytest.fixture(scope="session")
def built_section(furnished: Path, tmp_path_factory, django_db_blocker) -> Section:
    """The registry of the city and the states of its October; built once a session."""
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.insights.services.load_sample import load_sample
    from jieyue.apps.obligations.services.open_periods import open_periods
    from jieyue.apps.trees.queries import tree
    from jieyue.domain.period import Period

    path = copy_of(furnished, tmp_path_factory.mktemp("section") / "home")
    sample = build(1_000)
    month = tuple(f for f in sample.frames if (f.form, f.period) == (FORM, MONTH))
    with django_db_blocker.unblock(), turned_to(path):
        load_sample(replace(sample, frames=month), actor="operator")
        open_periods(FORM, [Period.parse(MONTH)], actor="operator")
        code = str(sample.cases["T2"]["node"])
        chief = create_user("section", actor="tests")
        for role in ("reviewer", "district_admin"):
            grant(chief, role, node=tree("line").by_code[code].id, valid_from=BEGIN, actor="tests")
    return Section(path, code)


@pytest.fixture
def section(built_section: Section, django_db_blocker) -> Iterator[Section]:
    with django_db_blocker.unblock(), turned_to(built_section.path):
        yield built_section


def test_four_hundred_institutions_owe_380_and_29_are_late(section: Section) -> None:
    """The fixed case: 351 submitted, 7 in work, 22 not begun; one return covers 21 organs."""
    text = signed_in("section").get(BOARD).content.decode()
    (numbers,) = [row for name, row in table_of(text).items() if "节能管理部门" in name]
    assert numbers[:8] == ["380", "22", "7", "351", "0", "0", "29", "0"]
    assert numbers[8:] == ["92.4%", "0.0%"]  # 351 ÷ 380, and nothing approved
    assert len(late_of(text)) == len(set(late_of(text))) == 29


def test_the_text_names_the_29_by_state(section: Section) -> None:
    text = signed_in("section").get(BOARD).content.decode()
    (said,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    lines = html.unescape(said).strip().split("\n")
    assert lines[0] == "【催报】2026年10月 NY201 公共机构能源资源消费状况"
    assert lines[1] == "截至11月22日，下列 29 家单位还没有报齐（截止 11月20日 24 时）："
    parts = {line.partition("（")[0]: line.partition("：")[2].split("、") for line in lines[2:4]}
    assert {name: len(names) for name, names in parts.items()} == {"未录入": 22, "录入中，尚未上报": 7}
    assert {name for names in parts.values() for name in names} == set(late_of(text))


def test_the_whole_city_adds_up_and_leads_down_in_twelve_questions(section: Section) -> None:
    client = signed_in("operator")
    client.get(BOARD)
    with CaptureQueriesContext(connection) as asked:
        text = client.get(f"{BOARD}&kind=missing").content.decode()
    assert len(asked) <= 12
    rows = table_of(text)
    rows.pop("收报单位")
    whole, *parts = [[int(cell.replace(",", "")) for cell in row[:8]] for row in rows.values()]
    assert whole == [sum(column) for column in zip(*parts, strict=True)]
    assert whole[0] == Obligation.objects.count()
    assert whole[0] == sum(whole[1:6])  # every obligation is in one state
    assert f"node={section.node}" in text


# --- A small bureau, which the tests change --------------------------------------------------------------


@pytest.fixture
def bureau(home: Home, city_trees: Nodes) -> Iterator[Bureau]:
    """Four schools on 22 November 2026, two days over: submitted, in work, sent back, not begun."""
    from jieyue.apps.identity.models import User

    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        made = Bureau(city_trees, 4)
        made.open()
        made.submit(0)
        edit_return.start(User.objects.get(username="clerk1"), made.key(1))
        made.submit(2)
        address = f"/worklist/{made.row(2).pk}/act/"
        signed_in("wang").post(address, {"verb": "return", "seen": made.seen(2), "code": "value"})
        yield made


def row_of(client: Client, body: str = "渝中区节能管理部门") -> list[str]:
    return table_of(client.get(BOARD).content.decode())[body]


def test_each_state_stands_in_its_column(bureau: Bureau) -> None:
    """Due, not begun, in work, submitted, sent back, approved, overdue, late."""
    assert row_of(signed_in("li"))[:8] == ["4", "1", "1", "1", "1", "0", "2", "0"]
    text = {kind: signed_in("li").get(f"{BOARD}&kind={kind}").content.decode() for kind in
            ("overdue", "outstanding", "missing")}  # fmt: skip
    assert {kind: late_of(page) for kind, page in text.items()} == {
        "overdue": ["示例第1小学", "示例第3小学"],
        "outstanding": ["示例第2小学"],
        "missing": ["示例第1小学", "示例第2小学", "示例第3小学"],
    }


def test_a_submission_is_on_the_board_at_once(bureau: Bureau) -> None:
    client = signed_in("li")
    assert (row_of(client)[3], row_of(client)[7]) == ("1", "0")
    bureau.submit(3, instant=LATE)
    assert (row_of(client)[3], row_of(client)[7]) == ("2", "1")


def test_a_body_sees_itself_and_below_and_not_its_neighbour(bureau: Bureau) -> None:
    neighbour = bureau.person("other", "approver", bureau.nodes["line", "L-500104"])
    text = neighbour.get(BOARD).content.decode()
    assert "示例第" not in text
    for node in ("L-500103", "city", "NO-SUCH"):
        assert neighbour.get(f"{BOARD}&node={node}").status_code == 404
    assert signed_in("li").get(f"{BOARD}&node=L-500103-EDU").status_code == 200


def test_a_reporter_has_no_body_and_no_names(bureau: Bureau) -> None:
    text = signed_in("clerk0").get(BOARD).content.decode()
    assert "这一期没有开放，或者没有归您的单位收取" in text
    assert "示例第" not in text


def test_the_administrator_gives_one_school_more_time_and_it_is_late_no_more(bureau: Bureau) -> None:
    said = {
        "period": MONTH,
        "node": "L-500103",
        "due_on": "2026-11-25",
        "reason": "停电",
        "institution": "S3",
    }
    client = signed_in("qian")
    assert client.post("/board/extend/", said).status_code == 302
    assert row_of(client)[6] == "1"
    dues = dict(Obligation.objects.values_list("subject", "due"))
    assert [dues[number].day for number in bureau.schools] == [20, 20, 20, 25]
    entry = ActionLog.objects.get(verb="obligations.set_deadline")
    assert (entry.actor, entry.reason, entry.data["due_on"]) == ("qian", "停电", "2026-11-25")


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"due_on": "2026-11-20"}, 422, "新的截止日须晚于现在的"),
        ({"due_on": "soon"}, 422, "请写明新的截止日"),
        ({"due_on": "2027-11-02"}, 422, "366"),  # 31 October 2026 and 367 days
        ({"due_on": "9999-12-31"}, 422, "366"),
        ({"reason": " "}, 422, "请写明延期的原因"),
        ({"institution": "NO-SUCH"}, 422, "没有归您的机构用这个代码"),
        ({"institution": "X"}, 422, "没有归您的机构用这个代码"),  # a neighbour's: looks the same
        ({"institution": "\0"}, 422, "没有归您的机构用这个代码"),  # and not the whole body's
        ({"node": "L-500104"}, 404, ""),
        ({"period": "2026-13"}, 404, ""),
        ({"kind": "all"}, 404, ""),
    ],
)
def test_no_other_time_is_given(bureau: Bureau, changed: dict[str, str], status: int, words: str) -> None:
    from jieyue.apps.registry.services.create import create

    create({"code": "X", "name": "邻居"}, places={"area": "500104", "type": "021", "line": "L-500104"},
           valid_from=BEGIN, actor="tester")  # fmt: skip
    said = {"period": MONTH, "node": "L-500103", "due_on": "2026-11-25", "reason": "停电"} | changed
    answer = signed_in("qian").post("/board/extend/", said)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert set(Obligation.objects.values_list("due", flat=True)) == {date(2026, 11, 20)}
    assert signed_in("wang").post("/board/extend/", said).status_code == 403


def test_who_has_an_address_gets_one_letter_a_day(bureau: Bureau, settings) -> None:
    from jieyue.apps.identity.models import User

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.filter(username="clerk3").update(email="three@school.example")
    said = {"period": MONTH, "node": "L-500103", "kind": "missing"}
    client = signed_in("wang")
    page = client.get(client.post("/board/remind/", said)["Location"]).content.decode()
    assert "已发出 1 封邮件" in page
    assert "2 家机构没有留邮箱的填报人" in page
    assert "已在填报人的待办里催报 3 份" in page
    (letter,) = mail.outbox
    assert letter.to == ["three@school.example"]
    assert letter.subject == "催报：2026年10月 NY201 公共机构能源资源消费状况"
    assert "- 示例第3小学：未录入，截止 11月20日" in letter.body
    assert not any(f"示例第{number}小学" in letter.body for number in (0, 1, 2))
    again = client.get(client.post("/board/remind/", said)["Location"]).content.decode()
    assert "3 家今天已经催过" in again
    assert len(mail.outbox) == 1
    assert ActionLog.objects.filter(verb="obligations.remind").count() == 1


def test_who_is_reminded_is_read_anew_whatever_is_kept(bureau: Bureau, settings, monkeypatch) -> None:
    """The board may be a moment old; nobody gets a letter about what he has handed in."""
    from jieyue.apps.identity.models import User

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.filter(username="clerk3").update(email="three@school.example")
    client = signed_in("wang")
    monkeypatch.setattr("jieyue.apps.obligations.progress.newest_mark", lambda: (1, 1))
    before = row_of(client)
    bureau.submit(3)
    assert row_of(client) == before  # kept
    client.post("/board/remind/", {"period": MONTH, "node": "L-500103", "kind": "missing"})
    assert mail.outbox == []


def test_without_a_mail_server_who_files_is_told_among_his_tasks(bureau: Bureau, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    client, clerk = signed_in("wang"), signed_in("clerk3")
    assert "在系统里催报</button>" in client.get(BOARD).content.decode()
    assert "催报" not in clerk.get("/returns/").content.decode()
    said = {"period": MONTH, "node": "L-500103", "kind": "missing"}
    page = client.get(client.post("/board/remind/", said)["Location"]).content.decode()
    assert "已在填报人的待办里催报 3 份" in page
    assert "封邮件" not in page
    assert mail.outbox == []
    now = timezone.localdate()
    today = now.isoformat()
    assert f"渝中区节能管理部门于 {today} 催报" in clerk.get("/returns/").content.decode()
    assert f"渝中区节能管理部门于 {today} 催报" in clerk.get("/").content.decode()
    assert page.count(f'<td class="nowrap">{today}</td></tr>') == 3
    (entry,) = ActionLog.objects.filter(verb="obligations.remind")
    assert (entry.data["returns"], entry.data["letters"], entry.data["without"]) == (3, 0, 0)
    bureau.submit(3)
    assert "催报" not in clerk.get("/returns/").content.decode()


def test_a_body_that_has_ended_since_is_still_named_as_who_reminded(bureau: Bureau) -> None:
    """It reminded yesterday and is no more today."""
    from jieyue.apps.trees.services.close_node import close_node
    from jieyue.apps.trees.services.create_node import create_node

    said = {"name_zh": "旧城管理处", "parent": "city", "valid_from": BEGIN, "actor": "t"}
    old = create_node("line", "L-OLD", **said)
    then = datetime(2026, 10, 31, 4, 0, tzinfo=UTC)
    Obligation.objects.filter(subject=bureau.schools[3]).update(reminded_at=then, reminded_by=old)
    close_node(old, date(2026, 11, 1), actor="t")
    page = signed_in("clerk3").get("/returns/").content.decode()
    assert "旧城管理处于 2026-10-31 催报" in page


def test_a_mail_server_that_refuses_marks_nobody(bureau: Bureau, settings, monkeypatch) -> None:
    from smtplib import SMTPRecipientsRefused

    from django.core.mail.backends.locmem import EmailBackend

    from jieyue.apps.identity.models import User

    def refuse(_self: object, _letters: object) -> int:
        raise SMTPRecipientsRefused({})

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    User.objects.filter(username="clerk3").update(email="three@school.example")
    said = {"period": MONTH, "node": "L-500103", "kind": "missing"}
    assert signed_in("wang").post("/board/remind/", said).status_code == 422
    assert not Obligation.objects.exclude(reminded_at=None).exists()
    assert not ActionLog.objects.filter(verb="obligations.remind").exists()


def test_the_board_is_taken_along_as_a_file(bureau: Bureau) -> None:
    answer = signed_in("li").get(f"{BOARD}&export=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("收报单位,应报,未录入,录入中,已上报,已退回,已审核,逾期,迟报")
    assert lines[1].startswith("渝中区节能管理部门,4,1,1,1,1,0,2,0,0.25,0.0")
