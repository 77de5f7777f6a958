"""The interface's addresses: /api/v1/…, and /api/v1/openapi.json which needs no token."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from jieyue import __version__
from jieyue.api import problems
from jieyue.api.auth import TokenBearer
from jieyue.api.routes import figures, forms, imports, plans, readings, receipts, registry, rules, summaries


def make_api() -> NinjaAPI:
    """The interface with all its routers. No page of documentation: it would load scripts from elsewhere."""
    api = NinjaAPI(
        title="节约 Jieyue",
        version=__version__,
        description="Figures, returns and the registry of an authority's public institutions, each number with "
        "its receipt. Errors are problem+json in Chinese and English. 数字一律为十进制文本。",
        auth=TokenBearer(),
        docs_url=None,
        openapi_url=None,
        urls_namespace="api",
    )
    problems.install(api)
    for module in (figures, plans, receipts, registry, rules, summaries, forms, imports, readings):
        api.add_router("", module.router)
    return api


API = make_api()


def openapi(request: HttpRequest) -> JsonResponse:
    """The description of the interface, OpenAPI 3.1."""
    document: dict[str, Any] = API.get_openapi_schema(path_prefix="/api/v1/")
    return JsonResponse(document, json_dumps_params={"ensure_ascii": False})


@csrf_exempt
def nothing(request: HttpRequest, rest: str) -> JsonResponse:
    """Programs get a problem document for an address that is none, not a page."""
    return problems.not_found()


urlpatterns = [
    path("v1/openapi.json", openapi, name="openapi"),
    path("v1/", API.urls),
    path("<path:rest>", nothing, name="api-nothing"),
]
