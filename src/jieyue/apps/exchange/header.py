"""Where a table's header stands under its banners, and what each heading means.

A header is one to three rows: group names, names, codes, units, column numbers. The block of rows with the
most recognised columns wins; of equal ones the longest, so that a row of codes or units is not taken for data.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jieyue.apps.exchange.lexicon import Units, split_unit
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import clean, half_width
from jieyue.apps.exchange.reader import Sheet, is_filled, text_of

#: Which targets a text may name; empty if none. A target is a field name or ``FORM:code``.
Recognise = Callable[[str], Sequence[str]]
_SEARCHED, _TALLEST = 40, 5
_ORDINALS = set("甲乙丙丁戊己庚辛")
_UNIT_SAID = re.compile(r"(?:金额|计量)?单位[:：]\s*\S+")
#: Headings of a running number: they say nothing and are passed over.
SERIAL = {"序号", "编号", "no.", "no", "#"}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its place, its text as read, the unit named with it, and the targets it may mean."""

    index: int
    text: str
    unit: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The header block: rows [`start`, `end`) of the sheet (indices); data begin at `end`."""

    start: int
    end: int
    headings: tuple[Heading, ...]

    @property
    def recognised(self) -> set[str]:
        """All targets that some heading names."""
        return {target for heading in self.headings for target in heading.targets}

    def banners(self, sheet: Sheet) -> list[str]:
        """The filled rows above, as text."""
        rows = (
            " ".join(text_of(cell) for cell in row if is_filled(cell)) for row in sheet.rows[: self.start]
        )
        return [row for row in rows if row]

    def unit_said(self, sheet: Sheet) -> str | None:
        """A unit for the whole table that a banner states, as ``单位：万元``."""
        for banner in self.banners(sheet):
            match = _UNIT_SAID.search(half_width(banner))
            if match:
                return match.group()
        return None


def locate(
    sheet: Sheet, recognise: Recognise, units: Units, *, row: int | None = None, rows: int | None = None
) -> Header | None:
    """The header of a sheet, or None. `row` (as a spreadsheet counts) and `rows` fix its place and height."""
    if row is not None:
        start = row - sheet.first_row
        if not 0 <= start < len(sheet.rows):
            return None
        heights = [rows] if rows else range(1, _TALLEST + 1)
        starts: Sequence[int] = [start]
    else:
        heights = [rows] if rows else range(1, _TALLEST + 1)
        starts = range(min(_SEARCHED, len(sheet.rows)))
    best: tuple[tuple[float, int, int], Header] | None = None
    for start in starts:
        if not any(is_filled(cell) for cell in sheet.rows[start]):
            continue
        for height in heights:
            end = start + height
            if end > len(sheet.rows):
                break
            if rows is None and height > 1 and not _is_headerlike(sheet, end - 1, recognise, units):
                break
            header = _header(sheet, start, end, recognise, units)
            score = _score(header)
            below = _score(_header(sheet, start + 1, end, recognise, units)) if height > 1 else -1
            if rows is None and row is None and below >= score:
                continue  # a first row that adds nothing is a banner, however near it stands
            rank = (score, height, -start)
            if score and (best is None or rank > best[0]):
                best = (rank, header)
    if best is None and row is not None:
        return _header(sheet, starts[0], starts[0] + (rows or 1), recognise, units)
    return best[1] if best else None


def _score(header: Header) -> float:
    named = len({heading.targets for heading in header.headings if heading.targets})
    return named + sum(0.25 for heading in header.headings if heading.unit) if named else 0


def _is_headerlike(sheet: Sheet, row: int, recognise: Recognise, units: Units) -> bool:
    """Every filled cell is a name (alone or under its group's name), a code, a unit or a column number."""
    width = max(len(sheet.rows[row]), len(sheet.rows[row - 1]))
    texts, above = _texts(sheet, row, width), _texts(sheet, row - 1, width)
    filled = [text for text in texts if text]
    if not filled:
        return False
    if _is_numbering(filled):
        return True
    return all(
        _is_header_text(text, recognise, units) or bool(group and recognise(f"{group}/{text}"))
        for text, group in zip(texts, above, strict=True)
        if text
    )


def _is_numbering(texts: Sequence[str]) -> bool:
    """A row such as 甲 乙 1 2 3."""
    numbers = [text for text in texts if text not in _ORDINALS]
    counted = [str(place) for place in range(1, len(numbers) + 1)]
    return len(numbers) < len(texts) and numbers == counted


def _is_header_text(text: str, recognise: Recognise, units: Units) -> bool:
    if recognise(text) or key(text) in SERIAL:
        return True
    name, unit = split_unit(text)
    if unit and not name:
        return units.find(unit) is not None
    if unit and recognise(name):
        return True
    return units.find(text) is not None and not text.replace(".", "").isdigit()


def _header(sheet: Sheet, start: int, end: int, recognise: Recognise, units: Units) -> Header:
    width = max((len(row) for row in sheet.rows[start:end]), default=0)
    grid = [_texts(sheet, number, width) for number in range(start, end)]
    if all(_is_numbering([text for text in row if text]) for row in grid):
        return Header(start, end, ())
    named = [row for row in grid if not _is_numbering([text for text in row if text])]
    headings = []
    for index in range(width):
        parts = [row[index] for row in named if row[index]]
        if parts:
            headings.append(_heading(index, list(dict.fromkeys(parts)), recognise, units))
    return Header(start, end, tuple(headings))


def _texts(sheet: Sheet, number: int, width: int) -> list[str]:
    """The row's texts, a cell merged to the right repeated over its columns."""
    texts = [clean(text_of(cell)) for cell in sheet.rows[number]]
    texts += [""] * (width - len(texts))
    for top, left, bottom, right in sheet.merged:
        if top <= number <= bottom and left < width:
            for column in range(left, min(right + 1, width)):
                if number == top:
                    texts[column] = texts[left]
    return texts


def _heading(index: int, parts: Sequence[str], recognise: Recognise, units: Units) -> Heading:
    """Names from all parts joined down to the last one alone; the unit from any of them."""
    shown = "/".join(parts)
    unit = ""
    names: list[str] = []
    for part in parts:
        name, bracket = split_unit(part)
        if not recognise(part) and bracket:
            # What stands in the bracket is the unit; whether it is a known one is judged with the item.
            unit = unit or bracket
            part = name
        elif bracket and units.find(bracket):
            # The whole heading is known, from the profile or the catalog; it still says its unit.
            unit = unit or bracket
        elif not recognise(part) and units.find(part) and not part.isdigit() and len(parts) > 1:
            unit = unit or part
            part = ""
        if part:
            names.append(part)
    tries = ["/".join(names), *reversed(names)]
    for text in tries:
        targets = recognise(text) if text else ()
        if targets:
            return Heading(index, shown, unit, tuple(targets))
    return Heading(index, shown, unit, ())
