"""A paper as JSON and back: what a draft keeps, so that it says tomorrow what it said when it was drafted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from jieyue.apps.papers.content import (
    Annex,
    Blank,
    Block,
    Cell,
    Column,
    Heading,
    Inline,
    Kind,
    Number,
    PageBreak,
    Paper,
    Paragraph,
    Status,
    Strip,
    TableBlock,
    Text,
)

Json = Mapping[str, Any]


def to_json(paper: Paper) -> dict[str, Any]:
    """The paper as plain values."""
    said = {name: getattr(paper, name) for name in _PLAIN}
    said["blocks"] = [_block(block) for block in paper.blocks]
    said["annexes"] = [_annex(annex) for annex in paper.annexes]
    return said | {"foot": list(paper.foot), "anchor": paper.anchor}


def from_json(said: Json) -> Paper:
    """The paper that was kept."""
    annexes = tuple(
        Annex(one["title"], _blocks(one["blocks"]), one.get("figures", 0)) for one in said["annexes"]
    )
    plain = {name: said[name] for name in _PLAIN}
    return Paper(
        blocks=_blocks(said["blocks"]),
        annexes=annexes,
        foot=tuple(said["foot"]),
        anchor=said.get("anchor", ""),  # none in what was kept before papers had one
        **plain,
    )


def _annex(annex: Annex) -> dict[str, Any]:
    """figures is left out where it says nothing: what was kept before there was such an annex has none."""
    said = {"title": annex.title, "blocks": [_block(one) for one in annex.blocks]}
    return said | ({"figures": annex.figures} if annex.figures else {})


_PLAIN = ("code", "title", "scope", "scope_name", "period", "sequence", "synthetic", "provisional")


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"is": "heading", "level": block.level, "text": block.text}
        case Paragraph():
            return {"is": "paragraph", "indent": block.indent, "parts": _cell(block.parts)}
        case TableBlock():
            return {
                "is": "table",
                "number": block.number,
                "caption": block.caption,
                "columns": [asdict(column) for column in block.columns],
                "rows": [[_cell(cell) for cell in row] for row in block.rows],
                "notes": list(block.notes),
                "landscape": block.landscape,
                "dense": block.dense,
            }
        case PageBreak():
            return {"is": "break"}
        case Strip():
            return {
                "is": "strip",
                "caption": block.caption,
                "own": None if block.own is None else str(block.own),
                "others": [str(value) for value in block.others],
                "parts": _cell(block.parts),
            }


def _cell(cell: Cell) -> list[dict[str, Any]]:
    return [_inline(part) for part in cell]


def _inline(part: Inline) -> dict[str, Any]:
    match part:
        case Text():
            return {"text": part.text}
        case Blank():
            return {"asks": part.asks}
        case Number():
            value = None if part.value is None else str(part.value)
            return {"number": asdict(part) | {"value": value, "parts": list(part.parts)}}


def _blocks(said: Sequence[Json]) -> tuple[Block, ...]:
    return tuple(_read_block(one) for one in said)


def _read_block(said: Json) -> Block:
    if said["is"] == "heading":
        return Heading(said["level"], said["text"])
    if said["is"] == "paragraph":
        return Paragraph(_read_cell(said["parts"]), said["indent"])
    if said["is"] == "break":
        return PageBreak()
    if said["is"] == "strip":
        own = None if said["own"] is None else Fraction(said["own"])
        others = tuple(Fraction(value) for value in said["others"])
        return Strip(said["caption"], own, others, _read_cell(said["parts"]))
    return TableBlock(
        number=said["number"],
        caption=said["caption"],
        columns=tuple(Column(**column) for column in said["columns"]),
        rows=tuple(tuple(_read_cell(cell) for cell in row) for row in said["rows"]),
        notes=tuple(said["notes"]),
        landscape=said["landscape"],
        dense=said["dense"],
    )


def _read_cell(said: Sequence[Json]) -> Cell:
    return tuple(_read_inline(one) for one in said)


def _read_inline(said: Json) -> Inline:
    if "number" in said:
        one = dict(said["number"])
        one |= {
            "value": None if one["value"] is None else Fraction(one["value"]),
            "parts": tuple(one["parts"]),
        }
        return Number(**one | {"status": Status(one["status"]), "kind": Kind(one["kind"])})
    return Text(said["text"]) if "text" in said else Blank(said["asks"])
