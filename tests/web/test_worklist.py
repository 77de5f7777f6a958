"""To review: the list and its classes, one return side by side, every act, many at once, and what has moved on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.registry.services.create import create
from jieyue.apps.returns.models import Return, ReturnComment
from jieyue.apps.review.models import ReviewFinding
from jieyue.config.home import Home
from tests.clients import signed_in
from tests.shared_home import turned_to
from tests.web.collecting_desk import BEGIN, MONTH, Bureau

Nodes = dict[tuple[str, str], int]
LIST = f"/worklist/?period={MONTH}"


@pytest.fixture
def day(home: Home, city_trees: Nodes) -> Iterator[Path]:
    """The home stands on 22 November 2026."""
    from datetime import date

    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        yield home.path


@pytest.fixture
def bureau(day: Path, city_trees: Nodes) -> Bureau:
    """Four schools, all submitted: nothing found, a warning open, one explained, one accepted."""
    made = Bureau(city_trees, 4)
    made.open()
    for number in range(4):
        made.submit(number, 100 + number)
    made.finding(1)
    made.finding(2, "explained")
    made.finding(3, "accepted")
    return made


def names(text: str) -> list[str]:
    """The institutions of the list in its order."""
    return re.findall(r'<th scope="row"><a href="/worklist/\d+/">([^<]+)</a>', text)


def post(name: str, address: str, **values: object) -> object:
    return signed_in(name).post(address, values)


def approved(bureau: Bureau, kwh: int) -> None:
    """The first school's return of a year ago, published."""
    number = bureau.submit(0, kwh, month="2025-10")
    seen = Return.objects.get(pk=number).snapshots.latest("pk").digest
    assert post("zhao", f"/worklist/{number}/act/", verb="approve", seen=seen).status_code == 302
    bureau.publish()


def states() -> list[str]:
    return list(Return.objects.filter(period=MONTH).order_by("subject").values_list("state", flat=True))


def test_the_list_has_what_is_submitted_with_classes_and_numbers(bureau: Bureau) -> None:
    approved(bureau, 80)  # a year ago: 80 kWh, now 100
    text = signed_in("li").get(LIST).content.decode()
    assert names(text) == [f"示例第{number}小学" for number in range(4)]
    for kind, found in (("errors", []), ("unexplained", [1]), ("explained", [2]), ("clean", [0, 3])):
        shown = names(signed_in("li").get(f"{LIST}&kind={kind}").content.decode())
        assert shown == [f"示例第{number}小学" for number in found], kind
    first = text[text.index("示例第0小学") :]
    row = re.sub(r"<[^>]+>", " ", first[: first.index("</tr>")]).split()
    assert {"Clerk0", "100", "+25.0%"} <= set(row)


def test_the_list_is_sorted_by_findings_and_asks_twelve_questions_at_most(bureau: Bureau) -> None:
    bureau.finding(2, item="120", severity="error")
    client = signed_in("li")
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        text = client.get(f"{LIST}&sort=-findings").content.decode()
    assert names(text)[:2] == ["示例第2小学", "示例第1小学"]
    assert len(asked) <= 12


def test_what_the_board_does_not_count_is_told_where_the_list_counts_it(bureau: Bureau) -> None:
    """What came in and is owed by nobody waits for review too: four submitted on the board, five to review."""
    li = signed_in("li")
    assert "报送进度不计" not in li.get(LIST).content.decode()
    outside = create(
        {"code": "S-OUT", "name": "示例中央驻地单位", "in_count": False},
        places={"area": "500103", "type": "021", "line": bureau.line},
        valid_from=BEGIN,
        actor="tester",
    )
    bureau.schools.append(outside)
    bureau.person("clerk4", "reporter", outside)
    bureau.submit(4, 500)
    board = li.get(f"/board/?period={MONTH}").content.decode()
    assert re.search(r'href="/bulletin/[^"]*">月度通报<', board), "the link is named by what it opens"
    assert "应报 4 份：已报 4 份，录入中 0 份" in re.sub(r"\s+", " ", board)
    text = li.get(LIST).content.decode()
    assert "5 份报表等您审核" in text
    assert "其中 1 份没有报送义务（机构不在统计范围内，或由别的机构代报），报送进度不计。" in text
    li.post("/language/", {"language": "en"})
    assert "1 of them is owed by nobody" in li.get(LIST).content.decode()


def test_a_body_above_sees_what_waits_below_and_a_neighbour_nothing(bureau: Bureau) -> None:
    city = bureau.person("city", "publisher", bureau.nodes["line", "city"])
    other = bureau.person("other", "approver", bureau.nodes["line", "L-500104"])
    below = bureau.person("below", "approver", bureau.nodes["line", "L-500103-EDU"])
    assert len(names(city.get(LIST).content.decode())) == 4  # none is his own body's, so all are shown
    assert names(city.get(f"{LIST}&reach=own").content.decode()) == []
    for client in (other, below):
        assert names(client.get(LIST).content.decode()) == []
        number = Return.objects.first().pk
        assert client.get(f"/worklist/{number}/").status_code == 404
        assert client.post(f"/worklist/{number}/act/", {"verb": "approve", "seen": "x"}).status_code == 404
    assert set(states()) == {"submitted"}


def test_one_return_shows_now_before_and_last_year_beside_each_other(bureau: Bureau) -> None:
    approved(bureau, 80)
    number = bureau.row(0).pk
    post("wang", f"/worklist/{number}/act/", verb="return", seen=bureau.seen(0), code="value",
         **{"comment-110": "是度还是千度"})  # fmt: skip
    bureau.submit(0, 120)
    text = signed_in("li").get(f"/worklist/{number}/").content.decode()
    row = text[text.index('id="c-110"') :]
    row = re.sub(r"<[^>]+>", " ", row[: row.index("</tr>")]).split()
    # Electricity: now 120, submitted before 100, a year ago 80, +50 % on it.
    assert [word for word in row if word in ("120", "100", "80", "+50.0%")] == ["120", "100", "80", "+50.0%"]
    assert "<mark>120</mark>" in text
    assert "是度还是千度" in text


def compared(who: str, number: int, query: str = "") -> tuple[list[str], list[str]]:
    """The electricity of the return as the page has it, and the names of the cells that it says were changed."""
    text = signed_in(who).get(f"/worklist/{number}/{query}").content.decode()
    row = text[text.index('id="c-110"') :]
    words = re.sub(r"<[^>]+>", " ", row[: row.index("</tr>")]).split()
    said = re.search(r"的相比，改了：([^<]*)<", text)
    return words, said[1].strip().split("、") if said else []


def test_any_frozen_state_is_held_beside_now_by_one_press(bureau: Bureau) -> None:
    """100 was submitted, then 120, then 130 is approved; each earlier state stands beside it when it is chosen."""
    number = bureau.row(0).pk
    address = f"/worklist/{number}/act/"
    first = bureau.seen(0)
    post("wang", address, verb="return", seen=first, code="value")
    bureau.submit(0, 120)
    post("wang", address, verb="return", seen=bureau.seen(0), code="value")
    bureau.submit(0, 130)
    words, changed = compared("li", number)
    assert ("130" in words, "120" in words, changed) == (True, True, ["电消费量"])
    text = signed_in("li").get(f"/worklist/{number}/").content.decode()
    assert f'href="?with={first[:12]}"' in text
    words, changed = compared("li", number, f"?with={first[:12]}")
    assert ("130" in words, "100" in words, "120" in words) == (True, True, False)
    assert changed == ["电消费量"]
    same = signed_in("li").get(f"/worklist/{number}/?with={bureau.seen(0)}").content.decode()
    assert "各格与 2026-11-15 12:00 上报的相同。" in same
    for digest in (first[:11], "0" * 12, "%00"):
        assert signed_in("li").get(f"/worklist/{number}/?with={digest}").status_code == 404


def test_who_reopened_sees_what_has_been_changed_since_and_the_log_names_it(bureau: Bureau) -> None:
    number = bureau.row(0).pk
    address = f"/worklist/{number}/act/"
    post("li", address, verb="approve", seen=bureau.seen(0))
    bureau.publish()
    post("zhao", address, verb="reopen", reason="抄错")
    assert compared("li", number)[1] == []
    bureau.submit(0, 125)
    words, changed = compared("li", number)
    assert ("125" in words, "100" in words, changed) == (True, True, ["电消费量"])
    assert post("li", address, verb="approve", seen=bureau.seen(0)).status_code == 302
    first, second = ActionLog.objects.filter(verb="returns.approve").order_by("pk")
    assert ("cells" in first.data, second.data["cells"]) == (False, ["110"])


def test_a_reopened_return_that_came_by_import_is_held_beside_what_is_published(bureau: Bureau) -> None:
    """A file brought 100; reopened, 120 is submitted, sent back, and 130 submitted: 100 is what it would replace."""
    from jieyue.apps.returns.batch import ReturnsBatch
    from jieyue.apps.returns.cells import one_row
    from jieyue.apps.returns.services.publish_returns import publish_returns

    month = "2026-09"
    batch = ReturnsBatch("NY201", [bureau.schools[0]], [month], one_row({"110": (1_000_000, 3)}))
    publish_returns([batch], actor="tester")
    number = bureau.row(0, month).pk
    address = f"/worklist/{number}/act/"
    assert post("zhao", address, verb="reopen", reason="抄错").status_code == 302
    page = signed_in("li").get(f"/worklist/{number}/").content.decode()
    assert re.search(r"各格与 [-0-9]{10} [:0-9]{5} 公布的相同。", page)
    bureau.submit(0, 120, month=month)
    first = Return.objects.get(pk=number).snapshots.latest("pk").digest
    words, changed = compared("li", number)
    assert ("120" in words, "100" in words, changed) == (True, True, ["电消费量"])
    assert post("wang", address, verb="return", seen=first, code="value").status_code == 302
    bureau.submit(0, 130, month=month)
    words, changed = compared("li", number)
    assert ("130" in words, "100" in words, "120" in words) == (True, True, False)
    assert changed == ["电消费量"]
    words, _changed = compared("li", number, f"?with={first[:12]}")
    assert ("130" in words, "100" in words, "120" in words) == (True, False, True)


def test_a_return_reopened_and_sent_back_again_is_held_beside_what_is_approved(bureau: Bureau) -> None:
    """100 is approved and published, then reopened; 120 is sent back, 130 stands there."""
    number = bureau.row(0).pk
    address = f"/worklist/{number}/act/"
    post("li", address, verb="approve", seen=bureau.seen(0))
    bureau.publish()
    post("zhao", address, verb="reopen", reason="抄错")
    bureau.submit(0, 120)
    post("wang", address, verb="return", seen=bureau.seen(0), code="value")
    bureau.submit(0, 130)
    words, changed = compared("li", number)
    assert ("130" in words, "100" in words, "120" in words, changed) == (True, True, False, ["电消费量"])
    assert "核准的相比，改了" in signed_in("li").get(f"/worklist/{number}/").content.decode()


def test_a_reviewer_sends_a_cell_back_with_a_reason(bureau: Bureau) -> None:
    number = bureau.row(1).pk
    answer = post("wang", f"/worklist/{number}/act/", verb="return", seen=bureau.seen(1), code="unit",
                  reason="请核对", **{"comment-110": "是千瓦时吗"})  # fmt: skip
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert bureau.row(1).state == "returned"
    said = {(one.item, one.code, one.text, one.actor) for one in ReturnComment.objects.all()}
    assert said == {("", "unit", "请核对", "wang"), ("110", "unit", "是千瓦时吗", "wang")}


def test_no_reason_stands_there_before_one_is_chosen(bureau: Bureau) -> None:
    """A press by mistake sends nothing back in the name of a reason that nobody chose; what was written stays."""
    number = bureau.row(1).pk
    page = signed_in("wang").get(f"/worklist/{number}/").content.decode()
    choices = page[page.index('id="code"') : page.index("</select>", page.index('id="code"'))]
    assert choices.index('<option value="">请选择') < choices.index('<option value="value">')
    assert "selected" not in choices
    answer = post("wang", f"/worklist/{number}/act/", verb="return", seen=bureau.seen(1), code="", reason="请核对",
                  **{"comment-110": "是千瓦时吗"})  # fmt: skip
    assert answer.status_code == 422
    assert 'value="是千瓦时吗"' in answer.content.decode()
    assert "请选退回原因" in answer.content.decode()
    assert "请核对</textarea>" in answer.content.decode()
    assert bureau.row(1).state == "submitted"


def test_a_wrong_reason_is_said_on_the_page_and_changes_nothing(bureau: Bureau) -> None:
    number = bureau.row(1).pk
    answer = post("wang", f"/worklist/{number}/act/", verb="return", seen=bureau.seen(1), code="no-such")
    assert answer.status_code == 422
    assert "没有退回原因" in answer.content.decode()
    assert bureau.row(1).state == "submitted"


def test_an_approver_approves_and_reopens_with_a_reason(bureau: Bureau) -> None:
    number = bureau.row(0).pk
    address = f"/worklist/{number}/act/"
    assert post("li", address, verb="approve", seen=bureau.seen(0)).status_code == 302
    assert bureau.row(0).state == "approved"
    # What is being published is not reopened yet; then it is, but never without a reason.
    assert post("li", address, verb="reopen", reason="抄错").status_code == 409
    bureau.publish()
    assert post("li", address, verb="reopen", reason=" ").status_code == 422
    assert post("zhao", address, verb="reopen", reason="抄错").status_code == 302
    assert bureau.row(0).state == "returned"


def test_pressed_twice_it_is_done_once(bureau: Bureau) -> None:
    number, seen = bureau.row(0).pk, bureau.seen(0)
    address = f"/worklist/{number}/act/"
    assert post("li", address, verb="approve", seen=seen).status_code == 302
    again = post("li", address, verb="approve", seen=seen)
    assert again.status_code == 409
    assert "报表现在是“已审核”" in again.content.decode()
    assert ActionLog.objects.filter(verb="returns.approve").count() == 1


@pytest.mark.parametrize("verb", ["approve", "return"])
def test_what_was_submitted_anew_meanwhile_is_refused_and_said(bureau: Bureau, verb: str) -> None:
    number, seen = bureau.row(0).pk, bureau.seen(0)
    post("wang", f"/worklist/{number}/act/", verb="return", seen=seen, code="value")
    bureau.submit(0, 500)
    answer = post("li", f"/worklist/{number}/act/", verb=verb, seen=seen, code="value")
    assert answer.status_code == 409
    assert "您看到的内容后来又变了；请刷新页面后再办理" in answer.content.decode()
    assert bureau.row(0).state == "submitted"


def test_a_return_without_a_snapshot_is_approved_as_such_and_only_so(bureau: Bureau) -> None:
    """What a file brought as submitted has no snapshot yet: `none` is what was seen of it."""
    from jieyue.apps.returns.batch import ReturnsBatch
    from jieyue.apps.returns.cells import one_row
    from jieyue.apps.returns.services.save_drafts import save_drafts

    batch = ReturnsBatch("NY201", [bureau.schools[0]], ["2026-09"], one_row({"110": (10_000, 3)}))
    save_drafts(batch, actor="tester", states=["submitted"])
    number = Return.objects.get(period="2026-09").pk
    address = f"/worklist/{number}/act/"
    assert post("li", address, verb="approve", seen="f" * 64).status_code == 409
    assert 'name="seen" value="none"' in signed_in("li").get(f"/worklist/{number}/").content.decode()
    assert post("li", address, verb="approve", seen="none").status_code == 302
    # And one that has a snapshot is not approved as if it had none.
    other = f"/worklist/{bureau.row(0).pk}/act/"
    assert (post("li", other, verb="approve", seen="none").status_code, bureau.row(0).state) == (
        409,
        "submitted",
    )


def test_who_judges_elsewhere_and_only_looks_here_finds_nothing_to_judge(bureau: Bureau) -> None:
    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.grant import grant

    other = bureau.person("other", "approver", bureau.nodes["line", "L-500104"])
    user = User.objects.get(username="other")
    grant(user, "viewer", node=bureau.node, valid_from=BEGIN, actor="tester")
    number = bureau.row(0).pk
    assert names(other.get(LIST).content.decode()) == []
    assert other.get(f"/worklist/{number}/").status_code == 404
    said = {"verb": "approve", "seen": bureau.seen(0)}
    assert other.post(f"/worklist/{number}/act/", said).status_code == 404
    done = other.post("/worklist/approve/", {"period": MONTH, "row": f"{number}:{bureau.seen(0)}"})
    assert (done.status_code, bureau.row(0).state) == (302, "submitted")


def test_nobody_approves_his_own_number_nor_a_reviewer_at_all(bureau: Bureau) -> None:
    """The reviewer enters for an institution and is then made an approver too."""
    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.grant import grant

    number = bureau.row(0).pk
    assert post("wang", f"/worklist/{number}/act/", verb="approve", seen=bureau.seen(0)).status_code == 403
    post("li", f"/worklist/{number}/act/", verb="return", seen=bureau.seen(0), code="value")
    bureau.submit(0, 700, by="wang")
    grant(User.objects.get(username="wang"), "approver", node=bureau.node, valid_from=BEGIN, actor="t")
    page = signed_in("wang").get(f"/worklist/{number}/").content.decode()
    assert "这份报表有您填的数" in page
    assert 'value="approve"' not in page
    assert post("wang", f"/worklist/{number}/act/", verb="approve", seen=bureau.seen(0)).status_code == 403
    done = post("wang", "/worklist/approve/", period=MONTH, row=f"{number}:{bureau.seen(0)}")
    assert done.status_code == 302
    assert bureau.row(0).state == "submitted"
    assert post("li", f"/worklist/{number}/act/", verb="approve", seen=bureau.seen(0)).status_code == 302


def test_an_explanation_is_accepted_row_by_row(bureau: Bureau) -> None:
    finding = ReviewFinding.objects.get(state="explained")
    number = bureau.row(2).pk
    answer = post("li", f"/worklist/{number}/judge/", finding=finding.pk, decision="accept")
    assert (answer.status_code, answer["Location"]) == (302, f"/worklist/{number}/#f-{finding.pk}")
    finding.refresh_from_db()
    assert (finding.state, finding.decided_by) == ("accepted", "li")
    again = post("li", f"/worklist/{number}/judge/", finding=finding.pk, decision="back")
    assert again.status_code == 409
    assert "这个问题的状态已经变了；请刷新页面后再办理" in again.content.decode()


def test_many_are_approved_at_once_and_each_other_one_is_told_why(bureau: Bureau) -> None:
    rows = [f"{bureau.row(number).pk}:{bureau.seen(number)}" for number in range(4)]
    client = signed_in("li")
    answer = client.post("/worklist/approve/", {"period": MONTH, "row": rows})
    assert answer.status_code == 302
    text = client.get(answer["Location"]).content.decode()
    assert states() == ["approved", "submitted", "submitted", "approved"]
    assert "已核准 2 份" in text
    assert "留下 2 份" in text
    assert text.count("有问题没有了结") == 2
    assert "有问题没有了结" not in client.get(LIST).content.decode()  # told once
    assert ActionLog.objects.filter(verb="returns.approve").count() == 2


def test_all_with_nothing_found_are_approved_but_not_what_came_in_since(bureau: Bureau) -> None:
    client = signed_in("li")
    text = client.get(LIST).content.decode()
    assert "通过没有问题的 2 份" in text
    (mark,) = re.findall(r'name="mark" value="(\d+)"', text)
    number = bureau.row(3).pk
    post("wang", f"/worklist/{number}/act/", verb="return", seen=bureau.seen(3), code="value")
    bureau.submit(3, 900)  # after the list was shown
    client.post("/worklist/approve/", {"period": MONTH, "all": "1", "mark": mark})
    assert states() == ["approved", "submitted", "submitted", "submitted"]


def test_a_mark_that_is_no_number_of_ours_is_not_found(bureau: Bureau) -> None:
    """Python itself refuses to read a number of more than 4,300 digits."""
    said = {"period": MONTH, "all": "1"}
    for mark in ("9" * 5000, "9" * 20, "-1", "x", ""):
        assert post("zhao", "/worklist/approve/", **said, mark=mark).status_code == 404, mark[:30]
    assert set(states()) == {"submitted"}


def test_nothing_ticked_and_nonsense_are_refused(bureau: Bureau) -> None:
    assert post("li", "/worklist/approve/", period=MONTH).status_code == 422
    for row in ("x:y", "1", ":", "1:"):
        assert post("li", "/worklist/approve/", period=MONTH, row=row).status_code == 404
    assert post("wang", "/worklist/approve/", period=MONTH, row="1:x").status_code == 403
    number = bureau.row(0).pk
    assert post("li", f"/worklist/{number}/act/", verb="approve").status_code == 404  # names nothing seen
    assert post("li", f"/worklist/{number}/act/", verb="burn", seen="x").status_code == 404
    assert set(states()) == {"submitted"}


def test_a_checking_body_passes_and_the_one_above_approves(day: Path, city_trees: Nodes) -> None:
    from jieyue.apps.returns.services.set_checking import set_checking

    made = Bureau(city_trees, 1, line="L-500103-EDU")
    set_checking(made.node, True, day=BEGIN, actor="t")
    made.person("above", "approver", city_trees["line", "L-500103"])
    made.open()
    number = made.submit(0)
    address = f"/worklist/{number}/act/"
    assert post("li", address, verb="approve", seen=made.seen(0)).status_code == 409  # not the last step
    assert post("wang", address, verb="pass", seen=made.seen(0)).status_code == 302
    assert post("li", address, verb="approve", seen=made.seen(0)).status_code == 403  # now it is the bureau's
    assert post("above", address, verb="approve", seen=made.seen(0)).status_code == 302
    assert made.row(0).state == "approved"


def test_one_is_opened_by_its_code_or_whole_name(bureau: Bureau) -> None:
    number = bureau.row(2).pk
    for text in ("S2", "示例第2小学"):
        answer = signed_in("li").get(LIST, {"period": MONTH, "find": text})
        assert (answer.status_code, answer["Location"]) == (302, f"/worklist/{number}/")
    answer = signed_in("li").get(LIST, {"period": MONTH, "find": "NO-SUCH"})
    assert "没有“NO-SUCH”的报表" in answer.content.decode()


def test_who_was_lent_the_list_comments_and_does_not_send_back(bureau: Bureau) -> None:
    from datetime import date

    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.lend import lend

    bureau.person("guest", "reviewer", bureau.nodes["line", "L-500104"])
    lender, guest = (User.objects.get(username=name) for name in ("qian", "guest"))
    days = {"first": date(2026, 11, 22), "end": date(2026, 11, 25)}
    lend(lender, guest, node=bureau.node, form="NY201", period=MONTH, **days)
    number, seen = Return.objects.get(subject=bureau.schools[0]).pk, bureau.seen(0)
    page = signed_in("guest").get(f"/worklist/{number}/").content.decode()
    assert [word in page for word in ('value="comment"', 'name="comment-110"', 'value="return"')] == [
        True, True, False,
    ]  # fmt: skip
    address, said = f"/worklist/{number}/act/", {"comment-110": "表计倍率不对", "reason": "请核实"}
    assert post("guest", address, verb="return", seen=seen, code="unit", **said).status_code == 403
    assert post("guest", address, verb="comment", seen=seen).status_code == 422, "nothing was said"
    assert post("guest", address, verb="comment", seen="0" * 64, **said).status_code == 409
    assert post("clerk0", address, verb="comment", seen=seen, **said).status_code == 403
    assert not ReturnComment.objects.exists()
    assert post("guest", address, verb="comment", seen=seen, **said).status_code == 302
    page = signed_in("wang").get(f"/worklist/{number}/").content.decode()
    assert re.search(r"Guest 的意见 — 请核实", page)
    assert "表计倍率不对" in page
    assert states()[0] == "submitted"
    assert (
        post("wang", address, verb="return", seen=seen, code="unit", **{"comment-110": "请改正"}).status_code
        == 302
    )
    entry = signed_in("clerk0").get(f"/returns/S0/NY201/{MONTH}/").content.decode()
    assert "请改正" in entry
    assert "表计倍率不对" not in entry, "the institution reads what it was sent back with"
