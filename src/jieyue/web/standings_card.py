"""Districts' places as a card: a dot a body by observed ÷ expected, and the list with place now and a year before."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.accounts.queries import ScopeInfo
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.first_reported import Which
from jieyue.apps.insights.overview_periods import CITY
from jieyue.apps.insights.standings import Standing, Standings, standings_of
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web.chart_dots import Mark, Spot, dots
from jieyue.web.overview_cards import Card, Frame, Key, column, completeness_cell, derived_cell, said
from jieyue.web.selection import Selection
from jieyue.web.table import Cell, Row
from jieyue.web.words import joined, period_name
from jieyue.web.words import percent as share_words

#: Decimals of observed ÷ expected.
_DECIMALS = 3


def standings_for(
    selection: Selection,
    below: Sequence[ScopeInfo],
    period: Period,
    *,
    compute: bool,
    which: Which | None = None,
) -> Standings | None:
    """The commonest kind of the bodies below the whole; a body of the line among its own kind. Empty for other nodes.

    None: not computed yet and not asked to.
    """
    if selection.scope == CITY:
        kinds = Counter(node.kind for node in below if node.in_being)
        common = kinds.most_common(1)[0][0] if kinds else ""
        member = next((node.scope for node in below if node.in_being and node.kind == common), "")
    else:
        member = selection.scope if selection.scope.startswith("line:") else ""
    if not member:
        return Standings(period, (), {}, Fraction())
    own = selection.scope != CITY
    return standings_of(member, period, sequence=selection.sequence, own=own, compute=compute, which=which)


def standings_card(
    found: Standings, frame: Frame, names: Mapping[str, str], href: Callable[[str], str]
) -> Card | None:
    """None where nobody stands beside another."""
    if not found.named:
        return None
    day = found.period.last_day.isoformat()
    frame = replace(frame, choice={**frame.choice, "boundaries": day})
    title = said(say.of_standings(found, names, period_name))
    when, before = (period_name(row.period) for row in (found.named[0].now, found.named[0].then))
    unknown = [names[one.scope] for one in found.named if one.now.exact is None]
    notes = [
        _("Expected is what its floor area would use if each type used what that type uses in the whole.")
    ]
    if found.few:
        notes.append(
            _("Fewer than five of its kind are complete enough: no value of theirs and no median is shown.")
        )
    if unknown:
        notes.append(_("Not enough to compute: %(names)s") % {"names": joined(unknown)})
    return Card(
        "standings",
        title,
        f"{_('observed ÷ expected energy per floor area')} · {when}",
        frame.table(
            title,
            [
                column("body", _("Body"), number=False),
                column("ratio", when),
                column("place", pgettext("in a ranking", "Place")),
                column("then", before),
                column("place-then", _("Place a year before")),
                column("completeness", _("Completeness")),
            ],
            [_row(one, frame, names, href) for one in found.named],
            "overview-standings",
        ),
        dots("chart-standings", _spots(found, names), _marks(found)),
        _legend(found),
        notes,
    )


def _legend(found: Standings) -> list[Key]:
    keys = [Key("p-this", _("own place") if found.own else _("complete enough"))]
    if found.own and not found.few:
        keys.append(Key("p-last", _("others of the same kind, without names")))
    keys.append(Key("p-short", _("too incomplete to be ranked")))
    return keys if found.middle is None else [*keys, Key("p-even", _("median"))]


def _spots(found: Standings, names: Mapping[str, str]) -> list[Spot]:
    rows = {one.scope: one for one in found.named}
    ends = sorted((scope for scope in found.values if scope in rows), key=lambda scope: found.values[scope])
    told = {ends[0], ends[-1]} if ends else set()
    spots = []
    for scope, (value, enough) in found.values.items():
        one = rows.get(scope)
        css = "p-last" if one is None else "p-this" if enough else "p-short"
        words = f"{names[scope]} {one.now.display} · {share_words(one.now.completeness)}" if one else ""
        spots.append(Spot(value, css, words, names[scope] if scope in told else ""))
    return spots


def _marks(found: Standings) -> list[Mark]:
    marks = (
        []
        if found.middle is None
        else [Mark(found.middle, "p-even", f"{_('median')} {display(found.middle, _DECIMALS)}")]
    )
    return [*marks, Mark(say.AS_EXPECTED, "p-last", f"{_('as expected')} 1")]


def _row(one: Standing, frame: Frame, names: Mapping[str, str], href: Callable[[str], str]) -> Row:
    name = names[one.scope]
    return Row(
        (
            Cell(name, name, href=href(one.scope), heading=True),
            frame.cell(one.now),
            derived_cell(one.place),
            frame.cell(one.then),
            derived_cell(one.place_then),
            completeness_cell(one.now),
        )
    )
