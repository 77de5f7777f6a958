"""Where bodies of one kind stand by use against what their types use in the whole: observed ÷ expected, with places.

Raw totals are never compared. Both years stand on the boundaries of the period's last day; who is too incomplete has
no place, equal values share one, and fewer than five have none (`accounts.derived.rank`). Whom only its own place is
for gets no other value and no median of fewer than five either: of two, own value and median give the other's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from jieyue.apps.accounts.derived import Derived, peer_figures, peers_of, rank
from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.accounts.series import Rows, figures_over
from jieyue.apps.accounts.services.compute_run import RunPlan, threshold
from jieyue.apps.insights.first_reported import Which
from jieyue.apps.insights.overview_periods import Times
from jieyue.domain.derived import LEAST_PEERS
from jieyue.domain.indicators import EXPECTED
from jieyue.domain.period import Period


@dataclass(frozen=True)
class Standing:
    """A body: its ratio now and a year before, and its place both times."""

    scope: str
    now: FigureRow
    then: FigureRow
    place: Derived
    place_then: Derived

    @property
    def completeness(self) -> Fraction:
        """The share of due returns that its ratio is made of."""
        return Fraction(self.now.completeness or 0)


@dataclass(frozen=True)
class Standings:
    """A group: those with a name, by place; values: every body's with whether it is complete enough; least: from
    which completeness on a body has a place; own: only the body itself has a name; few: so few have a place that no
    value but its own is here."""

    period: Period
    named: Sequence[Standing]
    values: Mapping[str, tuple[Fraction, bool]]
    least: Fraction
    own: bool = False
    few: bool = False

    @property
    def middle(self) -> Fraction | None:
        """The median of those that are complete enough; None of so few that it would give away another's value."""
        known = [] if self.few else self.placed
        return median(known) if known else None

    @property
    def placed(self) -> list[Fraction]:
        """The values of those that are complete enough."""
        return [value for value, enough in self.values.values() if enough]


def standings_of(
    member: str,
    period: Period,
    *,
    sequence: int,
    own: bool,
    compute: bool = True,
    which: Which | None = None,
) -> Standings | None:
    """The group of a body. own: only it has a name, the others are values. None: not computed yet and not asked to.

    Empty where it stands beside nobody of its kind. which: as for a dashboard, of the whole.
    """
    whole = Times(period).spans[-1]
    day = period.last_day.isoformat()
    now, then = (
        run_for(
            str(each), choice={"versions": (which or {}).get(str(each))}, boundaries=day, sequence=sequence
        )
        for each in (whole, whole.previous_year())
    )
    spans = (now.key.period, then.key.period)

    def read(scopes: Sequence[str]) -> Rows | None:
        return figures_over(
            scopes,
            spans,
            indicators=[EXPECTED],
            boundaries=day,
            sequence=sequence,
            compute=compute,
            versions=which,
        )

    if read([member]) is None:
        return None
    peers = peers_of(now, member, EXPECTED)
    scopes = [] if peers is None else sorted(peer_figures(now, peers))
    rows = read(scopes) or {}
    least = threshold(now)
    values = {
        scope: (row.exact, Fraction(row.completeness or 0) >= least)
        for scope in scopes
        if (row := rows[scope, EXPECTED, spans[0]]).exact is not None
    }
    named = [scope for scope in scopes if not own or scope == member]
    made = [_standing(scope, rows, now, then) for scope in named]
    few = own and sum(enough for _value, enough in values.values()) < LEAST_PEERS
    if few:
        values = {scope: value for scope, value in values.items() if scope == member}
    return Standings(whole, sorted(made, key=_order), values, least, own=own, few=few)


def _standing(scope: str, rows: Rows, now: RunPlan, then: RunPlan) -> Standing:
    return Standing(
        scope,
        rows[scope, EXPECTED, now.key.period],
        rows[scope, EXPECTED, then.key.period],
        rank(now, scope, EXPECTED),
        rank(then, scope, EXPECTED),
    )


def _order(one: Standing) -> tuple[bool, Fraction, str]:
    """By place, those without one last."""
    return one.place.value is None, one.place.value or Fraction(), one.scope
