"""Computed numbers and the scopes they can be asked of."""

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router

from jieyue.api.answers import tagged
from jieyue.api.auth import access, sequence
from jieyue.api.schemas import ChangeOut, FigureOut, RestatementOut, ScopeOut
from jieyue.apps.accounts import change_document, restate_document
from jieyue.apps.accounts import queries as accounts
from jieyue.apps.insights.first_reported import FirstReported
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
    version: Literal["present", "first"] = "present",
) -> Any:
    """scope: city, line:NODE, area:CODE, department:CODE, type:CODE, institution:CODE or a bare code.

    version: first = as reported first 首报数, what the first accepted summary froze, else what was published first.
    """
    held = access(request)
    named = [_named(one) for one in scope]
    day = Period.parse(period).last_day  # a code stands for whom it stood for then
    if not all(held.sees(one, day) for one in named):
        raise Http404
    choice = _choice(factor_set, electricity_factor, vehicle_boundary)
    at = sequence(request)

    first = FirstReported.asked(named, period, at) if version == "first" else None

    def made() -> list[dict[str, Any]]:
        if first is not None:
            rows = first.figures(indicators=indicator, choice=choice, boundaries=boundaries)
        else:
            rows = accounts.figures(
                named, period, indicators=indicator, choice=choice, boundaries=boundaries, sequence=at
            )
        return [row.as_dict() for row in rows]

    return tagged(request, made, *(first.said if first else ()))


@router.get(
    "/figures/change",
    response=list[ChangeOut],
    summary="What changed between two periods: as reported, like for like, and why",
)
def change(
    request: HttpRequest,
    period: str,
    scope: str,
    against: str | None = None,
    indicator: Annotated[list[str] | None, Query()] = None,
    listed: Annotated[str | None, Query(alias="list")] = None,
    factor_set: str | None = None,
    electricity_factor: str | None = None,
    vehicle_boundary: str | None = None,
    boundaries: str | None = None,
) -> Any:
    """against: the year before by default. list: not_reported or the code of an effect, for its institutions."""
    held, named = access(request), _named(scope)
    earlier = change_document.compared_with(period, against)
    if not all(held.sees(named, Period.parse(one).last_day) for one in (period, earlier)):
        raise Http404
    choice = _choice(factor_set, electricity_factor, vehicle_boundary)
    at = sequence(request)

    def made() -> list[dict[str, Any]]:
        return change_document.documents(
            named, period, against, indicator,
            listed=listed, own=held.own, choice=choice, boundaries=boundaries, sequence=at,
        )  # fmt: skip

    return tagged(request, made)


@router.get(
    "/figures/restatement",
    response=list[RestatementOut],
    summary="A past period restated on the boundaries of now, or by other factors, in four effects",
)
def restatement(
    request: HttpRequest,
    period: str,
    scope: str,
    indicator: Annotated[list[str] | None, Query()] = None,
    factor_set: str | None = None,
    electricity_factor: str | None = None,
    vehicle_boundary: str | None = None,
    boundaries: str = "now",
) -> Any:
    """From the plan's own method on the boundaries of then to what is said here."""
    named = _named(scope)
    if not access(request).sees(named, Period.parse(period).last_day):
        raise Http404
    choice = _choice(factor_set, electricity_factor, vehicle_boundary)
    at = sequence(request)

    def made() -> list[dict[str, Any]]:
        return restate_document.of_period(
            named, period, indicator, choice=choice, boundaries=boundaries, sequence=at
        )

    return tagged(request, made)


def _named(scope: str) -> str:
    """A bare code is an institution."""
    return scope if scope == "city" or ":" in scope else f"institution:{scope}"


def _choice(factor_set: str | None, electricity: str | None, vehicles: str | None) -> dict[str, str | None]:
    return {"factor_set": factor_set, "electricity_factor": electricity, "vehicle_boundary": vehicles}


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
