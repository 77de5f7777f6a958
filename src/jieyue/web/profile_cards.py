"""The pictures of an institution's profile, and what to do next: from the facts of its two-page statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.accounts.frame import missing
from jieyue.apps.accounts.queries import FigureRow, row_of, run_for
from jieyue.apps.insights.overview import Month, Months
from jieyue.apps.insights.profile import Profile
from jieyue.apps.papers.content import Cell, Number, Status
from jieyue.apps.papers.content import Text as Words
from jieyue.apps.papers.statement_facts import MONTHLY
from jieyue.apps.papers.statement_steps import Said, Step
from jieyue.apps.registry.queries import InstitutionInfo
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web.chart_dots import Place, places
from jieyue.web.charts import Picture
from jieyue.web.overview_cards import Card, Frame, months_card
from jieyue.web.words import indicator_name, is_chinese

MONTHS = "months"


@dataclass(frozen=True)
class Piece:
    """A part of a step: words, or a number that opens what it was made from. number: it is one."""

    text: str
    href: str = ""
    number: bool = False


@dataclass(frozen=True)
class ShownStep:
    """What to do, the clause or rule that asks for it, and what is at stake."""

    act: Sequence[Piece]
    basis: Sequence[Piece]
    stake: Sequence[Piece]


def months_of_year(
    own: InstitutionInfo,
    year: Period,
    rows: Mapping[tuple[str, str], FigureRow],
    indicator: str,
    *,
    sequence: int,
    today: date,
) -> list[Month]:
    """Each month of the year beside that of the year before; one that is not over on `today` lies ahead."""
    scope = f"institution:{own.code}"

    def row(month: Period) -> FigureRow:
        found = rows.get((indicator, str(month)))
        return found or row_of(run_for(str(month), sequence=sequence), scope, missing(scope, indicator))

    return [
        Month(row(month) if month.last_day < today else None, row(month.previous_year()), None)
        for month in year.months()
    ]


def twelve_months(
    own: InstitutionInfo,
    year: Period,
    rows: Mapping[tuple[str, str], FigureRow],
    indicator: str,
    *,
    sequence: int,
    today: date,
    frame: Frame,
    to: str,
) -> Card:
    """The year's months over those of the year before. A month that is not over on `today` lies
    ahead. to: the address of the page, to which an indicator is added."""
    months = months_of_year(own, year, rows, indicator, sequence=sequence, today=today)
    card = months_card(Months(indicator, months), frame)
    views = [(indicator_name(code), f"{to}&indicator={code}", code == indicator) for code in MONTHLY]
    card.table.caption = card.title  # its name stands above, and may be in another language
    card.table.name = f"profile-months-{own.code}-{indicator}"
    return Card(
        MONTHS, card.title, card.subtitle, card.table, card.picture, card.legend, card.notes, views=views
    )


def place_picture(found: Profile) -> Picture | None:
    """The percentile of each intensity on one line from 0 to 100, over the middle half of its peers."""
    rows = [
        Place(
            indicator_name(band.indicator),
            band.percentile,
            _("percentile %(place)s of %(n)s peers")
            % {"place": display(band.percentile, 0), "n": f"{band.n:,}"},
        )
        for band in found.bands or ()
        if band.percentile is not None
    ]
    return places("chart-place", rows)


def shown_steps(steps: Sequence[Step]) -> list[ShownStep]:
    """The steps in the page's language."""
    return [ShownStep(_pieces(one.act), _pieces(one.basis), _pieces(one.stake)) for one in steps]


def _pieces(said: Said) -> list[Piece]:
    cell: Cell = said[0] if is_chinese() else said[1]
    return [_piece(one) for one in cell]


def _piece(one: object) -> Piece:
    if isinstance(one, Number):
        mark = _("(provisional)") if one.status is Status.PROVISIONAL else ""
        return Piece(f"{one.text}{one.unit}{mark}", _address(one), number=True)
    assert isinstance(one, Words), "a step is words and numbers"
    return Piece(one.text)


def _address(number: Number) -> str:
    """Where the figure stands that the number is or was made from; a count of findings has none."""
    receipts = [one for one in number.sources if not one.startswith("review/")]
    return reverse("receipt", args=[receipts[0]]) if receipts else ""
