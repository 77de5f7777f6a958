"""Statistics of institutions among their peers, as derived figures: quantiles of a type, of an institution's peers in a
year or a month of it, and the place of its own number among them.

A type's quantile names the group; those of peers name the institution's own figure: who may see it may see them. Each
lies between two of ten or more institutions (`peers.py`) and tells nothing of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from jieyue.apps.accounts.derived import Derived, derive, figure_of, known_of
from jieyue.apps.accounts.institutions import institution_of
from jieyue.apps.accounts.peer_frame import INTENSITIES, compute_peers, peer_frame
from jieyue.apps.accounts.peer_months import BANDED, compute_months, peer_months
from jieyue.apps.accounts.peers import LEVEL_WORDS, pools_of, type_quantiles
from jieyue.apps.accounts.queries import FigureRow, run_trees
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.domain.derived import DerivedId, Op, Outcome, Peers, Said
from jieyue.domain.receipt import ReceiptId

#: How the institutions that hang at a type are named as a group.
KIND: Final = "institution"
_NONE = Outcome(None, "missing")


@dataclass(frozen=True)
class Found:
    """A statistic of peers: its value, among how many, and who they are, in Chinese and English."""

    outcome: Outcome
    who: tuple[str, str] = ("", "")


def quantile_of_type(
    plan: RunPlan, code: str, indicator: str, share: int, told: tuple[Fraction, int]
) -> Derived:
    """A quantile of all institutions of a type. told: the quantile, and of how many."""
    run = str(ReceiptId(plan.id, "x", "x")).split("/", 1)[0]
    name = DerivedId(Op.QUANTILE, (Peers(run, "type", KIND, code, indicator), Said("share", str(share))))
    return derive(name, [], told=Outcome(told[0], of=told[1]))


def quantile_of_peers(own: FigureRow, share: int, told: tuple[Fraction, int], month: str = "") -> Derived:
    """A quantile of an institution's peers; own: its figure of the year. month: of that month of the year."""
    said = (Said("share", str(share)), *([Said("month", month)] if month else []))
    name = DerivedId(Op.PEER_QUANTILE, (figure_of(own), *said))
    return derive(name, [known_of(own)], told=Outcome(told[0], of=told[1]))


def percentile_of(own: FigureRow, told: tuple[Fraction, int]) -> Derived:
    """Where an institution's own figure stands among its peers, from low to high."""
    return derive(
        DerivedId(Op.PERCENTILE, (figure_of(own),)), [known_of(own)], told=Outcome(told[0], of=told[1])
    )


def is_of_peers(name: DerivedId) -> bool:
    """Whether a statistic is of peers, and not of all institutions of a node."""
    return name.op in (Op.PEER_QUANTILE, Op.PERCENTILE) or isinstance(name.parts[0], Peers)


def found_of(name: DerivedId, plan: RunPlan) -> Found:
    """A statistic as the run's institutions are stored; missing where the run has none of it."""
    if peer_frame(plan, compute_it=False) is None:
        return Found(_NONE)
    first, said = name.parts[0], said_by(name)
    if isinstance(first, Peers):
        return _of_type(plan, first, said)
    receipt = name.figures[0]
    number = institution_of(receipt.scope.removeprefix(f"{KIND}:"), plan.period.last_day)
    if not receipt.scope.startswith(f"{KIND}:") or number is None or receipt.indicator not in INTENSITIES:
        return Found(_NONE)
    if "month" in said:
        return _of_month(plan, number, receipt.indicator, said)
    pools = pools_of(plan, compute=False)
    assert pools is not None
    band = pools.band(number, receipt.indicator)
    quantile = next((value for one, value in band.quantiles.items() if str(one) == said.get("share")), None)
    value = band.percentile if name.op is Op.PERCENTILE else quantile
    return Found(_NONE if value is None else Outcome(value, of=band.n), LEVEL_WORDS[band.level])


def said_by(name: DerivedId) -> Mapping[str, str]:
    """What is said beside the figure: which share, which month."""
    return {part.where: part.text for part in name.parts if isinstance(part, Said)}


def _of_type(plan: RunPlan, group: Peers, said: Mapping[str, str]) -> Found:
    node = run_trees(plan).by_scope().get(f"type:{group.below}")
    if (group.tree, group.kind) != ("type", KIND) or node is None or group.indicator not in INTENSITIES:
        return Found(_NONE)
    n, quantiles = type_quantiles(plan, group.indicator).get(node.node, (0, {}))
    value = next((value for one, value in quantiles.items() if str(one) == said.get("share")), None)
    return Found(_NONE if value is None else Outcome(value, of=n), (node.name_zh, node.name_en))


def _of_month(plan: RunPlan, number: int, indicator: str, said: Mapping[str, str]) -> Found:
    stored, pools = peer_months(plan, compute_it=False), pools_of(plan, compute=False)
    group = None if pools is None else pools.group(number)
    if stored is None or group is None or indicator not in BANDED:
        return Found(_NONE)
    band = stored.band(group, indicator, said["month"])
    value = next((value for one, value in band.quantiles.items() if str(one) == said.get("share")), None)
    return Found(_NONE if value is None else Outcome(value, of=band.n), LEVEL_WORDS[band.level])


def computed_again(name: DerivedId, plan: RunPlan) -> tuple[int, list[str]]:
    """The institutions of the run computed again: how many were compared, and what differs."""
    kept, again = peer_frame(plan, compute_it=False), compute_peers(plan)
    before = [] if kept is None else kept.table.to_pylist()
    after = again.table.to_pylist()
    compared, different = len(before), [] if before == after else [name.method]
    if "month" in said_by(name):
        stored, months = peer_months(plan, compute_it=False), compute_months(plan)
        compared += len(months.rows)
        if stored is None or stored.rows != months.rows:
            different.append(f"{name.method}/month")
    return compared, different
