"""Findings 问题: what was noticed, where, and how to mend it, in Chinese and English.

The texts live in one file, ``data/findings.csv``: code, severity, message and mend in both languages, with
named ``{placeholders}``. What a person reads is the message followed by the mend. The same object appears in
a workbook, a page, the API and a notebook.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

from jieyue.catalog.strict import read_table

Severity = Literal["error", "warning", "note"]
TEXTS = Path(__file__).parent / "data" / "findings.csv"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class FindingText:
    """One row of ``findings.csv``."""

    code: str
    severity: Severity
    message_zh: str
    message_en: str
    mend_zh: str = ""
    mend_en: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``row`` is the row as a spreadsheet shows it; ``value`` is what stood there."""

    code: str
    severity: Severity
    message_zh: str
    message_en: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | int | None = None
    data: Mapping[str, object] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, object]:
        """The JSON object; ``data`` is present only when it holds something."""
        document: dict[str, object] = {
            "severity": self.severity,
            "code": self.code,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "message_zh": self.message_zh,
            "message_en": self.message_en,
        }
        if self.data:
            document["data"] = {name: _plain(value) for name, value in self.data.items()}
        return document


def _plain(value: object) -> object:
    """Values that JSON does not know become text, so that nothing is rounded on the way."""
    if isinstance(value, Fraction | Decimal | date):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return value


@cache
def texts() -> Mapping[str, FindingText]:
    """All finding texts by code. Raises `CatalogError` if the file is not in order."""
    return {text.code: text for text in read_table(TEXTS, FindingText, key=("code",))}


def _filled(template: str, parts: Mapping[str, object], blank: str) -> str:
    def fill(match: re.Match[str]) -> str:
        value = parts[match.group(1)]
        shown = blank if value is None else str(value)
        return shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"

    return _PLACEHOLDER.sub(fill, template)


def make(
    code: str,
    *,
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
    value: str | int | None = None,
    **data: object,
) -> Finding:
    """The finding ``code`` at a place, its texts filled from the place, the value and ``data``.

    Raises `LookupError` for an unknown code or a placeholder that no argument fills: both are slips of the
    caller, and a half-filled sentence must not reach anyone.
    """
    text = texts().get(code)
    if text is None:
        raise LookupError(f"finding code {code!r} has no row in {TEXTS.name}")
    parts: dict[str, object] = {**data, "sheet": sheet, "row": row, "column": column, "value": value}
    try:
        message_zh = _filled(f"{text.message_zh}{text.mend_zh}", parts, "（空）")
        message_en = _filled(f"{text.message_en} {text.mend_en}".strip(), parts, "(blank)")
    except KeyError as missing:
        raise LookupError(f"finding {code!r} needs the value {missing}") from None
    return Finding(code, text.severity, message_zh, message_en, sheet, row, column, value, data)


def blanked(template: str) -> str:
    """A text as it stands before a case: an ellipsis where a place or value will be."""
    return _PLACEHOLDER.sub("…", template)
