"""From a figure once given to its new value: data, factor, boundary and method effects that sum exactly."""

from dataclasses import dataclass, replace
from fractions import Fraction

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.services.compute_run import RunPlan, compute_part, plan_run, stored_frame
from jieyue.apps.publication.rules import catalog_by_digest
from jieyue.domain.errors import DomainError
from jieyue.domain.restate import Bridge, Corner, bridge

METHOD = "derived.restatement.v1"


class NotTheSameFigureError(DomainError):
    """Two receipts of different scopes, indicators or periods."""


@dataclass(frozen=True)
class Restatement:
    """parts: the receipts of the old and the new figure."""

    method: str
    parts: tuple[str, str]
    bridge: Bridge


def restatement(old: str, new: str) -> Restatement:
    """The bridge between two receipts of one figure; raises what receipts and bridges raise."""
    before, old_plan, part, figure = receipts.find(old)
    after, new_plan, _, _ = receipts.find(new)
    if (before.scope, before.indicator, old_plan.key.period) != (
        after.scope,
        after.indicator,
        new_plan.key.period,
    ):
        raise NotTheSameFigureError(
            "not_the_same_figure",
            zh="两个回执不是同一口径、指标和期间的数",
            en="the two receipts are not of one scope, indicator and period",
        )

    def value(at: Corner) -> Fraction | None:
        plan = _mixed(old_plan, new_plan, at)
        frame = stored_frame(plan.id, part) or compute_part(plan, part)
        found = frame.get(figure.scope, figure.indicator)
        return None if found is None else found.value

    return Restatement(METHOD, (str(before), str(after)), bridge(value))


def _mixed(old: RunPlan, new: RunPlan, at: Corner) -> RunPlan:
    """The run with the new one's data, factors, boundaries or method in the place of the old one's."""
    factors = new if at.factor else old
    boundary = new if at.boundary else old
    method = new if at.method else old
    said = factors.method.choice
    choice: MethodChoice = replace(
        method.method.choice,
        tce_set=said.tce_set,
        factor_set=said.factor_set,
        electricity_factor=said.electricity_factor,
        region=said.region,
        boundaries=boundary.method.choice.boundaries,
        count_outside=boundary.method.choice.count_outside,
        outside_only=boundary.method.choice.outside_only,
    )
    return plan_run(
        choice,
        old.period,
        sequence=(new if at.data else old).key.sequence,
        catalog=catalog_by_digest(factors.key.catalog_digest),
        boundaries=boundary.key.boundaries,
    )
