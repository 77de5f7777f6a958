"""Receipts: what a figure was made from, in words and numbers, and whether it can be made again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts.behind import Behind, behind
from jieyue.apps.accounts.evidence import shares_of
from jieyue.apps.accounts.frame import Frame, FrameFigure, missing
from jieyue.apps.accounts.method import METHOD, MethodChoice
from jieyue.apps.accounts.models import Run
from jieyue.apps.accounts.nodes import ROOT
from jieyue.apps.accounts.parts import Parts, parts_of
from jieyue.apps.accounts.persons_notes import persons_notes
from jieyue.apps.accounts.queries import part_of, run_trees
from jieyue.apps.accounts.services.compute_run import (
    NODES,
    OUTSIDE,
    RunPlan,
    compute_part,
    plan_run,
    stored_frame,
)
from jieyue.apps.publication.rules import catalog_by_digest
from jieyue.catalog.loader import Catalog
from jieyue.catalog.model import Factor
from jieyue.domain.account_form import AccountForm
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.period import Period
from jieyue.domain.receipt import ReceiptError, ReceiptId
from jieyue.domain.rounding import exact_text, finite_decimals


class UnknownReceiptError(DomainError):
    """No run or figure with this receipt in this home."""


@dataclass(frozen=True)
class UsedFactor:
    """A factor in the figure: what for, how much, from which document, and whether it was verified.

    value: a decimal; a fraction `a/b` where no decimal is exact.
    """

    use: str
    carrier: str
    name_zh: str
    name_en: str
    value: str
    unit: str
    formula: str
    source: str
    document: str
    issuer: str
    verified: bool


@dataclass(frozen=True)
class ReceiptView:
    """Everything a person asks of a number. shares: of its energy by evidence (evidence.py)."""

    id: str
    run: str
    figure: FrameFigure
    indicator_zh: str
    indicator_en: str
    unit: str
    decimals: int
    key: Mapping[str, Any]
    formula_zh: str
    formula_en: str
    factors: tuple[UsedFactor, ...]
    notes: tuple[Mapping[str, str], ...]
    behind: Behind
    parts: Parts | None = None
    shares: Mapping[str, Fraction] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `receipt show`."""
        from dataclasses import asdict

        document = asdict(self)
        del document["shares"]  # figures of their own, each with its receipt
        value, share = self.figure.value, self.figure.completeness
        document["figure"] |= {
            "value": None if value is None else exact_text(value),
            "completeness": None if share is None else exact_text(share),
        }
        if self.parts is not None:
            document["parts"] = self.parts.as_dict()
        return document


@dataclass(frozen=True)
class Replay:
    """The outcome of computing a receipt's frame again: figures compared, and those that differ.

    own: whether the receipt's own figure is the same, whatever else of the frame is not.
    """

    receipt: str
    compared: int
    different: tuple[str, ...]
    own: bool

    @property
    def equal(self) -> bool:
        """Whether every figure of the frame came out the same to the last digit."""
        return not self.different


def find(text: str) -> tuple[ReceiptId, RunPlan, str, FrameFigure]:
    """Receipt id → (id, run, part of the frame, figure). Raises UnknownReceiptError."""
    return _find(text)[1:]


def find_all(texts: Sequence[str]) -> list[tuple[ReceiptId, RunPlan, str, FrameFigure]]:
    """`find` for many: each run's part is opened once. Raises UnknownReceiptError."""
    opened: dict[tuple[str, str], _Opened] = {}
    return [_find(text, opened)[1:] for text in texts]


@dataclass(frozen=True)
class _Opened:
    """A part of a run as it is stored, and what the scope is called in it."""

    run: Run
    plan: RunPlan
    part: str
    scope: str
    frame: Frame


def _find(
    text: str, opened: dict[tuple[str, str], _Opened] | None = None
) -> tuple[Run, ReceiptId, RunPlan, str, FrameFigure]:
    try:
        wanted = ReceiptId.parse(text)
    except ReceiptError:
        raise unknown(text) from None
    kept = {} if opened is None else opened
    key = (wanted.run, wanted.scope)
    found = kept.get(key) or _open(wanted, text)
    kept[key] = found
    if wanted.indicator not in indicator_codes(found.plan.method.account.form):
        raise unknown(text)
    figure = found.frame.get(found.scope, wanted.indicator) or missing(found.scope, wanted.indicator)
    return found.run, wanted, found.plan, found.part, figure


def plan_of(number: str, text: str) -> tuple[Run, RunPlan]:
    """A stored run by the first digits of its number. text: the receipt that names it. Raises UnknownReceiptError."""
    runs = list(Run.objects.filter(pk__startswith=number)[:2])
    if len(runs) != 1:
        raise unknown(text)
    run = runs[0]
    return run, plan_run(
        MethodChoice(**run.choice),
        Period.parse(run.key["period"]),
        sequence=run.key["sequence"],
        catalog=catalog_by_digest(run.key["catalog_digest"]),
        boundaries=run.key["boundaries"],
    )


def _open(wanted: ReceiptId, text: str) -> _Opened:
    run, plan = plan_of(wanted.run, text)
    part, scope = part_of(wanted.scope, plan)
    frame = stored_frame(run.pk, part)
    if frame is None or not _exists(plan, part, scope):
        raise unknown(text)
    return _Opened(run, plan, part, scope, frame)


def _exists(plan: RunPlan, part: str, scope: str) -> bool:
    """Whether the run has such a scope; an institution's part exists only if somebody asked for it."""
    if part != NODES:
        return True
    trees = run_trees(plan)
    if plan.key.population == OUTSIDE:
        return scope in trees.outside_scopes
    return scope == ROOT or scope in trees.by_scope()


def view(text: str) -> ReceiptView:
    """The receipt for people."""
    opened: dict[tuple[str, str], _Opened] = {}
    run, wanted, plan, part, figure = _find(text, opened)
    catalog = catalog_by_digest(plan.key.catalog_digest)
    definition = catalog.indicator(wanted.indicator)
    form = plan.method.account.form
    formula_zh, formula_en = words(definition.shape, definition.numerator, definition.denominator, form)
    return ReceiptView(
        id=str(wanted),
        run=plan.id,
        figure=figure,
        indicator_zh=definition.name_zh,
        indicator_en=definition.name_en,
        unit=definition.unit,
        decimals=definition.decimals,
        key=run.key,
        formula_zh=formula_zh,
        formula_en=formula_en,
        factors=tuple(used_factors(plan, catalog, wanted.indicator)),
        notes=(*run.notes, *persons_notes(plan, part, definition)),
        behind=behind(plan, part, figure, definition),
        parts=parts_of(plan, part, figure, definition, catalog),
        shares=shares_of(opened[wanted.run, wanted.scope].frame, figure.scope),
    )


def replay(text: str) -> Replay:
    """Compute the receipt's frame again with the method, facts and rules of its day, and compare all of it."""
    wanted, plan, part, figure = find(text)
    kept = stored_frame(plan.id, part)
    if plan.key.method != METHOD:
        raise UnknownReceiptError(
            "method_gone",
            zh=f"此回执用的方法 {plan.key.method} 不在本版本中",
            en=f"this receipt's method {plan.key.method} is not in this version",
        )
    again = compute_part(plan, part)
    before = {(f.scope, f.indicator): f for f in (kept.figures() if kept else [])}
    after = {(f.scope, f.indicator): f for f in again.figures()}
    different = [
        f"{s}/{i}" for s, i in sorted(before.keys() | after.keys()) if before.get((s, i)) != after.get((s, i))
    ]
    own = f"{figure.scope}/{figure.indicator}" not in different
    return Replay(str(wanted), len(before), tuple(different), own)


def used_factors(plan: RunPlan, catalog: Catalog, indicator: str) -> list[UsedFactor]:
    """The factors that can enter the indicator: standard coal for energy, both kinds for CO2."""
    basis = catalog.indicator(indicator).basis
    found: list[UsedFactor] = []
    method = plan.method
    carbon_set = method.factor_set
    per_tce = carbon_set is not None and carbon_set.kind == "tco2_per_tce"
    for item in method.account.form.energy_carriers:
        coal = method.tce_set.factor(item.carrier)
        if coal is not None and (basis == "standard_coal" or (basis == "co2" and per_tce)):
            found.append(_used("standard_coal", item.carrier, coal, catalog))
        inside = carbon_set is not None and not (item.carrier == "electricity" and method.grid is not None)
        if basis == "co2" and inside and carbon_set is not None:
            carbon = carbon_set.factor(item.carrier)
            if carbon is not None:
                found.append(_used("co2", item.carrier, carbon, catalog))
    grid = method.grid
    if basis == "co2" and grid is not None:
        found.append(
            UsedFactor(
                use="co2",
                carrier="electricity",
                name_zh=catalog.carriers["electricity"].name_zh,
                name_en=catalog.carriers["electricity"].name_en,
                value=grid.text,
                unit=grid.unit,
                formula=grid.reason_zh,
                source=grid.source,
                document=grid.document,
                issuer=grid.issuer,
                verified=grid.verified,
            )
        )
    return found


def _used(use: str, carrier: str, factor: Factor, catalog: Catalog) -> UsedFactor:
    value = factor.value
    return UsedFactor(
        use=use,
        carrier=carrier,
        name_zh=catalog.carriers[carrier].name_zh,
        name_en=catalog.carriers[carrier].name_en,
        value=str(value) if finite_decimals(value) is None else exact_text(value),
        unit=factor.unit,
        formula=factor.formula,
        source=factor.source,
        document=factor.document,
        issuer=factor.issuer,
        verified=factor.verified,
    )


_WORDS = {
    "energy": (
        "各能源品种消费量 × 折标系数 ÷ 1000 之和",
        "sum of quantity × standard-coal coefficient ÷ 1000",
    ),
    "co2": ("各品种净用量 × 排放因子 ÷ 1000 之和", "sum of net quantity × emission factor ÷ 1000"),
    "co2_direct": ("电力、热力以外各品种的排放之和", "CO2 of all carriers but electricity and heat"),
    "co2_indirect": ("电力与热力的排放之和", "CO2 of electricity and heat"),
    "water": ("用水量之和", "sum of water"),
    "expected_by_type": (
        "按类型预期：各类型之和（全部机构该类型单位面积能耗 × 本口径该类型建筑面积）",
        "expected by type: sum over types of energy per floor area of the type in the whole × floor area of it here",
    ),
    "electricity": ("用电量之和", "sum of electricity"),
    "energy_cost": ("各能源品种费用之和", "sum of the carriers' costs"),
    "water_cost": ("水费之和", "sum of water costs"),
    "cost": ("费用", "cost"),
    "quantity": ("用量", "quantity"),
    "vehicle_fuel": ("车辆用油量（1501＋1601）", "vehicle fuel (1501 + 1601)"),
    "co2_electricity": ("净用电量 × 电力因子 ÷ 1000", "net electricity × electricity factor ÷ 1000"),
    "co2_heat": ("净用热量 × 热力因子 ÷ 1000", "net heat × heat factor ÷ 1000"),
    "co2_green_power": ("绿电电量 × 电力因子 ÷ 1000", "green power × electricity factor ÷ 1000"),
    "co2_vehicle_charging": (
        "车辆充电电量 × 电力因子 ÷ 1000",
        "electricity of vehicle charging × electricity factor ÷ 1000",
    ),
    "institutions": ("在册并计入本级的机构个数", "institutions on record that are counted"),
    "approved_periods": ("已审核的机构期数", "approved institution-periods"),
    "expected_periods": ("应报的机构期数", "expected institution-periods"),
}
#: Stocks: what they are, and the roles they are made of.
_STOCKS = {
    "floor_area": ("建筑面积", "floor area", ("floor_area",)),
    "persons": ("用能人数", "energy users", ("persons",)),
    "vehicles": ("车辆", "vehicles", ("vehicles",)),
    "fuel_vehicles": (
        "汽油车与柴油车数（1041＋1042）",
        "petrol and diesel vehicles (1041 + 1042)",
        ("petrol_vehicles", "diesel_vehicles"),
    ),
}
_RULES = {
    "last": ("期末值", "the value at the period's end"),
    "mean": (
        "各期所载数按月数的平均，未载的期不计",
        "the mean of the periods that state it, by their months",
    ),
}
_BY_DAYS = ("按在册天数 ÷ 期间天数加权", "weighted by days in being ÷ days of the period")


def words(shape: str, numerator: str, denominator: str, form: AccountForm) -> tuple[str, str]:
    """The formula of an indicator in words; a stock with the rule that its value is taken by."""
    above, below = _word(numerator, form), _word(denominator, form, by_days=True)
    if shape == "ratio":
        return (
            f"（{above[0]}）÷（{below[0]}）；只用两项都有的机构",
            f"({above[1]}) ÷ ({below[1]}); institutions with both",
        )
    if shape == "share":
        return f"（{above[0]}）÷（{below[0]}）× 100", f"({above[1]}) ÷ ({below[1]}) × 100"
    return above


def _word(name: str, form: AccountForm, *, by_days: bool = False) -> tuple[str, str]:
    if name not in _STOCKS:
        return _WORDS.get(name, (name, name))
    zh, en, roles = _STOCKS[name]
    said = [_RULES[rule] for rule in dict.fromkeys(form.rule(role) for role in roles)]
    if by_days and name in ("floor_area", "persons"):
        said.append(_BY_DAYS)
    return f"{zh}（{'；'.join(rule[0] for rule in said)}）", f"{en} ({'; '.join(rule[1] for rule in said)})"


def unknown(text: str) -> UnknownReceiptError:
    """The refusal of a receipt that this home does not have."""
    return UnknownReceiptError(
        "unknown_receipt",
        zh=f"本系统没有回执“{text}”；回执形如 0123456789abcdef/city/co2_total_t，从 figures 的 receipt 一栏复制",
        en=f"no receipt {text!r} in this home; it reads like 0123456789abcdef/city/co2_total_t: copy it from `figures`",
    )
