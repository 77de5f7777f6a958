"""What an official paper 公文 says, before it is a PDF, a Word file or a workbook.

A paper is blocks of text in which every number is bound to where it comes from. One content is laid out by several
writers; none of them makes or changes a number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Kind(StrEnum):
    """Where a number comes from: an account, a figure made from figures, a count of the system, a plan's text."""

    FIGURE = "figure"
    DERIVED = "derived"
    COUNT = "count"
    PLAN = "plan"


class Status(StrEnum):
    """How sure a number is; the words of the accounts."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is printed, and what it is.

    text: as printed, without unit (`12.34`; `未报` where the status is missing). unit: as printed behind it in a
    sentence (`万吨标准煤`; empty for none); a cell prints the text alone, its column or row names the unit.
    code: indicator or name of the derived figure. scope, period: of what. value: exact, in the printed unit.
    receipt: of the figure itself; parts: receipts of what it was made from. clause: of a plan's number.
    """

    text: str
    unit: str
    code: str
    scope: str
    period: str
    value: Fraction | None
    receipt: str
    status: Status
    kind: Kind
    parts: tuple[str, ...] = ()
    clause: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """What stands behind it: its receipt, else the receipts of its parts, else the clause."""
        if self.receipt:
            return (self.receipt,)
        return self.parts or ((self.clause,) if self.clause else ())

    @property
    def said(self) -> str:
        """As a sentence prints it: with its unit and, where it is not final, the word.

        >>> Number("1.50", "万吨", "co2_total_t", "city", "2026", Fraction(3, 2), "r", Status.PROVISIONAL,
        ...        Kind.FIGURE).said
        '1.50万吨（初步）'
        """
        if self.status is Status.MISSING:
            return self.text
        return f"{self.text}{self.unit}{'（初步）' if self.status is Status.PROVISIONAL else ''}"


@dataclass(frozen=True, slots=True)
class Blank:
    """A place 【…】 that a person fills; asks: what is wanted there. A paper with one is not issued."""

    asks: str

    @property
    def said(self) -> str:
        """As printed until a person has written it."""
        return f"【{self.asks}】"


@dataclass(frozen=True, slots=True)
class Text:
    """Words. Its digits are dates, references and ordinals only: any other number is a Number."""

    text: str

    @property
    def said(self) -> str:
        """The words."""
        return self.text


Inline = Text | Number | Blank
Cell = tuple[Inline, ...]


def cell_said(cell: Cell) -> str:
    """A cell as printed: numbers without their unit, one that is not final with a star."""
    return "".join(
        f"{part.text}{'*' if part.status is Status.PROVISIONAL else ''}"
        if isinstance(part, Number)
        else part.said
        for part in cell
    )


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its number in it: level 1 一、 2 （一） 3 1. 4 （1）."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. indent False: a line that starts at the margin, as a form of address does."""

    parts: tuple[Inline, ...]
    indent: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. unit: under the title; share: how wide, beside the others."""

    title: str
    unit: str = ""
    number: bool = False
    share: int = 1


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table with its number (1 is 表1) and caption; each row has a cell for each column. notes: under it.

    dense: small type, for long lists.
    """

    number: int
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    landscape: bool = False
    dense: bool = False


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts a new page."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture: a dot for each of a group on a line, its own marked, the middle one ticked; words say the same.

    others: the values of the group without its own; what has none is left out.
    """

    caption: str
    own: Fraction | None
    others: tuple[Fraction, ...]
    parts: Cell


Block = Heading | Paragraph | TableBlock | PageBreak | Strip


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex 附件: what stands behind the signature, numbered in its order.

    figures: the number of the table of all figures, where it is this annex in which they stand; its blocks are made
    when the paper is written. A paper without such an annex has them behind all others.
    """

    title: str
    blocks: tuple[Block, ...]
    figures: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of one scope, one period and one publication.

    code: which paper (`monthly-bulletin`). foot: lines of the last page, 数据截至 …. synthetic: a sample home, marked
    on every page. provisional: some number is not final, marked likewise. A line break in the title is where it breaks.
    form: a form or table as it is filed, on wide pages if `wide`: its numbers have their sources, which its foot names
    once instead of an annex; persons sign as on the form, unless it is not `signed`. qr: what a square code at the end
    of the printed paper says: an address. anchor: the line on the action log, of what is released (`log_anchor`).
    """

    code: str
    title: str
    scope: str
    scope_name: str
    period: str
    sequence: int
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...] = ()
    foot: tuple[str, ...] = ()
    synthetic: bool = False
    provisional: bool = False
    form: bool = False
    wide: bool = False
    signed: bool = True
    qr: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: under which heading, and which paragraph (from 1) or table cell (both from 1)."""

    annex: int
    heading: str
    paragraph: int = 0
    table: int = 0
    row: int = 0
    column: int = 0

    @property
    def said(self) -> str:
        """In words.

        >>> Place(0, "二、总体情况", table=2, row=1, column=3).said, Place(1, "", paragraph=4).said
        ('表2 第1行第3列', '附件1 第4段')
        """
        where = f"附件{self.annex} " if self.annex else ""
        if self.table:
            return f"{where}表{self.table} 第{self.row}行第{self.column}列"
        heading = f"{self.heading} " if self.heading else ""
        return f"{where}{heading}第{self.paragraph}段"


def placed(paper: Paper) -> Iterator[tuple[Place, Inline]]:
    """Everything of a paper in reading order, with its place; annexes after the body."""
    for annex, blocks in enumerate((paper.blocks, *(annex.blocks for annex in paper.annexes))):
        heading, paragraph = "", 0
        for block in blocks:
            if isinstance(block, Heading):
                heading, paragraph = block.text, 0
            elif isinstance(block, (Paragraph, Strip)):
                paragraph += 1
                for part in block.parts:
                    yield Place(annex, heading, paragraph=paragraph), part
            elif isinstance(block, TableBlock):
                yield from _cells(annex, heading, block)


def _cells(annex: int, heading: str, table: TableBlock) -> Iterator[tuple[Place, Inline]]:
    for row, cells in enumerate(table.rows, 1):
        for column, cell in enumerate(cells, 1):
            for part in cell:
                yield Place(annex, heading, table=table.number, row=row, column=column), part
