"""首报数 on a dashboard and for programs: which versions of returns its figures count, period by period."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from jieyue.apps.accounts.queries import FigureRow, figures, run_for, run_trees
from jieyue.apps.accounts.services.compute_run import OUTSIDE_COUNT
from jieyue.apps.accounts.versions import FIRST
from jieyue.apps.insights.overview_periods import Times
from jieyue.apps.publication.queries import last_done
from jieyue.apps.summaries.first import first_versions
from jieyue.domain.period import Period

#: Period → which versions count there; a period that is not named has those in force.
Which = Mapping[str, str]


def which_first(scope: str, period: Period, *, sequence: int) -> Which:
    """What was reported first, of a body by its own summaries; of the whole, an area, a department or a type by those
    of the authority itself."""
    return _which(scope, period, Times(period).all, sequence)


def _which(scope: str, period: Period, periods: Iterable[str], sequence: int) -> Which:
    plan = run_for(str(period), sequence=sequence)
    trees = run_trees(plan)
    node = trees.by_scope().get(scope) if scope.startswith("line:") else None
    body = trees.root("line") if node is None else node.node
    if body is None:
        return {}
    return first_versions(body, periods, form=plan.method.account.form.form, sequence=sequence)


def outside(which: Which) -> Which:
    """For bodies outside the count, whom the authority's summaries do not hold: what was published first."""
    return dict.fromkeys(which, FIRST)


@dataclass(frozen=True)
class FirstReported:
    """Which versions count, scope by scope, in a period as of a publication; each scope goes by its own summaries.

    An acceptance is no publication: what is kept of an answer hangs on `said` too.
    """

    period: Period
    sequence: int
    of: Sequence[tuple[str, Which]]

    @classmethod
    def asked(cls, scopes: Sequence[str], period: str, sequence: int | None = None) -> Self:
        """For scopes that a program names; sequence None: the last finished publication."""
        own, at = Period.parse(period), last_done() if sequence is None else sequence
        return cls(own, at, [(scope, _which(scope, own, [str(own)], at)) for scope in scopes])

    @property
    def said(self) -> list[str]:
        """The versions as texts."""
        return [which.get(str(self.period), "") for _scope, which in self.of]

    def figures(
        self,
        *,
        indicators: Sequence[str] | None = None,
        choice: Mapping[str, str | None] | None = None,
        boundaries: str | None = None,
    ) -> list[FigureRow]:
        """Their figures in the order asked. Raises what `accounts.queries.figures` raises."""

        def made(scope: str, which: Which) -> list[FigureRow]:
            said = {**(choice or {}), "versions": which.get(str(self.period))}
            return figures(
                [scope],
                str(self.period),
                indicators=indicators,
                choice=said,
                boundaries=boundaries,
                sequence=self.sequence,
            )

        rows: list[FigureRow] = []
        for scope, which in self.of:
            found = made(scope, which)
            if which and any(OUTSIDE_COUNT in row.reasons for row in found):
                found = made(scope, outside(which))
            rows += found
        return rows
