"""One line of an open form as a row of the page: the part that every line has.

Forty rows of twenty values are most of the page, and a template spends more on each value than on all else; so a row is
one text here, each value escaped once. What few lines have (formula, meters, estimates, comments) is the template's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString

_TAG = """id="r-{code}" data-code="{code}" data-name="{full_name}"{hidden}{marked}"""
_CELLS = """<th scope="row" class="depth-{depth}"><label for="c-{code}">{name}</label>{star}</th>\
<td class="soft item-code">{shown_code}</td><td class="unit">{unit}</td>
      <td class="number entry-cell">{cell}
        <span class="wrong" id="w-{code}">{wrong}</span></td>
      <td class="number soft">{year_ago}</td><td class="number soft">{before}</td>\
<td class="number" data-change>{change}</td>"""
_INPUT = """<input class="form-control" id="c-{code}" name="c-{code}" value="{text}" inputmode="decimal" \
maxlength="200" data-was="{text}"{disabled}{invalid}>"""
_USE = """<select class="form-select use" name="case-{code}" aria-label="{label}">{options}</select> \
<button type="submit" class="btn btn-quiet btn-small" name="use" value="{code}" formaction="{address}" data-fallback>\
{word}</button>"""
_METHOD = """<button type="submit" class="btn btn-quiet btn-small" name="estimate" value="{code}:{method}" \
formaction="{address}">{text}</button>"""
_TEXTS = (
    "code",
    "full_name",
    "name",
    "shown_code",
    "unit",
    "wrong",
    "year_ago",
    "before",
    "change",
    "source",
)


@dataclass(frozen=True)
class RowWords:
    """What all rows share. is_open: cells may be changed. use, fill: where the use of a carrier is said, and a cell is
    filled."""

    is_open: bool
    required: str
    set_use: str
    use: str
    estimate: str
    fill: str


def row(line: Mapping[str, Any], words: RowWords) -> dict[str, SafeString]:
    """The parts of the row: what its tag says, its cells but the last, how it is come by, what may fill it by name.

    line: as `Page.context` makes it.
    """
    said = {name: escape(line[name]) for name in _TEXTS}
    code, source = said["code"], said["source"]
    tag = _TAG.format(
        **said,
        hidden=" hidden" if line["folded"] else "",
        marked=f' class="marked-{escape(line["mark"])}"' if line["mark"] else "",
    )
    star = f' <abbr title="{escape(words.required)}">*</abbr>' if line["required"] else ""
    cells = _CELLS.format(**said, depth=int(line["depth"]), star=star, cell=_cell(line, code, words))
    use = f"{_use(line, code, words)}<span data-source-text>{source}</span>"
    parts = {"tag": tag, "cells": cells, "use": use, "estimate": _estimates(line, code, words)}
    return {name: SafeString(text) for name, text in parts.items()}


def _cell(line: Mapping[str, Any], code: str, words: RowWords) -> str:
    """The number, to be typed or to be read."""
    text = escape(line["text"])
    if not words.is_open:
        return text or "—"
    invalid = f' aria-invalid="true" aria-describedby="w-{code}"' if line["wrong"] else ""
    disabled = " disabled" if line["off"] or line["locked"] else ""
    return _INPUT.format(code=code, text=text, disabled=disabled, invalid=invalid)


def _use(line: Mapping[str, Any], code: str, words: RowWords) -> str:
    """How a carrier is come by; its options are escaped already."""
    if not (line["case_options"] and words.is_open):
        return ""
    return _USE.format(
        code=code,
        label=escape(line["use_label"]),
        options=line["case_options"],
        address=escape(words.use),
        word=escape(words.set_use),
    )


def _estimates(line: Mapping[str, Any], code: str, words: RowWords) -> str:
    """What an empty cell may be filled with by name."""
    if not line["estimates"]:
        return ""
    address = escape(words.fill)
    buttons = "".join(
        _METHOD.format(code=code, method=escape(method), address=address, text=escape(text))
        for method, text in line["estimates"]
    )
    return f'<details class="estimate"><summary>{escape(words.estimate)}</summary>{buttons}</details>'
