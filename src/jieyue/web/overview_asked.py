"""What the address of a dashboard says besides scope and period, and the addresses that keep it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from jieyue.apps.insights.first_reported import Which, which_first
from jieyue.apps.insights.overview import TILES
from jieyue.apps.insights.overview_periods import CITY
from jieyue.apps.publication.rules import home_plan
from jieyue.domain.period import Period
from jieyue.web import first_reported
from jieyue.web.as_of import PUBLICATION
from jieyue.web.numbers import VERSION
from jieyue.web.own_path_card import WHICH
from jieyue.web.ready import COMPUTE, NEWEST
from jieyue.web.selection import Selection

#: Whose numbers are compared.
ALL, ALIKE = "all", "alike"
#: Which of a dashboard's choices its links keep.
KEPT = ("scope", "period", "indicator", "population", VERSION, "as_of", PUBLICATION, WHICH)


@dataclass(frozen=True)
class Asked:
    """What the address says besides scope and period.

    query: what links to other dashboards keep. A publication is among it only where the person named one: the address
    of a part names the one of its page. as_shown: for parts and files of this page, which stay as of its publication.
    which: the versions of returns that count, by period; of_whole: those of the whole, for places among others.
    """

    indicator: str
    population: str
    compute: bool
    query: Mapping[str, str]
    as_shown: Mapping[str, str]
    first: bool = False
    which: Which = field(default_factory=dict)
    of_whole: Which = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest, selection: Selection) -> "Asked":
        indicator = request.GET.get("indicator") or TILES[0]
        known = [one.code for one in home_plan().indicators]
        if request.GET.get(WHICH) and request.GET[WHICH] not in known:
            raise Http404
        population = request.GET.get("population") or ALL
        if indicator not in TILES or population not in (ALL, ALIKE):
            raise Http404
        compute = request.GET.get(COMPUTE, "")
        kept = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
        newest = {PUBLICATION: str(selection.sequence)} if compute == NEWEST and not selection.as_of else {}
        shown = kept | selection.more | newest
        if "part" in request.GET:
            kept.pop(PUBLICATION, None)
        made = cls(indicator, population, bool(compute or request.GET.get("export")), kept, shown)
        if first_reported.version_of(request) == first_reported.PRESENT:
            return made
        period = Period.parse(selection.period)
        whole = which_first(CITY, period, sequence=selection.sequence)
        own = (
            which_first(selection.scope, period, sequence=selection.sequence)
            if selection.scope != CITY
            else whole
        )
        return replace(made, first=True, which=own, of_whole=whole)

    def to(self, **values: str) -> str:
        """The address of this page with other choices."""
        return f"{reverse('overview')}?{urlencode({**self.query, **values})}"

    def part(self, name: str, **values: str) -> str:
        """The address of a part of this page, as of the same publication."""
        return f"{reverse('overview')}?{urlencode({**self.as_shown, **values, 'part': name})}"

    def shown(self, **values: str) -> str:
        """The address of this page, as of the same publication."""
        return f"{reverse('overview')}?{urlencode({**self.as_shown, **values})}"

    def unpinned(self, **values: str) -> str:
        """The address of this page as of what is ready, whatever publication it is as of now."""
        named = {name: value for name, value in {**self.query, **values}.items() if name != PUBLICATION}
        return f"{reverse('overview')}?{urlencode(named)}"
