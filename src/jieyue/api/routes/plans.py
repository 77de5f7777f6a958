"""Plans: where their indicators stand, and what their own text contradicts."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Router

from jieyue.api.answers import tagged
from jieyue.api.auth import access, sequence
from jieyue.api.schemas import PlanOut
from jieyue.apps.publication.rules import home_plan, plan
from jieyue.apps.targets.queries import plan_status
from jieyue.catalog.plan import parent_of, plan_ids
from jieyue.domain.period import Period
from jieyue.domain.plan_check import check_plan

router = Router(tags=["plans"])


def _known(name: str) -> str:
    """A plan of the home or of this version by its id. A folder is never opened for a caller from outside."""
    if name == home_plan().id:
        return str(home_plan().id)
    if name not in plan_ids():
        raise Http404
    return name


@router.get("/plans", response=list[PlanOut], summary="The plans that this home knows")
def plans(request: HttpRequest) -> Any:
    """The home's default plan is marked."""

    def made() -> list[dict[str, Any]]:
        own = home_plan()
        found = {own.id: own} | {name: plan(name) for name in plan_ids() if name != own.id}
        return [
            {
                "id": one.id,
                "name_zh": one.name_zh,
                "name_en": one.name_en,
                "base_year": one.base_year,
                "target_year": one.target_year,
                "default": one.id == own.id,
            }
            for one in found.values()
        ]

    return tagged(request, made)


@router.get(
    "/plans/{plan_id}/status", response=list[dict[str, Any]], summary="Indicators against their targets"
)
def status(
    request: HttpRequest,
    plan_id: str,
    year: int,
    scope: str = "city",
    factor_set: str | None = None,
    electricity_factor: str | None = None,
) -> Any:
    """By the plan's own method. With another factor set or electricity factor the verdicts of CO2 say that they
    are not."""
    name = _known(plan_id)
    if not access(request).sees(scope, Period.parse(str(year)).last_day):
        raise Http404
    at = sequence(request)
    choice = {"factor_set": factor_set, "electricity_factor": electricity_factor}

    def made() -> list[dict[str, Any]]:
        rows = plan_status(_where(name), year, scope=scope, sequence=at, choice=choice)
        return [row.as_dict() for row in rows]

    return tagged(request, made)


@router.get(
    "/plans/{plan_id}/check", response=list[dict[str, Any]], summary="A plan's printed numbers recomputed"
)
def check(request: HttpRequest, plan_id: str) -> Any:
    """Findings: what is printed, what its own numbers give, and in which unit."""
    wanted = plan(_where(_known(plan_id)))
    return tagged(request, lambda: [one.as_dict() for one in check_plan(wanted, parent=parent_of(wanted))])


def _where(plan_id: str) -> str:
    """What `plan()` opens: the home's default plan may be a folder of its own."""
    return str(settings.JIEYUE_HOME.plan) if plan_id == home_plan().id else plan_id
