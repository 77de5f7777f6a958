"""A Word file that another editor has saved comes back: it is opened and saved by LibreOffice Writer, then checked."""

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from jieyue.apps.papers.content import Heading, Number, Paper, Paragraph, Text, placed
from jieyue.apps.papers.make import bulletin_for
from jieyue.apps.papers.mark import Mark
from jieyue.apps.papers.returned import Check, check_returned
from jieyue.apps.papers.returned_file import returned_in
from jieyue.apps.papers.word import word_of
from jieyue.apps.papers.word_source import source_of
from jieyue.apps.publication.queries import last_done
from tests.apps.papers.papers import of
from tests.apps.papers.rendered import by_writer
from tests.apps.papers.test_monthly import SOME, publish
from tests.apps.papers.test_returned import DOWN
from tests.apps.papers.test_returned import paper as small
from tests.apps.summaries.dozen import MONTH, Dozen

MARK = Mark(paper=7, draft=2, sequence=17, digest="d" * 64)
Edit = Callable[[Any], None]


def through(paper: Paper, edit: Edit, folder: Path) -> tuple[Check, object]:
    """The check of the file after a person has changed it and Writer has saved it; and its mark."""
    made = word_of(paper, source=source_of(paper) if paper.period == MONTH else None, mark=MARK)
    document = Document(io.BytesIO(made.content))
    edit(document.element.body)
    sink = io.BytesIO()
    document.save(sink)
    saved = by_writer({"back": sink.getvalue()}, folder, "docx")["back"]
    returned = returned_in(saved, "back.docx")
    return check_returned(paper, made.rows, returned.paragraphs), returned.mark


def replaced(old: str, new: str) -> Edit:
    """The digits of the first number that reads so, wherever it stands."""

    def edit(body: Any) -> None:
        node = next(one for one in body.iter(qn("w:t")) if one.text == old)
        node.text = new

    return edit


def removed(words: str) -> Edit:
    """A paragraph with these words is gone."""

    def edit(body: Any) -> None:
        found = next(
            one
            for one in body.iter(qn("w:p"))
            if words in "".join(node.text or "" for node in one.iter(qn("w:t")))
        )
        found.getparent().remove(found)

    return edit


def test_nothing_is_changed_by_an_editor_that_only_saves(tmp_path: Path) -> None:
    check, mark = through(small(), lambda body: None, tmp_path)
    assert [
        (line.text, line.verdict) for line in check.lines if line.verdict not in ("same", "not_data")
    ] == []
    assert check.gone == ()
    assert mark == MARK


def test_the_five_classes_after_an_editor(tmp_path: Path) -> None:
    def edit(body: Any) -> None:
        replaced("1.67", "1.7")(body)  # fewer digits of 1.6683
        replaced("3.2", "2.3")(body)
        first = body.find(qn("w:p"))
        first.addprevious(Document().add_paragraph("按〔2026〕12号文，另有37.5万元没有来源，35也在这里。")._p)

    check, _mark = through(small(), edit, tmp_path)
    found = {line.text: line.verdict.value for line in check.lines if line.why != "annex"}
    assert found["1.7万吨标准煤"] == "rounded"
    assert found["2.3%"] == "changed"
    assert found["35家"] == "same"
    assert found["88.40"] == "same"
    assert found["37.5万元"] == "no_source"
    assert found["35"] == "confirm"
    assert {line.why for line in check.lines if line.text in ("2026", "12")} <= {
        "document",
        "reference",
        "number",
    }


def test_a_change_that_was_made_into_that_of_another_indicator_is_seen(tmp_path: Path) -> None:
    """The last words before both numbers are the same: 可比口径上升."""
    energy = replace(DOWN, text="5.0", value=Fraction(5), code="lfl(energy_total_tce)")
    carbon = replace(
        DOWN, text="7.1", value=Fraction("7.1"), code="lfl(co2_total_t)", parts=("a/line:1/co2_total_t",)
    )
    more = (
        Paragraph((Text("全市公共机构能源消费总量（初步），可比口径上升"), energy, Text("。"))),
        Paragraph((Text("全市公共机构碳排放总量（初步），可比口径上升"), carbon, Text("。"))),
    )
    paper = of(Heading(1, "一、情况"), *more)
    check, _mark = through(paper, replaced("7.1", "5.0"), tmp_path)
    found = [(line.text, line.verdict.value, line.no) for line in check.lines if line.text == "5.0%"]
    assert found == [("5.0%", "same", 1), ("5.0%", "changed", 2)]


def test_a_bulletin_with_one_number_changed_and_one_paragraph_gone(dozen: Dozen, tmp_path: Path) -> None:
    publish(SOME)
    paper = bulletin_for("city", MONTH, sequence=last_done())
    made = word_of(paper, source=source_of(paper))
    plain, _mark = through(paper, lambda body: None, tmp_path / "plain")
    assert [line for line in plain.lines if line.verdict not in ("same", "not_data")] == []
    assert plain.gone == ()
    total = next(row for row in made.rows if row.number.code == "energy_total_tce" and not row.place.table)
    new = f"9{total.number.text}"
    carbon = {row.no for row in made.rows if "碳排放总量" in _sentence(paper, row.no)}
    assert carbon

    def edit(body: Any) -> None:
        replaced(total.number.text, new)(body)
        removed("公共机构碳排放总量")(body)

    check, _mark = through(paper, edit, tmp_path / "edited")
    changed = [line for line in check.lines if line.verdict == "changed"]
    assert [(line.no, line.text.startswith(new), line.printed) for line in changed] == [
        (total.no, True, total.number.said)
    ]
    known = {row.no for row in made.rows if row.number.value is not None}
    assert {row.no for row in check.gone} == carbon & known
    assert {line.verdict.value for line in check.lines} <= {"same", "changed", "not_data"}


def _sentence(paper: Paper, no: int) -> str:
    """The words of the paragraph in which a figure of the text stands."""
    count, at = 0, None
    for place, part in placed(paper):
        count += isinstance(part, Number)
        if count == no and at is None:
            at = place
    return "".join(part.said for place, part in placed(paper) if place == at and not place.table)
