"""Joint reviews by their pages: called, spoken of return by return, closed with minutes; who may and who not."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest

from jieyue.apps.audit.models import ActionLog, LogSalt
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.jointreview.models import JointItem, JointReview
from jieyue.apps.jointreview.queries import minutes as minutes_of
from jieyue.apps.publication.rules import keep_catalog
from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services.edit_return import start
from jieyue.apps.review.models import ReviewFinding
from jieyue.config.home import Home
from tests.clients import signed_in
from tests.shared_home import turned_to
from tests.web.collecting_desk import BEGIN, MONTH, Bureau

Nodes = dict[tuple[str, str], int]
CALL = {
    "form": "NY201", "period": MONTH, "body": "L-500103", "name": "十月会审", "day": "2026-11-22",
    "place": "三楼会议室", "attending": "王审核\r\n李核准 ", "kind": ["errors", "unexplained", "explained"],
}  # fmt: skip


@pytest.fixture
def bureau(home: Home, city_trees: Nodes) -> Iterator[Bureau]:
    """Six schools on 22 November 2026: S0 has two warnings, S1 an explained one, S2 an error, S3 nothing, S4 an error
    and was begun and never submitted, S5 an accepted explanation."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        ensure_tables()
        keep_catalog()
        made = Bureau(city_trees, 6)
        made.open()
        for number in (0, 1, 2, 3, 5):
            made.submit(number, 100 + number)
        start(User.objects.get(username="clerk4"), made.key(4))
        made.finding(0)
        made.finding(0, item="120")
        made.finding(1, "explained")
        made.finding(2, severity="error")
        made.finding(4, severity="error")
        made.finding(5, "accepted")
        yield made


def post(person: str, address: str, /, **values: object) -> object:
    return signed_in(person).post(address, values)


def called(**more: object) -> JointReview:
    answer = post("wang", "/joint/call/", **(CALL | more))
    assert answer.status_code == 302, answer.content.decode()
    made = JointReview.objects.latest("pk")
    assert answer["Location"] == f"/joint/{made.pk}/"
    return made


def item(review: JointReview, number: int) -> JointItem:
    return review.items.get(code=f"S{number}")


def say(
    row: JointItem, conclusion: str, note: str = "", *, by: str = "li", seen: int | None = None
) -> object:
    values = {"conclusion": conclusion, "note": note, "seen": row.revision if seen is None else seen}
    return post(by, f"/joint/{row.review_id}/{row.pk}/say/", **values)


def text_of(name: str, address: str) -> str:
    answer = signed_in(name).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_from_the_call_to_the_minutes(bureau: Bureau) -> None:
    form = text_of("wang", f"/joint/call/?period={MONTH}")
    assert "已报报表中有 3 份还有问题" in form, "S4 was never submitted, nothing stands against S3 and S5"
    review = called()
    address = f"/joint/{review.pk}/"
    listed = list(review.items.order_by("place").values_list("code", "errors", "unexplained", "explained"))
    assert listed == [("S2", 1, 0, 0), ("S0", 0, 2, 0), ("S1", 0, 0, 1)], "the worst first"
    first = item(review, 2)
    page = text_of("li", f"{address}{first.pk}/")
    assert "示例第2小学" in page
    assert f'href="/worklist/{first.parent}/"' in page
    following = say(first, "back", "电量与电费单不符")
    assert following["Location"] == f"{address}{item(review, 0).pk}/", "on to the next"
    assert (
        say(item(review, 0), "check", "核实二号楼表计", by="wang")["Location"]
        == f"{address}{item(review, 1).pk}/"
    )
    page = text_of("wang", address)
    assert [word in page for word in ("电量与电费单不符", "核实二号楼表计", "Li", "Wang", "未审议")] == [
        True
    ] * 5
    assert post("li", f"{address}close/", remark="下月十五日前反馈")["Location"] == f"{address}minutes/"
    minutes = text_of("wang", f"{address}minutes/")
    for word in (
        "会审纪要",
        "三楼会议室",
        "王审核、李核准",
        "清单共 3 份，通过 0，退回 1，待核实 1，未审议 1",
        "下月十五日前反馈",
    ):
        assert word in minutes, word
    review.refresh_from_db()
    assert review.digest in minutes
    logged = ActionLog.objects.filter(verb__startswith="jointreview.").order_by("pk")
    assert list(logged.values_list("verb", "actor")) == [
        ("jointreview.convene", "wang"), ("jointreview.conclude", "li"), ("jointreview.conclude", "wang"),
        ("jointreview.close", "li"),
    ]  # fmt: skip
    last = logged.last()
    # The log's digest, as an auditor works it out from the minutes and the entry: the names as the entry has them.
    named = json.dumps(
        minutes_of(review) | {"attending": last.data["attending"]},
        sort_keys=True, separators=(",", ":"), ensure_ascii=False,
    )  # fmt: skip
    assert last.after == hashlib.sha256(named.encode()).hexdigest() != review.digest
    assert last.data["attending"].startswith("salted:")
    states = set(Return.objects.filter(period=MONTH).values_list("state", flat=True))
    assert states == {"submitted", "draft"}, "no conclusion changes a return"


def test_the_list_stays_as_it_was_called(bureau: Bureau) -> None:
    review = called()
    row = item(review, 0)
    before = text_of("li", f"/joint/{review.pk}/?export=csv")
    ReviewFinding.objects.filter(subject=bureau.schools[0]).update(state="gone")
    bureau.finding(3)
    Return.objects.filter(subject=bureau.schools[0]).update(state="returned")
    after = text_of("li", f"/joint/{review.pk}/?export=csv")
    lines = [list(csv.reader(io.StringIO(text.lstrip("\ufeff")))) for text in (before, after)]
    now = lines[0][0].index("现在状态")
    assert [line[1] for line in lines[1][1:4]] == ["示例第2小学", "示例第0小学", "示例第1小学"]
    assert (lines[0][2][now], lines[1][2][now]) == ("已上报", "已退回"), "what it is now stands beside"
    assert lines[0][2][4] == lines[1][2][4] == "◆2"
    JointItem.objects.filter(pk=row.pk).update(version="0" * 64)
    assert "又有变化" in text_of("li", f"/joint/{review.pk}/{row.pk}/")


def test_kinds_and_bodies_choose_what_is_listed(bureau: Bureau) -> None:
    assert [one.code for one in called(kind=["errors"]).items.all()] == ["S2"]
    assert [one.code for one in called(kind=["explained"]).items.all()] == ["S1"]
    child = called(only=["L-500103"])
    assert child.bodies == ["L-500103"]
    for wrong in (
        {"kind": []}, {"kind": ["errors", "all"]}, {"only": ["L-500104"]}, {"only": ["L-500103-EDU"]}, {"name": ""},
        {"name": "x" * 101}, {"name": "a\nb"}, {"place": " "}, {"day": "soon"}, {"day": "2026-13-01"},
        {"attending": "x" * 2001},
    ):  # fmt: skip
        answer = post("wang", "/joint/call/", **(CALL | {"place": "留着的地点"} | wrong))
        assert answer.status_code == 422, wrong
        if "place" not in wrong:
            assert "留着的地点" in answer.content.decode(), "what was typed stays"
    assert post("wang", "/joint/call/", **(CALL | {"period": "2026-09"})).status_code == 422, (
        "nothing to speak of"
    )
    assert post("wang", "/joint/call/", **(CALL | {"body": "NO"})).status_code == 404
    assert JointReview.objects.count() == 3


def test_only_who_reviews_for_the_body_calls_speaks_and_closes(bureau: Bureau) -> None:
    bureau.person("other", "reviewer", bureau.nodes["line", "L-500104"])
    bureau.person("citys", "approver", bureau.nodes["line", "city"])
    review = called()
    row = item(review, 0)
    address = f"/joint/{review.pk}/"
    assert post("clerk0", "/joint/call/", **CALL).status_code == 403
    assert post("qian", "/joint/call/", **CALL).status_code == 403
    assert post("other", "/joint/call/", **CALL).status_code == 404
    assert post("wang", "/joint/call/", **(CALL | {"body": "city"})).status_code == 404
    assert post("citys", "/joint/call/", **(CALL | {"body": "city"})).status_code == 302
    for page in (address, f"{address}minutes/", f"{address}{row.pk}/"):
        assert [signed_in(name).get(page).status_code for name in ("citys", "qian", "other", "clerk0")] == [
            200, 200, 404, 404,
        ], page  # fmt: skip
    assert address not in text_of("other", "/joint/")
    assert f"{address}{row.pk}/say/" not in text_of("qian", f"{address}{row.pk}/")
    for page, values in (
        ("arrange/", {"day": "2026-11-22", "place": "x", "attending": ""}),
        ("close/", {}),
        (f"{row.pk}/say/", {"conclusion": "keep", "seen": 0}),
    ):
        statuses = [
            post(name, f"{address}{page}", **values).status_code for name in ("other", "qian", "clerk0")
        ]
        assert statuses == [404, 403, 403], page
    assert say(row, "keep", by="citys").status_code == 302, "who is above speaks too"


def test_nobody_speaks_of_what_he_entered_nor_over_another_unread(bureau: Bureau) -> None:
    review = called()
    row = item(review, 0)
    Return.objects.filter(pk=row.parent).update(entered_by={"110": {"by": ["li"], "on_behalf": True}})
    assert "结论须由别人写" in text_of("li", f"/joint/{review.pk}/{row.pk}/")
    refused = say(row, "keep", by="li")
    assert refused.status_code == 403
    assert say(row, "keep", by="wang").status_code == 302
    late = say(row, "back", "我的意见", by="zhao", seen=0)
    text = late.content.decode()
    assert late.status_code == 409
    assert "别人已写了结论" in text
    assert "我的意见</textarea>" in text
    assert "Wang" in text, "what was said meanwhile stands beside"
    row.refresh_from_db()
    assert (row.conclusion, row.said_by, row.revision) == ("keep", "wang", 1)
    assert say(row, "back", "改为退回", by="zhao").status_code == 302, "read, and said again"


def test_a_conclusion_needs_its_word_and_its_reason(bureau: Bureau) -> None:
    row = item(called(), 0)
    for conclusion, note in (
        ("", ""),
        ("none", ""),
        ("approve", "x"),
        ("back", " "),
        ("check", ""),
        ("keep", "x" * 2001),
    ):
        assert say(row, conclusion, note).status_code == 422, (conclusion, note[:3])
    assert signed_in("li").post(f"/joint/{row.review_id}/{row.pk}/say/", {"seen": "x"}).status_code == 404
    assert say(JointItem(pk=987654, review_id=row.review_id), "keep").status_code == 404
    row.refresh_from_db()
    assert (row.conclusion, row.revision) == ("none", 0)


def test_a_closed_meeting_changes_no_more(bureau: Bureau) -> None:
    review = called(day="2026-11-30", attending="")
    row, address = item(review, 0), f"/joint/{review.pk}/"
    moved = {"day": "2026-11-21", "place": "二楼", "attending": "王审核"}
    assert "还没有到" in post("wang", f"{address}close/").content.decode()
    assert post("wang", f"{address}arrange/", **(moved | {"attending": ""})).status_code == 302
    assert "参加人员" in post("wang", f"{address}close/").content.decode()
    assert post("wang", f"{address}arrange/", **(moved | {"day": "x"})).status_code == 422
    assert post("wang", f"{address}arrange/", **moved).status_code == 302
    unsaid = post("wang", f"{address}close/", remark="记着")
    assert unsaid.status_code == 422
    assert "记着</textarea>" in unsaid.content.decode()
    assert say(row, "keep").status_code == 302
    assert "草稿" in text_of("wang", f"{address}minutes/")
    assert post("wang", f"{address}close/").status_code == 302
    row.refresh_from_db()
    # The log says of the persons only what nobody can read: by hand, over the review's salt.
    entries = ActionLog.objects.filter(object=f"jointreview:{review.pk}").order_by("id")
    assert "王审核" not in json.dumps([one.data for one in entries], ensure_ascii=False)
    salt = bytes.fromhex(LogSalt.objects.get(object=f"jointreview:{review.pk}").salt)
    said = "salted:" + hashlib.sha256(salt + "王审核".encode()).hexdigest()
    assert [one.data["attending"] for one in entries] == ["", "", said, said]
    before = JointReview.objects.values().get(pk=review.pk), list(review.items.order_by("pk").values())
    assert say(row, "back", "晚了").status_code == 409
    assert post("wang", f"{address}arrange/", **moved).status_code == 409
    assert post("wang", f"{address}close/").status_code == 409
    assert before == (
        JointReview.objects.values().get(pk=review.pk),
        list(review.items.order_by("pk").values()),
    )
    page = text_of("wang", f"{address}{row.pk}/")
    assert "/say/" not in page
    assert "草稿" not in text_of("wang", f"{address}minutes/")


def test_the_minutes_are_taken_along_as_a_workbook_and_as_csv(bureau: Bureau) -> None:
    review = called()
    say(item(review, 0), "check", "=核实 A1")
    answer = signed_in("wang").get(f"/joint/{review.pk}/minutes/?export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    data, about = book.worksheets
    rows = [tuple(row) for row in data.iter_rows(values_only=True)]
    assert rows[0][:3] == ("序号", "机构", "机构代码")
    assert [row[2] for row in rows[1:]] == ["S2", "S0", "S1"]
    assert rows[2][5:7] == ("待核实", "=核实 A1")
    notes = {row[0] for row in about.iter_rows(values_only=True)}
    assert {"地点：三楼会议室", "审议情况：清单共 3 份，通过 0，退回 0，待核实 1，未审议 2"} <= notes
    text = text_of("wang", f"/joint/{review.pk}/minutes/?export=csv")
    assert "'=核实 A1" in text, "no spreadsheet takes a note for a formula"


def test_a_lent_list_takes_part_and_neither_calls_nor_closes(bureau: Bureau) -> None:
    from jieyue.apps.identity.services.lend import lend

    bureau.person("guest", "reviewer", bureau.nodes["line", "L-500104"])
    review = called()
    row, address = item(review, 0), f"/joint/{review.pk}/"
    lender, guest = (User.objects.get(username=name) for name in ("qian", "guest"))
    days = {"first": date(2026, 11, 22), "end": date(2026, 11, 25)}
    lend(lender, guest, node=bureau.node, form="NY201", period="2026-09", **days)
    assert signed_in("guest").get(address).status_code == 404, "another month was lent"
    lend(lender, guest, node=bureau.node, form="NY201", period=MONTH, **days)
    assert "示例第0小学" in text_of("guest", f"{address}{row.pk}/")
    assert signed_in("guest").get(f"/worklist/{row.parent}/").status_code == 200, "the return is a step away"
    assert say(row, "check", "表计", by="guest").status_code == 302
    assert f"{address}close/" not in text_of("guest", address)
    assert post("guest", f"{address}close/").status_code == 403
    assert post("guest", "/joint/call/", **CALL).status_code == 403


def test_a_grant_for_the_form_and_period_reaches_its_meetings_only(bureau: Bureau) -> None:
    """An approver's delegate for October holds meetings of October; of other months he sees none."""
    bureau.person("guest", "reviewer", bureau.nodes["line", "L-500104"])
    review = called()
    row = item(review, 0)
    address = f"/joint/{review.pk}/"
    assert signed_in("guest").get(address).status_code == 404
    limited = Grant.objects.create(
        user=User.objects.get(username="guest"), role="approver", node=bureau.node, valid_from=BEGIN,
        valid_to=date(9999, 12, 31), forms=["NY201"], periods=["2026-09"],
    )  # fmt: skip
    assert signed_in("guest").get(address).status_code == 404
    Grant.objects.filter(pk=limited.pk).update(periods=[MONTH])
    assert signed_in("guest").get(address).status_code == 200
    assert review.name in text_of("guest", "/joint/")
    assert say(row, "keep", by="guest").status_code == 302
    assert post("guest", "/joint/call/", **CALL).status_code == 302
    Grant.objects.filter(pk=limited.pk).update(role="viewer")
    assert signed_in("guest").get(address).status_code == 404, "who does not review sits at no meeting"
