"""The Word file of a paper: its words, its content controls with their numbers, and what a template may say."""

import io
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn

from jieyue.apps.papers.binding import annex_of
from jieyue.apps.papers.content import Annex, Blank, Cell, Heading, Number, Paragraph, Status, Text
from jieyue.apps.papers.figures_annex import TITLE, with_figures
from jieyue.apps.papers.make import bulletin_for
from jieyue.apps.papers.word import Source, bound_in, shipped, word_of
from jieyue.apps.papers.word_source import source_of
from jieyue.apps.papers.word_template import TemplateError, check_template, codes
from jieyue.apps.publication.queries import last_done
from tests.apps.accounts import desk
from tests.apps.papers.papers import FIGURE, RARE, of, table, words
from tests.apps.papers.test_monthly import A1, G1, P1, SOME, publish, tce
from tests.apps.summaries.dozen import MONTH, Dozen

OTHER = replace(FIGURE, text="88.80", code="co2_total_t", receipt="0123456789abcdef/line:1/co2_total_t")


def said(content: bytes) -> str:
    """All words of the body, controls included."""
    body = Document(io.BytesIO(content)).element.body
    return "\n".join("".join(node.text or "" for node in one.iter(qn("w:t"))) for one in body.iter(qn("w:p")))


def template(*lines: str) -> bytes:
    """A template with these paragraphs in front of the body and the annexes."""
    document = Document(io.BytesIO(shipped("paper")))
    first = document.paragraphs[0]
    for line in lines:
        first.insert_paragraph_before(line)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def test_every_number_stands_in_a_control_with_its_number_in_the_annex() -> None:
    loose = replace(FIGURE, text="7.00", status=Status.PROVISIONAL)
    paper = of(
        Heading(1, "一、情况"),
        Paragraph((Text(f"消费<{RARE}>&"), FIGURE, Text("。"), Blank("写明"))),
        table(loose),
    )
    made = word_of(paper)
    assert bound_in(made.content) == [(row.no, row.number.text) for row in annex_of(paper)]
    text = said(made.content)
    assert f"消费<{RARE}>&1,234.56吨标准煤。【写明】" in text
    assert "7.00*" in text
    assert "数据出处" in text
    assert "0123456789abcdef/line:1/energy_total_tce" in text.replace("\u200b", "")
    assert "{{" not in text
    assert made.content == word_of(paper).content, "the same content gives the same bytes"


def test_the_mark_of_a_sample_home_stands_in_every_header_even_of_a_template_without() -> None:
    document = Document(io.BytesIO(shipped("paper")))
    for header in (document.sections[0].header, document.sections[0].even_page_header):
        header.paragraphs[0].text = "本局文件"
    sink = io.BytesIO()
    document.save(sink)
    made = Document(io.BytesIO(word_of(of(table(FIGURE), synthetic=True), sink.getvalue()).content))
    section = made.sections[0]
    for header in (section.header, section.even_page_header):
        assert "样例数据" in "".join(one.text for one in header.paragraphs)
        assert "本局文件" in "".join(one.text for one in header.paragraphs)


def test_a_template_takes_figures_of_its_own_and_keeps_the_look_of_the_words() -> None:
    def figure(code: str, period: str, scope: str) -> Number:
        assert (period, scope) == ("ytd", "")
        return FIGURE if code == "energy_total_tce" else OTHER

    def change(code: str, period: str, kind: str) -> Cell:
        return Text("上升"), replace(OTHER, text="2.1", unit="%")

    document = Document(io.BytesIO(template()))
    first = document.paragraphs[0].insert_paragraph_before("")
    whole = '能耗{{ f("energy_total_tce", "ytd") }}，碳{{ f("co2_total_t", "ytd") }}，'
    whole += '同比{{ chg("co2_total_t", "ytd") }}。'
    first.add_run(whole[:12]).bold = True  # an editor cuts a paragraph into runs anywhere
    first.add_run(whole[12:]).bold = True
    sink = io.BytesIO()
    document.save(sink)
    made = word_of(
        of(Heading(1, "一、"), Paragraph((Text("消费"), FIGURE))),
        sink.getvalue(),
        source=Source(figure, change),
    )
    assert "能耗1,234.56吨标准煤，碳88.80吨标准煤，同比上升2.1%。" in said(made.content)
    assert bound_in(made.content) == [(1, "1,234.56"), (2, "88.80"), (3, "2.1"), (1, "1,234.56")]
    assert [row.number.text for row in made.rows] == ["1,234.56", "88.80", "2.1"]
    control = next(Document(io.BytesIO(made.content)).element.body.iter(qn("w:sdt")))
    assert next(control.iter(qn("w:b"))) is not None


def test_the_bulletin_fills_its_template_from_the_accounts(dozen: Dozen) -> None:
    publish(SOME)
    paper = bulletin_for("city", MONTH, sequence=last_done())
    own = template('累计{{ f("energy_total_tce", "ytd") }}，可比{{ chg("energy_total_tce", "ytd", "lfl") }}，'
                   '同比{{ chg("energy_total_tce", "ytd", "yoy") }}')  # fmt: skip
    assert check_template(own) == []
    made = word_of(paper, own, source=source_of(paper))
    assert f"累计{tce(3 * (A1 + P1 + G1))}吨标准煤（初步），可比上升" in said(made.content)
    assert "同比不计算" in said(made.content)
    plain = word_of(paper, source=source_of(paper))
    assert [no for no, _text in bound_in(plain.content)] == list(range(1, len(annex_of(paper)) + 1)), (
        "the shipped template has every part once, in order"
    )
    total = next(row for row in plain.rows if row.number.code == "energy_total_tce")
    assert total.number.receipt == desk.figure("city", MONTH, "energy_total_tce").receipt


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('{{ f("no_such_code", "ytd") }}', "no_such_code"),
        ('{{ f("co2_total_t", "week") }}', "week"),
        ('{{ chg("co2_total_t", "ytd", "wow") }}', "wow"),
        ("{{ secret() }}", "secret"),
        ("{{ title.__class__ }}", "title.__class__"),
        ("{% for i in range(9) %}x{% endfor %}", "{%"),
        ('{{ f("co2_total_t" }}', "f("),
        ("{{ title() ", "{{"),
        ('{{ title("x") }}', "title"),
    ],
)
def test_what_a_template_may_not_say_is_told_with_its_paragraph(dozen: Dozen, line: str, word: str) -> None:
    found = check_template(template("没有问题", line))
    assert [one.paragraph for one in found] == [2]
    assert word in found[0].text
    assert found[0].message_zh
    assert found[0].message_en


def test_a_template_without_text_or_annexes_is_told(dozen: Dozen) -> None:
    sink = io.BytesIO()
    Document().save(sink)
    assert [one.paragraph for one in check_template(sink.getvalue())] == [0, 0]


def test_curled_quotation_marks_of_an_editor_are_read(dozen: Dozen) -> None:
    assert check_template(template("{{ f(“co2_total_t”, “ytd”) }}")) == []


def packed(**more: bytes) -> bytes:
    """The shipped template with other parts in its archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shipped("paper"))) as old, zipfile.ZipFile(sink, "w") as new:
        for name in old.namelist():
            new.writestr(name, more.pop(name, None) or old.read(name))
        for name, content in more.items():
            new.writestr(name, content)
    return sink.getvalue()


def test_files_that_are_no_templates_are_refused() -> None:
    relations = zipfile.ZipFile(io.BytesIO(shipped("paper"))).read("word/_rels/document.xml.rels")
    link = b'<Relationship Id="rId99" Type="http://x/image" Target="http://example.org/a.png" TargetMode="External"/>'
    outside = relations.replace(b"</Relationships>", link + b"</Relationships>")
    for content, word in (
        (b"hello", "不是 .docx"),
        (packed(**{"word/vbaProject.bin": b"x"}), "含宏"),
        (packed(**{"word/_rels/document.xml.rels": outside}), "文件以外"),
        (b"x" * (6 * 2**20), "大于"),
    ):
        with pytest.raises(TemplateError) as caught:
            check_template(content)
        assert word in caught.value.message_zh
        assert caught.value.message_en.isascii()


def test_every_code_that_is_offered_for_copying_is_allowed(dozen: Dozen) -> None:
    offered = codes()
    assert len(offered) > 60
    assert check_template(template(*(text for text, _zh, _en in offered))) == []


def test_the_place_for_figures_of_a_paper_without_any_says_so_and_the_annexes_keep_their_numbers() -> None:
    annexes = (
        Annex("未报机构名单", (words("无"),)),
        Annex(TITLE, (), figures=1),
        Annex("区划对照", (words("未变"),)),
    )
    paper = replace(of(words("本月没有数")), annexes=annexes, anchor="日志锚点")
    whole = with_figures(paper)
    assert [annex.title for annex in whole.annexes] == ["未报机构名单", "数据出处", "区划对照"]
    assert whole.annexes[1].blocks == (Paragraph((Text("文中没有需要列出出处的数。"),)),)
    assert whole.foot[-1] == "日志锚点"
    lines = [line.text for line in Document(io.BytesIO(word_of(paper).content)).paragraphs]
    assert "文中没有需要列出出处的数。" in lines
    assert [line for line in lines if line.startswith("附件")][-1] == "附件3"
