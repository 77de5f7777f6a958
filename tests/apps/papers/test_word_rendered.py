"""Word files as a word processor sets them: the geometry of GB/T 9704, rare hanzi, long numbers, each kind of paper."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from jieyue.apps.papers.content import Block, Column, PageBreak, Paper, TableBlock, Text
from jieyue.apps.papers.make import (
    bulletin_for,
    circular_for,
    form_for,
    statement_for,
    summary_for,
    yearly_for,
)
from jieyue.apps.papers.pdf import pdf_of
from jieyue.apps.papers.word import word_of
from jieyue.apps.publication.queries import last_done
from tests.apps.papers.papers import DAY, FIGURE, RARE, of, table, words
from tests.apps.papers.rendered import agree, by_writer, no_two_alike
from tests.apps.papers.test_monthly import SOME, publish
from tests.apps.papers.test_pdf import glyphs, lines
from tests.apps.summaries.dozen import MONTH, Dozen


def long_numbers() -> Paper:
    """Ten columns of numbers of 16,685 institutions with four places, as a summary table may have, and one of words."""
    long = replace(FIGURE, text="12,278,792,196.5834", value=Fraction("12278792196.5834"), unit="")
    columns = (
        Column("指标", share=9),
        *(Column(f"列{no}", f"S{no:03}", number=True, share=5) for no in range(10)),
    )
    rows = tuple(((Text("电力消费量"),), *(((long,),) * 10)) for _ in range(3))
    block = TableBlock(1, "综合表", columns, rows, dense=True)
    return replace(of(block), form=True, wide=True, code="summary-table", foot=("数据截至",))


def plain(*blocks: Block) -> Paper:
    """A paper by the general template, which takes a text without parts."""
    return replace(of(*blocks), code="paper")


def test_a_full_page_has_22_lines_of_28_characters(tmp_path: Path) -> None:
    paper = plain(words("甲" * 28 * 60))
    document = pdfium.PdfDocument(by_writer({"full": word_of(paper).content}, tmp_path)["full"])
    for page in (document[1], document[2]):
        rows = [row for row in lines(glyphs(page)).values() if row[0].char == "甲"]
        assert {len(row) for row in rows[:-1]} == {28}
        assert {round(row[0].x) for row in rows} == {28}
    full = {y: row for y, row in lines(glyphs(document[1])).items() if row[0].char == "甲"}
    assert len(full) == 22
    steps = [after - before for before, after in pairwise(full)]
    assert steps == pytest.approx([225 / 22] * 21, abs=0.15)


def test_rare_hanzi_are_drawn_and_no_two_alike(tmp_path: Path) -> None:
    content = word_of(plain(words(RARE))).content
    document = pdfium.PdfDocument(by_writer({"rare": content}, tmp_path)["rare"])
    no_two_alike(document, RARE)


def test_long_numbers_are_neither_broken_nor_printed_over_another(tmp_path: Path) -> None:
    paper = long_numbers()
    agree({"long": paper}, tmp_path)
    for row in lines(glyphs(pdfium.PdfDocument(pdf_of(paper, author="甲局", day=DAY))[0])).values():
        digits = [one for one in row if one.char in "0123456789,."]
        for before, after in pairwise(digits):
            assert after.x - before.x > 0.4, "two characters on one place"


def test_a_table_on_its_side_a_new_page_and_what_follows(tmp_path: Path) -> None:
    paper = plain(words("在前"), table(FIGURE, landscape=True), PageBreak(), words("在后"))
    content = word_of(paper).content
    document = pdfium.PdfDocument(by_writer({"side": content}, tmp_path)["side"])
    wide = [page.get_size()[0] > page.get_size()[1] for page in document]
    assert wide == [False, True, False, False], (
        "the text, the table, what is behind it, the annex: no empty page"
    )
    assert "在后" in document[2].get_textpage().get_text_bounded()


@pytest.mark.long
def test_each_kind_of_the_dozen_says_in_word_what_it_says_in_pdf(dozen: Dozen, tmp_path: Path) -> None:
    publish(SOME)
    last = last_done()
    papers = {
        "monthly": bulletin_for("city", MONTH, sequence=last),
        "yearly": yearly_for("city", "2026", sequence=last),
        "quality": circular_for("city", MONTH, sequence=last),
        "summary": summary_for("NY301", "2026", "city", sequence=last),
        "blank": form_for("NY201", MONTH, "", sequence=last),
        "statement": statement_for("A1", "2026", sequence=last, peers=True),
    }
    agree(papers, tmp_path)
