"""Computed numbers and the scopes they can be asked of."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router

from jieyue.api.answers import tagged
from jieyue.api.auth import access, sequence
from jieyue.api.schemas import FigureOut, ScopeOut
from jieyue.apps.accounts import queries as accounts
from jieyue.domain.period import Period

router = Router(tags=["figures"])
_MOST_SCOPES = 200


@router.get(
    "/figures", response=list[FigureOut], summary="Figures of scopes for a period, each with its receipt"
)
def figures(
    request: HttpRequest,
    period: str,
    scope: Annotated[list[str], Query(max_length=_MOST_SCOPES)],
    indicator: Annotated[list[str] | None, Query()] = None,
    factor_set: str | None = None,
    electricity_factor: str | None = None,
    vehicle_boundary: str | None = None,
    boundaries: str | None = None,
) -> Any:
    """scope: city, line:NODE, area:CODE, department:CODE, type:CODE, institution:CODE or a bare code."""
    held = access(request)
    named = [one if one == "city" or ":" in one else f"institution:{one}" for one in scope]
    day = Period.parse(period).last_day  # a code stands for whom it stood for then
    if not all(held.sees(one, day) for one in named):
        raise Http404
    choice = {
        "factor_set": factor_set,
        "electricity_factor": electricity_factor,
        "vehicle_boundary": vehicle_boundary,
    }
    at = sequence(request)

    def made() -> list[dict[str, Any]]:
        rows = accounts.figures(
            named, period, indicators=indicator, choice=choice, boundaries=boundaries, sequence=at
        )
        return [row.as_dict() for row in rows]

    return tagged(request, made)


@router.get("/scopes", response=list[ScopeOut], summary="The scopes that you may ask of")
def scopes(request: HttpRequest, period: str, tree: str | None = None, boundaries: str | None = None) -> Any:
    """tree: line, area, department or type; all four by default."""
    held = access(request)
    if tree not in (None, *accounts.PREFIXES):
        raise Http404

    def made() -> list[dict[str, Any]]:
        found = accounts.scopes(period, tree, boundaries=boundaries)
        return [vars_of(row) for row in found if held.sees(row.scope)]

    return tagged(request, made)


def vars_of(row: accounts.ScopeInfo) -> dict[str, Any]:
    """The JSON object of a scope."""
    return {name: getattr(row, name) for name in ScopeOut.model_fields}
