"""The authority's own Word templates: downloaded, edited, uploaded; papers are made from them, wrong ones told."""

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.queries import file_path
from jieyue.apps.papers.models import PaperDraft, PaperTemplate
from jieyue.apps.papers.word import shipped
from jieyue.apps.papers.word_template import codes
from tests.apps.accounts.conftest import sqlite_home
from tests.apps.papers.test_monthly import A1, G1, P1, SOME, publish, tce
from tests.apps.papers.test_word import said
from tests.apps.summaries.conftest import dozen, dozen_home
from tests.apps.summaries.dozen import Dozen
from tests.apps.summaries.test_pages import text_of, visitor
from tests.clients import quiet_refusals
from tests.web.test_papers import drafted

__all__ = ["dozen", "dozen_home", "sqlite_home"]

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND, ADDRESS = "monthly-bulletin", "/papers/templates/"
#: Year to date of the three that have filed, the same in each of the months January to March.
LINE = '本局按：累计{{ f("energy_total_tce", "ytd") }}，{{ chg("energy_total_tce", "ytd", "yoy") }}。'
TOTAL = tce(3 * (A1 + P1 + G1))


@pytest.fixture
def draft(dozen: Dozen) -> PaperDraft:
    quiet_refusals()
    publish(SOME)
    return drafted(visitor("c-approver"))


def edited(content: bytes, *lines: str) -> bytes:
    """A template with paragraphs put before its first."""
    document = Document(io.BytesIO(content))
    first = document.paragraphs[0]
    for line in lines:
        first.insert_paragraph_before(line)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def uploaded(client: Client, content: bytes, kind: str = KIND, name: str = "通报模板.docx") -> object:
    return client.post(f"{ADDRESS}keep/", {"kind": kind, "file": SimpleUploadedFile(name, content)})


def used(client: Client, number: object, kind: str = KIND) -> object:
    return client.post(f"{ADDRESS}use/", {"kind": kind, "number": number})


def word(client: Client, row: PaperDraft) -> str:
    return said(client.get(f"/papers/{row.pk}/?export=docx").content)


def test_the_papers_are_made_from_what_was_uploaded_until_one_goes_back(draft: PaperDraft) -> None:
    chief = visitor("c-approver")
    plain = word(chief, draft)
    assert "本局按" not in plain
    download = chief.get(f"{ADDRESS}{KIND}/0/")
    assert download.content == shipped(KIND)
    assert download["Content-Disposition"].startswith("attachment")
    content = edited(download.content, LINE)
    assert uploaded(chief, content)["Location"] == f"{ADDRESS}?kind={KIND}"
    page = chief.get(f"{ADDRESS}?kind={KIND}")
    digest = hashlib.sha256(content).hexdigest()
    for words in ("第 1 版", "通报模板.docx", digest[:16], "改回系统自带的"):
        assert words in text_of(page)
    assert f"本局按：累计{TOTAL}吨标准煤（初步），不计算。" in word(chief, draft)
    assert chief.get(f"{ADDRESS}{KIND}/1/").content == content
    assert uploaded(chief, edited(content, "二稿"), name="二.docx").status_code == 302
    assert "二稿" in word(chief, draft)
    assert uploaded(chief, content, name="又来.docx").status_code == 302, "the same file is the same version"
    assert [row.in_use for row in PaperTemplate.objects.order_by("number")] == [True, False]
    assert used(chief, 0).status_code == 302
    assert word(chief, draft) == plain
    assert used(chief, 2).status_code == 302
    assert "二稿" in word(chief, draft)
    assert (used(chief, 9).status_code, used(chief, "x").status_code) == (404, 404)
    kept = list(ActionLog.objects.filter(verb="papers.template_keep").order_by("pk"))
    assert [(entry.actor, entry.object) for entry in kept] == [("c-approver", f"paper-template:{KIND}")] * 2
    turns = ActionLog.objects.filter(verb="papers.template_use").order_by("pk")
    assert [entry.data["to"] for entry in turns] == [1, 2, 1, 0, 2]


def test_another_kind_of_paper_keeps_its_own(draft: PaperDraft) -> None:
    chief = visitor("c-approver")
    assert uploaded(chief, edited(shipped("yearly-bulletin"), "年报"), "yearly-bulletin").status_code == 302
    assert "这种公文现在按第 1 版模板做" in text_of(chief.get(f"{ADDRESS}?kind=yearly-bulletin"))
    assert "年报" not in word(chief, draft)
    assert "第 1 版" not in text_of(chief.get(f"{ADDRESS}?kind={KIND}"))
    assert "第 1 版" in text_of(chief.get(f"{ADDRESS}?kind=yearly-bulletin"))
    for address in (f"{ADDRESS}?kind=no-such", f"{ADDRESS}no-such/0/", f"{ADDRESS}{KIND}/1/"):
        assert chief.get(address).status_code == 404, address
    assert uploaded(chief, shipped(KIND), "no-such").status_code == 404


def test_a_wrong_code_is_named_with_its_paragraph_and_nothing_is_kept(draft: PaperDraft) -> None:
    chief = visitor("c-approver")
    wrong = edited(shipped(KIND), "第一行", "第二行", '能耗{{ f("energy_of_all", "ytd") }}')
    answer = uploaded(chief, wrong)
    assert answer.status_code == 422
    assert "第 3 段" in text_of(answer)
    assert "没有指标 energy_of_all" in text_of(answer)
    chief.post("/language/", {"language": "en", "next": "/"})
    assert "Paragraph 3" in text_of(uploaded(chief, wrong))
    assert "no indicator energy_of_all" in text_of(uploaded(chief, wrong))
    for content, name in ((b"%PDF-1.7", "a.docx"), (shipped(KIND), "a.docm")):
        assert uploaded(chief, content, name=name).status_code == 422
    assert uploaded(chief, b"x" * (6 * 2**20)).status_code == 413
    assert chief.post(f"{ADDRESS}keep/", {"kind": KIND}).status_code == 422
    assert not PaperTemplate.objects.exists()
    assert not ActionLog.objects.filter(verb__startswith="papers.template").exists()


def test_brackets_outside_the_words_of_one_paragraph_are_told(draft: PaperDraft) -> None:
    """What a program of templates joins into a command, though no paragraph shows it."""
    chief = visitor("c-approver")
    document = Document(io.BytesIO(shipped(KIND)))
    document.core_properties.title = "{% for i in range(99999) %}x{% endfor %}"
    sink = io.BytesIO()
    document.save(sink)
    torn = edited(shipped(KIND), "甲{", "% for i in range(9) %}")
    for content in (sink.getvalue(), torn):
        answer = uploaded(chief, content)
        assert answer.status_code == 422
        assert "段落文字以外" in text_of(answer)
    twice = Document(io.BytesIO(shipped(KIND)))
    twice.add_section()  # its headers are those of the section before
    sink = io.BytesIO()
    twice.save(sink)
    assert uploaded(chief, sink.getvalue()).status_code == 302


def test_a_part_that_the_paper_does_not_have_is_said_in_the_file(draft: PaperDraft) -> None:
    chief = visitor("c-approver")
    assert uploaded(chief, edited(shipped(KIND), '{{ part("九") }}')).status_code == 302
    assert "【本公文没有“九、”部分】" in word(chief, draft)


def test_who_releases_for_the_whole_authority_changes_it_and_the_others_look(draft: PaperDraft) -> None:
    content = edited(shipped(KIND), "乙")
    for name in ("d-viewer", "d-approver"):
        client = visitor(name)
        page = client.get(ADDRESS)
        assert page.status_code == 200
        assert "<form" not in page.content.decode().partition("<main")[2]
        assert client.get(f"{ADDRESS}{KIND}/0/").status_code == 200
        assert uploaded(client, content).status_code == 403
        assert used(client, 0).status_code == 403
    assert not PaperTemplate.objects.exists()


def test_every_code_stands_on_the_page_with_a_button_to_copy_it(draft: PaperDraft) -> None:
    page = visitor("d-viewer").get(ADDRESS).content.decode()
    for number, (text, name, _en) in enumerate(codes(), 1):
        written = text.replace('"', "&quot;")
        assert f'id="code-{number}" readonly value="{written}"' in page
        assert f'data-copy="code-{number}"' in page
        assert name in page


def test_a_version_whose_file_is_lost_is_said_and_one_can_go_back(draft: PaperDraft) -> None:
    chief = visitor("c-approver")
    uploaded(chief, edited(shipped(KIND), "丙"))
    file_path(PaperTemplate.objects.get().sha256).unlink()
    for answer in (chief.get(f"/papers/{draft.pk}/?export=docx"), chief.get(f"{ADDRESS}{KIND}/1/")):
        assert answer.status_code == 422
        assert "丢失" in text_of(answer)
    assert used(chief, 0).status_code == 302
    assert "丙" not in word(chief, draft)


def test_every_kind_of_year_takes_every_word_for_a_period(draft: PaperDraft) -> None:
    chief = visitor("c-approver")
    words = ("month", "ytd", "month-1y", "ytd-1y", "previous", "year-1y")
    line = "".join(f'{{{{ f("energy_total_tce", "{one}") }}}}' for one in words)
    line += "".join(f'{{{{ chg("energy_total_tce", "ytd", "{one}") }}}}' for one in ("yoy", "mom", "lfl"))
    for kind, period in (("quality-circular", "2026"), ("quality-circular", "2026-03")):
        assert uploaded(chief, edited(shipped(kind), line), kind).status_code == 302
        answer = chief.post("/papers/draft/", {"kind": kind, "period": period, "body": "city"})
        assert answer.status_code == 302
        row = PaperDraft.objects.latest("pk")
        assert row.code == kind
        assert chief.get(f"/papers/{row.pk}/?export=docx").status_code == 200


def test_a_part_that_nobody_would_look_at_is_refused(draft: PaperDraft) -> None:
    """Notes under another name are filled in like any other part of a Word file."""
    document = Document(io.BytesIO(shipped(KIND)))
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/notes.dat"), kind, b"<notes>{{ nothing.at }}</notes>", document.part.package)
    document.part.relate_to(part, f"{RELATIONS}/footnotes")
    sink = io.BytesIO()
    document.save(sink)
    refused = uploaded(visitor("c-approver"), sink.getvalue())
    assert refused.status_code == 422
    assert "有部件不是 UTF-8 的 .xml" in refused.content.decode()
    assert not PaperTemplate.objects.exists()
