"""The annex of figures of every paper 数据出处: each number with where it stands, what it is and its receipt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from jieyue.apps.papers.binding import AnnexRow, annex_of
from jieyue.apps.papers.content import Annex, Block, Column, Kind, Paper, Paragraph, TableBlock, Text
from jieyue.apps.papers.figure_names import name_of
from jieyue.apps.papers.words import STATUS

TITLE = "数据出处"
COLUMNS = (
    Column("序号", share=3),
    Column("位置", share=6),
    Column("指标", share=6),
    Column("期间", share=5),
    Column("数值", number=True, share=4),
    Column("单位", share=4),
    Column("状态", share=3),
    Column("回执或条款", share=12),
)
_NOTE = "回执可在“回执”页查看与复算；派生数列出所由各数的回执。"
_NOTHING = Paragraph((Text("文中没有需要列出出处的数。"),))
#: A place where a long receipt may break; it prints nothing.
_BREAK = "\u200b"


def with_figures(paper: Paper, rows: Sequence[AnnexRow] | None = None) -> Paper:
    """The paper with its annex of figures, in the place that it keeps for it, else behind its own annexes.

    rows: of a file that holds more than its own.

    The line on the log stands below the figures; where there are none, it is the last one of the paper.
    """
    rows = annex_of(paper) if rows is None else rows
    if paper.form:
        return paper
    kept = next((annex for annex in paper.annexes if annex.figures), None)
    if not rows:
        told = paper if kept is None else _filled(paper, kept, _NOTHING)
        return replace(told, foot=(*told.foot, told.anchor)) if told.anchor else told
    first = _first_places(rows)
    number = kept.figures if kept else 1 + max((table.number for table in _tables(paper)), default=0)
    table = TableBlock(
        number,
        "全文数字及其出处",
        COLUMNS,
        tuple(tuple((Text(text),) for text in cells_of(row, first)) for row in rows),
        dense=True,
        notes=(_NOTE, paper.anchor) if paper.anchor else (_NOTE,),
    )
    if kept is None:
        return replace(paper, annexes=(*paper.annexes, Annex(TITLE, (table,), figures=number)))
    return _filled(paper, kept, table)


def _filled(paper: Paper, kept: Annex, block: Block) -> Paper:
    """The annex that the paper keeps for figures holds the block; it stays, so that the others keep their numbers."""
    filled = [replace(annex, blocks=(block,)) if annex is kept else annex for annex in paper.annexes]
    return replace(paper, annexes=tuple(filled))


def _first_places(rows: Iterable[AnnexRow]) -> dict[str, int]:
    """Receipt of a figure → the number of the line where it stands first."""
    found: dict[str, int] = {}
    for row in rows:
        if row.number.kind is Kind.FIGURE:
            found.setdefault(row.number.receipt, row.no)
    return found


def cells_of(row: AnnexRow, first: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """One line of the annex as words; a part that stands in the annex itself is named by its number there."""
    number = row.number
    own = number.kind is Kind.FIGURE
    sources = number.sources if own else [_source(one, first or {}) for one in number.sources]
    return (
        str(row.no),
        row.place.said,
        name_of(number),
        _broken(number.period),
        number.text,
        number.unit,
        STATUS[number.status],
        _broken("；".join(sources)),
    )


def _source(receipt: str, first: Mapping[str, int]) -> str:
    return f"见第{first[receipt]}号" if receipt in first else receipt


def _broken(text: str) -> str:
    for mark in "/_.:":
        text = text.replace(mark, f"{mark}{_BREAK}")
    return text


def _tables(paper: Paper) -> list[TableBlock]:
    blocks = [*paper.blocks, *(block for annex in paper.annexes for block in annex.blocks)]
    return [block for block in blocks if isinstance(block, TableBlock)]
