"""The visits that the access matrix makes to each address of the site (routes.py): with every object of the world.

Each file has those of a part of the site.
"""

from collections import Counter
from collections.abc import Callable

from tests.security.visits import collecting, office, pages, upward
from tests.security.visits.visit import Visit
from tests.security.world import World

__all__ = ["Visit", "few_visits", "visits"]


def visits(world: World) -> list[Visit]:
    """Every route with every object of the world, in every form that it has."""
    return [
        *pages.plain(),
        *pages.institutions(),
        *pages.tables(),
        *pages.changes(),
        *upward.summaries(world),
        *pages.sources(world),
        *collecting.returns(world),
        *collecting.reviews(world),
        *collecting.collecting(world),
        *collecting.spot_checks(world),
        *upward.papers(world),
        *upward.theirs(world),
        *collecting.joint_reviews(world),
        *upward.batches(world),
        *office.people(world),
        *office.meters(world),
        *office.holdings(world),
    ]


def few_visits(world: World, own: Callable[[Visit], bool]) -> list[Visit]:
    """Every route once without an object, once with one that is the visitor's own, thrice with others."""
    chosen: list[Visit] = []
    kept: Counter[tuple[str, str]] = Counter()
    most = {"plain": 1, "own": 1, "other": 3}
    for visit in visits(world):
        kind = "plain" if not visit.subject else "own" if own(visit) else "other"
        kept[visit.route, kind] += 1
        if kept[visit.route, kind] <= most[kind]:
            chosen.append(visit)
    return chosen
