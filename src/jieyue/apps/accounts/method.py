"""The method of a run: the plan's, or the plan's with something changed by name.

A choice is a handful of texts (what a person or a plan says); resolving it against the catalog gives the
numbers and the labels that stand in every figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import cast

from jieyue.catalog.factors import FactorSet
from jieyue.catalog.loader import Catalog
from jieyue.catalog.model import GridFactor
from jieyue.catalog.plan import Plan
from jieyue.domain.account_form import account_form
from jieyue.domain.carbon import EmissionFactors
from jieyue.domain.energy import VehicleBoundary
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import AccountMethod
from jieyue.domain.period import Period
from jieyue.domain.rounding import exact_text

#: The computation of this version. A change of any formula or rule is a new id; the old code stays.
METHOD = "account.v1"

VEHICLE_BOUNDARIES = ("all_oil", "official_vehicles")
IN_SET = "set"
OF_YEAR = "of-year"


class MethodError(DomainError):
    """A method setting that the catalog does not have."""


@dataclass(frozen=True)
class MethodChoice:
    """What decides a run beside period and publication; every field a text that a person could say.

    factor_set: empty where the plan names none, so that CO2 is missing and all else is there.
    electricity_factor: `set` (the one inside the factor set), `of-year`, a year, a value, or a name.
    boundaries: `then` (the figure's last day), `now`, or a day. count_outside: also central units.
    outside_only: what stands outside the count and nothing else; asked for by naming such a body.
    completeness: from which a figure is final; empty in runs of earlier versions, which took the catalog's.
    versions: which version of each return counts (accounts/versions.py); empty: the one in force.
    """

    tce_set: str
    factor_set: str
    electricity_factor: str
    vehicle_boundary: str
    boundaries: str
    account_form: str
    region: str
    count_outside: bool = False
    completeness: str = ""
    outside_only: bool = False
    versions: str = ""

    @classmethod
    def of_plan(cls, plan: Plan) -> "MethodChoice":
        """The plan's own method."""
        method = plan.method
        electricity = method.electricity
        said = IN_SET if electricity is None else electricity.text or electricity.kind
        boundaries = method.boundaries
        return cls(
            tce_set=method.tce_set,
            factor_set=method.factor_set,
            electricity_factor=said,
            vehicle_boundary=method.vehicle_boundary,
            boundaries=boundaries.isoformat() if isinstance(boundaries, date) else boundaries,
            account_form=method.account_form,
            region=plan.region,
            count_outside=method.central_units == "in" or method.population == "all",
            completeness=exact_text(method.completeness),
        )

    def changed(self, **values: str | None) -> "MethodChoice":
        """With what the caller says instead; `plan` and None leave the plan's setting.

        Another factor set without an electricity factor takes the published factor of the year.
        """
        said = {name: value for name, value in values.items() if value not in (None, "", "plan")}
        if "factor_set" in said and "electricity_factor" not in said and self.electricity_factor == IN_SET:
            said["electricity_factor"] = IN_SET if said["factor_set"] == self.factor_set else OF_YEAR
        return replace(self, **cast(Mapping[str, str], said))  # type: ignore[arg-type]


@dataclass(frozen=True)
class ResolvedMethod:
    """A choice with its numbers: what the formulas take, and the words beside the figures."""

    choice: MethodChoice
    account: AccountMethod
    basis: str
    factor_set: FactorSet | None
    tce_set: FactorSet
    grid: GridFactor | None

    @property
    def factor_set_label(self) -> str:
        """The set as a figure names it: `jst-303-2026@2021`; empty where the plan names none."""
        return self.choice.factor_set if self.grid is None else f"{self.choice.factor_set}@{self.grid.label}"

    @property
    def electricity_label(self) -> str:
        """The electricity factor as the run's identity keeps it: `2023` as asked, `of-year:2023` by the rule.

        Both give the same numbers; their receipts say different things.
        """
        if self.grid is None:
            return IN_SET
        by_rule = self.choice.electricity_factor in (IN_SET, OF_YEAR)
        return f"{OF_YEAR}:{self.grid.label}" if by_rule else self.grid.label


def resolve(choice: MethodChoice, catalog: Catalog, period: Period) -> ResolvedMethod:
    """Look everything up. Raises MethodError with the known values where something is not in the catalog."""
    if choice.vehicle_boundary not in VEHICLE_BOUNDARIES:
        raise _unknown("车辆边界", "vehicle boundary", choice.vehicle_boundary, VEHICLE_BOUNDARIES)
    factor_set = _factor_set(catalog, choice.factor_set) if choice.factor_set else None
    tce_set = _factor_set(catalog, choice.tce_set)
    if tce_set.kind != "kgce" or (factor_set is not None and factor_set.kind == "kgce"):
        wrong = choice.tce_set if tce_set.kind != "kgce" else choice.factor_set
        raise MethodError(
            "factor_set_kind",
            zh=f"因子组 {wrong} 的用途不符：折标系数与碳排放因子是两类因子组",
            en=f"factor set {wrong} is of the wrong kind: standard coal and CO2 are two kinds of sets",
        )
    kgce = tce_set.values()
    grid = None if factor_set is None else _grid(choice, catalog, factor_set, period)
    indirect = [code for code, carrier in catalog.carriers.items() if carrier.emission == "indirect"]
    form = account_form(choice.account_form, catalog.items(choice.account_form), indirect=indirect)
    return ResolvedMethod(
        choice=choice,
        account=AccountMethod(
            form=form,
            kgce=kgce,
            factors=_emission(factor_set, grid, kgce),
            vehicle_boundary=cast(VehicleBoundary, choice.vehicle_boundary),
            days=period.days,
            stock_parts={role: form.parts(role, len(period.months())) for role in form.means},
        ),
        basis=tce_set.basis,
        factor_set=factor_set,
        tce_set=tce_set,
        grid=grid,
    )


def _grid(choice: MethodChoice, catalog: Catalog, factor_set: FactorSet, period: Period) -> GridFactor | None:
    """The electricity factor beside the set; None where the one inside the set is meant."""
    if choice.electricity_factor == IN_SET and factor_set.electricity != "grid":
        return None
    said = OF_YEAR if choice.electricity_factor == IN_SET else choice.electricity_factor
    return catalog.grid_factor(choice.region, period.last_day.year, said)


def _emission(
    factor_set: FactorSet | None, grid: GridFactor | None, kgce: Mapping[str, Fraction]
) -> EmissionFactors:
    """The factors of the set with the electricity factor beside it; none of a set that is not named."""
    if factor_set is None:
        return EmissionFactors("kgco2", {})
    factors = factor_set.values()
    if grid is not None:
        factors = {**factors, "electricity": _in_kind(grid.value, factor_set, kgce)}
    return EmissionFactors("kgco2" if factor_set.kind == "kgco2" else "tco2_per_tce", factors)


def _in_kind(kg_per_kwh: Fraction, factor_set: FactorSet, kgce: Mapping[str, Fraction]) -> Fraction:
    """A factor per kWh as the set counts: per kWh, or per tce at the set's kgce per kWh."""
    return kg_per_kwh if factor_set.kind == "kgco2" else kg_per_kwh / kgce["electricity"]


def _factor_set(catalog: Catalog, name: str) -> FactorSet:
    if name not in catalog.factor_sets:
        raise _unknown("因子组", "factor set", name, tuple(catalog.factor_sets))
    return catalog.factor_set(name)


def _unknown(zh: str, en: str, said: str, known: tuple[str, ...]) -> MethodError:
    listed = ", ".join(known)
    return MethodError(
        "unknown_method_setting",
        zh=f"没有{zh}“{said}”；可用：{listed}",
        en=f"no {en} {said!r}; known: {listed}",
    )
