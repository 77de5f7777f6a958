"""The bridge 报送口径 ↔ 地域口径: what stands in a body's region and does not report to it, as one line of its page."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts import derived
from jieyue.apps.accounts.derived import Derived
from jieyue.apps.accounts.queries import figures_of, run_for, run_trees
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, stored_frame
from jieyue.apps.insights.tile_map import AREA, LINE, region_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, members

COUNTED, AMOUNT = "institutions", "energy_total_tce"


@dataclass(frozen=True)
class Bridge:
    """area less line. elsewhere: institutions that report to the body and stand in another region, so that the
    difference is not only what others have here."""

    line: str
    area: str
    institutions: Derived
    energy: Derived
    elsewhere: int

    @property
    def words(self) -> tuple[str, str]:
        """(zh, en): the line of the page."""
        count = self.institutions.value or Fraction(0)
        amount = self.energy.display
        if self.elsewhere or count < 0 or amount is None:
            zh = "能耗不足以计算" if amount is None else f"{amount} 吨标准煤"
            en = "not enough to say the energy" if amount is None else f"{amount} tce"
            return (
                f"地域口径比报送口径：机构相差 {int(count)} 个、{zh}；本口径另有 {self.elsewhere} 个机构在其他区域",
                f"By area less by reporting line: {int(count)} institutions, {en}; {self.elsewhere} that report here"
                " stand in other regions",
            )
        if not count:
            return "区域内的机构都由本区县报送", "Every institution of the region reports here"
        return (
            f"另有市级等单位 {int(count)} 个、{amount} 吨标准煤，不属本区县报送",
            f"Another {int(count)} institutions with {amount} tce stand in the region and report elsewhere",
        )


def bridge(
    scope: str, period: str, *, sequence: int, sees: Callable[[str], bool], compute: bool = True
) -> Bridge | None:
    """The bridge of a body or of its region; None for what has no counterpart, and for who may not see both sides.

    The difference of both is the numbers of others: whoever sees one side only would work them out (leak by
    subtraction). compute False: None where the figures are not stored.
    """
    plan = run_for(period, sequence=sequence)
    pair = _pair(scope, plan)
    if pair is None or not all(sees(side) for side in pair):
        return None
    if not compute and stored_frame(plan.id, NODES) is None:
        return None
    line, area = pair
    rows = {(row.scope, row.indicator): row for row in figures_of(plan, pair, [COUNTED, AMOUNT])}
    made = [derived.difference(rows[area, code], rows[line, code]) for code in (COUNTED, AMOUNT)]
    return Bridge(line, area, made[0], made[1], _elsewhere(line, area, plan))


def _pair(scope: str, plan: RunPlan) -> tuple[str, str] | None:
    """(the body, its region) of either; the region whose code ends the body's code."""
    kind, _, code = scope.partition(":")
    nodes = run_trees(plan).by_scope()
    areas = {name.partition(":")[2] for name in nodes if name.startswith(f"{AREA}:")}
    if kind == LINE and region_of(code, areas) in areas and scope in nodes:
        return scope, f"{AREA}:{region_of(code, areas)}"
    lines = [name for name in nodes if name.startswith(f"{LINE}:")]
    found = [name for name in lines if region_of(name.partition(":")[2], areas) == code]
    return (found[0], scope) if kind == AREA and len(found) == 1 else None


def _elsewhere(line: str, area: str, plan: RunPlan) -> int:
    """How many report to the body and stand in no part of the region."""
    sides = []
    for name, scope in ((Tree.LINE, line), (Tree.AREA, area)):
        view = tree_view(name, plan.key.sequence, plan.day)
        node = view.by_code.get(scope.partition(":")[2])
        sides.append(set() if node is None else set(members(view.subtree(node.id), name, plan.day)))
    return len(sides[0] - sides[1])
