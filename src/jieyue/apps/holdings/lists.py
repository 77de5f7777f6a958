"""Lists of what institutions own: what is asked of them, how many there are of each kind, and what the plan counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.holdings.queries import counted, on, unknown
from jieyue.apps.holdings.scope import Viewer, spans_for
from jieyue.apps.registry.models import InstitutionVersion
from jieyue.apps.trees.models import Membership
from jieyue.catalog.holdings import HoldingCount, Holdings

#: How a list is ordered; the last word makes it the same every time.
ORDER = ("kind", "institution", "code", "valid_from", "pk")


@dataclass(frozen=True)
class Wanted:
    """What is asked for: of a kind, of some institutions by their place in a tree, what a count counts, or cannot say.

    text: part of a name or number. day: on which it holds; None: all that is on record.
    """

    day: date | None
    kind: str = ""
    count: HoldingCount | None = None
    of_unknown: bool = False
    tree: str = ""
    nodes: Collection[int] = ()
    institution: int | None = None
    text: str = ""


def listed(viewer: Viewer, wanted: Wanted) -> "QuerySet[HoldingSpan]":
    """The rows, in order."""
    rows = spans_for(viewer)
    if wanted.day is not None:
        rows = on(rows, wanted.day)
    if wanted.institution is not None:
        rows = rows.filter(institution=wanted.institution)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.count is not None:
        rule = unknown(wanted.count) if wanted.of_unknown else counted(wanted.count)
        rows = _in_count(rows.filter(rule), wanted.day)
    if wanted.tree:
        held = Membership.objects.as_of().filter(tree=wanted.tree, node__in=wanted.nodes)
        rows = rows.filter(
            institution__in=(held.on(wanted.day) if wanted.day else held).values("institution")
        )
    if wanted.text:
        rows = rows.filter(Q(name__icontains=wanted.text) | Q(code__icontains=wanted.text))
    return rows.order_by(*ORDER)


def by_kind(rows: "QuerySet[HoldingSpan]") -> dict[str, int]:
    """Kind → how many."""
    return dict(rows.order_by().values_list("kind").annotate(Count("pk")))


def tallies(viewer: Viewer, rules: Holdings, day: date) -> Mapping[str, tuple[int, int]]:
    """Code of what the plan counts → how many there are, and of how many nobody has said; institutions in the count."""
    counts = rules.counts(day)
    asked = {f"n{place}": counted(count) for place, count in enumerate(counts.values())}
    asked |= {f"u{place}": unknown(count) for place, count in enumerate(counts.values())}
    rows = _in_count(on(spans_for(viewer), day), day)
    found = rows.aggregate(**{name: Count("pk", filter=rule) for name, rule in asked.items()})
    return {code: (found[f"n{place}"], found[f"u{place}"]) for place, code in enumerate(counts)}


def _in_count(rows: "QuerySet[HoldingSpan]", day: date | None) -> "QuerySet[HoldingSpan]":
    """Those of institutions in the authority's count."""
    versions = InstitutionVersion.objects.as_of().filter(in_count=True)
    return rows.filter(institution__in=(versions.on(day) if day else versions).values("institution_id"))
