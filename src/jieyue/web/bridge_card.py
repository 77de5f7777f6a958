"""The bridge 变化的组成 as a card: from the earlier figure by like-for-like change, entries, exits, missing … to now.

The rows are `change_document.effect_rows`, so they add up exactly. What was not reported has a bar of its own, whatever
it is, and is never within what was used less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.accounts import change_document as docs
from jieyue.apps.accounts.change_words import NAMES, bridge_sentence, plus
from jieyue.apps.accounts.changes import Change
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.rounding import display
from jieyue.web.chart_bridge import Level, Stride, bridge, cut_at, levels_of
from jieyue.web.charts import Picture
from jieyue.web.overview_cards import Card, Frame, Key, column, said
from jieyue.web.table import Cell, Column, Row
from jieyue.web.words import bracketed, grouped, indicator_name, period_name, unit

#: The card's name in addresses of its files.
BRIDGE = "bridge"
_USE, _MISSING = "like_for_like", "missing"
_LOOKS = {_USE: "p-now", _MISSING: "p-lost"}


@dataclass(frozen=True)
class _Words:
    """How amounts of the change are printed."""

    decimals: int
    unit: str

    def level(self, value: Fraction) -> str:
        return grouped(display(value, self.decimals))

    def step(self, value: Fraction) -> str:
        return plus(self.level(value)) or ""


def bridge_card(found: Change, frame: Frame) -> Card:
    """The card; without a picture where there are no amounts, which it says."""
    definition = home_catalog().indicator(found.indicator)
    printed = _Words(definition.decimals, unit(found.rows[1].unit))
    rows = _rows(found)
    title = said(
        bridge_sentence(found, indicator_name(found.indicator), period_name, printed.level, printed.unit)
    )
    picture, cut = _picture(found, rows, printed)
    subtitle = bracketed(indicator_name(found.indicator), printed.unit)
    if cut is not None:
        told = _("the axis is cut: it begins at %(value)s") % {"value": printed.level(cut)}
        subtitle = f"{subtitle} · {told}"
    return Card(
        BRIDGE,
        title,
        subtitle,
        frame.table(
            title,
            _columns(printed),
            _table(found, rows, frame, printed),
            f"bridge-{found.rows[1].period}",
        ),
        picture,
        (
            Key("p-level", _("the figures")),
            Key("p-now", _("like for like: use")),
            Key("p-lost", _("missing: no saving")),
            Key("p-aside", _("who is in the sum: neither saving nor growth")),
        ),
        wide=True,
        empty="" if picture else _nothing(found),
    )


def _rows(found: Change) -> list[docs.EffectRow]:
    """What happened; what was not reported always, for a bar that is not there says something too."""
    return [row for row in docs.effect_rows(found) if row.code in _LOOKS or row.institutions or row.value]


def _picture(
    found: Change, rows: Sequence[docs.EffectRow], printed: _Words
) -> tuple[Picture | None, Fraction | None]:
    if found.split is None or found.then is None or found.now is None:
        return None, None
    strides = [
        Stride(said(NAMES[row.code]).partition("（")[0].partition(" (")[0], row.value, printed.step(row.value),
               _LOOKS.get(row.code, "p-aside"))
        for row in rows
        if row.value is not None
    ]  # fmt: skip
    levels = levels_of(found.then, strides)
    if levels[-1] != found.now:
        raise ArithmeticError(f"the parts of {found.indicator} do not add up")
    first, last = (
        Level(period_name(row.period), printed.level(value), "p-level")
        for row, value in zip(found.rows, (found.then, found.now), strict=True)
    )
    return bridge(f"chart-{BRIDGE}", first, found.then, strides, last), cut_at(levels)


def _nothing(found: Change) -> str:
    """Why there are no bars."""
    if found.split is None:
        return _(
            "An intensity has no parts that add up to it, so there are no bars; the table says who is behind."
        )
    return _("One of the two periods has no figure: there are no bars.")


def _columns(printed: _Words) -> list[Column]:
    return [
        column("part", _("Part"), number=False),
        column("amount", _("Amount"), printed.unit),
        column("institutions", _("Institutions")),
    ]


def _table(found: Change, rows: Sequence[docs.EffectRow], frame: Frame, printed: _Words) -> list[Row]:
    first, last = (
        Row(
            (
                Cell(period_name(row.period), period_name(row.period), heading=True),
                frame.cell(row),
                Cell("", None),
            )
        )
        for row in found.rows
    )
    steps = [
        Row(
            (
                Cell(said(NAMES[row.code]), said(NAMES[row.code]), heading=True),
                _amount(row.value, printed),
                _count(row.institutions),
            )
        )
        for row in rows
    ]
    return [first, *steps, last]


def _amount(value: Fraction | None, printed: _Words) -> Cell:
    if value is None:
        return Cell("", None, number=True)
    return Cell(printed.step(value), Decimal(display(value, printed.decimals)), number=True)


def _count(number: int | None) -> Cell:
    return Cell("" if number is None else f"{number:,}", number, number=True)
