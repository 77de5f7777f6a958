"""The tiles of a dashboard: the totals of the period and to date, each with how it moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jieyue.apps.accounts.changes import changes_of, has_change
from jieyue.apps.accounts.derived import Derived, alike
from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.overview import Overview, Side, Tile
from jieyue.web.numbers import source_address, tile_text
from jieyue.web.overview_asked import ALIKE, Asked
from jieyue.web.overview_cards import receipt_address, said
from jieyue.web.selection import Selection
from jieyue.web.words import indicator_name, period_name, unit


@dataclass(frozen=True)
class ShownSide:
    """A figure of a tile: when, how much, and how it moved."""

    when: str
    text: str
    unit: str
    href: str
    provisional: bool
    missing: bool
    moves: tuple["Move", ...]


@dataclass(frozen=True)
class Move:
    """A change in words, and where its parts are shown (empty: there are none)."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class ShownTile:
    """A tile. unit: of all its figures; empty where they differ and each says its own."""

    name: str
    unit: str
    href: str
    current: bool
    sides: tuple[ShownSide, ...]


def alike_moves(found: Overview, selection: Selection, asked: Asked) -> dict[tuple[str, str], Move]:
    """(indicator, period) → the change of the same institutions."""
    codes = [tile.indicator for tile in found.tiles if has_change(tile.indicator)]
    told = {}
    for side in found.tiles[0].sides:
        runs = [
            run_for(
                each,
                choice={"versions": asked.which.get(each)},
                boundaries=found.boundaries,
                sequence=selection.sequence,
            )
            for each in (side.then.period, side.now.period)
        ]
        for one in changes_of(runs, found.scope, codes):
            made = alike(one)
            text = _("%(change)s, %(n)s institutions") % {
                "change": said(say.moved(made)),
                "n": f"{one.institutions:,}",
            }
            told[one.indicator, side.now.period] = Move(text, receipt_address(made) if made.parts else "")
    return told


def shown_tile(
    tile: Tile, asked: Asked, choice: Mapping[str, str], same: Mapping[tuple[str, str], Move]
) -> ShownTile:
    """A tile as the page draws it. choice: what links to its sources say; same: what the same institutions did."""
    rows = [side.now for side in tile.sides]
    sides = tuple(_side(side, rows, asked, choice, same) for side in tile.sides)
    units = [side.unit for side in sides if not side.missing]
    return ShownTile(
        name=indicator_name(tile.indicator),
        unit=units[0] if units else unit(rows[0].unit),
        href=asked.to(indicator=tile.indicator) + "#months",
        current=tile.indicator == asked.indicator,
        sides=sides,
    )


def _side(
    side: Side,
    beside: Sequence[FigureRow],
    asked: Asked,
    choice: Mapping[str, str],
    same: Mapping[tuple[str, str], Move],
) -> ShownSide:
    now, moves = side.now, [_move(side.on_year)]
    if asked.population == ALIKE:
        no_money = _("no like-for-like change of money")
        told = Move(_("computing…") if has_change(now.indicator) else no_money)
        moves = [same.get((now.indicator, now.period), told)]
    elif now.display is None:
        moves = []  # what is missing moved from nothing to nothing
    if now.display is not None and side.on_month is not None:
        moves.append(_move(side.on_month, ("环比", "on the month before")))
    text, symbol = tile_text(now, beside)
    return ShownSide(
        when=period_name(now.period),
        text=text,
        unit=symbol,
        href=source_address(now, choice),
        provisional=now.status == "provisional",
        missing=now.display is None,
        moves=tuple(moves),
    )


def _move(found: Derived, what: say.Said = ("同比", "on the year before")) -> Move:
    return Move(said(say.moved(found, what)), "" if found.value is None else receipt_address(found))
