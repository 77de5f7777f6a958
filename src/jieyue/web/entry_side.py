"""What stands beside the form: what is missing, what is asked, what it comes to, and what may be done."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts.preview import preview
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.entry_sheet import EntrySheet
from jieyue.apps.review.drawn_over import Meeting, meet, version_of
from jieyue.apps.review.of_return import Asked
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web.entry import OPEN, Page, query_of
from jieyue.web.words import grouped, indicator_name, is_chinese, judged_by, period_name, unit

_PREVIEW_DECIMALS = {"water_total_m3": 0}


def side_of(made: Page) -> dict[str, Any]:
    """What stands beside the form: what is missing, what is asked, what it comes to, and what may be done."""
    asked = made.asked
    key = made.sheet.key
    return {
        "code": made.code,
        "query": query_of(key),
        "sheet": made.sheet,
        "state": made.sheet.state.value,
        "is_open": made.is_open,
        "may_submit": made.may_submit and made.sheet.state in OPEN,
        "missing": [
            {"code": one.row.item, "name": one.row.item_zh if is_chinese() else one.row.item_en}
            for one in asked
            if one.is_missing
        ],
        "errors": [_asked(one) for one in asked if one.row.severity == "error" and not one.is_missing],
        "warnings": [
            _asked(one, *made.said.get(one.name, ())) for one in asked if one.row.severity != "error"
        ],
        "comes_to": _comes_to(made.sheet),
    }


def _asked(one: Asked, said: str = "", over: str = "") -> dict[str, Any]:
    """said, over: what came with a refused form; a field that was left as it was drawn shows what stands there now."""
    row, left = one.row, meet(said, over, one.explanation) is Meeting.LEFT
    return {
        "name": one.name,
        "item": row.item,
        "item_name": row.item_zh if is_chinese() else row.item_en,
        "rule": row.rule_zh if is_chinese() else row.rule_en,
        "mend": row.mend_zh if is_chinese() else row.mend_en,
        "numbers": judged_by(row.numbers),
        "explanation": one.explanation if left else said,
        "stands": one.explanation,
        "drawn_over": one.drawn_over,
        "version": version_of(one.explanation),
        "state": one.state,
        "earlier": one.earlier.explanation if one.earlier else "",
        "earlier_period": period_name(one.earlier.period) if one.earlier else "",
    }


def _comes_to(sheet: EntrySheet) -> list[dict[str, str]]:
    """The account of what is stated so far, by the plan's method."""
    if sheet.key.instance or not sheet.values:
        return []
    amounts = preview(sheet.key.form, Period.parse(sheet.key.period), sheet.values)
    return [
        {
            "name": indicator_name(code),
            "text": grouped(str(display(_one(amount.fractions()), _PREVIEW_DECIMALS.get(code, 3)))),
            "unit": unit(home_catalog().indicator(code).unit),
        }
        for code, amount in amounts.items()
    ]


def _one(values: Sequence[Fraction]) -> Fraction:
    return values[0]
