"""The right half of a wall of 3840 pixels: what energy is made of, which bodies differ, what is paid, why it changed.

The cards of the dashboard of the same scope and month, from the same frames; no institution is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from jieyue.apps.accounts.changes import change
from jieyue.apps.accounts.queries import ScopeInfo
from jieyue.apps.insights.overview import TILES, Overview
from jieyue.domain.period import Period
from jieyue.web.charts import Picture, long
from jieyue.web.meter_words import carrier_words
from jieyue.web.overview_cards import Card, Frame, Key, shares_card
from jieyue.web.overview_lists import prices_card
from jieyue.web.selection import Selection
from jieyue.web.standings_card import standings_card, standings_for
from jieyue.web.views.change import Part, panel
from jieyue.web.words import period_name

#: How much larger the letters in a picture are here than on a page (wall.css).
_LARGER = 1.4


@dataclass(frozen=True)
class Chart:
    """One quarter: a card's picture, or the parts of a change; neither: there is nothing to draw."""

    code: str
    title: str
    under: str
    picture: Picture | None = None
    legend: Sequence[Key] = ()
    parts: Sequence[Part] = ()


def charts_of(
    found: Overview, selection: Selection, below: Sequence[ScopeInfo], names: Mapping[str, str]
) -> tuple[Chart, ...]:
    """C6, C7, C9, C5, in the order of reading. names: of the bodies below and of the scope."""
    frame = Frame(selection.scope_name, {}, (), names)
    standings = standings_for(selection, below, found.period, compute=True)
    places = standings_card(standings, frame, names, lambda scope: "") if standings else None
    return (
        _chart(shares_card(found.carriers, frame, carrier_words, found.period)),
        _chart(places) if places else Chart("standings", _("No body stands beside another here."), ""),
        _chart(prices_card(found.prices, frame)),
        _change(selection, found.period),
    )


def _chart(card: Card) -> Chart:
    picture = card.picture and _from_afar(card.picture)
    return Chart(card.code, card.title, card.subtitle, picture, card.legend)


def _from_afar(picture: Picture) -> Picture:
    """Without the words on parts that are too narrow for the larger letters of the wall; the legend has them."""
    middles = {round(bar.x + bar.width / 2, 1): bar.width for bar in picture.rects}
    kept = [
        text
        for text in picture.texts
        if not text.css.startswith("on ") or middles.get(text.x, 0) > long(text.text) * _LARGER + 8
    ]
    return replace(picture, texts=kept)


def _change(selection: Selection, period: Period) -> Chart:
    """The parts of the change of energy against the same month a year before, which add up to it."""
    before = str(period.previous_year())
    found = change(selection.scope, TILES[0], before, str(period), sequence=selection.sequence)
    shown = panel(found, selection, before, [TILES[0]])
    under = f"{shown.title} {shown.unit} · {period_name(before)} → {period_name(str(period))}"
    return Chart("change", shown.answer, under, parts=shown.parts)
