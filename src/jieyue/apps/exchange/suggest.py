"""Propose a mapping profile for a foreign file; the user corrects it once and it is kept as a file.

Recognised headings are mapped; for the others the likeliest field stands in a comment and the column is
ignored until the user says what it is. Nothing is mapped by likeness alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.fields import INSTITUTIONS, REQUIRED, RETURNS, all_words_of, words_of
from jieyue.apps.exchange.header import SERIAL, Header, locate
from jieyue.apps.exchange.lexicon import Lexicon, split_unit
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import NO_DATA_WORDS, half_width
from jieyue.apps.exchange.profile import Column, MappingProfile, dump
from jieyue.apps.exchange.reader import Cell, FileContent, Sheet, is_filled, text_of

_LIKELY, _OFFERED, _SAMPLE = 0.34, 3, 500


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """One column of a sample: heading, some cells, the field it is taken for (blank = not known), its unit,
    and what it may be."""

    letter: str
    heading: str
    samples: tuple[str, ...]
    field: str
    unit: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile to begin with, its columns, and the required fields that no column gives yet."""

    profile: MappingProfile
    columns: tuple[ColumnProposal, ...]
    missing: tuple[str, ...]

    def text(self) -> str:
        """The profile as TOML; open columns carry their candidates as comments."""
        lines = dump(self.profile).splitlines()
        notes = {column.heading: column for column in self.columns if not column.field and column.heading}
        out: list[str] = []
        for line in lines:
            out.append(line)
            name = line.removeprefix('heading = "').rstrip('"') if line.startswith("heading") else ""
            if name in notes:
                samples = " | ".join(notes[name].samples)[:100]
                out.append(f"# 示例 samples: {' '.join(samples.split())}")
                if notes[name].candidates:
                    out.append(f"# 可能是 perhaps: {', '.join(notes[name].candidates)}")
        if self.missing:
            out.append(f"# 还缺 still missing: {', '.join(self.missing)} ([[column]] 或 [constants])")
        return "\n".join(out) + "\n"


def suggest(content: FileContent, kind: str, lexicon: Lexicon, *, form: str = "") -> Proposal | None:
    """Propose a profile for `kind` (institutions, returns); None if the file has no table at all."""
    known = _known(kind, lexicon, form)
    for sheet in content.sheets:
        if not sheet.visible or sheet.is_blank():
            continue
        header = locate(sheet, known, lexicon.units) or _widest(sheet, lexicon)
        if header is not None:
            return _propose(content, sheet, header, kind, lexicon, form)
    return None


def _known(kind: str, lexicon: Lexicon, form: str) -> Callable[[str], Sequence[str]]:
    if kind == "institutions":
        words = words_of(INSTITUTIONS)
        return lambda text: (words[key(text)],) if key(text) in words else ()
    several = all_words_of(RETURNS)

    def known(text: str) -> Sequence[str]:
        items = lexicon.find_items(text, form or None)
        return (*several.get(key(text), ())[:1], *(item.ref for item in items))

    return known


def _widest(sheet: Sheet, lexicon: Lexicon) -> Header | None:
    """No heading is known: the first row with the most text cells is the header."""
    widths = [sum(isinstance(cell, str) and is_filled(cell) for cell in row) for row in sheet.rows[:40]]
    if not widths or max(widths) == 0:
        return None
    row = sheet.row_number(widths.index(max(widths)))
    return locate(sheet, lambda _text: (), lexicon.units, row=row, rows=1)


def _propose(
    content: FileContent, sheet: Sheet, header: Header, kind: str, lexicon: Lexicon, form: str
) -> Proposal:
    known = _known(kind, lexicon, form)
    pick = tables.picker(header.headings, form)
    columns: list[ColumnProposal] = []
    taken: set[str] = set()
    for heading in header.headings:
        if key(heading.text) in SERIAL:
            continue
        cells = [row[heading.index] for row in sheet.rows[header.end :] if heading.index < len(row)][:_SAMPLE]
        targets = [target for target in pick(heading.targets) if target not in taken]
        field = targets[0] if len(targets) == 1 else ""
        taken |= {field} - {""}
        likely = () if field else tuple(targets) or _likely(split_unit(heading.text)[0], kind, lexicon, form)
        samples = tuple(dict.fromkeys(text_of(cell) for cell in cells if is_filled(cell)))[:3]
        columns.append(
            ColumnProposal(sheet.letter(heading.index), heading.text, samples, field, heading.unit, likely)
        )
    profile = MappingProfile(
        kind="institutions" if kind == "institutions" else "returns",
        form=form,
        encoding=content.encoding if content.encoding not in (None, "utf-8", "utf-8-sig") else "",
        sheet=sheet.name or "",
        header_row=sheet.row_number(header.start),
        header_rows=header.end - header.start,
        null_tokens=_null_words(sheet.rows[header.end : header.end + _SAMPLE]),
        columns=tuple(_column(column, known) for column in columns),
    )
    fields = {column.field for column in columns}
    return Proposal(profile, tuple(columns), _missing(kind, fields))


def _column(column: ColumnProposal, known: Callable[[str], Sequence[str]]) -> Column:
    letter = "" if column.heading else column.letter
    if not column.field:
        return Column(heading=column.heading, letter=letter, ignore=True)
    unit = column.unit if ":" in column.field else ""
    return Column(heading=column.heading, letter=letter, field=column.field, unit=unit)


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
    profile: MappingProfile, answers: Mapping[str, Mapping[str, str]], **whole: object
) -> MappingProfile:
    """The profile with a user's answers: heading or letter → {"field", "unit"}; field blank = ignore.

    `whole` sets top-level parts (id, form, constants, …). The same answers always make the same profile, and
    an import with it asks nothing again.
    """
    columns = []
    for column in profile.columns:
        answer = answers.get(column.heading or column.letter)
        if answer is None:
            columns.append(column)
        elif answer.get("field"):
            columns.append(replace(column, field=answer["field"], ignore=False, unit=answer.get("unit", "")))
        else:
            columns.append(replace(column, field="", unit="", ignore=True))
    return replace(profile, columns=tuple(columns), **whole)  # type: ignore[arg-type]
