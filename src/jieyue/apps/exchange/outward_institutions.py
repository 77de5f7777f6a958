"""Institutions in a foreign layout: one a row, then read back by the import and compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from jieyue.apps.exchange.columns import Resolved
from jieyue.apps.exchange.fields import INSTITUTIONS, QUANTITIES
from jieyue.apps.exchange.institutions import WORDS, read_institutions, recogniser
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.outward import Draft, OutCell, Written, begin, content_of, reversed_word
from jieyue.apps.exchange.patterns import written
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.domain.quantity import fixed_text

#: Fields → what the registry says of an institution: texts, days, ten-thousandths; type and region by code.
Values = Mapping[str, Any]
_SEPARATOR = "；"


@dataclass(slots=True)
class _Told:
    lost: Counter[str]
    rounded: Counter[tuple[str, int]]
    changed: set[tuple[int, str]]


def write_institutions(
    profile: MappingProfile, institutions: Sequence[Values], lexicon: Lexicon, *, text: bool
) -> Written:
    """The institutions as rows of the layout; with an error where it would not say what is stored."""
    draft = begin(profile, lexicon, recogniser(profile), lambda _header: lambda targets: targets, text=text)
    if any(finding.severity == "error" for finding in draft.findings):
        return draft.done()
    told = _Told(Counter(), Counter(), set())
    factors = {column.field: _factor(draft, column) for column in draft.columns}
    for values in institutions:
        _row(draft, values, factors, told)
    for name, count in sorted(told.lost.items()):
        draft.tell("out_field_lost", value=INSTITUTIONS[name][0], count=count)
    for (label, decimals), count in told.rounded.items():
        draft.tell("out_rounded", column=label, count=count, decimals=decimals)
    if not any(finding.severity == "error" for finding in draft.findings):
        _compare(draft, institutions, told)
    return draft.done()


def _factor(draft: Draft, column: Resolved) -> Fraction:
    target = QUANTITIES.get(column.field)
    if target is None or not column.unit:
        return column.spec.scale
    found = draft.lexicon.units.factor(column.unit, target)
    if isinstance(found, str):
        draft.tell(found, column=column.label, value=column.unit, unit=target)
        return column.spec.scale
    return found * column.spec.scale


def _row(draft: Draft, values: Values, factors: Mapping[str, Fraction], told: _Told) -> None:
    cells, fields = draft.row(), set(draft.profile.constants)
    for column in draft.columns:
        name, value = column.field, values.get(column.field)
        if cells[column.index] is not None:
            continue  # `also`: the first field of a cell fills it
        fields.add(name)
        if value in (None, "", ()):
            continue
        if name in QUANTITIES:
            number, rounded = draft.number_in(column, value, factors[name])
            cells[column.index] = number
            if rounded:
                told.rounded[column.label, column.spec.decimals or 0] += 1
                told.changed.add((draft.number, name))
        else:
            cells[column.index] = _said(draft, column, value, values["valid_from"])
    for name, value in values.items():
        if value not in (None, "", ()) and name not in fields:
            told.lost[name] += 1


def _said(draft: Draft, column: Resolved, value: Any, day: date) -> OutCell:
    """A text, day or word as the layout has it; day: of which the names are."""
    profile, name = draft.profile, column.field
    if isinstance(value, date):
        return written(column.spec.pattern, value) if column.spec.pattern else value
    if name == "code":
        return str(value).removeprefix(profile.id_prefix)
    if name == "type":
        return reversed_word(profile.types, value) or _type_name(draft.lexicon, value)
    if name == "region":
        return reversed_word(profile.regions, value) or _region_name(draft.lexicon, value, day)
    if name in WORDS:
        return next(word for word, code in WORDS[name].items() if code == value)
    if isinstance(value, tuple):
        return _SEPARATOR.join(value)
    return value if isinstance(value, str | Decimal) else str(value)


def _type_name(lexicon: Lexicon, code: str) -> str:
    """The name, or the code where another type goes by the name."""
    name = lexicon.types[code].name_zh if code in lexicon.types else code
    return name if lexicon.type_code(name) == code else code


def _region_name(lexicon: Lexicon, code: str, day: date) -> str:
    """The name, or the code where another region goes by the name on the day."""
    name = next((row.name for row in lexicon.regions if row.code == code), code)
    hit = lexicon.region(name, day)
    return name if hit is not None and hit.code == code else code


def _compare(draft: Draft, institutions: Sequence[Values], told: _Told) -> None:
    """Every field with a column against what the import reads in it."""
    parsed = read_institutions(content_of(draft.done()), draft.lexicon, profile=draft.profile)
    draft.findings += [finding for finding in parsed.report.findings if finding.severity == "error"]
    found = {row.row: row.values() for row in parsed.rows}
    fields = {column.field for column in draft.columns} | set(draft.profile.constants)
    for place, values in enumerate(institutions, draft.heads + 1):
        read = found.get(place)
        if read is None:
            continue  # the import has said why
        for name in sorted(fields & INSTITUTIONS.keys()):
            stored = values.get(name)
            if stored in (None, "", ()) or (place, name) in told.changed or name == "room_count":
                continue
            if read.get(name) != stored:
                draft.tell(
                    "out_differs",
                    value=f"{values['code']} {INSTITUTIONS[name][0]}",
                    stored=_shown(name, stored),
                    read=_shown(name, read.get(name)),
                )


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "—"
    return fixed_text(value) if name in QUANTITIES else str(value)
