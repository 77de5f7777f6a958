"""A department's institutions by the district they stand in: what they used, and how they stand to the department.

Read from the stored institutions of a run (`accounts.peer_frame`), over the span that the scatter shows. Energy is that
of all who have a number, so the rows sum to the department's figure; energy by floor area counts whole returns with
both numbers only. Who still hangs at a district that has ended counts there, under its last name, as in the accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from jieyue.apps.accounts.nodes import ROOT, RunNode, RunTrees
from jieyue.apps.accounts.peer_frame import COMPLETE, peer_frame
from jieyue.apps.accounts.queries import run_for, run_trees
from jieyue.apps.accounts.services.compute_run import RunPlan, threshold
from jieyue.apps.insights.scatter import span_of, within
from jieyue.domain.period import Period

_GATHERING = "group"


@dataclass
class District:
    """node None: institutions of no area. n, known: institutions, and those with a number; energy: of those [tce];
    used, area: building energy [tce] and floor area [m2] of whole returns with both."""

    node: RunNode | None
    n: int = 0
    known: int = 0
    energy: Fraction = field(default_factory=Fraction)
    used: Fraction = field(default_factory=Fraction)
    area: Fraction = field(default_factory=Fraction)

    @property
    def per_area(self) -> Fraction | None:
        """Building energy by floor area [kgce/m2]."""
        return self.used * 1000 / self.area if self.area else None


@dataclass(frozen=True)
class ByDistrict:
    """The districts by energy, the most first; whole: all of the department."""

    plan: RunPlan
    rows: Sequence[District]
    whole: District


def by_district(scope: str, period: Period, *, sequence: int, compute: bool = True) -> ByDistrict | None:
    """compute False: None where the run's institutions are not stored."""
    plan = run_for(str(span_of(period)), sequence=sequence)
    frame = peer_frame(plan, compute_it=compute)
    if frame is None:
        return None
    trees, inside, least = run_trees(plan), set(within(frame, scope, plan)), threshold(plan)
    columns = (
        frame.values(code) for code in ("energy_total_tce", "energy_building_tce", "floor_area_m2", COMPLETE)
    )
    found: dict[int, District] = {}
    whole = District(None)
    places: dict[int, RunNode | None] = {}
    for number, at, energy, used, area, complete in zip(
        frame.numbers("institution"), frame.numbers("area"), *columns, strict=True
    ):
        if number not in inside:
            continue
        if at not in places:
            places[at] = _district(trees, at)
        node = places[at]
        row = found.setdefault(0 if node is None else node.node, District(node))
        for each in (row, whole):
            each.n += 1
            if energy is not None:
                each.known += 1
                each.energy += energy
            if used is not None and area and complete is not None and complete >= least:
                each.used += used
                each.area += area
    rows = sorted(found.values(), key=lambda row: (-row.energy, row.node.code if row.node else ""))
    return ByDistrict(plan, rows, whole)


def _district(trees: RunTrees, place: int) -> RunNode | None:
    """The highest node above a place that is a region and no group of them."""
    found, step = None, trees.nodes.get(place)
    while step is not None and step.scope != ROOT:
        found = step if step.kind != _GATHERING else found
        step = trees.nodes.get(step.parent) if step.parent is not None else None
    return found
