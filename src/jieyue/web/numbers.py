"""Figures as the page shows them: text, unit, mark, and the way to their source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from urllib.parse import quote_plus

from django.urls import reverse
from django.utils.http import urlencode

from jieyue.apps.accounts.large import DECIMALS, LARGE, large_unit
from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.domain.rounding import display
from jieyue.web.table import Cell
from jieyue.web.words import MISSING_TEXT, grouped, indicator_name, unit

PROVISIONAL, MISSING = "provisional", "missing"
#: The word of an address that says which version of each return counts.
VERSION = "version"


@dataclass(frozen=True)
class Shown:
    """One figure on a card."""

    name: str
    text: str
    unit: str
    href: str
    provisional: bool
    missing: bool


@dataclass
class Sheet:
    """Figures of one period by (scope, indicator)."""

    rows: dict[tuple[str, str], FigureRow] = field(default_factory=dict)
    choice: Mapping[str, str] = field(default_factory=dict)  # what its sources' addresses say besides

    def get(self, scope: str, indicator: str) -> FigureRow | None:
        """One figure, None if the run has none."""
        return self.rows.get((scope, indicator))

    def cell(self, scope: str, indicator: str) -> Cell:
        """One figure as a table cell that opens its source."""
        return figure_cell(self.get(scope, indicator), self.choice)

    def shown(self, scope: str, indicator: str) -> Shown:
        """One figure for a card."""
        row = self.get(scope, indicator)
        cell = figure_cell(row, self.choice)
        text, symbol = tile_text(row) if row else (cell.text, "")
        return Shown(
            name=indicator_name(indicator),
            text=text,
            unit=symbol,
            href=cell.href,
            provisional=cell.provisional,
            missing=cell.missing,
        )


def sheet(
    scopes: Sequence[str],
    period: str,
    indicators: Iterable[str],
    *,
    sequence: int,
    choice: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Sheet:
    """Figures of the scopes, all of one run. more: what the addresses of their sources say besides the choice."""
    wanted = list(dict.fromkeys(indicators))
    rows = figures(scopes, period, indicators=wanted, choice=choice, sequence=sequence)
    return Sheet({(row.scope, row.indicator): row for row in rows}, {**(choice or {}), **(more or {})})


def tile_text(row: FigureRow, beside: Iterable[FigureRow] = ()) -> tuple[str, str]:
    """(number, unit) as a tile says it: a large amount in ten thousands, as the papers do.

    beside: the other numbers of the tile. All stand in one unit, so in ten thousands only where all of them are large.
    """
    small = any(one.exact is not None and not large_unit(one.unit, one.exact) for one in beside)
    told = None if small else in_large(row.exact, row.unit)
    return told or (grouped(row.display), unit(row.unit))


def in_large(value: Fraction | None, code: str) -> tuple[str, str] | None:
    """(number, unit) of a large amount in ten thousands; None where it is not told so."""
    large = large_unit(code, value)
    if value is None or not large:
        return None
    return grouped(display(value / LARGE, DECIMALS)), unit(large)


def figure_cell(row: FigureRow | None, choice: Mapping[str, str] | None = None) -> Cell:
    """A figure as a cell: provisional in italic with the word, missing as a dash, never as zero."""
    if row is None or row.display is None:
        return Cell(MISSING_TEXT, None, missing=True, number=True)
    return Cell(
        grouped(row.display),
        Decimal(row.display),
        href=source_address(row, choice),
        source=True,
        provisional=row.status == PROVISIONAL,
        number=True,
    )


def source_address(row: FigureRow, choice: Mapping[str, str] | None = None) -> str:
    """Where the figure's receipt opens; computing it if it was not yet. A figure as first reported is computed where it
    is shown and is opened by its receipt: it stands on versions that an address does not name."""
    if choice and choice.get(VERSION):
        return reverse("receipt", args=[row.receipt])
    more = f"&{urlencode(choice)}" if choice else ""
    scope, period = quote_plus(row.scope), quote_plus(row.period)
    return f"{_source()}?scope={scope}&indicator={row.indicator}&period={period}{more}"


@lru_cache(maxsize=1)
def _source() -> str:
    """Kept: a page has hundreds of these addresses."""
    return reverse("source")
