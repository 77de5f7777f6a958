"""Propose a mapping profile for a foreign file; the user corrects it once and it is kept as a file.

Recognised headings are mapped; for the others the likeliest field stands in a comment and the column is
ignored until the user says what it is. Nothing is mapped by likeness alone.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from typing import Any

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.dates import Order, parse_date, parse_period
from jieyue.apps.exchange.fields import (
    HINTS,
    INSTITUTIONS,
    QUANTITIES,
    REQUIRED,
    RETURNS,
    all_words_of,
    words_of,
)
from jieyue.apps.exchange.header import SERIAL, Header, locate
from jieyue.apps.exchange.lexicon import Lexicon, split_unit
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import NO_DATA_WORDS, Number, Refusal, half_width, number_of
from jieyue.apps.exchange.patterns import patterns_of
from jieyue.apps.exchange.profile import Column, MappingProfile, dump
from jieyue.apps.exchange.reader import Cell, FileContent, Sheet, is_filled, text_of
from jieyue.apps.exchange.recording import record

_LIKELY, _OFFERED, _SAMPLE, _SEARCHED, _FEW = 0.34, 3, 500, 40, 30


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """One column of a sample: heading, some cells, the field it is taken for (blank = not known), its unit,
    and what it may be.

    `heading` is blank where the file has none or has it twice: such a column goes by its `letter`; `title` is
    the heading as it stands. `values`: every text of a column that has few. `patterns`: a field that it may be →
    how the column writes it (patterns.py).
    """

    letter: str
    heading: str
    samples: tuple[str, ...]
    field: str
    unit: str
    candidates: tuple[str, ...]
    title: str = ""
    values: tuple[str, ...] = ()
    patterns: Mapping[str, str] = default(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile to begin with, its columns, the required fields that no column gives yet, and the sheets that
    were passed over."""

    profile: MappingProfile
    columns: tuple[ColumnProposal, ...]
    missing: tuple[str, ...]
    other_sheets: tuple[str, ...] = ()

    def text(self) -> str:
        """The profile as TOML; open columns carry their candidates as comments."""
        open_columns = {
            column.heading or column.letter: column for column in self.columns if not column.field
        }
        out: list[str] = []
        for line in dump(self.profile).splitlines():
            out.append(line)
            name = next(
                (line.removeprefix(f"{word} = ") for word in _NAMED if line.startswith(f"{word} = ")), ""
            )
            column = open_columns.get(tomllib.loads(f"x = {name}")["x"]) if name else None
            if column is not None:
                out += _notes(column)
        if self.other_sheets:
            out.append(f"# 未读的工作表 other sheets: {', '.join(self.other_sheets)} (--sheet)")
        if self.missing:
            out.append(f"# 还缺 still missing: {', '.join(self.missing)} ([[column]] 或 [constants])")
        return "\n".join(out) + "\n"


_NAMED = ("heading", "letter")


def _notes(column: ColumnProposal) -> list[str]:
    """What a person needs to know to say what the column is."""
    said = []
    if column.title and column.title != column.heading:
        said.append(f"表头 heading: {column.title}")
    said.append(f"示例 samples: {' | '.join(column.samples)[:100]}")
    if column.candidates:
        said.append(f"可能是 perhaps: {', '.join(column.candidates)}")
    if "period" in column.patterns:
        said.append(f'作期间时的写法 as a period: pattern = "{column.patterns["period"]}"')
    if set(column.candidates) & {"type", "region"} and column.values:
        said.append(f"取值 values: {' | '.join(column.values)}")
    return [f"# {' '.join(one.split())}" for one in said]


def suggest(
    content: FileContent, kind: str, lexicon: Lexicon, *, form: str = "", sheet: str = ""
) -> Proposal | None:
    """Propose a profile for `kind` (institutions, returns); None if the file has no table at all.

    Of several sheets the one with the most recognised headings is taken, else the largest; `sheet` names one.
    """
    known = _known(kind, lexicon, form)
    found = []
    for candidate in content.sheets:
        if candidate.is_blank() or not (candidate.visible or candidate.name == sheet):
            continue
        header = _header(candidate, known, lexicon)
        if header is not None:
            size = sum(is_filled(cell) for row in candidate.rows[header.end :] for cell in row)
            found.append((len(header.recognised), size, candidate, header))
    asked = [entry for entry in found if not sheet or entry[2].name == sheet]
    if not asked:
        return None
    _, _, chosen, header = max(asked, key=lambda entry: entry[:2])
    others = tuple(str(one.name) for _, size, one, _ in found if one is not chosen and size)
    return _propose(content, chosen, header, kind, lexicon, form, others)


def _known(kind: str, lexicon: Lexicon, form: str) -> Callable[[str], Sequence[str]]:
    if kind == "institutions":
        words = words_of(INSTITUTIONS)
        return lambda text: (words[key(text)],) if key(text) in words else ()
    several = all_words_of(RETURNS)

    def known(text: str) -> Sequence[str]:
        items = lexicon.find_items(text, form or None)
        return (*several.get(key(text), ())[:1], *(item.ref for item in items))

    return known


def _header(sheet: Sheet, known: Callable[[str], Sequence[str]], lexicon: Lexicon) -> Header | None:
    """The header by its words or, where hardly any is known, by its looks: the first row with the most
    different texts."""
    counts = [len({text_of(cell) for cell in row if _is_word(cell)}) for row in sheet.rows[:_SEARCHED]]
    most = max(counts, default=0)
    header = locate(sheet, known, lexicon.units)
    if (
        header is not None
        and len(header.recognised) >= 2
        and max(counts[header.start : header.end]) * 2 >= most
    ):
        return header
    if most == 0:
        return None
    row = sheet.row_number(counts.index(most))
    return locate(sheet, known, lexicon.units, row=row, rows=1)


def _is_word(cell: Cell) -> bool:
    """A text with a letter in it that does not say that there is no data."""
    text = text_of(cell) if isinstance(cell, str) else ""
    return any(letter.isalpha() for letter in text) and half_width(text).lower() not in NO_DATA_WORDS


def _propose(
    content: FileContent,
    sheet: Sheet,
    header: Header,
    kind: str,
    lexicon: Lexicon,
    form: str,
    other_sheets: tuple[str, ...],
) -> Proposal:
    pick = tables.picker(header.headings, form)
    below = sheet.rows[header.end : header.end + _SAMPLE]
    places = {heading.index: heading for heading in header.headings}
    repeated = {
        text for text, count in Counter(key(one.text) for one in places.values()).items() if count > 1
    }
    order = _date_order(below)
    columns: list[ColumnProposal] = []
    taken: set[str] = set()
    for index in range(max([sheet.width if below else 0, *(place + 1 for place in places)])):
        heading = places.get(index)
        cells = [row[index] for row in below if index < len(row) and is_filled(row[index])]
        if key(heading.text) in SERIAL if heading else not cells:
            continue
        title = heading.text if heading else ""
        targets = [target for target in pick(heading.targets) if target not in taken] if heading else []
        # Of two columns with one heading nobody knows which is meant.
        sure = len(targets) == 1 and key(title) not in repeated
        meant = _whole_period(targets[0], cells) if sure else ""
        taken |= {meant} - {""}
        likely = () if meant else tuple(targets) or _likely(split_unit(title)[0], kind, lexicon, form)
        values = tuple(dict.fromkeys(text_of(cell) for cell in cells))
        columns.append(
            ColumnProposal(
                letter=sheet.letter(index),
                heading="" if key(title) in repeated else title,
                samples=values[:3],
                field=meant,
                unit=heading.unit if heading else "",
                candidates=tuple(name for name in likely if _may_be(name, cells)),
                title=title,
                values=values if len(values) <= _FEW else (),
                patterns=patterns_of(cells, order),
            )
        )
    profile = MappingProfile(
        kind="institutions" if kind == "institutions" else "returns",
        form=form,
        encoding=content.encoding if content.encoding not in (None, "utf-8", "utf-8-sig") else "",
        sheet=sheet.name or "",
        header_row=sheet.row_number(header.start),
        header_rows=header.end - header.start,
        date_order=order,
        null_tokens=_null_words(below),
        columns=tuple(_column(column) for column in columns),
    )
    profile = record(profile, sheet, header, lexicon)
    return Proposal(profile, tuple(columns), _missing(kind, {one.field for one in columns}), other_sheets)


_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d{2})(?: .*)?", re.ASCII)


def _date_order(rows: Iterable[Sequence[Cell]]) -> Order:
    """Month first or day first, if some date of the file leaves no doubt and none contradicts it."""
    found = [
        match.groups()
        for row in rows
        for cell in row
        if isinstance(cell, str) and (match := _SLASHED.fullmatch(cell.strip()))
    ]
    month_first = any(int(second) > 12 for _, second in found)
    day_first = any(int(first) > 12 for first, _ in found)
    if month_first == day_first:
        return ""
    return "mdy" if month_first else "dmy"


def _whole_period(field: str, cells: Sequence[Cell]) -> str:
    """`period` for a column called month whose cells name the year too."""
    if (
        field in ("month", "quarter")
        and cells
        and not any(isinstance(parse_period(one), Refusal) for one in cells)
    ):
        return "period"
    return field


def _may_be(name: str, cells: Sequence[Cell]) -> bool:
    """Whether most of the cells look like what the field holds; only numbers and days can be told."""
    if name in QUANTITIES or ":" in name or name in ("value", "lon", "lat"):
        return not cells or 2 * sum(isinstance(number_of(cell), Number) for cell in cells) >= len(cells)
    if name in ("valid_from", "valid_to", "period_end"):
        days = (isinstance(parse_date(cell, order="mdy"), Refusal) for cell in cells)
        also = (isinstance(parse_date(cell, order="dmy"), Refusal) for cell in cells)
        return not cells or not all(one and other for one, other in zip(days, also, strict=True))
    return True


def _column(column: ColumnProposal) -> Column:
    letter = "" if column.heading else column.letter
    if not column.field:
        return Column(heading=column.heading, letter=letter, ignore=True)
    unit = column.unit if ":" in column.field else ""
    pattern = column.patterns.get(column.field, "")
    return Column(heading=column.heading, letter=letter, field=column.field, unit=unit, pattern=pattern)


def _missing(kind: str, fields: set[str]) -> tuple[str, ...]:
    if kind == "institutions":
        return tuple(name for name in REQUIRED if name not in fields)
    missing = [] if fields & {"institution", "code", "name", "credit_code"} else ["institution"]
    missing += [] if fields & {"period", "year"} else ["period"]
    return tuple(missing if any(":" in name for name in fields) or "value" in fields else [*missing, "item"])


def _null_words(rows: Iterable[Sequence[Cell]]) -> tuple[str, ...]:
    """Words for no data that stand in the file, to be listed (or struck out) by the user."""
    found = {cell.strip() for row in rows for cell in row if isinstance(cell, str)}
    return tuple(sorted(text for text in found if half_width(text).lower() in NO_DATA_WORDS))


def _likely(text: str, kind: str, lexicon: Lexicon, form: str) -> tuple[str, ...]:
    names: dict[str, Iterable[str]] = {**(INSTITUTIONS if kind == "institutions" else RETURNS)}
    if kind == "returns":
        items = [item for item in lexicon.items.values() if not form or item.form == form]
        names |= {item.ref: item.names for item in items}
    for name in names:
        names[name] = (*names[name], *HINTS.get(name, ()))
    wanted = _pairs(text)
    scored = [
        (max((_dice(wanted, _pairs(word)) for word in (name, *words)), default=0.0), name)
        for name, words in names.items()
    ]
    best = sorted((pair for pair in scored if pair[0] >= _LIKELY), key=lambda pair: (-pair[0], pair[1]))
    return tuple(name for _, name in best[:_OFFERED])


def _pairs(text: str) -> set[str]:
    word = key(text)
    return {word[place : place + 2] for place in range(len(word) - 1)} or {word}


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def answered(
    profile: MappingProfile, answers: Mapping[str, Mapping[str, Any]], **whole: object
) -> MappingProfile:
    """The profile with a user's answers: heading or letter → {"field", "unit", …}; field blank = ignore.

    An answer may name any other part of a column too (`also`, `add`, `grain`, …); what it does not name stays.

    `whole` sets top-level parts (id, form, constants, …). The same answers always make the same profile, and
    an import with it asks nothing again.
    """
    columns = []
    for column in profile.columns:
        answer = answers.get(column.heading or column.letter)
        if answer is None:
            columns.append(column)
        elif answer.get("field"):
            columns.append(replace(column, **{"unit": "", **answer, "ignore": False}))
        else:
            columns.append(Column(heading=column.heading, letter=column.letter, ignore=True))
    return replace(profile, columns=tuple(columns), **whole)  # type: ignore[arg-type]
