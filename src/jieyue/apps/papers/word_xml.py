"""Blocks of a paper as WordprocessingML: paragraphs, tables, and each number in a content control with its number."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from jieyue.apps.papers.content import (
    Block,
    Cell,
    Column,
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
from jieyue.apps.papers.table_fit import DENSE_SIZES, SIZES, fitted

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
#: What a content control of a number is tagged with, before its number in the annex.
TAG = "jy:"
#: Names of styles of paragraphs that are no paragraphs: a page ends here; a wide page begins, ends.
PAGE, WIDE, UPRIGHT = "JieyuePage", "JieyueWide", "JieyueUpright"
_THICK, _THIN = (
    'w:val="single" w:sz="8" w:space="0" w:color="000000"',
    'w:val="single" w:sz="2" w:color="808080"',
)
_RULES = (
    f'<w:top {_THICK}/><w:left w:val="nil"/><w:bottom {_THICK}/><w:right w:val="nil"/>'
    f"<w:insideH {_THIN}/><w:insideV {_THIN}/>"
)
_UNDER_HEAD = '<w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:tcBorders>'


#: The largest type of a unit below the title of a column [pt].
_UNIT = 9
_SIZED = re.compile(r"(Jieyue[A-Za-z]+)-(\d+)")


@dataclass(frozen=True)
class Room:
    """How wide the text is on a page as it stands and on one that lies on its side, in twentieths of a point."""

    upright: int = 8845  # 156 mm
    wide: int = 13777  # 243 mm


def sized(style: str, size: float) -> str:
    """A style in another size of type [pt]: editors keep the size of a style, not always that of a number's digits."""
    return f"{style}-{round(size * 2)}"


def of_sized(style: str) -> tuple[str, int] | None:
    """(The style, half points) of a style that `sized` named."""
    found = _SIZED.fullmatch(style)
    return None if found is None else (found[1], int(found[2]))


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


PAGE_BREAK = paragraph(PAGE, "")


def blocks_xml(blocks: Iterable[Block], numbers: Iterable[int], room: Room) -> list[str]:
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
                found += _table(block, each, room)
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


def _table(table: TableBlock, each: Iterable[int], room: Room) -> list[str]:
    fit = fitted(table, (room.wide if table.landscape else room.upright) / 20)
    widths = [int(width * 20) for width in fit.widths]
    style, head = ("JieyueDense", "JieyueDenseHead") if table.dense else ("JieyueCell", "JieyueHead")
    if fit.size != (DENSE_SIZES if table.dense else SIZES)[0]:
        style, head = sized(style, fit.size), sized(head, fit.size)
    heads = [_aligned(head, _title(column, min(fit.size, _UNIT)), right=False) for column in table.columns]
    rows = [_row(heads, widths, head=True)]
    for row in table.rows:
        cells = [
            _aligned(style, _cell(cell, each), right=column.number)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        rows.append(_row(cells, widths))
    notes = [words("JieyueSmall", note) for note in notes_of(table)] or [words("JieyueSmall", "")]
    told = [
        words("JieyueCaption", f"表{table.number}　{table.caption}"),
        _grid(rows, widths, table.dense),
        *notes,
    ]
    return [paragraph(WIDE, ""), *told, paragraph(UPRIGHT, "")] if table.landscape else told


def _grid(rows: Sequence[str], widths: Sequence[int], dense: bool) -> str:
    air = 30 if dense else 60
    inside = f'<w:top w:w="{air}" w:type="dxa"/><w:left w:w="60" w:type="dxa"/>'
    inside += f'<w:bottom w:w="{air}" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl {NAMESPACE}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f"<w:tblBorders>{_RULES}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{inside}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _title(column: Column, size: float) -> str:
    """A column's title, its unit below in a size [pt]."""
    half = round(size * 2)
    look = f'<w:rPr><w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>'
    return run(column.title) + (f"<w:r><w:br/></w:r>{run(f'（{column.unit}）', look)}" if column.unit else "")


def _row(cells: Sequence[str], widths: Sequence[int], *, head: bool = False) -> str:
    properties = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>"
    inside = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{_UNDER_HEAD if head else ""}'
        f'<w:vAlign w:val="center"/></w:tcPr>{cell}</w:tc>'
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
