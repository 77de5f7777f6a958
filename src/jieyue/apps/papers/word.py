"""A paper as a Word file, from a template that the authority may edit in WPS.

The template says what stands where: `{{ title() }}`, `{{ part("一") }}`, `{{ f("co2_total_t", "ytd") }}`,
`{{ chg("co2_total_t", "ytd", "yoy") }}`. Nothing else is allowed in it: see `word_template`.
"""

import copy
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from jieyue.apps.papers.binding import AnnexRow, annex_of, checked
from jieyue.apps.papers.content import Block, Cell, Heading, Number, Paper, Place, TableBlock
from jieyue.apps.papers.figures_annex import with_figures
from jieyue.apps.papers.mark import Mark, put_mark
from jieyue.apps.papers.pdf import STATE, marks_of, squares_of
from jieyue.apps.papers.word_pages import SQUARES, draw_squares, room_of, settle
from jieyue.apps.papers.word_xml import (
    NAMESPACE,
    PAGE_BREAK,
    TAG,
    Room,
    after,
    blocks_xml,
    control,
    paragraph,
    words,
)

_LAYOUT = Path(__file__).parent / "layout"
#: Marks that a template's expressions leave in the text, for what is put there afterwards: a number, a block.
_NUMBER, _BLOCK, _END = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"({_NUMBER}\\d+{_END})")
_DATE = (2020, 1, 1, 0, 0, 0)

Figure = Callable[[str, str, str], Number]
Change = Callable[[str, str, str], Cell]


@dataclass(frozen=True)
class Source:
    """Where a template's own expressions get their numbers: figure(code, period, scope), change(code, period, kind)."""

    figure: Figure
    change: Change


@dataclass(frozen=True)
class WordFile:
    """The file, and its numbers: what content control n holds is row n."""

    content: bytes
    rows: tuple[AnnexRow, ...]


@dataclass
class _Filling:
    """A paper while it is put into a template."""

    paper: Paper
    source: Source | None
    state: str
    room: Room
    rows: list[AnnexRow] = field(default_factory=list)
    blocks: list[list[str]] = field(default_factory=list)

    def names(self) -> dict[str, Any]:
        """What a template may call."""
        return {
            "title": lambda: self.paper.title,
            "state": lambda: self.state,
            "marks": lambda: "　".join(marks_of(self.paper)),
            "foot": lambda: self._put(self._foot()),
            "body": lambda: self._put(self._body(self.paper.blocks)),
            "part": self._part,
            "annexes": lambda: self._put(self._annexes()),
            "f": self._figure,
            "chg": self._change,
        }

    def _figure(self, code: str, period: str = "month", scope: str = "") -> str:
        assert self.source is not None
        number = self.source.figure(code, period, scope)
        return self._marked(number) + after(number)

    def _change(self, code: str, period: str = "month", kind: str = "yoy") -> str:
        assert self.source is not None
        parts = self.source.change(code, period, kind)
        return "".join(
            self._marked(part) + after(part) if isinstance(part, Number) else part.said for part in parts
        )

    def _marked(self, number: Number) -> str:
        """A number of the paper keeps the number that it has there; another one is added behind."""
        same = next((row.no for row in self.rows if row.number == number), None)
        if same is None:
            same = len(self.rows) + 1
            self.rows.append(AnnexRow(same, Place(0, "模板"), number))
        return f"{_NUMBER}{same}{_END}"

    def _foot(self) -> list[str]:
        """The last lines, below them the place of the square code."""
        lines = [words("JieyueFoot", line) for line in with_figures(self.paper).foot]
        return [*lines, paragraph(SQUARES, "")] if self.paper.qr else lines

    def _part(self, numeral: str) -> str:
        blocks = _part_of(self.paper, numeral)
        if not blocks:  # the template asks for more parts than the paper has: said, not left out in silence
            return self._put([words("JieyueText", f"【本公文没有“{numeral}、”部分】")])
        return self._put(self._body(blocks))

    def _body(self, blocks: tuple[Block, ...]) -> list[str]:
        start = _first_number(self.paper, blocks)
        return blocks_xml(blocks, iter(range(start, len(self.rows) + 1)), self.room)

    def _annexes(self) -> list[str]:
        """The paper's own annexes and where every number of the file comes from."""
        whole = with_figures(self.paper, self.rows)
        found: list[str] = []
        for no, annex in enumerate(whole.annexes, 1):
            found += [PAGE_BREAK, words("JieyueAnnex", f"附件{no}"), words("JieyueTitle", annex.title)]
            found += (
                blocks_xml(annex.blocks, iter(()), self.room) if annex.figures else self._body(annex.blocks)
            )
        return found

    def _put(self, elements: list[str]) -> str:
        self.blocks.append(elements)
        return f"{_BLOCK}{len(self.blocks) - 1}{_END}"


def word_of(
    paper: Paper,
    template: bytes | None = None,
    *,
    source: Source | None = None,
    state: str = STATE,
    mark: Mark | None = None,
) -> WordFile:
    """The paper as docx. template: the authority's own, else the one that ships. mark: of the draft that it is made
    from. Raises LooseNumberError."""
    content = template or shipped(paper.code)
    filling = _Filling(checked(paper), source, state, room_of(content), list(annex_of(paper)))
    book = DocxTemplate(io.BytesIO(content))
    book.render(filling.names(), jinja_env=SandboxedEnvironment(autoescape=True))
    sink = io.BytesIO()
    book.save(sink)
    document = Document(io.BytesIO(sink.getvalue()))
    for element in list(document.element.body.iter(qn("w:p"))):
        _expand(element, filling)
    for element in list(document.element.body.iter(qn("w:r"))):
        _bind(element, filling)
    settle(document, shipped(paper.code))
    if paper.qr:
        draw_squares(document, squares_of(paper.qr))
    _mark_pages(document, paper)
    if mark is not None:
        put_mark(document, mark)
    sink = io.BytesIO()
    document.save(sink)
    return WordFile(fixed(sink.getvalue()), tuple(filling.rows))


def shipped(code: str) -> bytes:
    """The template that ships for a paper, else the general one."""
    own = _LAYOUT / f"{code}.docx"
    return (own if own.exists() else _LAYOUT / "paper.docx").read_bytes()


def fixed(book: bytes) -> bytes:
    """The archive with one date for every part: the same content gives the same bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _part_of(paper: Paper, numeral: str) -> tuple[Block, ...]:
    """The blocks below the heading of level 1 that begins with a numeral 一、."""
    found: list[Block] = []
    inside = False
    for block in paper.blocks:
        if isinstance(block, Heading) and block.level == 1:
            inside = block.text.startswith(f"{numeral}、")
        if inside:
            found.append(block)
    return tuple(found)


def _first_number(paper: Paper, blocks: tuple[Block, ...]) -> int:
    """The number in the annex of the first number of blocks that stand together somewhere in the paper."""
    before = 0
    for block in _all_blocks(paper):
        if blocks and block is blocks[0]:
            return before + 1
        before += _numbers_in(block)
    return before + 1


def _all_blocks(paper: Paper) -> Iterator[Block]:
    yield from paper.blocks
    for annex in paper.annexes:
        yield from annex.blocks


def _numbers_in(block: Block) -> int:
    if isinstance(block, TableBlock):
        return sum(isinstance(part, Number) for row in block.rows for cell in row for part in cell)
    return sum(isinstance(part, Number) for part in getattr(block, "parts", ()))


def _expand(element: Any, filling: _Filling) -> None:
    """A paragraph that holds a block mark gives way to the blocks."""
    text = "".join(node.text or "" for node in element.iter(qn("w:t")))
    found = re.search(f"{_BLOCK}(\\d+){_END}", text)
    if found is None:
        return
    for xml in filling.blocks[int(found[1])]:
        element.addprevious(parse_xml(xml))
    element.getparent().remove(element)


def _bind(element: Any, filling: _Filling) -> None:
    """A run with number marks becomes runs and content controls of the same look."""
    text = "".join(node.text or "" for node in element.findall(qn("w:t")))
    if _NUMBER not in text:
        return
    look = element.find(qn("w:rPr"))
    for piece in _MARK.split(text):
        if not piece:
            continue
        if piece.startswith(_NUMBER):
            no = int(piece[1:-1])
            made = parse_xml(
                control(no, filling.rows[no - 1].number).replace("<w:sdt>", f"<w:sdt {NAMESPACE}>", 1)
            )
            inner = made.find(f"{qn('w:sdtContent')}/{qn('w:r')}")
        else:
            made = inner = copy.deepcopy(element)
            for node in made.findall(qn("w:t"))[1:]:
                made.remove(node)
            node = made.find(qn("w:t"))
            node.text = piece
            node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        if look is not None and inner is not element and inner.find(qn("w:rPr")) is None:
            inner.insert(0, copy.deepcopy(look))
        element.addprevious(made)
    element.getparent().remove(element)


def _mark_pages(document: Any, paper: Paper) -> None:
    """What must stand on every page does, whatever the template's header says."""
    for mark in marks_of(paper):
        for section in document.sections:
            headers = [section.header]
            if document.settings.odd_and_even_pages_header_footer:
                headers.append(section.even_page_header)
            if section.different_first_page_header_footer:
                headers.append(section.first_page_header)
            for header in headers:
                if not any(mark in paragraph.text for paragraph in header.paragraphs):
                    header.add_paragraph(mark)


def bound_in(content: bytes) -> list[tuple[int, str]]:
    """(Number in the annex, text) of every content control of a file, in reading order."""
    body = Document(io.BytesIO(content)).element.body
    found = []
    for element in body.iter(qn("w:sdt")):
        tag = element.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        value = "" if tag is None else str(tag.get(qn("w:val")))
        if value.startswith(TAG) and value[len(TAG) :].isdigit():
            text = "".join(node.text or "" for node in element.iter(qn("w:t")))
            found.append((int(value[len(TAG) :]), text))
    return found
