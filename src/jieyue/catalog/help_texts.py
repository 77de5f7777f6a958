"""Help as data: what each page is, how its numbers are computed, what to do if one looks wrong; indicators; terms.

Three tables of ``help/`` by the strict reader, and the glossary of the documentation itself, read and not copied. The
texts of findings and rules stand with them (`findings.py`, `ruleset.py`). Wording only: it is no part of the digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jieyue.catalog.strict import CatalogError, read_placed, read_table

FOLDER = Path(__file__).parent / "help"
GLOSSARY = FOLDER / "glossary.md"
_CELLS = 4


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do if a number or an entry looks wrong; several pages share one."""

    code: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A scheme or standard that pages go by."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PageHelp:
    """The help of a page, by the name of its address. indicators: whose formulas it shows; clause "": not known."""

    route: str
    what_zh: str
    what_en: str
    advice: str
    changed: date
    how_zh: str = ""
    how_en: str = ""
    indicators: tuple[str, ...] = ()
    clause: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorHelp:
    """What an indicator says, by its code in the catalog (a family by its pattern)."""

    code: str
    what_zh: str
    what_en: str
    changed: date


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the glossary; note_en may be what note_zh is, where the glossary says it once."""

    group_zh: str
    group_en: str
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str


@cache
def advice() -> Mapping[str, Advice]:
    """What to do, by code."""
    return {row.code: row for row in read_table(FOLDER / "advice.csv", Advice, key=("code",))}


@cache
def clauses() -> Mapping[str, Clause]:
    """Schemes and standards, by code."""
    return {row.code: row for row in read_table(FOLDER / "clauses.csv", Clause, key=("code",))}


@cache
def pages() -> Mapping[str, PageHelp]:
    """Help of pages by the name of their address. Raises `CatalogError` where a row is not in order."""
    return read_pages(FOLDER / "pages.csv")


def read_pages(path: Path) -> Mapping[str, PageHelp]:
    """The table of pages; how numbers are computed is said in both languages or in none."""
    allowed = {"advice": tuple(advice()), "clause": tuple(clauses())}
    placed = read_placed(path, PageHelp, key=("route",), allowed=allowed)
    for one in placed:
        if bool(one.row.how_zh) != bool(one.row.how_en):
            one.refuse("how_zh", "中英文要么都写，要么都不写", "say it in both languages or in none")
    return {one.row.route: one.row for one in placed}


@cache
def indicators() -> Mapping[str, IndicatorHelp]:
    """Help of indicators by code or pattern of a family."""
    return {row.code: row for row in read_table(FOLDER / "indicators.csv", IndicatorHelp, key=("code",))}


@cache
def terms() -> tuple[Term, ...]:
    """The terms of the glossary in its order."""
    return read_terms(GLOSSARY)


def read_terms(path: Path) -> tuple[Term, ...]:
    """The tables below the headings of a glossary. Raises `CatalogError` for a row of another shape."""
    found: list[Term] = []
    group = ("", "")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            zh, _, en = line[3:].partition(" ")
            group = (zh, en)
        if not line.startswith("|") or line.startswith(("| 中文 ", "|---")):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != _CELLS or not cells[0] or not cells[1] or not group[0]:
            raise CatalogError(
                str(path),
                number,
                None,
                "应是四格：中文、英文、标识符、说明",
                "four cells are wanted: Chinese, English, identifier, note",
            )
        zh, _, en = cells[3].replace("`", "").partition(" · ")
        found.append(Term(*group, cells[0], cells[1], zh, en or zh))
    return tuple(found)
