"""Institutions on a day, and their published returns, page by page."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Router

from jieyue.api.answers import page, page_size, tagged
from jieyue.api.auth import access, sequence
from jieyue.api.problems import Refusal
from jieyue.api.schemas import InstitutionDetail, InstitutionPage, ReportedPage, ReturnPage
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.duties import who_files
from jieyue.apps.registry.queries import InstitutionInfo, codes_of, find_institution
from jieyue.apps.registry.search import after
from jieyue.apps.returns.export import published_after, reported_after
from jieyue.apps.returns.scope import returns_for
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import UNIT, Tree, every_node
from jieyue.domain.period import Period

router = Router(tags=["registry"])
_PLACES = {
    "region": Tree.AREA,
    "department": Tree.DEPARTMENT,
    "type": Tree.TYPE,
    "reporting_parent": Tree.LINE,
}


@router.get("/institutions", response=InstitutionPage, summary="Institutions in being on a day, by code")
def institutions(request: HttpRequest, on: date | None = None, cursor: str = "", size: int = 200) -> Any:
    """on: the day, today by default."""
    held, many = access(request), page_size(size)
    day = on or settings.JIEYUE_HOME.today()

    def made() -> dict[str, Any]:
        found = after(held.user, cursor, many + 1, on=day, whole=held.whole)
        return page(_shown(request, found, day), many, lambda row: str(row["code"]))

    return tagged(request, made)


@router.get("/institutions/{code}", response=InstitutionDetail, summary="One institution on a day")
def institution(request: HttpRequest, code: str, on: date | None = None) -> Any:
    """on: the day, today by default."""
    day = on or settings.JIEYUE_HOME.today()
    found = find_institution(code, day)
    if found is None or not access(request).sees_institution(found.id):
        raise Http404
    return tagged(request, lambda: _shown(request, [found], day)[0] | {"filing": _filing(request, found.id)})


def _filing(request: HttpRequest, number: int) -> list[dict[str, Any]]:
    """Who files which months; institutions of another body are not named."""
    duties = who_files([number])
    if not duties:
        return []
    others = {side for duty in duties for side in (duty.institution, duty.filer)}
    codes = codes_of(access(request).own(sorted(others)))
    bodies = {node.id: node.code for node in every_node(Tree.LINE)}
    return [
        {
            "institution": codes.get(duty.institution),
            "filer": codes.get(duty.filer),
            "collector": None if duty.collector is None else bodies.get(duty.collector),
            "year": duty.year,
            "first_month": duty.first_month,
            "last_month": duty.last_month,
        }
        for duty in duties
    ]


def _shown(request: HttpRequest, found: list[InstitutionInfo], day: date) -> list[dict[str, Any]]:
    units = codes_of(access(request).own(sorted({row.unit for row in found if row.unit is not None})), day)
    views = {name: tree_view(tree, sequence(request), day) for name, tree in _PLACES.items()}
    return [_row(row, views, units) for row in found]


def _row(row: InstitutionInfo, views: dict[str, Any], units: dict[int, str]) -> dict[str, Any]:
    own = row.attributes
    places = {}
    for name, view in views.items():
        node = view.nodes.get(row.nodes.get(_PLACES[name]))
        places[name] = node.code if node else None
    return {
        "code": row.code,
        "name": row.name,
        "credit_code": own.credit_code,
        "level": own.level,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat(),
        "floor_area_m2": _text(own.floor_area),
        "energy_users": _text(own.persons),
        "vehicles": _text(own.vehicles),
        **places,
        "reporting_unit": units.get(row.nodes[UNIT]) if UNIT in row.nodes else None,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


@router.get("/returns", response=ReturnPage, summary="Published returns of a form and period")
def returns(request: HttpRequest, form: str, period: str, cursor: int = 0, size: int = 200) -> Any:
    """Cells as they were published: decimal text in the item's unit, null where the carrier is not used."""
    held, many = access(request), page_size(size)
    if form not in home_catalog().forms:
        raise Refusal(422, "unknown_form", f"没有报表 {form}", f"there is no form {form}")
    Period.parse(period)

    def made() -> dict[str, Any]:
        rows = returns_for(held.user, whole=held.whole)
        found = published_after(rows, form, period, cursor=cursor, size=many + 1)
        shown = page(found, many, lambda row: str(row.id))
        shown["items"] = [
            {name: value for name, value in vars(row).items() if name != "id"} for row in shown["items"]
        ]
        return shown

    return tagged(request, made)


@router.get("/reported", response=ReportedPage, summary="Returns of a form and period as they were submitted")
def reported(request: HttpRequest, form: str, period: str, cursor: int = 0, size: int = 200) -> Any:
    """Every submission, also one that was withdrawn or sent back later; never mixed with what is published."""
    held, many = access(request), page_size(size)
    if form not in home_catalog().forms:
        raise Refusal(422, "unknown_form", f"没有报表 {form}", f"there is no form {form}")
    Period.parse(period)

    def made() -> dict[str, Any]:
        rows = None if held.whole else returns_for(held.user)
        found = reported_after(rows, form, period, seq=sequence(request), cursor=cursor, size=many + 1)
        shown = page(found, many, lambda row: str(row.id))
        shown["items"] = [
            {name: value for name, value in vars(row).items() if name != "id"} for row in shown["items"]
        ]
        return shown

    return tagged(request, made)
