"""The mark in a Word file: it names its paper when the file comes back, and tells a foreign file and another scope."""

import io
import zipfile
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from docx import Document
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from jieyue.apps.papers.mark import Mark, mark_in
from jieyue.apps.papers.models import PaperDraft, PaperTemplate, ReturnedFile
from jieyue.apps.papers.returned_child import properties_of
from jieyue.apps.papers.word import shipped, word_of
from tests.apps.accounts.conftest import sqlite_home
from tests.apps.papers.papers import FIGURE, of, table
from tests.apps.papers.test_monthly import SOME, publish
from tests.apps.summaries.conftest import dozen, dozen_home
from tests.apps.summaries.dozen import Dozen
from tests.apps.summaries.test_pages import text_of, visitor
from tests.clients import quiet_refusals
from tests.web.test_paper_templates import edited as template_of
from tests.web.test_paper_templates import uploaded
from tests.web.test_papers import drafted

__all__ = ["dozen", "dozen_home", "sqlite_home"]

MARK = Mark(7, 2, 41, "ab" * 32, "cd" * 32)


@pytest.fixture
def chief(dozen: Dozen) -> Client:
    quiet_refusals()
    publish(SOME)
    return visitor("c-approver")


def untitled(content: bytes) -> bytes:
    """The file after an editor: every paragraph in front of the first table is gone, and with it the title."""
    document = Document(io.BytesIO(content))
    for element in list(document.element.body):
        if element.tag.endswith("}tbl"):
            break
        document.element.body.remove(element)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def handed(client: Client, content: bytes, paper: object = "") -> object:
    return client.post(
        "/papers/returned/take/", {"file": SimpleUploadedFile("改.docx", content), "paper": paper}
    )


def word(client: Client, row: PaperDraft) -> bytes:
    return client.get(f"/papers/{row.pk}/?export=docx").content


def test_the_mark_stands_in_the_properties_beside_those_of_the_template_and_is_sealed() -> None:
    document = Document(io.BytesIO(shipped("paper")))
    package = document.part.package
    own = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
 xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property
 fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="KSOProductBuildVer"><vt:lpwstr>2052-12.1</vt:lpwstr>
</property></Properties>"""
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
    package.relate_to(Part(PackURI("/docProps/custom.xml"), kind, own, package), relation)
    sink = io.BytesIO()
    document.save(sink)
    for template in (None, sink.getvalue()):
        made = word_of(of(table(FIGURE)), template, mark=MARK).content
        found = properties_of(made)
        assert mark_in(found) == MARK
        assert (found["JieyuePaper"], found["JieyueSequence"], found["JieyueDigest"]) == (
            "7",
            "41",
            "ab" * 32,
        )
        assert (found.get("KSOProductBuildVer") == "2052-12.1") is (template is not None)
        again = word_of(of(table(FIGURE)), made, mark=replace(MARK, paper=8)).content
        assert mark_in(properties_of(again)) == replace(MARK, paper=8), "the mark of before gives way"
        assert zipfile.ZipFile(io.BytesIO(again)).namelist().count("docProps/custom.xml") == 1
        assert mark_in({**found, "JieyuePaper": "8"}) == "foreign"
        assert mark_in({"JieyuePaper": "8"}) == "foreign"
        with override_settings(SECRET_KEY="of another home"):
            assert mark_in(found) == "foreign"
    assert mark_in(properties_of(word_of(of(table(FIGURE))).content)) is None


def test_a_returned_file_names_its_paper_even_without_its_title(chief: Client) -> None:
    first, second = drafted(chief), drafted(chief)
    assert (first.number, second.number, first.title) == (1, 2, second.title)
    answer = handed(chief, word(chief, first))
    assert answer.status_code == 302, text_of(answer)
    kept = ReturnedFile.objects.latest("pk")
    assert (kept.paper_id, kept.made_from) == (first.pk, "same"), "its title alone names the second draft"
    assert handed(chief, untitled(word(chief, first))).status_code == 302
    kept = ReturnedFile.objects.latest("pk")
    assert (kept.paper_id, kept.titled, kept.made_from) == (first.pk, False, "same")
    page = text_of(chief.get(f"/papers/returned/{kept.pk}/"))
    assert "请确认没有传错文件" not in page
    content = word(chief, first)
    assert (
        chief.post(f"/papers/{first.pk}/fill/", {"seen": first.digest, "text": "催报。"}).status_code == 302
    )
    shown = chief.get(handed(chief, content)["Location"])
    assert ReturnedFile.objects.latest("pk").made_from == "earlier"
    assert "其后稿子又填写过" in text_of(shown)
    shown = chief.get(handed(chief, content, second.pk)["Location"])
    assert ReturnedFile.objects.latest("pk").made_from == "other"
    assert "是另一份公文的" in text_of(shown)


def test_a_foreign_file_is_told_and_one_of_another_scope_is_answered_as_an_unknown_one(chief: Client) -> None:
    city, own = drafted(chief), drafted(chief, "L-500103")
    foreign = Document(io.BytesIO(word(chief, city)))
    part = next(rel.target_part for rel in foreign.part.package.rels.values() if "custom-prop" in rel.reltype)
    part._blob = part.blob.replace(b'JieyueDraft"><vt:lpwstr>1', b'JieyueDraft"><vt:lpwstr>2')
    sink = io.BytesIO()
    foreign.save(sink)
    shown = chief.get(handed(chief, sink.getvalue())["Location"])
    kept = ReturnedFile.objects.latest("pk")
    assert (kept.paper_id, kept.made_from) == (city.pk, "foreign")
    assert "不是本系统的" in text_of(shown)
    district, count = visitor("d-approver"), ReturnedFile.objects.count()
    blank = Document()
    blank.add_paragraph("会议纪要")
    sink = io.BytesIO()
    blank.save(sink)
    unknown = handed(district, sink.getvalue())
    for paper in ("", own.pk):
        answer = handed(district, word(chief, city), paper)
        assert answer.status_code == unknown.status_code == 422
        said = text_of(answer).partition("认不出这个文件")[2][:60]
        assert said == text_of(unknown).partition("认不出这个文件")[2][:60]
        assert said
    assert ReturnedFile.objects.count() == count
    assert handed(district, word(chief, own)).status_code == 302


def test_the_numbers_are_counted_by_the_template_that_the_file_was_made_from(chief: Client) -> None:
    """A figure of the template's own has a number in the file; another template does not have it."""
    row = drafted(chief)
    line = '本局按：{{ f("energy_total_tce", "previous") }}'
    assert uploaded(chief, template_of(shipped(row.code), line)).status_code == 302
    content = word(chief, row)
    assert chief.post("/papers/templates/use/", {"kind": row.code, "number": 0}).status_code == 302
    assert handed(chief, content).status_code == 302
    kept = ReturnedFile.objects.latest("pk")
    assert {kind: kept.counts[kind] for kind in ("changed", "no_source", "confirm")} == {
        "changed": 0, "no_source": 0, "confirm": 0,
    }, kept.lines  # fmt: skip
    assert PaperTemplate.objects.count() == 1
