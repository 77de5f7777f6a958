"""The rules: one table of the catalog at a time, with the source of every row."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from jieyue.api.answers import tagged
from jieyue.api.auth import access
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.plain import plain_row

router = Router(tags=["rules"])


@router.get("/catalog", response=list[str], summary="The names of the tables")
def tables(request: HttpRequest) -> Any:
    """Factors, forms, regions and the others."""
    access(request)
    return tagged(request, lambda: list(home_catalog().table_names))


@router.get("/catalog/{table}", response=list[dict[str, Any]], summary="The rows of one table")
def rows(request: HttpRequest, table: str) -> Any:
    """As they stand in the catalog in force; numbers as texts."""
    access(request)
    catalog = home_catalog()
    if table not in catalog.table_names:
        raise Http404
    return tagged(request, lambda: [plain_row(row) for row in catalog.table(table)])
