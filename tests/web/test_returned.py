"""Word files that come back, by their pages: classed as worked out by hand, kept, filtered, exported; who may."""

import hashlib
import io
import re
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document
from docx.oxml.ns import qn

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.queries import file_path
from jieyue.apps.papers.models import PaperDraft, ReturnedFile
from tests.apps.accounts import desk
from tests.apps.accounts.conftest import sqlite_home
from tests.apps.papers.test_monthly import A1, G1, P1, SOME, publish, tce
from tests.apps.summaries.conftest import dozen, dozen_home
from tests.apps.summaries.dozen import MONTH, Dozen
from tests.apps.summaries.test_pages import text_of, visitor
from tests.cli.command import DONE, jieyue
from tests.clients import quiet_refusals
from tests.web.test_papers import drafted

__all__ = ["dozen", "dozen_home", "sqlite_home"]

TOTAL = A1 + P1 + G1  # kWh of the three that have filed


@pytest.fixture
def draft(dozen: Dozen) -> PaperDraft:
    quiet_refusals()
    publish(SOME)
    return drafted(visitor("c-approver"))


def edited(reader: Client, row: PaperDraft, *changes: tuple[str, str], more: str = "") -> bytes:
    """The paper's Word file with texts changed at their first place, and a paragraph put before it all."""
    content = reader.get(f"/papers/{row.pk}/?export=docx").content
    document = Document(io.BytesIO(content))
    texts = list(document.element.body.iter(qn("w:t")))
    for old, new in changes:
        node = next(one for one in texts if one.text == old)
        node.text = new
    if more:
        document.paragraphs[-1].insert_paragraph_before(more)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def handed(client: Client, content: bytes, paper: object = "", name: str = "通报改.docx") -> object:
    file = SimpleUploadedFile(name, content)
    return client.post("/papers/returned/take/", {"file": file, "paper": paper})


def rows_of(client: Client, address: str) -> list[tuple[object, ...]]:
    """The rows of the exported list: class, in the paper, in the file."""
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}&export=xlsx").content))
    return [(row[1], row[2], row[3]) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]


def test_an_edited_file_is_classed_as_worked_out_by_hand(draft: PaperDraft) -> None:
    reader = visitor("c-approver")
    total = tce(TOTAL)  # 356.41 tce: 2 900 000 kWh × 0.1229
    assert total == "356.41"
    content = edited(reader, draft, (total, "365.41"), more="另抽查20家。")
    answer = handed(reader, content, draft.pk)
    assert answer.status_code == 302, text_of(answer)
    kept = ReturnedFile.objects.get()
    page = reader.get(answer["Location"])
    said = text_of(page)
    assert "有 2 个数需要看" in said
    assert "系统没有改动任何数" in said
    open_rows = rows_of(reader, f"{answer['Location']}?class=open")
    assert open_rows == [("已改动", "356.41吨标准煤（初步）", "365.41吨标准煤"), ("无出处", "无", "20家")]
    assert rows_of(reader, f"{answer['Location']}?class=changed") == open_rows[:1]
    every = rows_of(reader, f"{answer['Location']}?class=all")
    assert len(every) == sum(kept.counts.values()) == len(kept.lines)
    assert {kind: kept.counts[kind] for kind in ("changed", "no_source", "confirm")} == {
        "changed": 1, "no_source": 1, "confirm": 0,
    }  # fmt: skip
    receipt = desk.figure("city", MONTH, "energy_total_tce").receipt
    assert re.search(rf'<tr>.*365\.41吨标准煤.*href="/receipt/{receipt}"', page.content.decode())
    assert reader.get(f"{answer['Location']}?class=other").status_code == 404


def test_the_file_is_kept_with_digest_person_and_entry_and_listed(draft: PaperDraft) -> None:
    reader = visitor("c-approver")
    content = edited(reader, draft)
    answer = handed(reader, content)  # found by its title
    kept = ReturnedFile.objects.get()
    digest = hashlib.sha256(content).hexdigest()
    assert (kept.paper_id, kept.sha256, kept.actor, kept.titled) == (draft.pk, digest, "c-approver", True)
    assert file_path(digest).read_bytes() == content
    entry = ActionLog.objects.filter(verb="papers.check").get()
    assert (entry.actor, entry.object) == ("c-approver", f"paper:{draft.pk}")
    assert "没有需要看的数" in text_of(reader.get(answer["Location"]))
    for address in ("/papers/returned/", f"/papers/{draft.pk}/"):
        page = reader.get(address)
        assert f'href="/papers/returned/{kept.pk}/"' in page.content.decode(), address
        assert "通报改.docx" in text_of(page)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_file_of_another_paper_says_so_and_an_unknown_one_is_refused_in_both_languages(
    draft: PaperDraft,
) -> None:
    reader = visitor("c-approver")
    other = Document()
    other.add_paragraph("会议纪要：能源消费总量20家。")
    sink = io.BytesIO()
    other.save(sink)
    refused = handed(reader, sink.getvalue())
    assert refused.status_code == 422
    assert "请选定是哪一份公文" in text_of(refused)
    assert "--paper" not in text_of(refused)
    reader.post("/language/", {"language": "en", "next": "/"})
    said = text_of(handed(reader, sink.getvalue()))
    assert "choose which paper it is" in said
    assert "--paper" not in said
    reader.post("/language/", {"language": "zh-hans", "next": "/"})
    assert handed(reader, b"%PDF-1.7", draft.pk).status_code == 422
    assert handed(reader, sink.getvalue(), draft.pk, "a.docm").status_code == 422
    assert not ReturnedFile.objects.exists()
    assert not ActionLog.objects.filter(verb="papers.check").exists()
    shown = reader.get(handed(reader, sink.getvalue(), draft.pk)["Location"])
    assert "请确认没有传错文件" in text_of(shown)
    assert reader.post("/papers/returned/take/", {"paper": draft.pk}).status_code == 422
    assert handed(reader, sink.getvalue(), "x").status_code == 404
    assert handed(reader, sink.getvalue(), 987654).status_code == 404


def test_who_sees_the_paper_reads_and_who_completes_or_releases_hands_in(dozen: Dozen) -> None:
    quiet_refusals()
    publish(SOME)
    chief = visitor("c-approver")
    city, own = drafted(chief), drafted(chief, "L-500103")
    for row in (city, own):
        assert handed(chief, edited(chief, row), row.pk).status_code == 302
    first, second = ReturnedFile.objects.order_by("pk")
    viewer = visitor("d-viewer")
    assert viewer.get(f"/papers/returned/{second.pk}/").status_code == 200
    assert viewer.get(f"/papers/returned/{first.pk}/").status_code == 404
    listed = viewer.get("/papers/returned/").content.decode()
    assert f"/papers/returned/{second.pk}/" in listed
    assert f"/papers/returned/{first.pk}/" not in listed
    assert "<form" not in listed.partition("<main")[2]
    content = edited(chief, own)
    assert handed(viewer, content, own.pk).status_code == 403
    district = visitor("d-approver")
    assert handed(district, content, own.pk).status_code == 302
    assert handed(district, content, city.pk).status_code == 404
    assert ReturnedFile.objects.count() == 3


def test_the_command_says_the_same(draft: PaperDraft, tmp_path: Path) -> None:
    reader = visitor("c-approver")
    file = tmp_path / "通报.docx"
    file.write_bytes(edited(reader, draft, (tce(TOTAL), "365.41"), more="另抽查20家。"))
    for more in ((), ("--paper", draft.pk)):
        said = jieyue(settings.JIEYUE_HOME.path, "report", "check", file, *more)
        assert said.code == DONE, said.stdout
        assert (said.document["paper"], said.document["title"]) == (draft.pk, draft.title)
        counts = said.document["counts"]
        assert (counts["changed"], counts["no_source"], counts["confirm"]) == (1, 1, 0)
        (line,) = [one for one in said.document["lines"] if one["verdict"] == "changed"]
        assert (line["printed"], line["text"]) == ("356.41吨标准煤（初步）", "365.41吨标准煤")
        assert line["source"] == desk.figure("city", MONTH, "energy_total_tce").receipt
    words = jieyue(settings.JIEYUE_HOME.path, "report", "check", file, as_json=False)
    assert words.code == DONE
    assert "已改动 1，无出处 1，待人工确认 0" in words.stderr
