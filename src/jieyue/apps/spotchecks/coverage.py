"""How many of each body's institutions were looked at in a year: rule D02 asks for a share of them at least.

A year counts the checks of its periods (of the year itself, its quarters, months and heating season), each
institution once, at the body that collected its return. Drawn is not enough: it was looked at.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.db.models import Count, Q

from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.owing import owed_returns
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.lake import forms
from jieyue.apps.spotchecks.frame import settings_now
from jieyue.apps.spotchecks.models import SpotItem
from jieyue.apps.trees.queries import NodeInfo, Tree, every_node
from jieyue.domain.period import Period
from jieyue.domain.spot_check import size_of


@dataclass(frozen=True)
class Coverage:
    """A body's year. institutions: whose return it collected; drawn, looked: of them, in a check; needed: at least."""

    body: NodeInfo
    institutions: int
    drawn: int
    looked: int
    needed: int

    @property
    def met(self) -> bool:
        """Whether enough were looked at."""
        return self.looked >= self.needed


def coverage_of(
    form: str,
    year: int,
    bodies: Collection[int] | None = None,
    *,
    nodes: Collection[NodeInfo] = (),
    sequence: int | None = None,
) -> list[Coverage]:
    """Each body that collected the form in the year, by code. bodies: of these only (None: all). nodes: those of the
    line, sequence: the newest publication, where they are read already.

    Raises RefusedError for a form that institutions do not file.
    """
    if form not in forms():
        raise RefusedError(
            "form_not_collected",
            zh=f"机构不填报 {form}，没有抽查覆盖",
            en=f"institutions do not file {form}, so there is no coverage of it",
        )
    share = settings_now()["min_share"]
    newest, digest = last_done() if sequence is None else sequence, home_catalog().digest
    institutions = _opened(form, year) or _owing(str(settings.JIEYUE_HOME.path), digest, form, year, newest)
    seen = _seen(form, year)
    return [
        _row(node, institutions[node.id], *seen.get(node.code, (0, 0)), share)
        for node in sorted(nodes or every_node(Tree.LINE), key=lambda one: one.code)
        if institutions[node.id] and (bodies is None or node.id in bodies)
    ]


def _row(node: NodeInfo, institutions: int, drawn: int, looked: int, share: Decimal) -> Coverage:
    return Coverage(node, institutions, drawn, looked, size_of(institutions, share))


def _opened(form: str, year: int) -> Counter[int]:
    """Body → institutions that owed it a return of the year."""
    rows = Obligation.objects.filter(form=form, period__startswith=str(year)).order_by()
    return Counter(dict(rows.values_list("body").annotate(Count("subject", distinct=True))))


@lru_cache(maxsize=8)
def _owing(_home: str, _digest: str, form: str, year: int, _sequence: int) -> Counter[int]:
    """The same of a year that was never opened: the registry of its last day says who owes. Kept for a publication."""
    return Counter(owed_returns(form, Period.parse(str(year))).values())


def _seen(form: str, year: int) -> dict[str, tuple[int, int]]:
    """Code of the body → institutions drawn in a check of the year, and those that somebody has looked at."""
    rows = SpotItem.objects.filter(check_of__form=form, check_of__period__startswith=str(year)).order_by()
    looked = Count("subject", distinct=True, filter=~Q(outcome=SpotItem.Outcome.NONE))
    counted = rows.values_list("stratum").annotate(drawn=Count("subject", distinct=True), looked=looked)
    return {code: (drawn, seen) for code, drawn, seen in counted}
