"""What stands behind a figure: where its stocks come from, who is missing from it, what it left out on purpose."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from jieyue.apps.accounts.frame import FrameFigure
from jieyue.apps.accounts.institutions import codes_on
from jieyue.apps.accounts.scope_query import ScopeQuery, scope_query
from jieyue.apps.accounts.services.compute_run import DECLARED, RunPlan
from jieyue.apps.accounts.sums_query import items_known
from jieyue.apps.publication.lake import open_lake
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.account_form import AccountForm

SOURCES = {1: "return", 2: "last_part", 3: "registry", 4: "mean_of_parts"}
_STOCKS = ("floor_area", "persons", "vehicles")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An institution that owes a return and is not in the figure.

    why: `no_return` 未报, `months_missing` 缺月, `item_missing` 缺项, `stock_missing` 缺面积、人数或车辆.
    """

    institution: str
    why: str


@dataclass(frozen=True, slots=True)
class Behind:
    """stock: the stock in the figure, empty if there is none. sources: `return`, `last_part` (the last of the
    months or quarters), `mean_of_parts`, `registry` or `declared` → institutions. missing: why → how many are
    missing, left_out: the first of them. twice: (institution, period) of members' returns that are not counted,
    because the unit that reports for them counts. rule: the stock's rule, `last` (year-end) or `mean` (of the
    periods stated).
    """

    stock: str
    sources: Mapping[str, int]
    missing: Mapping[str, int]
    left_out: tuple[LeftOut, ...]
    twice: tuple[tuple[str, str], ...]
    rule: str = ""


#: How many institutions a receipt lists; a list of all is asked for by name.
LISTED = 50


def behind(
    plan: RunPlan, part: str, figure: FrameFigure, definition: IndicatorDef, *, listed: int | None = LISTED
) -> Behind:
    """Ask the facts and the registry as of the figure's publication; `listed` None: list everybody."""
    if part == DECLARED:
        return Behind("", {"declared": 1}, {}, (), ())
    asked = scope_query(plan, part, figure.scope)
    stock, group, known, due = _group(plan.method.account.form, definition)
    slots = {
        **asked.query.slots,
        "in_scope": asked.in_scope,
        "in_group": group,
        "item_known": known,
        "due": due,
        "source": f"g.{stock}_from" if stock else "0",
    }
    found = open_lake().steps(
        "figures_behind", asked.query.params, slots=slots, partitions=asked.partitions, given=asked.given
    )
    rows = {name: table.to_pylist() for name, table in found.items()}
    missing = Counter(row["why"] for row in rows["left_out"])
    rows = {name: found_rows[:listed] for name, found_rows in rows.items()}
    ids = [row["institution"] for row in (*rows["left_out"], *rows["twice"])]
    codes = codes_on(ids, plan.period.last_day)
    return Behind(
        stock=stock,
        sources=_sources(rows["sources"], stock, asked, figure),
        missing=dict(sorted(missing.items())),
        left_out=tuple(LeftOut(codes[row["institution"]], row["why"]) for row in rows["left_out"]),
        twice=tuple((codes[row["institution"]], row["period"]) for row in rows["twice"]),
        rule=plan.method.account.form.rule(stock) if stock else "",
    )


def _sources(
    rows: list[Mapping[str, int]], stock: str, asked: ScopeQuery, figure: FrameFigure
) -> dict[str, int]:
    if not stock or figure.value is None:
        return {}
    if asked.node is not None and (not rows or figure.origin == DECLARED):
        return {"declared": 1}
    return {SOURCES[row["source"]]: row["institutions"] for row in rows}


def _group(form: AccountForm, definition: IndicatorDef) -> tuple[str, str, str, str]:
    """(stock in the figure, who is in it, its items are known, who should be in it) as conditions."""
    owes = "g.expected > 0"
    if definition.shape == "stock":
        there = f"g.{definition.numerator} IS NOT NULL AND g.at_end"
        return definition.numerator, there, "TRUE", f"{owes} AND g.at_end"
    if definition.basis == "count":
        return "", "g.complete", "TRUE", owes
    if definition.basis == "money":
        known = items_known(form, _paid(form, definition))
        return "", f"g.complete AND {known}", known, owes
    known = {"water": "g.w_ok", "vehicle_fuel": "g.f_ok"}.get(definition.numerator, "g.e_ok")
    stock = "floor_area" if definition.denominator == "expected_by_type" else definition.denominator
    if stock in _STOCKS:
        return stock, f"{known} AND g.{stock} IS NOT NULL", known, owes
    return "", known, known, owes


def _paid(form: AccountForm, definition: IndicatorDef) -> list[list[str]]:
    """Items of which one of each list must be known: the price's quantity and cost, or any cost of the sum."""
    if definition.parameter:
        item, cost = form.item_of(definition.parameter), form.costs.get(definition.parameter)
        return [[item.code if item else ""], [cost or ""]]
    if definition.numerator == "water_cost":
        return [[form.costs.get(form.water, "")]]
    return [[form.costs[item.carrier] for item in form.energy_carriers if item.carrier in form.costs]]
