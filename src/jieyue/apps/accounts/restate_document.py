"""A restatement as the command and the interface give it: old, four effects, new."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.change_document import usual_indicators
from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.apps.accounts.restatements import Restatement, restatement
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.errors import DomainError
from jieyue.domain.restate import PARTS
from jieyue.domain.rounding import display, exact_text

Choice = Mapping[str, str | None]

NAMES = {
    "old": ("原来的数", "As it was"),
    "data": ("数据更正", "Corrected data"),
    "factor": ("因子不同", "Other factors"),
    "boundary": ("边界不同", "Other boundaries"),
    "method": ("方法不同", "Another method"),
    "new": ("重述后的数", "Restated"),
}


class NothingToRestateError(DomainError):
    """A figure that has no value on one of the two sides."""


def of_period(
    scope: str,
    period: str,
    indicators: Sequence[str] | None,
    *,
    choice: Choice | None = None,
    boundaries: str = "now",
    sequence: int | None = None,
) -> list[dict[str, Any]]:
    """Restate by what is said here what the plan's own method gives on the boundaries of then.

    Raises what figures raise, and NothingToRestateError.
    """
    seq = last_done() if sequence is None else sequence
    wanted = indicators or usual_indicators(period, sequence=seq)
    old = figures([scope], period, indicators=wanted, boundaries="then", sequence=seq)
    new = figures([scope], period, indicators=wanted, choice=choice, boundaries=boundaries, sequence=seq)
    return [_document(before, after) for before, after in zip(old, new, strict=True)]


def of_receipt(receipt: str, *, choice: Choice | None = None, boundaries: str = "now") -> dict[str, Any]:
    """Restate a figure once given by today's facts and what is said here. Raises UnknownReceiptError too."""
    wanted, plan, _, figure = receipts.find(receipt)
    (new,) = figures(
        [wanted.scope], str(plan.period), indicators=[wanted.indicator], choice=choice, boundaries=boundaries
    )
    _check(wanted.scope, str(plan.period), wanted.indicator, figure.value, new.exact)
    return _told(new, restatement(receipt, new.receipt))


def _document(old: FigureRow, new: FigureRow) -> dict[str, Any]:
    _check(new.scope, new.period, new.indicator, old.exact, new.exact)
    return _told(new, restatement(old.receipt, new.receipt))


def _check(scope: str, period: str, indicator: str, old: Fraction | None, new: Fraction | None) -> None:
    if old is None or new is None:
        zh, en = ("重述前", "before it is restated") if old is None else ("重述后", "once it is restated")
        raise NothingToRestateError(
            "nothing_to_restate",
            zh=f"{scope} {period} 的 {indicator} 在{zh}没有数，不能重述；请选两种边界下都有数的范围，或先补齐报表",
            en=f"{indicator} of {scope} {period} has no value {en}; choose a scope that has one on both "
            "boundaries, or complete the returns first",
            data={"scope": scope, "period": period, "indicator": indicator},
        )


def _told(new: FigureRow, found: Restatement) -> dict[str, Any]:
    decimals = home_catalog().indicator(new.indicator).decimals
    bridge = found.bridge
    receipt = {"old": found.parts[0], "new": found.parts[1]}

    def row(code: str) -> dict[str, Any]:
        value: Fraction = getattr(bridge, code)
        zh, en = NAMES[code]
        return {
            "code": code,
            "name_zh": zh,
            "name_en": en,
            "value": exact_text(value),
            "display": display(value, decimals),
            "receipt": receipt.get(code),
        }

    return {
        "indicator": new.indicator,
        "scope": new.scope,
        "period": new.period,
        "unit": new.unit,
        "status": new.status,
        "rows": [row(code) for code in ("old", *PARTS, "new")],
        "method": found.method,
    }
