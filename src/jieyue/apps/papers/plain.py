"""A paper as plain text: what a golden file holds and a digest is taken of."""

import hashlib
from collections.abc import Iterator

from jieyue.apps.papers.binding import annex_of
from jieyue.apps.papers.content import (
    Block,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Strip,
    TableBlock,
    cell_said,
)
from jieyue.apps.papers.pdf import marks_of, notes_of


def text_of(paper: Paper) -> str:
    """Title, blocks, annexes and foot, one line each; cells are parted by ` | `."""
    lines = [f"[{mark}]" for mark in marks_of(paper)]
    lines += [paper.title.replace("\n", ""), ""]
    for block in paper.blocks:
        lines += _lines(block)
    for number, annex in enumerate(paper.annexes, 1):
        lines += ["", f"附件{number} {annex.title}"]
        for block in annex.blocks:
            lines += _lines(block)
    return "\n".join([*lines, "", *paper.foot, ""])


def digest_of(paper: Paper) -> str:
    """SHA-256 of the text and of what every number is bound to: it changes with any word, number or receipt."""
    bound = (f"{row.no}\t{row.number.said}\t{';'.join(row.number.sources)}" for row in annex_of(paper))
    return hashlib.sha256("\n".join((text_of(paper), *bound)).encode()).hexdigest()


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Paragraph():
            yield "".join(part.said for part in block.parts)
        case Strip():
            yield f"{block.caption}：{''.join(part.said for part in block.parts)}"
        case TableBlock():
            yield f"表{block.number} {block.caption}"
            yield " | ".join(f"{one.title}（{one.unit}）" if one.unit else one.title for one in block.columns)
            for row in block.rows:
                yield " | ".join(cell_said(cell) for cell in row)
            yield from notes_of(block)
        case PageBreak():
            yield ""
