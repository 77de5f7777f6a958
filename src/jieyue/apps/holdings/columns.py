"""A file of holdings: its columns are what stands in every row and every field of every kind; how a cell is read."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from jieyue.apps.exchange.dates import parse_date
from jieyue.apps.exchange.lists import ListKind
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import Number, Refusal, clean, number_of
from jieyue.apps.exchange.profile import CLEAR
from jieyue.apps.exchange.reader import Cell, text_of
from jieyue.catalog.holdings import FIXED, GRADES, HoldingField, Holdings
from jieyue.domain.quantity import SCALE

REQUIRED: Final = ("institution", "kind", "code", "valid_from")
KEY: Final = REQUIRED
LONGEST: Final = {"institution": 60, "code": 60, "name": 200, "source": 200}
_LONGEST_TEXT: Final = 200
_YEARS: Final = range(1800, 2101)
_MOST: Final = 10**12
_YES: Final = frozenset({"是", "有", "yes", "y", "true", "1"})
_NO: Final = frozenset({"否", "无", "没有", "no", "n", "false", "0"})
_WRONG: Final = Refusal("meter_word")
_KNOWN: Final = {
    "number": "≥ 0, 1.2345",
    "integer": "0, 1, 2, 3 …",
    "grade": "1, 2, 3, 4, 5",
    "year": "1800 … 2100",
    "yes_no": "是 yes, 否 no",
}


def list_kind(rules: Holdings) -> ListKind:
    """The columns of a file, in the home's words."""
    fields = rules.every_field()
    kinds = {key(word): row.code for row in rules.kind_rows for word in (row.code, row.name_zh, row.name_en)}
    words = {code: _words(rules, code) for code, row in fields.items() if row.type == "choice"}

    def read(name: str, cell: Cell, date_1904: bool) -> Any:
        if name in ("valid_from", "valid_to"):
            return parse_date(cell, date_1904=date_1904)
        text = clean(text_of(cell))
        if name == "kind":
            return kinds.get(key(text), _WRONG)
        if name in FIXED:
            return text if len(text) <= LONGEST[name] else Refusal("text_too_long", LONGEST[name])
        if text in CLEAR:
            return CLEAR
        if name in words:
            return words[name].get(key(text), _WRONG)
        return _value(fields[name], cell, text, date_1904)

    known = {code: _KNOWN[row.type] for code, row in fields.items() if row.type in _KNOWN}
    known |= {
        code: ", ".join(f"{row.name_zh} {word}" for word, row in rules.choices(code).items())
        for code in words
    }
    known["kind"] = ", ".join(f"{row.name_zh} {row.code}" for row in rules.kind_rows)
    return ListKind(
        columns={**FIXED, **{code: (row.name_zh, row.name_en) for code, row in fields.items()}},
        required=REQUIRED,
        key=KEY,
        read=read,
        known=known,
        units={code: row.unit for code, row in fields.items() if row.unit},
    )


def _words(rules: Holdings, field: str) -> Mapping[str, str]:
    rows = rules.choices(field).values()
    return {key(word): row.code for row in rows for word in (row.code, row.name_zh, row.name_en)}


def _value(field: HoldingField, cell: Cell, text: str, date_1904: bool) -> Any:
    """What is stored of a cell: ten-thousandths, 2026-01-31, yes or no, or the text."""
    if field.type == "date":
        day = parse_date(cell, date_1904=date_1904)
        return day.isoformat() if isinstance(day, date) else day
    if field.type == "yes_no":
        word = "yes" if text.lower() in _YES else "no" if text.lower() in _NO else ""
        return word or _WRONG
    if field.is_number:
        return _number(field, cell, text)
    return text if len(text) <= _LONGEST_TEXT else Refusal("text_too_long", _LONGEST_TEXT)


def _number(field: HoldingField, cell: Cell, text: str) -> Any:
    said = text.removesuffix("级").strip() if field.type == "grade" else text.removesuffix("年").strip()
    found = number_of(cell if said == text or not isinstance(cell, str) else said)
    if not isinstance(found, Number):
        return found
    value = found.fraction()
    fixed = value * SCALE
    wrong = fixed.denominator != 1 or not 0 <= value < _MOST
    wrong |= field.type != "number" and value.denominator != 1
    wrong |= field.type == "grade" and value not in GRADES
    wrong |= field.type == "year" and value not in _YEARS
    return _WRONG if wrong else int(fixed)
