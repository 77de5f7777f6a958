"""Derived figures: a change, a share, a rank of figures, with unit, status and a receipt that names its parts.

Made from figures that a caller has (`relative(now, then)`), or again from a receipt (`derived_receipts.py`): both ways
go through `derive`, so a page, a paper and a replay say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts.change_words import code_of, part_of_whole
from jieyue.apps.accounts.changes import Change
from jieyue.apps.accounts.frame import FrameFigure, missing
from jieyue.apps.accounts.nodes import RunNode, RunTrees
from jieyue.apps.accounts.queries import NOT_FOUNDED, FigureRow, kept_node_frame, run_trees
from jieyue.apps.accounts.services.compute_run import RunPlan, threshold
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain import derived as domain
from jieyue.domain.change import Effect
from jieyue.domain.completeness import Status
from jieyue.domain.derived import DerivedId, Direction, Figure, Op, Outcome, Part, Peers, Said
from jieyue.domain.derived_why import why_energy, why_money
from jieyue.domain.errors import DomainError
from jieyue.domain.receipt import ReceiptId
from jieyue.domain.rounding import display

#: Decimals of percentages, and of ratios of two figures.
_PERCENT, _RATIO = 1, 3
_IN_PERCENT = (Op.RELATIVE, Op.ALIKE, Op.SHARE, Op.WEIGHTED)
#: Why energy and money changed; what money is printed like.
WHY, _COST = (Op.SIZE, Op.INTENSITY, Op.QUANTITY, Op.PRICE), "energy_cost_yuan"
#: Operations whose value goes up or down.
_DIRECTED = (Op.CHANGE, Op.RELATIVE, Op.ALIKE, Op.ALIKE_CHANGE, Op.POINTS)


#: A figure now and then.
Pair = tuple[FigureRow, FigureRow]


class NotComparableError(DomainError):
    """Figures that cannot be put together: other units, other scopes, a status that is none."""


@dataclass(frozen=True)
class Derived:
    """A figure made of figures; value exact, None = there is none, for `reason` (`domain.derived.Outcome`).

    display: rounded, with its sign; `derived_words.words` says it with its direction word. status: the worse of its
    parts'. of: among how many a rank stands. parts: the receipts of the figures it is made of.
    """

    op: Op
    scope: str
    indicator: str
    value: Fraction | None
    display: str | None
    unit: str
    status: str
    receipt: str
    parts: tuple[str, ...]
    reason: str = ""
    direction: Direction | None = None
    of: int = 0


@dataclass(frozen=True)
class Known:
    """What a figure says to what is made of it."""

    value: Fraction | None
    status: str
    unit: str
    is_new: bool = False


def change(now: FigureRow, then: FigureRow) -> Derived:
    """now − then: 同比 or 环比 by the period of `then`."""
    return _of_rows(Op.CHANGE, now, then)


def relative(now: FigureRow, then: FigureRow) -> Derived:
    """(now − then) ÷ then, in %."""
    return _of_rows(Op.RELATIVE, now, then)


def points(now: FigureRow, then: FigureRow) -> Derived:
    """The change of a share, in 百分点."""
    return _of_rows(Op.POINTS, now, then)


def share(part: FigureRow, whole: FigureRow) -> Derived:
    """part ÷ whole, in %: of a region in the city, of a part of the year in the year."""
    return _of_rows(Op.SHARE, part, whole)


def ratio(above: FigureRow, below: FigureRow) -> Derived:
    """above ÷ below, without a unit of its own."""
    return _of_rows(Op.RATIO, above, below)


def difference(whole: FigureRow, part: FigureRow) -> Derived:
    """whole − part: what stands in a region and reports elsewhere."""
    return _of_rows(Op.DIFFERENCE, whole, part)


def gap(actual: FigureRow, target: Fraction, where: str) -> Derived:
    """actual − target; `where` the target is said: `plan:chongqing-14fyp:co2_total_t`."""
    name = DerivedId(Op.GAP, (figure_of(actual), Said(where, str(target))))
    return derive(name, [known_of(actual)])


def alike(found: Change) -> Derived:
    """Like for like 可比, in %."""
    return _of_change(Op.ALIKE, found)


def alike_change(found: Change) -> Derived:
    """What the institutions that reported both times used more or less."""
    return _of_change(Op.ALIKE_CHANGE, found)


def effect(found: Change, which: Effect) -> Derived:
    """What one effect did to a sum; those of a change add up to it exactly."""
    return _of_change(Op.EFFECT, found, Said("effect", code_of(which)))


def size_effect(energy: Pair, size: Pair, shares: Sequence[Pair]) -> Derived:
    """What the size (floor area, persons) did to the energy of some carriers; each pair is now, then."""
    return _why(Op.SIZE, (*energy, *size, *(row for pair in shares for row in pair)))


def intensity_effect(energy: Pair, size: Pair, share_of: Pair) -> Derived:
    """What the use of one carrier per size did to energy."""
    return _why(Op.INTENSITY, (*energy, *size, *share_of))


def money_effects(energy: Pair, share_of: Pair, price: Pair, kgce: Fraction) -> tuple[Derived, Derived]:
    """(quantity, price): what they did to the cost of a carrier; kgce: coefficient of the unit that the price is of."""
    rows, said = (*energy, *share_of, *price), Said("kgce", str(kgce))
    return _why(Op.QUANTITY, rows, said), _why(Op.PRICE, rows, said)


def _why(op: Op, rows: Sequence[FigureRow], *more: Part) -> Derived:
    return derive(DerivedId(op, (*map(figure_of, rows), *more)), [known_of(row) for row in rows])


def rank(plan: RunPlan, scope: str, indicator: str) -> Derived:
    """The place of a node among the nodes of its kind directly below the same node; 1 is the best, ties share it."""
    peers = peers_of(plan, scope, indicator)
    if peers is None:
        raise NotComparableError(
            "no_peers",
            zh=f"{scope} 没有可以同列比较的同级单位",
            en=f"{scope} stands beside nobody of its kind: there is no rank",
        )
    own = kept_node_frame(plan).get(scope, indicator) or missing(scope, indicator)
    name = DerivedId(Op.RANK, (Figure(ReceiptId(plan.id, scope, indicator)), peers))
    return derive(name, [_of_frame(own)], peers=peer_figures(plan, peers), least=threshold(plan))


def count(plan: RunPlan, peers: Peers, status: Status) -> Derived:
    """How many of a group have a figure of this status."""
    name = DerivedId(Op.COUNT, (peers, Said("status", status.value)))
    return derive(name, [], peers=peer_figures(plan, peers))


def peers_of(plan: RunPlan, scope: str, indicator: str) -> Peers | None:
    """Whom a node is ranked among: the nodes of its kind below the same node; None for a root and for no node."""
    trees = run_trees(plan)
    node = trees.by_scope().get(scope)
    above = None if node is None else _above(node, trees)
    if node is None or above is None:
        return None
    return Peers(_short(plan.id), node.tree, _kind(node), above.code, indicator)


def peer_figures(plan: RunPlan, peers: Peers) -> dict[str, FrameFigure]:
    """Scope → figure of a group: in being on the run's day and in this authority's count."""
    trees, frame = run_trees(plan), kept_node_frame(plan)

    def stands_there(node: RunNode) -> bool:
        if (node.tree, _kind(node), node.in_being) != (peers.tree, peers.kind, True):
            return False
        above = _above(node, trees)
        return above is not None and above.code == peers.below

    scopes = [scope for scope, node in trees.by_scope().items() if stands_there(node)]
    return {
        scope: frame.get(scope, peers.indicator) or missing(scope, peers.indicator)
        for scope in scopes
        if scope not in trees.outside_scopes
    }


#: Kinds that compare with one another; groups of regions, such as 一区两群, only gather them.
_SAME_KIND = {"county": "district", "zone": "district"}
_GATHERING = "group"


def _kind(node: RunNode) -> str:
    return _SAME_KIND.get(node.kind, node.kind)


def _above(node: RunNode, trees: RunTrees) -> RunNode | None:
    step: RunNode | None = node
    while step is not None:
        step = trees.nodes.get(step.parent) if step.parent is not None else None
        if step is None or step.kind != _GATHERING:
            return step
    return None


def derive(
    name: DerivedId,
    figures: Sequence[Known],
    *,
    found: Change | None = None,
    peers: Mapping[str, FrameFigure] | None = None,
    least: Fraction = Fraction(0),
    told: Outcome | None = None,
) -> Derived:
    """The derived figure of a name.

    figures: what its figures say, in their order. found: the change between both, for what is like for like. peers:
    the group of a rank or a count. least: the completeness from which a figure is ranked. told: what the institutions
    of a run say (`statistics.py`).
    """
    outcome = told or _outcome(name, figures, found, peers or {}, least)
    first = name.figures[0] if name.figures else None
    group = next((part for part in name.parts if isinstance(part, Peers)), None)
    indicator = first.indicator if first else group.indicator if group else ""
    unit, decimals = _printed(name.op, indicator, figures)
    value = outcome.value
    directed = name.op in (*_DIRECTED, Op.EFFECT, *WHY)
    return Derived(
        op=name.op,
        scope=first.scope if first else group.scope if group else "",
        indicator=indicator,
        value=value,
        display=None if value is None else _shown(name.op, value, decimals),
        unit=unit,
        status=_status(value, () if name.op is Op.PEER_QUANTILE else figures),
        receipt=str(name),
        parts=tuple(str(figure) for figure in name.figures),
        reason=outcome.reason,
        direction=domain.direction(value, decimals) if directed and value is not None else None,
        of=outcome.of,
    )


def _outcome(
    name: DerivedId,
    figures: Sequence[Known],
    found: Change | None,
    peers: Mapping[str, FrameFigure],
    least: Fraction,
) -> Outcome:
    op, values = name.op, [figure.value for figure in figures]
    match op:
        case Op.CHANGE | Op.POINTS:
            return domain.change(values[0], values[1], is_new=figures[1].is_new)
        case Op.RELATIVE:
            return domain.relative(values[0], values[1], is_new=figures[1].is_new)
        case Op.SHARE:
            return domain.share(values[0], values[1])
        case Op.RATIO:
            return domain.ratio(values[0], values[1])
        case Op.DIFFERENCE:
            return domain.difference(values[0], values[1])
        case Op.GAP:
            return domain.gap(values[0], Fraction(_said(name)))
        case Op.RANK:
            return _ranked(name, peers, least)
        case Op.COUNT:
            wanted = Status(_said(name)).value
            return Outcome(Fraction(sum(one.status == wanted for one in peers.values())), of=len(peers))
        case Op.ALIKE | Op.ALIKE_CHANGE:
            assert found is not None
            then, now = found.like_for_like
            made = domain.relative(now, then) if op is Op.ALIKE else domain.change(now, then)
            return Outcome(None, "no_base") if then is None else made
        case Op.SIZE | Op.INTENSITY:
            return why_energy(op, values)
        case Op.QUANTITY | Op.PRICE:
            return why_money(op, values, Fraction(_said(name)))
        case Op.QUANTILE | Op.PEER_QUANTILE | Op.PERCENTILE | Op.WEIGHTED | Op.MONEY:
            return Outcome(None, "missing")
        case Op.EFFECT:
            assert found is not None
            if found.split is None:
                return Outcome(None, "missing")
            return Outcome(Fraction(found.split.effects[Effect[_said(name).upper()]]))


def _ranked(name: DerivedId, peers: Mapping[str, FrameFigure], least: Fraction) -> Outcome:
    own = name.figures[0]
    ranked = [scope for scope, one in peers.items() if one.completeness is None or one.completeness >= least]
    better = home_catalog().indicator(own.indicator).direction
    return domain.rank(own.scope, {scope: one.value for scope, one in peers.items()}, ranked, better=better)


def _said(name: DerivedId) -> str:
    return next(part.text for part in name.parts if isinstance(part, Said))


def _printed(op: Op, indicator: str, figures: Sequence[Known]) -> tuple[str, int]:
    """(unit, decimals) as it is written."""
    if op in _IN_PERCENT:
        return "%", _PERCENT
    if op is Op.POINTS:
        return "pp", _PERCENT
    if op is Op.RATIO:
        same = figures[0].unit == figures[1].unit
        return "1" if same else f"{figures[0].unit}/{figures[1].unit}", _RATIO
    if op in (Op.RANK, Op.COUNT, Op.PERCENTILE):
        return "1", 0
    indicator = _COST if op in (Op.QUANTITY, Op.PRICE, Op.MONEY) else indicator
    definition = home_catalog().indicator(indicator)
    return definition.unit, definition.decimals


def _shown(op: Op, value: Fraction, decimals: int) -> str:
    """Rounded; a part that is not quite the whole is no hundred."""
    return part_of_whole(value / 100) or "" if op is Op.WEIGHTED else display(value, decimals)


def _status(value: Fraction | None, figures: Sequence[Known]) -> str:
    if value is None:
        return Status.MISSING.value
    if any(figure.status == Status.PROVISIONAL.value for figure in figures):
        return Status.PROVISIONAL.value
    return Status.FINAL.value


def _of_rows(op: Op, first: FigureRow, second: FigureRow) -> Derived:
    _check(op, first, second)
    return derive(DerivedId(op, (figure_of(first), figure_of(second))), [known_of(first), known_of(second)])


def _of_change(op: Op, found: Change, *more: Part) -> Derived:
    then, now = found.rows
    name = DerivedId(op, (figure_of(now), figure_of(then), *more))
    return derive(name, [known_of(now), known_of(then)], found=found)


def _check(op: Op, first: FigureRow, second: FigureRow) -> None:
    """Refuse what would be a number without a meaning."""
    same_unit = first.unit == second.unit
    percent = op is not Op.POINTS or first.unit in ("%", "1")
    if (op is Op.RATIO or same_unit) and percent:
        return
    raise NotComparableError(
        "not_comparable",
        zh=f"{first.indicator}（{first.unit}）与 {second.indicator}（{second.unit}）不能这样相比",
        en=f"{first.indicator} ({first.unit}) and {second.indicator} ({second.unit}) do not compare in this way",
    )


def figure_of(row: FigureRow) -> Figure:
    """A figure as a part."""
    return Figure(ReceiptId.parse(row.receipt))


def known_of(row: FigureRow) -> Known:
    """What it says."""
    return Known(row.exact, row.status, row.unit, NOT_FOUNDED in row.reasons)


def _of_frame(figure: FrameFigure) -> Known:
    return Known(figure.value, figure.status, home_catalog().indicator(figure.indicator).unit)


def _short(run: str) -> str:
    return str(ReceiptId(run, "x", "x")).split("/", 1)[0]
