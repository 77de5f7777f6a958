"""A Word file that comes back: every number classed, with tags and without, and what is refused unread."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from docx import Document
from docx.oxml.ns import qn

from jieyue.apps.identity.models import User
from jieyue.apps.papers.content import Cell, Heading, Kind, Paper, Paragraph, Text
from jieyue.apps.papers.returned import Check, check_returned
from jieyue.apps.papers.returned_file import (
    ReturnedError,
    check_of,
    paper_in,
    paper_numbered,
    paragraphs_in,
)
from jieyue.apps.papers.services.draft import draft_paper
from jieyue.apps.papers.word import word_of
from jieyue.apps.trees.queries import Tree, every_node
from tests.apps.papers.papers import FIGURE, of, table
from tests.apps.papers.test_monthly import SOME, publish
from tests.apps.summaries.dozen import MONTH, Dozen
from tests.apps.summaries.test_pages import visitor

TOTAL = replace(FIGURE, text="1.67", unit="万吨标准煤", value=Fraction("1.6683"))
DOWN = replace(
    FIGURE, text="3.2", unit="%", code="yoy(energy_total_tce)", value=Fraction("-3.21"), kind=Kind.DERIVED,
    receipt="", parts=("a/line:1/energy_total_tce",),
)  # fmt: skip
DUE = replace(FIGURE, text="35", unit="家", code="due", value=Fraction(35), kind=Kind.COUNT)
WHERE: Cell = (
    Text("全市能源消费总量"),
    TOTAL,
    Text("，同比下降"),
    DOWN,
    Text("。全市应报单位共"),
    DUE,
    Text("。"),
)
CELL = replace(FIGURE, text="88.40", value=Fraction("88.402"))


def paper() -> Paper:
    return of(Heading(1, "一、情况"), Paragraph(WHERE), table(CELL))


def back(edit: Callable[[str], str], *, tags: bool = True, more: str = "") -> Check:
    """The check of the file whose words were edited piece by piece, with or without its content controls."""
    made = word_of(paper())
    document = Document(io.BytesIO(made.content))
    body = document.element.body
    for node in body.iter(qn("w:t")):
        if next(node.iterancestors(qn("w:tbl")), None) is None or node.text == "88.40":
            node.text = edit(node.text or "")
    if not tags:
        for tag in list(body.iter(qn("w:tag"))):
            tag.getparent().remove(tag)
    if more:
        document.paragraphs[0].insert_paragraph_before(more)
    sink = io.BytesIO()
    document.save(sink)
    return check_returned(paper(), made.rows, paragraphs_in(sink.getvalue(), "back.docx"))


def classed(check: Check, text: str) -> tuple[str, int]:
    """Class and figure number of the first number of the text's digits outside the annex."""
    return next(
        (line.verdict.value, line.no) for line in check.lines if line.text == text and line.why != "annex"
    )


@pytest.mark.parametrize("tags", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "text", "verdict"),
    [
        ("", "", "1.67万吨标准煤", "same"),
        ("1.67", "1.7", "1.7万吨标准煤", "rounded"),
        ("1.67", "1.6", "1.6万吨标准煤", "changed"),
        ("1.67", "1.668", "1.668万吨标准煤", "same"),
        ("1.67", "1.76", "1.76万吨标准煤", "changed"),
        ("", "", "3.2%", "same"),
        ("3.2", "3", "3%", "rounded"),
        ("下降", "上升", "3.2%", "changed"),
        ("3.2", "2.3", "2.3%", "changed"),
        ("", "", "35家", "same"),
        ("35", "36", "36家", "changed"),
        ("35", "三十五", "三十五家", "same"),
        ("35", "３５", "35家", "same"),
        ("88.40", "88.4", "88.4", "rounded"),
        ("88.40", "84.80", "84.80", "changed"),
    ],
)  # fmt: skip
def test_an_edited_number_is_found_by_its_control_and_without_it(
    old: str, new: str, text: str, verdict: str, tags: bool
) -> None:
    check = back(lambda said: said.replace(old, new) if old else said, tags=tags)
    found, no = classed(check, text)
    assert (found, no > 0) == (verdict, True)


def test_what_was_changed_shows_old_and_new_with_the_paragraph() -> None:
    line = next(
        one for one in back(lambda said: said.replace("1.67", "1.76")).lines if one.verdict == "changed"
    )
    assert (line.text, line.printed, line.no) == ("1.76万吨标准煤", TOTAL.said, 1)
    assert line.source == TOTAL.receipt
    assert line.place == f"第{line.paragraph}段"


def test_a_unit_that_is_changed_is_a_change() -> None:
    assert classed(back(lambda said: said.replace("万吨标准煤", "吨标准煤")), "1.67吨标准煤")[0] == "changed"


@pytest.mark.parametrize(
    ("more", "text", "verdict"),
    [
        ("其中办公区35", "35", "confirm"),
        ("培训35家", "35家", "confirm"),
        ("另抽查20家", "20家", "no_source"),
        ("本市能源消费总量为1.67万吨标准煤", "1.67万吨标准煤", "same"),
        ("本市能源消费总量为1.99万吨标准煤", "1.99万吨标准煤", "changed"),
        ("依据《2030年前碳达峰方案35家》", "35家", "not_data"),
        ("国管节能〔2021〕96号", "〔2021〕96号", "not_data"),
    ],
)  # fmt: skip
def test_a_number_that_a_person_added(more: str, text: str, verdict: str) -> None:
    assert classed(back(lambda said: said, more=more), text)[0] == verdict


def test_a_number_that_was_deleted_is_told() -> None:
    assert [row.no for row in back(lambda said: said).gone] == []
    gone = back(lambda said: "若干" if said == "35" else said)
    assert [line.text for line in gone.lines if line.verdict == "changed"] == ["若干"]


@pytest.fixture
def draft(dozen: Dozen) -> int:
    publish(SOME)
    visitor("c-approver")
    body = next(node.id for node in every_node(Tree.LINE) if node.code == "city")
    return draft_paper(User.objects.get(username="c-approver"), "monthly-bulletin", body, MONTH).pk


def test_a_bulletin_untouched_has_nothing_without_a_source(draft: int) -> None:
    from jieyue.apps.papers.make import written
    from jieyue.apps.papers.stored import from_json

    row = paper_numbered(draft)
    paragraphs = paragraphs_in(written(from_json(row.content), "docx"), "通报.docx")
    assert paper_in(paragraphs).pk == draft
    for loose in (False, True):
        if loose:
            for one in paragraphs:
                one["pieces"] = [[text, 0] for text, _tag in one["pieces"]]
        counts = check_of(row, paragraphs).counts
        assert counts["same"] > 100
        assert [counts[kind] for kind in ("changed", "no_source", "confirm", "rounded")] == [0, 0, 0, 0]


def packed(**parts: bytes) -> bytes:
    """A docx with some of its parts replaced or added; `__` in a name is `/`."""
    source, sink = zipfile.ZipFile(io.BytesIO(word_of(paper()).content)), io.BytesIO()
    names = {name.replace("__", "/").replace("_x", "."): data for name, data in parts.items()}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name not in names:
                made.writestr(name, source.read(name))
        for name, data in names.items():
            made.writestr(name, data)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (packed(word__vbaProject_xbin=b"x"), "a.docx", "file_macro"),
        (packed(word__document_xxml=b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'), "a.docx", "file_dtd"),
        (packed(word__document_xxml=b"<broken"), "a.docx", "file_unreadable"),
        (packed(word__media__a_xbin=b"0" * 30_000_000), "a.docx", "file_zip_bomb"),
        (packed(), "a.docm", "file_type_unknown"),
        (b"%PDF-1.7", "a.docx", "file_type_mismatch"),
        (packed()[:-400], "a.docx", "file_truncated"),
    ],
)  # fmt: skip
def test_what_is_not_read(content: bytes, name: str, code: str) -> None:
    with pytest.raises(ReturnedError) as refused:
        paragraphs_in(content, name)
    assert refused.value.code == code
    assert "docx" in refused.value.message_zh
    assert "docx" in refused.value.message_en
