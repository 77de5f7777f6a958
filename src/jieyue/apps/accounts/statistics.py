"""Statistics of what the institutions of a node say, as derived figures: quantiles of prices, money by carrier,
completeness weighted by last year's energy; those of peers stand in `peer_statistics.py`.

Each names a figure of its node, by which run, node and reader's rights are known; its value stands in what is stored of
the run's institutions (`month_marks.py`). A replay computes that again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from jieyue.apps.accounts import peer_statistics as of_peers
from jieyue.apps.accounts.derived import Derived, derive, figure_of, known_of
from jieyue.apps.accounts.frame import missing
from jieyue.apps.accounts.month_marks import ENERGY, Prices, compute_marks, stored_marks
from jieyue.apps.accounts.queries import FigureRow, kept_node_frame, row_of
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, plan_run, stored_count
from jieyue.apps.publication.rules import catalog_by_digest, home_catalog
from jieyue.domain.derived import DerivedId, Op, Outcome, Peers, Said

_PRICE: Final = "unit_price_"
#: The completeness that is weighted, and what money is a part of.
COUNTED: Final = "completeness"
COSTS: Final = ("energy_cost_yuan", "water_cost_yuan")
#: The word for money whatever it is paid for.
ALL: Final = "all"


@dataclass(frozen=True)
class Beside:
    """What stands in the source beside the figures that it names: how many, of which; row: a figure with a receipt."""

    name_zh: str
    name_en: str
    text: str = ""
    row: FigureRow | None = None


def quantile_of_prices(mean: FigureRow, share: int, found: Prices) -> Derived:
    """P10, P50 or P90 of what the institutions of a node paid for a unit; mean: the node's own mean price."""
    name = DerivedId(Op.QUANTILE, (figure_of(mean), Said("share", str(share))))
    return derive(name, [known_of(mean)], told=_quantile(found, str(share)))


def weighted_completeness(by_count: FigureRow, share: Fraction | None) -> Derived:
    """The completeness of a month by the energy of the same month a year before."""
    return derive(DerivedId(Op.WEIGHTED, (figure_of(by_count),)), [known_of(by_count)], told=_weighted(share))


def money_for(costs: Sequence[FigureRow], carrier: str, paid: Fraction, n: int) -> Derived:
    """What a node pays for a carrier, ALL: for every one. costs: those of energy or water that it is a part of."""
    name = DerivedId(Op.MONEY, (*map(figure_of, costs), Said("carrier", carrier)))
    return derive(name, [known_of(row) for row in costs], told=Outcome(paid, of=n))


def told(name: DerivedId, plan: RunPlan) -> Outcome:
    """The value of a statistic as it is stored; missing where the run has none of it."""
    if of_peers.is_of_peers(name):
        return of_peers.found_of(name, plan).outcome
    marks, scope, said = stored_marks(plan), name.figures[0].scope, said_of(name)
    if marks is None or scope not in marks.rows or not _is_of_its_figures(name):
        return Outcome(None, "missing")
    if name.op is Op.WEIGHTED:
        return _weighted(marks.weighted(scope))
    prices = marks.prices(scope)
    if name.op is Op.QUANTILE:
        found = prices.get(name.figures[0].indicator.removeprefix(_PRICE))
        return Outcome(None, "missing") if found is None else _quantile(found, said)
    paid = [one for carrier, one in prices.items() if said in (carrier, ALL)]
    if not paid:
        return Outcome(None, "missing")
    n = 0 if said == ALL else sum(one.n + one.lumps for one in paid)
    return Outcome(sum((one.money for one in paid), Fraction()), of=n)


def _is_of_its_figures(name: DerivedId) -> bool:
    """Whether the figures that a statistic names are those that it is of."""
    codes = [figure.indicator for figure in name.figures]
    if name.op is Op.QUANTILE:
        return len(codes) == 1 and codes[0].startswith(_PRICE)
    return codes == [COUNTED] if name.op is Op.WEIGHTED else set(codes) <= set(COSTS)


def said_of(name: DerivedId) -> str:
    """Which share, or which carrier."""
    return next((part.text for part in name.parts if isinstance(part, Said)), "")


def _quantile(found: Prices, share: str) -> Outcome:
    value = next((value for one, value in found.quantiles.items() if str(one) == share), None)
    return Outcome(value, "" if value is not None else "missing", of=found.n)


def _weighted(share: Fraction | None) -> Outcome:
    return Outcome(None, "no_base") if share is None else Outcome(share * 100)


def year_before(plan: RunPlan) -> RunPlan:
    """The run of the same month a year before, by the same method, rules, publication and boundaries."""
    return plan_run(
        plan.method.choice,
        plan.period.previous_year(),
        sequence=plan.key.sequence,
        catalog=catalog_by_digest(plan.key.catalog_digest),
        boundaries=plan.day.isoformat(),
    )


def computed_again(name: DerivedId, plan: RunPlan) -> tuple[int, list[str]]:
    """The statistics of every node of the run computed again: how many were compared, and those that differ."""
    if of_peers.is_of_peers(name):
        return of_peers.computed_again(name, plan)
    kept, again = stored_marks(plan), compute_marks(plan, year_before(plan))
    before = {} if kept is None else kept.rows
    scopes = sorted(before.keys() | again.rows.keys())
    different = [scope for scope in scopes if before.get(scope) != again.rows.get(scope)]
    return len(scopes), [f"{scope}/{name.method}" for scope in different]


def beside(name: DerivedId, plan: RunPlan) -> list[Beside]:
    """How many institutions a statistic stands on, and what it is of."""
    if of_peers.is_of_peers(name):
        return _peers(name, plan)
    marks, scope, said = stored_marks(plan), name.figures[0].scope, said_of(name)
    if marks is None:
        return []
    if name.op is Op.WEIGHTED:
        return [
            _row(
                "institutions",
                plan,
                scope,
                "在册并计入本级的机构个数",
                "institutions on record that are counted",
            ),
            _row(ENERGY, year_before(plan), scope, "权重：上年同月能源消费", "weight: energy a year before"),
        ]
    prices = marks.prices(scope)
    if name.op is Op.QUANTILE:
        found = prices.get(name.figures[0].indicator.removeprefix(_PRICE))
        return [] if found is None else _counts(found)
    found = prices.get(said)
    return [] if found is None else _counts(found)


def _peers(name: DerivedId, plan: RunPlan) -> list[Beside]:
    """How many institutions have a number, and who they are."""
    found = of_peers.found_of(name, plan)
    zh, en = ("有数的机构", "institutions with a number")
    if any(found.who):
        zh, en = f"{zh}：{found.who[0]}", f"{en}: {found.who[1]}"
    month = of_peers.said_by(name).get("month", "")
    if month:
        zh, en = f"{zh}（{month}）", f"{en} ({month})"
    return [Beside(zh, en, f"{found.outcome.of:,}")]


def _counts(found: Prices) -> list[Beside]:
    return [
        Beside("同时报数量和金额的机构", "institutions that state both quantity and money", f"{found.n:,}"),
        Beside("只报金额的机构", "institutions that state money alone", f"{found.lumps:,}"),
    ]


def _row(indicator: str, plan: RunPlan, scope: str, zh: str, en: str) -> Beside:
    """A figure of the node, with a receipt where its run is stored."""
    if not stored_count([plan.id], NODES):
        return Beside(f"{zh}（{plan.key.period}）", f"{en} ({plan.key.period})")
    figure = kept_node_frame(plan).get(scope, indicator) or missing(scope, indicator)
    return Beside(zh, en, row=row_of(plan, scope, figure))


def title(name: DerivedId) -> tuple[str, str] | None:
    """What a statistic is called, where it is not the name of its indicator: (zh, en)."""
    said = said_of(name)
    if of_peers.is_of_peers(name):
        return _title_of_peers(name, said)
    if name.op is Op.QUANTILE:
        return f"各机构单价的 P{said}", f"P{said} of the institutions' prices"
    if name.op is Op.WEIGHTED:
        return "按上年同月用能加权的完整率", "Completeness weighted by last year's energy"
    if said == ALL:
        return "付费合计", "Money paid in all"
    carrier = home_catalog().carriers.get(said)
    return None if carrier is None else (f"{carrier.name_zh}费用", f"Money paid for {carrier.name_en}")


def _title_of_peers(name: DerivedId, said: str) -> tuple[str, str]:
    first = name.parts[0]
    indicator = first.indicator if isinstance(first, Peers) else name.figures[0].indicator
    definition = home_catalog().indicator(indicator)
    if name.op is Op.PERCENTILE:
        return f"{definition.name_zh}在同类中的百分位", f"{definition.name_en}: percentile among its peers"
    of = ("同类", "its peers") if name.op is Op.PEER_QUANTILE else ("同类型", "the type")
    return f"{of[0]}{definition.name_zh}的 P{said}", f"{definition.name_en}: P{said} of {of[1]}"
