"""The pages of a Word file: where one begins, where a table lies on its side, and the styles that a template lacks."""

import copy
import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image

from jieyue.apps.papers.word_xml import PAGE, UPRIGHT, WIDE, Room, of_sized

_OWN, _TWIP = "Jieyue", 635
#: The place of a code of squares; how many points of the picture a square is wide.
SQUARES, _DOT = "JieyueSquares", 8
#: What stands in front of `pageBreakBefore` among the properties of a paragraph.
_BEFORE_BREAK = (qn("w:pStyle"), qn("w:keepNext"), qn("w:keepLines"))


def room_of(template: bytes) -> Room:
    """How wide the text of a template's first pages is, and of a page of it turned."""
    section = Document(io.BytesIO(template)).sections[0]
    wide, high = section.page_width or Mm(210), section.page_height or Mm(297)
    sides = (section.left_margin or 0) + (section.right_margin or 0)
    return Room((wide - sides) // _TWIP, (high - sides) // _TWIP)


def settle(document: Any, shipped: bytes) -> None:
    """Put page ends and turned pages where their marks stand; take styles that the template lacks from the shipped."""
    body = document.element.body
    for mark in [one for one in body.iter(qn("w:p")) if _style_of(one) in (PAGE, WIDE, UPRIGHT)]:
        before, behind = mark.getprevious(), mark.getnext()
        mark.getparent().remove(mark)
        match _style_of(mark):
            case _ if behind is None:
                pass
            case str(name) if name == PAGE:
                _new_page(before, behind)
            case str(name) if name == WIDE:
                _end_section(before, body.sectPr)
            case _:
                _end_wide(before, behind, body.sectPr)
    _complete_styles(document, shipped)


def draw_squares(document: Any, lines: Sequence[Sequence[bool]]) -> None:
    """The code of squares as a picture, at the right where its mark stands; white around it, as readers want."""
    mark = next((one for one in document.paragraphs if _style_of(one._p) == SQUARES), None)
    if mark is None or not lines:  # the template has no foot
        return
    picture = Image.new("1", (len(lines[0]), len(lines)), 1)
    for row, cells in enumerate(lines):
        for column, dark in enumerate(cells):
            picture.putpixel((column, row), 0 if dark else 1)
    sink = io.BytesIO()
    picture.resize((_DOT * len(lines[0]), _DOT * len(lines)), Image.Resampling.NEAREST).save(sink, "PNG")
    sink.seek(0)
    mark.style = document.styles["Normal"]
    mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    mark.paragraph_format.line_spacing = 1.0
    mark.paragraph_format.space_before = Mm(2)
    mark.add_run().add_picture(sink, width=Mm(26))


def _style_of(element: Any) -> str:
    if element is None or element.tag != qn("w:p") or element.pPr is None or element.pPr.pStyle is None:
        return ""
    return str(element.pPr.pStyle.val)


def _new_page(before: Any, behind: Any) -> None:
    """What is behind begins a page; a section that ends here has begun one already."""
    if behind.tag != qn("w:p") or _style_of(behind) in (PAGE, WIDE) or _ends_section(before):
        return
    properties = behind.get_or_add_pPr()
    place = sum(one.tag in _BEFORE_BREAK for one in properties)
    properties.insert(place, OxmlElement("w:pageBreakBefore"))


def _ends_section(element: Any) -> bool:
    return element is not None and element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None


def _end_section(before: Any, last: Any) -> Any:
    """The pages up to here are as the last of the file; gives their section, None where one ends here already."""
    if before is None or before.tag != qn("w:p") or _ends_section(before):
        return None
    section = copy.deepcopy(last)
    before.get_or_add_pPr().append(section)
    return section


def _end_wide(before: Any, behind: Any, last: Any) -> None:
    """The pages up to here lie on their side; those of the whole rest, if nothing is behind."""
    section = last if behind is last else _end_section(before, last)
    if section is None:
        return
    size = section.find(qn("w:pgSz"))
    wide, high = size.get(qn("w:w")), size.get(qn("w:h"))
    size.set(qn("w:w"), high)
    size.set(qn("w:h"), wide)
    size.set(qn("w:orient"), "landscape")


def _complete_styles(document: Any, shipped: bytes) -> None:
    """A template that an authority made has not every style that a paper is written in."""
    own = {style.style_id for style in document.styles}
    for style in Document(io.BytesIO(shipped)).styles:
        if style.style_id.startswith(_OWN) and style.style_id not in own:
            document.styles.element.append(copy.deepcopy(style.element))
    used = {_style_of(one) for one in document.element.body.iter(qn("w:p"))}
    for name in sorted(used):
        found = of_sized(name)
        if found is not None:
            style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.element.set(qn("w:styleId"), name)
            style.base_style = next(one for one in document.styles if one.style_id == found[0])
            style.font.size = Pt(found[1] / 2)
