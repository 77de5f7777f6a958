"""Help: where to begin by role, the manual, and the dictionary of indicators, terms and findings."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from jieyue.web.access import access_of, signed_in
from jieyue.web.dictionary import KINDS, entries, kind_titles, table_of
from jieyue.web.first_visit import steps_of
from jieyue.web.page import page

_LONGEST = 100


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """What to do first, by what the person may do; the dictionary."""
    return page(request, "help", {"steps": steps_of(access_of(request))})


@signed_in
def dictionary(request: HttpRequest) -> HttpResponse:
    """All entries, or those of a kind that hold a text."""
    text, kind = request.GET.get("q", "").strip()[:_LONGEST], request.GET.get("kind", "")
    if kind and kind not in KINDS:
        raise Http404
    found = [one for one in entries() if kind in ("", one.kind) and (not text or one.has(text))]
    table = table_of(found).bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    return page(
        request, "dictionary", {"table": table, "q": text, "kind": kind, "kinds": kind_titles().items()}
    )
