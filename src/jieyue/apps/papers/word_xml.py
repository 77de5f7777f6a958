"""Blocks of a paper as WordprocessingML: paragraphs, tables, and each number in a content control with its number."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from jieyue.apps.papers.content import (
    Block,
    Cell,
    Heading,
    Inline,
    Number,
    PageBreak,
    Paragraph,
    Status,
    Strip,
    TableBlock,
)
from jieyue.apps.papers.pdf import notes_of

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
#: What a content control of a number is tagged with, before its number in the annex.
TAG = "jy:"
_WIDTH = 8845  # 156 mm in twentieths of a point
_GRID = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def run(text: str, properties: str = "") -> str:
    """Words."""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(_clean(text))}</w:t></w:r>'


def control(no: int, number: Number, properties: str = "") -> str:
    """The digits of a number in a content control: an editor may change them, a check finds them again."""
    name = quoteattr(f"{no} {number.code}"[:60])
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val={name}/><w:tag w:val="{TAG}{no}"/><w:text/></w:sdtPr>'
        f"<w:sdtContent>{run(number.text, properties)}</w:sdtContent></w:sdt>"
    )


def paragraph(style: str, inside: str) -> str:
    """A paragraph of a style."""
    return f'<w:p {NAMESPACE}><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{inside}</w:p>'


def words(style: str, text: str) -> str:
    """A paragraph of words alone."""
    return paragraph(style, run(text))


PAGE_BREAK = f'<w:p {NAMESPACE}><w:r><w:br w:type="page"/></w:r></w:p>'


def blocks_xml(blocks: Iterable[Block], numbers: Iterable[int]) -> list[str]:
    """Blocks as elements; numbers: those of the annex, in reading order, one for each number met."""
    each = iter(numbers)
    found: list[str] = []
    for block in blocks:
        match block:
            case Heading():
                found.append(words(f"JieyueHeading{block.level}", block.text))
            case Strip():
                inside = run(f"{block.caption}：") + "".join(_inline(part, each) for part in block.parts)
                found.append(paragraph("JieyueText", inside))
            case Paragraph():
                inside = "".join(_inline(part, each) for part in block.parts)
                found.append(paragraph("JieyueText" if block.indent else "Normal", inside))
            case TableBlock():
                found += _table(block, each)
            case PageBreak():
                found.append(PAGE_BREAK)
    return found


def after(number: Number) -> str:
    """What a sentence prints behind the digits: unit and, where it is not final, the word."""
    return "" if number.status is Status.MISSING else number.said.removeprefix(number.text)


def _inline(part: Inline, each: Iterable[int]) -> str:
    if isinstance(part, Number):
        return control(next(iter(each)), part) + (run(after(part)) if after(part) else "")
    return run(part.said)


def _table(table: TableBlock, each: Iterable[int]) -> list[str]:
    whole = sum(column.share for column in table.columns)
    widths = [_WIDTH * column.share // whole for column in table.columns]
    heads = [
        paragraph("JieyueCell", run(f"{one.title}（{one.unit}）" if one.unit else one.title))
        for one in table.columns
    ]
    style = "JieyueSmall" if table.dense else "JieyueCell"
    rows = [_row(heads, widths, head=True)]
    for row in table.rows:
        cells = [
            _aligned(style, _cell(cell, each), right=column.number)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        rows.append(_row(cells, widths))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    made = (
        f'<w:tbl {NAMESPACE}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{_GRID}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )
    notes = [words("JieyueSmall", note) for note in notes_of(table)]
    return [
        words("JieyueCaption", f"表{table.number}　{table.caption}"),
        made,
        *(notes or [words("JieyueSmall", "")]),
    ]


def _row(cells: Sequence[str], widths: Sequence[int], *, head: bool = False) -> str:
    properties = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>"
    inside = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{properties}{inside}</w:tr>"


def _aligned(style: str, inside: str, *, right: bool) -> str:
    side = '<w:jc w:val="right"/>' if right else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{side}</w:pPr>{inside}</w:p>'


def _cell(cell: Cell, each: Iterable[int]) -> str:
    inside = ""
    for part in cell:
        if isinstance(part, Number):
            star = run("*") if part.status is Status.PROVISIONAL else ""
            inside += control(next(iter(each)), part) + star
        else:
            inside += run(part.said)
    return inside


def _clean(text: str) -> str:
    """Control characters have no place in XML."""
    return "".join(char for char in text if char >= " " or char in "\t\n")
