"""A Word file that comes back 回收核对: every number in it against those of the paper that went out.

Nothing is corrected. A number is found by its content control, else by where it stands: the same words in front of it
or the same row and column of a table, else the name of its indicator and its unit. One that merely equals a figure is
for a person to confirm.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import takewhile
from typing import Any

from jieyue.apps.papers.binding import AnnexRow
from jieyue.apps.papers.content import Heading, Inline, Number, Paper, TableBlock, Text, placed
from jieyue.apps.papers.figures_annex import COLUMNS
from jieyue.apps.papers.words import indicator_zh
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.rounding import round_gb8170
from jieyue.domain.said_numbers import SaidNumber, plain_unit, said_numbers


class Verdict(StrEnum):
    """What a number of the file is."""

    SAME = "same"
    ROUNDED = "rounded"
    CHANGED = "changed"
    CONFIRM = "confirm"
    NO_SOURCE = "no_source"
    NOT_DATA = "not_data"


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """A number of the file. paragraph: from 1. text: as it stands. no: of the figure in the annex, 0 for none.

    printed: what the paper printed. source: its receipt or clause. why: of what is no data.
    """

    paragraph: int
    place: str
    text: str
    verdict: Verdict
    no: int = 0
    printed: str = ""
    source: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """All numbers of a file in reading order; gone: numbers of the paper that the file does not hold."""

    lines: tuple[CheckedNumber, ...]
    gone: tuple[AnnexRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each class, none left out."""
        met = Counter(line.verdict for line in self.lines)
        return {verdict.value: met[verdict] for verdict in Verdict}


_CHANGES = {"yoy": "同比", "mom": "环比", "lfl": "可比", "pp": "百分点"}
_UP, _DOWN = "上升|增长|增加|提高|上涨|增", "下降|减少|降低|回落|减|降"
_DIRECTION = re.compile(rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))了?(?:约|近)?$")
_SENTENCE = re.compile(r"[。；！？;]")
_PLAIN = re.compile(r"[\d,.%‰+\-−±（）()\s，、：:*]")
_TAIL = 8


@dataclass(frozen=True)
class _Known:
    """A number of the paper, as the file's numbers are compared with it."""

    row: AnnexRow
    left: str
    own_words: tuple[str, ...] = ()

    @property
    def number(self) -> Number:
        """The number itself."""
        return self.row.number

    @cached_property
    def unit(self) -> tuple[int, str]:
        """Scale and plain unit."""
        return plain_unit(self.number.unit)

    @cached_property
    def name(self) -> str:
        """The indicator's name, of a derived figure that of what it is made from; nothing for a count."""
        code = re.sub(r"^.*\((.*)\)$", r"\1", self.number.code)
        try:
            return indicator_zh(code)
        except UnknownRuleError:
            return ""

    @property
    def change(self) -> str:
        """同比 … of a change, else nothing."""
        return _CHANGES.get(self.number.code.partition("(")[0], "")

    @cached_property
    def printed(self) -> tuple[Fraction, Fraction] | None:
        """(Value, worth of its last digit) as printed, in the plain unit; its sign may be a word before it."""
        text = self.number.text.replace(",", "")
        if self.number.value is None or not re.fullmatch(r"-?\d+(\.\d+)?", text):
            return None
        value = Fraction(text) * self.unit[0]
        if self.number.value < 0:
            value = -abs(value)
        return value, Fraction(self.unit[0], 10 ** len(text.partition(".")[2]))

    def agrees(self, said: SaidNumber, direction: int) -> Verdict | None:
        """SAME or ROUNDED if it says this figure; its unit, where it says one, must be this figure's."""
        if self.printed is None or self.number.value is None:
            return None
        scale, unit = self.unit
        if said.unit and unit and said.unit != unit:
            return None
        by = 1 if said.unit or not unit else scale
        value, step = said.value * by, said.step * by
        if direction and (self.change or self.number.value < 0):
            value = abs(value) * direction
        printed, own = self.printed
        if step <= own:
            exact = Fraction(round_gb8170(self.number.value * scale / step, 0)) * step
            return Verdict.SAME if value in (printed, exact) else None
        return (
            Verdict.ROUNDED
            if Fraction(round_gb8170(self.number.value * scale / step, 0)) * step == value
            else None
        )


@dataclass(frozen=True)
class _Met:
    """A number of the file where it was met."""

    paragraph: int
    place: str
    said: SaidNumber
    left: str
    sentence: str
    cell: bool

    @property
    def direction(self) -> int:
        """1 for 上升, −1 for 下降 right before it, else 0."""
        found = _DIRECTION.search(self.sentence)
        return 0 if found is None else 1 if found["up"] else -1


def check_returned(paper: Paper, rows: Sequence[AnnexRow], paragraphs: Sequence[Mapping[str, Any]]) -> Check:
    """Class every number of the file's paragraphs. rows: the numbers of the file that went out."""
    known = _known(paper, rows)
    heads = _heads(paragraphs)
    units = sorted({row.number.unit for row in rows if row.number.unit})
    own = set(_own_words(paper))
    lines: list[CheckedNumber] = []
    for paragraph in paragraphs:
        lines += _paragraph(paragraph, heads, known, units, own)
    met = {line.no for line in lines if line.why != "annex"}
    gone = tuple(row for row in rows if row.no not in met and known[row.no].printed is not None)
    return Check(tuple(lines), gone)


def _paragraph(
    paragraph: Mapping[str, Any],
    heads: Mapping[tuple[int, int, int], str],
    known: Mapping[int, _Known],
    units: Sequence[str],
    own: set[str],
) -> Iterator[CheckedNumber]:
    text = "".join(piece for piece, _tag in paragraph["pieces"])
    no, table, row, column = (paragraph[key] for key in ("no", "table", "row", "column"))
    place = f"第{no}段" + (f"（表格{table} 第{row}行第{column}列）" if table else "")
    title, head = heads.get((table, 1, column), ""), heads.get((table, row, 1), "")
    left_of_cell = f"{head}|{title}"

    def met(said: SaidNumber) -> _Met:
        before = text[: said.start]
        sentence = _SENTENCE.split(before)[-1]
        return _Met(no, place, said, left_of_cell if table else _left(before), sentence, bool(table))

    if table and _is_annex(heads, table):
        yield from _annex_cell(met, text, row, column, head, known, units)
        return
    spans = list(_controls(paragraph["pieces"], known))
    for start, end, tag in spans:
        yield _tagged(met, text, start, end, known[tag], units)
    whole = text.strip() in own
    for said in said_numbers(text, units):
        if any(said.end > start and said.start < end for start, end, _tag in spans):
            continue
        why = said.why or ("own" if whole else "quoted" if _quoted(text, said, own) else "")
        if why:
            yield CheckedNumber(no, place, said.text, Verdict.NOT_DATA, why=why)
        else:
            yield _untagged(met(said), known.values(), f"{title}|{head}|{text[: said.start]}")


def _controls(pieces: Sequence[Sequence[Any]], known: Mapping[int, _Known]) -> Iterator[tuple[int, int, int]]:
    """(Start, end, figure number) of the controls of figures in a paragraph."""
    at = 0
    for text, tag in pieces:
        if tag in known:
            yield at, at + len(text), tag
        at += len(text)


def _tagged(met: Any, text: str, start: int, end: int, known: _Known, units: Sequence[str]) -> CheckedNumber:
    """A number in its control: the digits in it, the unit behind it."""
    inside = [one for one in said_numbers(text[start:], units) if one.start < end - start]
    first = next((one for one in inside if not one.why), None)
    if first is None or (text[start:end].strip() == known.number.text and known.printed is None):
        same = text[start:end].strip() == known.number.text
        said = SaidNumber(text[start:end].strip(), start, end, Fraction(0), Fraction(1), "")
        return _line(met(said), Verdict.SAME if same else Verdict.CHANGED, known)
    sign = -1 if start and text[start - 1] in "-−" else 1
    said = SaidNumber(
        first.text, start + first.start, start + first.end, first.value * sign, first.step, first.unit
    )
    one = met(said)
    return _line(one, known.agrees(said, one.direction) or Verdict.CHANGED, known)


def _annex_cell(
    met: Any, text: str, row: int, column: int, head: str, known: Mapping[int, _Known], units: Sequence[str]
) -> Iterator[CheckedNumber]:
    """The annex of sources: its column of values is compared, all else in it is reference."""
    value = [title.title for title in COLUMNS].index("数值") + 1
    figure = known.get(int(head)) if head.isascii() and head.isdigit() else None
    for said in said_numbers(text, units):
        one = met(said)
        if row > 1 and column == value and figure is not None:
            printed = text.strip() == figure.number.text
            verdict = Verdict.SAME if printed else figure.agrees(said, 0) or Verdict.CHANGED
            line = _line(one, verdict, figure)
            yield CheckedNumber(
                line.paragraph, line.place, line.text, verdict, line.no, line.printed, line.source, "annex"
            )
        else:
            yield CheckedNumber(one.paragraph, one.place, said.text, Verdict.NOT_DATA, why="annex")


def _untagged(met: _Met, known: Iterable[_Known], context: str) -> CheckedNumber:
    """A number without its control, by where it stands."""
    every = [one for one in known if one.printed is not None]
    alike = [one for one in every if met.said.bare or not one.unit[1] or one.unit[1] == met.said.unit]
    close = _closest(alike, met.left)
    pool = close or ([] if met.said.bare and not met.cell else _named(alike, context))
    for one in pool:
        verdict = one.agrees(met.said, met.direction)
        if verdict is not None:
            loose = met.said.bare and not met.cell and one.number.unit
            return _line(met, Verdict.CONFIRM if loose else verdict, one)
    if pool:
        return _line(met, Verdict.CHANGED, pool[0])
    equal = next((one for one in alike if one.agrees(met.said, met.direction) is Verdict.SAME), None)
    if equal is not None:
        return _line(met, Verdict.CONFIRM, equal)
    return CheckedNumber(met.paragraph, met.place, met.said.text, Verdict.NO_SOURCE)


def _named(known: Sequence[_Known], context: str) -> list[_Known]:
    """Figures of the indicator that is named last before the number; of a change only those of its kind."""
    sentence = _SENTENCE.split(context)[-1] if "|" not in context.strip("|") else context
    names = {one.name for one in known if one.name and one.name in sentence}
    if not names:
        return []
    last = max(names, key=lambda name: (sentence.rfind(name) + len(name), len(name)))
    after = sentence[sentence.rfind(last) :]
    change = next((word for word in _CHANGES.values() if word in after), "")
    return [one for one in known if one.name == last and one.change == change]


def _line(met: _Met, verdict: Verdict, known: _Known) -> CheckedNumber:
    number = known.number
    return CheckedNumber(
        met.paragraph, met.place, met.said.text, verdict, known.row.no, number.said, "；".join(number.sources)
    )


def _quoted(text: str, said: SaidNumber, own: set[str]) -> bool:
    """In the name of a document 《…》, or in “…” that the paper quotes in the same words."""
    for opening, closing in ("《》", "“”"):
        first, last = text.rfind(opening, 0, said.start), text.find(closing, said.end)
        if first < 0 or last < 0 or closing in text[first : said.start]:
            continue
        if opening == "《" or any(text[first : last + 1] in words for words in own):
            return True
    return False


def _known(paper: Paper, rows: Sequence[AnnexRow]) -> dict[int, _Known]:
    """Every number of the paper with the words in front of it."""
    lefts = list(_lefts(paper))
    return {row.no: _Known(row, lefts[row.no - 1] if row.no <= len(lefts) else "") for row in rows}


def _lefts(paper: Paper) -> Iterator[str]:
    tables = {
        (annex, block.number): block
        for annex, blocks in enumerate((paper.blocks, *(one.blocks for one in paper.annexes)))
        for block in blocks
        if isinstance(block, TableBlock)
    }
    running, before = "", None
    for place, part in placed(paper):
        if place != before:
            running, before = "", place
        if isinstance(part, Number):
            if place.table:
                table = tables[place.annex, place.table]
                column = table.columns[place.column - 1]
                title = f"{column.title}（{column.unit}）" if column.unit else column.title
                yield f"{_words(table.rows[place.row - 1][0])}|{title}"
            else:
                yield _left(running)
        running += part.said


def _words(cell: Sequence[Inline]) -> str:
    return "".join(part.text if isinstance(part, Number) else part.said for part in cell)


def _left(text: str) -> str:
    """The words of the sentence in front of a number, without the numbers among them."""
    return _PLAIN.sub("", _SENTENCE.split(text)[-1])


def _closest(known: Sequence[_Known], left: str) -> list[_Known]:
    """Those with the same words in front: all of them, else the most that anyone has, if they are as many as tell.

    The last words alone (可比口径上升) are those of many numbers: one made into another's would pass for it.
    """
    if not left:
        return []
    exact = [one for one in known if one.left == left]
    if exact or "|" in left:
        return exact
    alike = [0 if "|" in one.left else _alike_at_end(one.left, left) for one in known]
    most = max(alike, default=0)
    return [one for one, many in zip(known, alike, strict=True) if many == most] if most >= _TAIL else []


def _alike_at_end(one: str, other: str) -> int:
    """How many last characters are the same."""
    return sum(
        1
        for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other), strict=False))
    )


def _heads(paragraphs: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int, int], str]:
    """(Table, row, column) → words of the cell."""
    found: dict[tuple[int, int, int], str] = {}
    for one in paragraphs:
        if one["table"]:
            key = (one["table"], one["row"], one["column"])
            found[key] = found.get(key, "") + "".join(text for text, _tag in one["pieces"])
    return found


def _is_annex(heads: Mapping[tuple[int, int, int], str], table: int) -> bool:
    return all(heads.get((table, 1, at)) == column.title for at, column in enumerate(COLUMNS, 1))


def _own_words(paper: Paper) -> Iterator[str]:
    """What the system wrote around the numbers: title, last lines, headings, captions, cells of words, quotations."""
    yield from (paper.title.replace("\n", ""), *paper.foot, paper.anchor)
    for blocks in (paper.blocks, *(annex.blocks for annex in paper.annexes)):
        for block in blocks:
            if isinstance(block, Heading):
                yield block.text
            elif isinstance(block, TableBlock):
                yield from (f"表{block.number}　{block.caption}", *block.notes)
                yield from (f"{one.title}（{one.unit}）" if one.unit else one.title for one in block.columns)
                yield from (
                    _words(cell)
                    for row in block.rows
                    for cell in row
                    if all(isinstance(part, Text) for part in cell)
                )
            else:
                for part in getattr(block, "parts", ()):
                    if isinstance(part, Text):
                        yield from re.findall(r"“[^”]*”", part.text)
