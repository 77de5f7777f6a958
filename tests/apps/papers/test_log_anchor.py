"""The line on the action log of a released paper: what it says, and that every kind of file has it."""

import io
import re
from dataclasses import replace
from unittest import mock

import openpyxl
import pypdfium2
import pytest
from django.db import DatabaseError, transaction
from docx import Document

from jieyue.apps.audit.services.record import record
from jieyue.apps.papers import log_anchor
from jieyue.apps.papers.content import Block, Paper
from jieyue.apps.papers.pdf import pdf_of
from jieyue.apps.papers.plain import digest_of
from jieyue.apps.papers.returned import Check, Verdict, check_returned
from jieyue.apps.papers.returned_file import paragraphs_in
from jieyue.apps.papers.stored import from_json, to_json
from jieyue.apps.papers.word import word_of
from jieyue.apps.papers.workbook import workbook_of
from jieyue.config.home import Home
from jieyue.domain.log_chain import Checkpoint
from tests.apps.audit.test_chain import sql
from tests.apps.papers.papers import DAY, FIGURE, of, table, words

MADE = Checkpoint("jieyue/市", 1234, "0123456789abcdef" + "ee" * 24, "2026-11-27T22:00:05.123456+00:00", "ed25519",
                  "ab" * 32, "c2ln")  # fmt: skip
#: By hand: 22:00:05 UTC is six in the morning of the next day at +08:00.
LINE = (
    "日志锚点：操作日志前 1234 条，检查点 1234-01234567-89abcdef-eeee，签于 2026-11-28 06:00:05+08:00，"
    f"密钥 {'ab' * 32}。"
)


def released(*blocks: Block) -> Paper:
    return replace(of(*blocks), anchor=LINE)


def printed(paper: Paper) -> str:
    pages = pypdfium2.PdfDocument(pdf_of(paper, author="市", day=DAY))
    return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pages))


def sheet(paper: Paper) -> list[object]:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(paper)))
    return [row[0] for row in book["数据出处"].values]


def paragraphs(content: bytes) -> list[str]:
    return [one.text for one in Document(io.BytesIO(content)).paragraphs]


def test_the_line_says_the_checkpoint_in_the_time_of_the_authority() -> None:
    assert log_anchor.line_of(MADE) == LINE


def test_it_stands_below_the_figures_in_every_kind_of_file() -> None:
    paper = released(table(FIGURE))
    wanted = re.sub(r"\s", "", LINE)
    text = printed(paper)
    assert text.count(wanted) == 1
    assert text.index("全文数字及其出处") < text.index(wanted)
    whole = paragraphs(word_of(paper).content)
    assert whole.count(LINE) == 1
    assert whole.index("数据出处") < whole.index(LINE)
    assert sheet(paper)[-1] == LINE


def test_it_is_the_last_line_where_no_figure_is() -> None:
    paper = released(words("各单位要认真填报。"))
    assert printed(paper).count(re.sub(r"\s", "", LINE)) == 1
    whole = paragraphs(word_of(paper).content)
    assert whole.index(paper.foot[-1]) + 1 == whole.index(LINE)
    assert sheet(paper)[-1] == LINE


def test_a_paper_that_no_two_persons_issue_has_none() -> None:
    paper = of(table(FIGURE))
    assert "日志锚点" not in printed(paper)
    assert not any("日志锚点" in str(said) for said in sheet(paper))


def test_what_was_looked_at_is_what_was_released_and_older_papers_are_still_read() -> None:
    paper = released(table(FIGURE))
    assert digest_of(paper) == digest_of(of(table(FIGURE)))
    assert from_json(to_json(paper)).anchor == LINE
    before = to_json(paper)
    del before["anchor"]
    assert from_json(before) == of(table(FIGURE))


def test_its_numbers_are_no_data_of_a_file_that_comes_back_unless_changed() -> None:
    paper = released(table(FIGURE))
    made = word_of(paper)

    def check(edit: str) -> Check:
        document = Document(io.BytesIO(made.content))
        line = next(one for one in document.paragraphs if one.text == LINE)
        line.runs[0].text = line.text.replace("1234", edit)
        sink = io.BytesIO()
        document.save(sink)
        return check_returned(paper, made.rows, paragraphs_in(sink.getvalue(), "back.docx"))

    assert check("1234").counts[Verdict.NO_SOURCE] == 0
    assert [line.text for line in check("1235").lines if line.verdict is Verdict.NO_SOURCE][:1] == ["1235 条"]


def test_where_nothing_can_be_signed_the_line_says_so() -> None:
    with mock.patch.object(log_anchor, "transaction"), mock.patch.object(log_anchor, "checkpoint") as sign:
        sign.return_value = None
        assert "还是空的" in log_anchor.anchor_line()
        for error in (OSError("log.key"), DatabaseError("full")):
            sign.side_effect = error
            assert log_anchor.anchor_line() == log_anchor.NOT_SIGNED


@pytest.mark.parametrize("key", ["no hex", "ab" * 31, "", "密钥"])
def test_a_damaged_key_signs_nothing(home: Home, key: str) -> None:
    with transaction.atomic():
        record("test.act", "thing:1", actor="周")
    (home.path / "log.key").write_text(key)
    assert log_anchor.anchor_line() == log_anchor.NOT_SIGNED


@pytest.mark.parametrize("peaks", ['["ab"]', '["xy", "zz"]', "[]", "null", "7", "[1]"])
def test_a_checkpoint_that_somebody_tampered_with_is_not_gone_on_from(home: Home, peaks: str) -> None:
    """One entry has one complete subtree: its peak is one hash."""
    with transaction.atomic():
        record("test.act", "thing:1", actor="周")
    assert "检查点 1-" in log_anchor.anchor_line()
    sql(f"UPDATE audit_logcheckpoint SET peaks = '{peaks}'")
    with transaction.atomic():
        record("test.act", "thing:2", actor="周")
    line = log_anchor.anchor_line()
    assert line == log_anchor.NOT_SIGNED
