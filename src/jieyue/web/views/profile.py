"""The profile of an institution: where it stands, what changed and why."""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.insights.profile import profile_of
from jieyue.apps.papers.make import statement_for
from jieyue.apps.registry.queries import InstitutionInfo, codes_of
from jieyue.apps.review.scope import findings_for
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.navigation import only_own
from jieyue.web.page import page
from jieyue.web.paper_files import paper_file
from jieyue.web.profile_tables import gaps, sentences, tables
from jieyue.web.selection import available
from jieyue.web.views.institutions import own_institution, tabs_of
from jieyue.web.words import period_name

_STATEMENT = "pdf"
#: The word in the address that computes the place among peers of a year that is not kept ready.
PEERS = "peers"
_YEAR = re.compile(r"\d{4}")


@needs(VIEW)
def own_profile(request: HttpRequest) -> HttpResponse:
    """The profile of the person's institution; who has several chooses from the list."""
    leaves = sorted(access_of(request).leaves)
    codes = codes_of(leaves, settings.JIEYUE_HOME.today()) if len(leaves) == 1 else {}
    return redirect("institution-profile", code=codes[leaves[0]]) if codes else redirect("registry")


@needs(VIEW)
def profile(request: HttpRequest, code: str) -> HttpResponse:
    """One institution by a year, computed once and stored."""
    own = own_institution(request, code)
    sequence = sequence_of(request)
    years = [text for text in available(sequence) if _YEAR.fullmatch(text)]
    year = request.GET.get("period", years[-1] if years else "")
    if years and year not in years:
        raise Http404
    if years and "export" in request.GET:
        return _statement(request, own, year, sequence)
    context = {"own": own, "tabs": tabs_of(own, "profile"), "year": year, **_years(own, years, year)}
    if years:
        asked = request.GET.get("compute", "")
        found = profile_of(
            own.id, own.code, year, sequence=sequence, compute=bool(asked), peers=asked == PEERS
        )
        context["waiting"] = found is None
        if found is not None:
            made = tables(found)
            for table in made.values():
                table.path, table.query = request.path, {}
            context |= {"sentences": sentences(found), "gaps": gaps(found), **made}
            if found.bands is None and not found.kept:
                context["peers"] = f"?{urlencode({'compute': PEERS, 'period': year})}"
    if request.headers.get("HX-Request"):
        return render(request, "parts/profile_body.html", context)
    section = "profile" if only_own(access_of(request)) else "registry"
    return page(request, "profile", context, section=section)


def _statement(request: HttpRequest, own: InstitutionInfo, year: str, sequence: int) -> HttpResponse:
    """The two-page statement as a file, of the same profile as the page."""
    if request.GET["export"] != _STATEMENT:
        raise Http404
    address = request.build_absolute_uri(reverse("receipt", args=["-"])).removesuffix("-")
    findings = findings_for(access_of(request))
    paper = statement_for(own.code, year, sequence=sequence, findings=findings, address=address)
    return paper_file(request, paper, _STATEMENT, f"{own.code}-{year}")


def _years(own: InstitutionInfo, years: list[str], chosen: str) -> dict[str, Any]:
    address = reverse("institution-profile", args=[own.code])
    return {
        "years": [
            {"title": period_name(year), "href": f"{address}?period={year}", "current": year == chosen}
            for year in years[-6:]
        ],
        "title": _("Profile"),
        "statement": f"{address}?{urlencode({'period': chosen, 'export': _STATEMENT})}",
    }
