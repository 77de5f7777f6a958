"""A paper as PDF/A by the geometry of GB/T 9704: the same content gives the same bytes."""

import json
import re
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any, Literal

import qrcode
import typst

from jieyue.apps.papers.binding import checked
from jieyue.apps.papers.content import (
    Blank,
    Block,
    Cell,
    Heading,
    Number,
    PageBreak,
    Paper,
    Paragraph,
    Status,
    Strip,
    TableBlock,
    cell_said,
)
from jieyue.apps.papers.figures_annex import with_figures
from jieyue.apps.papers.fonts import FontError, fonts_of
from jieyue.apps.papers.table_fit import fitted

_LAYOUT = Path(__file__).parent / "layout" / "paper.typ"
#: Families that have a bold cut made for titles by themselves; others are set bold.
_TITLE_CUTS = ("方正小标宋", "FZXiaoBiaoSong", "STZhongsong", "华文中宋")
#: Text set in no font of the list stops this standard: a paper never has a box instead of a name.
_STANDARD: Literal["a-2u"] = "a-2u"
_MM = 72 / 25.4
STATE = "代拟稿"
SIGNATURE = ("填报", "审核", "负责")
FORM_SIGNATURE = ("单位负责人", "统计负责人", "填表人", "报出日期")


def pdf_of(paper: Paper, *, author: str, day: date, folder: str = "", state: str = STATE) -> bytes:
    """The paper as PDF. author: the authority; day: the document's date; folder: of fonts beside those of the
    system.

    Raises LooseNumberError, FontError.
    """
    fonts, roles = fonts_of(folder)
    said = json.dumps(document_of(paper, author, state) | _set_in(roles), ensure_ascii=False)
    compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True, root=_LAYOUT.parent)
    try:
        made = compiler.compile(
            _LAYOUT,
            format="pdf",
            sys_inputs={"paper": said},
            pdf_standards=_STANDARD,
            timestamp=datetime.combine(day, time(), UTC),
        )
    except typst.TypstError as error:
        raise _refused(error) from error
    assert isinstance(made, bytes)
    return made


def document_of(paper: Paper, author: str, state: str = STATE) -> dict[str, Any]:
    """What the layout is given: words alone, every number as it is printed."""
    whole = with_figures(checked(paper))
    room = _room(whole)
    return {
        "title": whole.title.split("\n"),
        "author": author,
        "marks": marks_of(whole),
        "state": "" if whole.form else state,
        "form": whole.form,
        "wide": whole.wide,
        "blocks": [_block(block, room) for block in whole.blocks],
        "annexes": [
            {
                "label": f"附件{no}",
                "title": annex.title,
                "blocks": [_block(block, room) for block in annex.blocks],
            }
            for no, annex in enumerate(whole.annexes, 1)
        ],
        "signature": list(FORM_SIGNATURE if whole.form else SIGNATURE) if whole.signed else [],
        "foot": list(whole.foot),
        "qr": squares_of(whole.qr),
    }


def squares_of(text: str) -> list[list[bool]]:
    """The dark squares of a code of a text, by line; none of no text."""
    if not text:
        return []
    made = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    made.add_data(text)
    return [[bool(dark) for dark in line] for line in made.get_matrix()]


def marks_of(paper: Paper) -> list[str]:
    """What stands on every page: sample data, provisional numbers."""
    marks = ["样例数据：不是任何真实单位的数"] if paper.synthetic else []
    return marks + (["含初步数"] if paper.provisional else [])


def notes_of(table: TableBlock) -> list[str]:
    """The notes of a table, and what the star is where there is one."""
    starred = any(
        isinstance(part, Number) and part.status is Status.PROVISIONAL
        for row in table.rows
        for cell in row
        for part in cell
    )
    return [*table.notes, *(["带 * 的是初步数。"] if starred else [])]


def _room(paper: Paper) -> tuple[float, float]:
    """How wide the text is [pt], and on a page that lies on its side."""
    if paper.form:
        return ((297 - 36) if paper.wide else (210 - 36)) * _MM, (297 - 36) * _MM
    return 156 * _MM, (297 - 28 - 26) * _MM


def _block(block: Block, room: tuple[float, float]) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": block.text}
        case Paragraph():
            return {
                "kind": "paragraph",
                "indent": block.indent,
                "parts": [{"kind": type(part).__name__.lower(), "said": part.said} for part in block.parts],
            }
        case TableBlock():
            return _table(block, room)
        case PageBreak():
            return {"kind": "break"}
        case Strip():
            return _strip(block)


def _strip(block: Strip) -> dict[str, Any]:
    """Places on the line from 0 to 1; the middle one of the whole group is ticked."""
    known = sorted([*block.others, *([] if block.own is None else [block.own])])
    low, high = (known[0], known[-1]) if known else (Fraction(0), Fraction(0))

    def place(value: Fraction) -> float:
        return 0.5 if high == low else round(float((value - low) / (high - low)), 4)

    middle = median(known) if known else None
    return {
        "kind": "strip",
        "caption": block.caption,
        "others": [place(value) for value in block.others],
        "own": None if block.own is None else place(block.own),
        "middle": None if middle is None else place(middle),
        "parts": [{"kind": type(part).__name__.lower(), "said": part.said} for part in block.parts],
    }


def _table(table: TableBlock, room: tuple[float, float]) -> dict[str, Any]:
    fit = fitted(table, room[table.landscape])
    return {
        "kind": "table",
        "number": table.number,
        "caption": table.caption,
        "columns": [
            {"title": one.title, "unit": one.unit, "number": one.number, "width": round(width, 3)}
            for one, width in zip(table.columns, fit.widths, strict=True)
        ],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "notes": notes_of(table),
        "landscape": table.landscape,
        "dense": table.dense,
        "size": fit.size,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"said": cell_said(cell), "blank": any(isinstance(part, Blank) for part in cell)}


def _set_in(roles: Any) -> dict[str, Any]:
    best = roles["title"][0]
    made = any(best.startswith(name) for name in _TITLE_CUTS)
    return {"fonts": dict(roles), "title_weight": "regular" if made else "bold"}


def _refused(error: typst.TypstError) -> FontError:
    """The layout is given words alone: what stops it is a character that no font has."""
    found = re.search(r"text `\"?(.*?)\"?` could not", error.message)
    shown = f"“{found[1]}”" if found else ""
    return FontError(
        "no_glyph",
        zh=f"公文排不出：{shown}没有字体可显示；装上含这个字的字体（如 fonts-noto-cjk），或放进 JIEYUE_FONTS"
        f" 的文件夹。排版器说：{error.message}",
        en=f"the paper cannot be set: no font shows {shown}; install one that has it (fonts-noto-cjk) or put it "
        f"into the folder of JIEYUE_FONTS. The typesetter says: {error.message}",
    )
