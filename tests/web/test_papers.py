"""Papers as things: drafted by the system, completed by one person, released by another, the same ever after."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from unittest import mock

import openpyxl
import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from docx import Document

from jieyue.apps.audit.chain import document_of
from jieyue.apps.audit.models import ActionLog, LogCheckpoint
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.insights.standard import Step
from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.kinds import KINDS
from jieyue.apps.papers.models import PaperDraft, PaperOrder
from jieyue.apps.papers.plain import digest_of, text_of
from jieyue.apps.papers.services.order import make_order
from jieyue.apps.papers.stored import from_json
from jieyue.apps.publication.queries import last_done
from jieyue.apps.schedule.services.take_tasks import take_task
from tests.apps.accounts import desk
from tests.apps.accounts.conftest import sqlite_home
from tests.apps.papers.test_monthly import A1, G1, P1, SOME, publish, tce
from tests.apps.summaries.conftest import dozen, dozen_home
from tests.apps.summaries.dozen import BEGIN, MONTH, Dozen
from tests.apps.summaries.test_pages import text_of as words_of
from tests.apps.summaries.test_pages import visitor
from tests.clients import quiet_refusals
from tests.watch.watcher import WATCHER

__all__ = ["dozen", "dozen_home", "sqlite_home"]


@pytest.fixture
def spring(dozen: Dozen) -> Dozen:
    quiet_refusals()
    publish(SOME)
    return dozen


def drafted(client: Client, body: str = "city") -> PaperDraft:
    answer = client.post("/papers/draft/", {"period": MONTH, "body": body})
    assert answer.status_code == 302, words_of(answer)
    return PaperDraft.objects.latest("pk")


def test_one_drafts_and_fills_another_releases_and_nothing_changes_any_more(spring: Dozen) -> None:
    first, second = visitor("c-approver"), visitor("c-second")
    row = drafted(first)
    page = first.get(f"/papers/{row.pk}/")
    said = words_of(page).replace(" ", "")
    assert f"能源消费总量{tce(A1 + P1 + G1)}吨标准煤（初步）" in said
    assert "起草" in said
    receipt = desk.figure("city", MONTH, "energy_total_tce").receipt
    assert f"/receipt/{receipt}" in page.content.decode()
    url = f"/papers/{row.pk}/"
    assert second.post(f"{url}release/", {"seen": row.digest, "reason": "急"}).status_code == 422, (
        "a blank is left"
    )
    assert "下月工作安排" in words_of(second.post(f"{url}release/", {"seen": row.digest, "reason": "急"}))
    assert (
        first.post(f"{url}fill/", {"seen": row.digest, "text": "一是催报。\n二是抽查。"}).status_code == 302
    )
    row.refresh_from_db()
    assert "一是催报。\n二是抽查。" in text_of(from_json(row.content))
    assert second.post(f"{url}release/", {"seen": "0" * 64, "reason": "急"}).status_code == 409, (
        "moved meanwhile"
    )
    assert first.post(f"{url}release/", {"seen": row.digest, "reason": "急"}).status_code == 403, "one's own"
    assert second.post(f"{url}release/", {"seen": row.digest}).status_code == 422, "not final, no reason"
    assert second.post(f"{url}release/", {"seen": row.digest, "reason": "按期先发"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.released_by, row.reason) == ("released", "c-second", "按期先发")
    assert first.post(f"{url}fill/", {"seen": row.digest, "text": "x"}).status_code == 409
    log = list(
        ActionLog.objects.filter(verb__startswith="papers.").order_by("pk").values_list("verb", "actor")
    )
    assert log == [
        ("papers.draft", "c-approver"),
        ("papers.fill", "c-approver"),
        ("papers.release", "c-second"),
    ]
    assert "按期先发" in words_of(first.get(url))


def test_a_released_paper_prints_the_checkpoint_of_its_release_and_keeps_it(spring: Dozen) -> None:
    first, second = visitor("c-approver"), visitor("c-second")
    row = drafted(first)
    url = f"/papers/{row.pk}/"

    def line() -> str:
        book = openpyxl.load_workbook(io.BytesIO(first.get(f"{url}?export=xlsx").content))
        return str(list(book["数据出处"].values)[-1][0])

    assert line() == "日志锚点：印发时写入。"
    assert line() in words_of(first.get(url))
    assert first.post(f"{url}fill/", {"seen": row.digest, "text": "催报。"}).status_code == 302
    row.refresh_from_db()
    before = ActionLog.objects.count()
    assert second.post(f"{url}release/", {"seen": row.digest, "reason": "按期先发"}).status_code == 302
    signed = LogCheckpoint.objects.latest("size")
    assert signed.size == before, "all that was written before the release"
    said = line()
    assert said.startswith(
        f"日志锚点：操作日志前 {before} 条，检查点 {document_of(signed).short_code()}，签于 "
    )
    assert said.endswith(f"密钥 {signed.key}。")
    assert ActionLog.objects.get(verb="papers.release").data["anchor"] == said
    seen = row.digest
    row.refresh_from_db()
    assert (row.digest, digest_of(from_json(row.content))) == (seen, seen)
    assert checkpoint() != document_of(signed), "the log goes on, the paper does not"
    assert line() == said
    assert said in words_of(first.get(url))


def test_a_draft_says_what_it_said_and_a_new_one_says_what_is_published_now(spring: Dozen) -> None:
    reader = visitor("c-approver")
    old = drafted(reader)
    assert digest_of(from_json(old.content)) == old.digest
    desk.publish({("G1", MONTH): {"110": str(G1 + 1000)}}, restate="录入有误")
    new = drafted(reader)
    assert (old.number, new.number) == (1, 2)
    assert tce(A1 + P1 + G1) in words_of(reader.get(f"/papers/{old.pk}/"))
    assert tce(A1 + P1 + G1 + 1000) in words_of(reader.get(f"/papers/{new.pk}/"))
    listed = words_of(reader.get("/papers/"))
    assert listed.count("关于2026年3月全市公共机构能源资源消费情况的通报") == 2
    assert "关于2026年3月" not in words_of(reader.get("/papers/?state=released"))


def test_the_files_hold_the_paper(spring: Dozen) -> None:
    reader = visitor("c-approver")
    row = drafted(reader)
    kinds = {kind: reader.get(f"/papers/{row.pk}/?export={kind}").content for kind in ("pdf", "docx", "xlsx")}
    assert kinds["pdf"].startswith(b"%PDF-")
    assert kinds["docx"].startswith(b"PK")
    book = openpyxl.load_workbook(io.BytesIO(kinds["xlsx"]))
    total = next(line for line in book["表2"].values if line[0] == "能源消费总量")
    assert total[2] == float(tce(A1 + P1 + G1))
    assert reader.get(f"/papers/{row.pk}/?export=doc").status_code == 404

    # The annex of figures names what each number is; the workbook has the code beside the name.
    names = [one.cells[2].text for one in Document(io.BytesIO(kinds["docx"])).tables[-1].rows]
    assert names[0] == "指标"
    assert {"应报家数", "已审比", "数据完整率", "能源消费总量", "能源消费总量同比"} <= set(names)
    assert [name for name in names if re.search("[a-z_]", name)] == []
    listed = list(book["数据出处"].values)[: len(names)]
    assert [one[2] for one in listed] == names
    codes = {one[2]: one[listed[0].index("指标代码")] for one in listed[1:]}
    assert codes["能源消费总量同比"] == "yoy(energy_total_tce)"
    pages = pypdfium2.PdfDocument(kinds["pdf"])
    printed = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "能源消费总量同比" in re.sub(r"\s", "", printed)
    assert "yoy(" not in printed


def test_a_district_drafts_its_own_and_sees_no_others(spring: Dozen) -> None:
    city = drafted(visitor("c-approver"))
    district = visitor("d-approver")
    own = drafted(district, "L-500103")
    assert "渝中区" in words_of(district.get(f"/papers/{own.pk}/"))
    assert district.get(f"/papers/{city.pk}/").status_code == 404
    for body, status in (("L-500104", 404), ("city", 404), ("nobody", 404)):
        assert district.post("/papers/draft/", {"period": MONTH, "body": body}).status_code == status, body
    year = district.post("/papers/draft/", {"period": "2025", "body": "L-500103"})
    assert (year.status_code, "月度通报的期间是月份" in words_of(year)) == (422, True)
    plan = {"kind": "plan-brief", "period": "2025", "body": "L-500103"}
    assert "只有全市一份" in words_of(district.post("/papers/draft/", plan))
    for kind, period in (("letter", MONTH), ("monthly-bulletin", "spring"), ("monthly-bulletin", "1999-01")):
        answer = district.post("/papers/draft/", {"kind": kind, "period": period, "body": "L-500103"})
        assert answer.status_code == 404, (kind, period)
    viewer = visitor("d-viewer")
    assert viewer.get(f"/papers/{own.pk}/").status_code == 200
    assert viewer.post("/papers/draft/", {"period": MONTH, "body": "L-500103"}).status_code == 403
    assert viewer.post(f"/papers/{own.pk}/release/", {"seen": own.digest}).status_code == 403
    user = create_user("d-checker", actor="tests")
    grant(user, "reviewer", node=spring.node("L-500103"), valid_from=BEGIN, actor="tests")
    checker = visitor("d-checker")
    assert checker.post(f"/papers/{own.pk}/release/", {"seen": own.digest, "reason": "x"}).status_code == 403


def test_a_circular_on_quality_is_drafted_by_the_same_form(spring: Dozen) -> None:
    reader = visitor("c-approver")
    assert "报送质量通报" in words_of(reader.get("/papers/"))
    answer = reader.post("/papers/draft/", {"kind": "quality-circular", "period": MONTH, "body": "city"})
    assert answer.status_code == 302, words_of(answer)
    page = reader.get(answer["Location"])
    assert "统计报送质量的通报" in words_of(page)
    assert f"/board/?period={MONTH}&amp;node=city" in page.content.decode()
    assert reader.get(f"{answer['Location']}?export=pdf").content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("kind", "period", "title"),
    [
        ("plan-progress", "2025", "2025年进展报告"),
        ("work-plan", "2027", "2027年全市公共机构节约能源资源工作要点"),
        ("plan-brief", "2025", "2025年结论一页纸"),
    ],
)
def test_papers_of_the_plan_are_drafted_for_a_year(spring: Dozen, kind: str, period: str, title: str) -> None:
    reader = visitor("c-approver")
    answer = reader.post("/papers/draft/", {"kind": kind, "period": period, "body": "city"})
    assert answer.status_code == 302, words_of(answer)
    assert title in words_of(reader.get(answer["Location"]))
    month = reader.post("/papers/draft/", {"kind": kind, "period": MONTH, "body": "city"})
    assert (month.status_code, "的期间是年份" in words_of(month)) == (422, True)


def test_the_yearly_bulletin_is_made_by_the_worker_and_watched(spring: Dozen) -> None:
    reader, other = visitor("c-approver"), visitor("c-second")
    asked = {"kind": "yearly-bulletin", "period": "2025", "body": "city"}
    answer = reader.post("/papers/draft/", asked)
    assert answer.status_code == 302, words_of(answer)
    address = answer["Location"]
    assert reader.post("/papers/draft/", asked)["Location"] == address, "asked for once"
    page = reader.get(address)
    assert "等后台" in words_of(page) or "等待" in words_of(page)
    assert f'hx-get="{address}?state=1"' in page.content.decode()
    assert other.get(address).status_code == 404, "another's order"
    assert "HX-Refresh" not in reader.get(f"{address}?state=1")
    row = PaperOrder.objects.get()
    row.done, row.total = 4, 16
    with mock.patch("jieyue.apps.schedule.asked.task_state", return_value="running"):
        row.save()
        assert "4 / 16" in words_of(reader.get(f"{address}?state=1"))
    while take_task("tests"):
        pass
    assert reader.get(f"{address}?state=1")["HX-Refresh"] == "true"
    made = reader.get(address)
    assert made.status_code == 302
    assert "2025年全市公共机构能源资源消费情况的年度通报" in words_of(reader.get(made["Location"]))
    row.refresh_from_db()
    assert (row.done, row.draft_id) == (row.total, PaperDraft.objects.get().pk)
    assert make_order(row.pk).draft_id == row.draft_id, "done again it makes no second one"
    assert PaperDraft.objects.count() == 1
    log = ActionLog.objects.filter(verb__startswith="papers.").order_by("pk").values_list("verb", flat=True)
    assert list(log) == ["papers.order", "papers.draft"]


def test_an_ordered_paper_is_of_one_publication_and_is_made_outside_the_transaction_that_keeps_it(
    spring: Dozen,
) -> None:
    """While its figures are stored something is published; how far it is is told while it is made."""
    visitor("c-approver").post(
        "/papers/draft/", {"kind": "yearly-bulletin", "period": "2025", "body": "city"}
    )
    before, kind, told = last_done(), KINDS["yearly-bulletin"], list[tuple[int, int]]()
    assert kind.steps is not None

    def steps(scope: str, period: str, sequence: int) -> Sequence[Step]:
        with WATCHER.somebody_else():
            desk.publish({("A1", MONTH): {"110": "7"}}, restate="更正")
        return kind.steps(scope, period, sequence)[:2] if kind.steps else []

    def make(scope: str, period: str, sequence: int) -> Paper:
        depth = len(connection.savepoint_ids)
        told.append((depth, sequence))
        paper = kind.make(scope, period, sequence)
        row = PaperOrder.objects.get()
        told.append((row.done, row.total))
        return paper

    outside = len(connection.savepoint_ids)
    with mock.patch.dict(KINDS, {kind.code: replace(kind, steps=steps, make=make)}):
        row = make_order(PaperOrder.objects.get().pk)
    assert row.draft is not None, row.problem_zh
    assert last_done() > before
    assert (row.draft.seq, told[0]) == (before, (outside, before))
    assert told[1] == (14, 15), "two steps and all parts but the last"


def test_an_order_that_is_refused_says_why(spring: Dozen) -> None:
    reader = visitor("d-approver")
    asked = {"kind": "yearly-bulletin", "period": "2025", "body": "L-500103"}
    month = reader.post("/papers/draft/", asked | {"period": MONTH})
    assert (month.status_code, PaperOrder.objects.count()) == (422, 0)
    assert reader.post("/papers/draft/", asked | {"body": "L-500104"}).status_code == 404
    address = reader.post("/papers/draft/", asked)["Location"]
    PaperOrder.objects.update(body=spring.node("L-500104"))
    while take_task("tests"):
        pass
    page = words_of(reader.get(address))
    assert "没有这份公文" in page
    assert PaperDraft.objects.count() == 0
    log = ActionLog.objects.filter(verb__startswith="papers.").order_by("pk").values_list("verb", "object")
    number = f"paper_order:{PaperOrder.objects.get().pk}"
    assert list(log) == [("papers.order", number), ("papers.order_refused", number)]


def test_what_is_typed_is_text_and_has_a_length(spring: Dozen) -> None:
    reader = visitor("c-approver")
    row = drafted(reader)
    url = f"/papers/{row.pk}/fill/"
    assert reader.post(url, {"seen": row.digest, "text": "x" * 2001}).status_code == 422
    assert reader.post(url, {"seen": row.digest, "text": "a\u0007b"}).status_code == 422
    assert reader.post(url, {"seen": row.digest, "text": "<b>{{ 7*7 }}</b>"}).status_code == 302
    page = reader.get(f"/papers/{row.pk}/").content.decode()
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in page
    assert reader.get(f"/papers/{row.pk}/?export=docx").status_code == 200
    assert reader.get(f"/papers/{row.pk}/?export=pdf").status_code == 200
