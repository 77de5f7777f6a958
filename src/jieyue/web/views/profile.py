"""The profile of an institution: where it stands, what changed and why."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.peer_months import BANDED, bands_by_month
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.insights.profile import Profile, profile_of
from jieyue.apps.metering.lists import institutions_there
from jieyue.apps.papers.make import statement_for
from jieyue.apps.papers.statement_facts import MONTHLY, facts_of, months_of
from jieyue.apps.papers.statement_steps import UNTOLD, steps_of
from jieyue.apps.registry.queries import InstitutionInfo, codes_of
from jieyue.apps.review.scope import findings_for
from jieyue.domain.period import Period
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import AS_OF, data_sequence, kept_publication, sequence_of
from jieyue.web.meter_words import viewer_of
from jieyue.web.navigation import only_own
from jieyue.web.overview_cards import Frame
from jieyue.web.page import page
from jieyue.web.paper_files import paper_file
from jieyue.web.peer_months_card import peer_months_card
from jieyue.web.profile_cards import place_picture, shown_steps, twelve_months
from jieyue.web.profile_tables import gaps, sentences, tables
from jieyue.web.selection import Selection, available, default_period
from jieyue.web.table import Table
from jieyue.web.views.institutions import own_institution, tabs_of
from jieyue.web.words import is_chinese, period_name

_STATEMENT = "pdf"
#: The word in the address that computes the place among peers of a year that is not kept ready.
PEERS = "peers"
#: The word in the address that says which intensity is shown beside the peers' months.
BY = "by"
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
    sequence, more = data_sequence(request), kept_publication(request)
    newest = sequence_of(request)
    years, known = _published(sequence), _published(newest)
    year = request.GET.get("period", years[-1] if years else "") if known else ""
    if year and year not in known:
        raise Http404
    there = year in years
    chart, indicator = request.GET.get("chart", ""), request.GET.get("indicator", MONTHLY[0])
    by = request.GET.get(BY, BANDED[0])
    if indicator not in MONTHLY or by not in BANDED:
        raise Http404
    if "export" in request.GET and not there:
        raise Http404
    if "export" in request.GET and not chart:
        return _statement(request, own, year, sequence)
    context = {"own": own, "tabs": tabs_of(own, "profile"), "year": year, **_years(own, years, year, more)}
    if year and not there:
        context |= {"not_yet": period_name(year), "newest_too": f"?{urlencode({'period': year})}"}
    if there:
        asked = request.GET.get("compute", "")
        compute = bool(asked or chart)
        found = profile_of(own.id, own.code, year, sequence=sequence, compute=compute, peers=asked == PEERS)
        context["waiting"] = found is None
        if found is not None:
            found = replace(found, kept=found.kept and sequence == newest)
            shown = (indicator, by)
            twelve = _twelve(request, own, found, shown, sequence, compute=compute, context=context)
            made = {**tables(found, more), **twelve}
            for name, table in made.items():
                table.path = request.path
                table.query = {"period": year, "indicator": indicator, BY: by, "chart": name, **more}
            if chart:
                if chart not in made or "export" not in request.GET:
                    raise Http404
                return made[chart].export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
            context |= {
                "sentences": sentences(found),
                "gaps": gaps(found),
                "place": place_picture(found),
                "heat": _heat(request, own),
                **made,
            }
            if context.pop("months_unknown", False) or (found.bands is None and not found.kept):
                context["peers"] = f"?{urlencode({'compute': PEERS, 'period': year, **more})}"
    if request.headers.get("HX-Request"):
        return render(request, "parts/profile_body.html", context)
    section = "profile" if only_own(access_of(request)) else "registry"
    selection = Selection(
        f"institution:{own.code}",
        year or default_period(years),
        sequence,
        as_of=more.get(AS_OF, ""),
        newest=newest,
    )
    return page(request, "profile", context, section=section, selection=selection)


def _published(sequence: int) -> list[str]:
    """Years with a published return by publication S, oldest first."""
    return [text for text in available(sequence) if _YEAR.fullmatch(text)]


def _twelve(
    request: HttpRequest,
    own: InstitutionInfo,
    found: Profile,
    which: tuple[str, str],
    sequence: int,
    *,
    compute: bool,
    context: dict[str, Any],
) -> dict[str, Table]:
    """What to do next, and the cards of the twelve months, into the context; their tables. No card: never computed.
    which: the indicator whose months are shown, and the one beside its peers'."""
    year = Period.parse(found.year)
    indicator, by = which
    months = months_of(own, year, sequence=sequence, compute=compute, codes=(*MONTHLY, *BANDED))
    facts = facts_of(
        own,
        year,
        sequence=sequence,
        findings=findings_for(access_of(request)),
        profile=found,
        months=months or {},
        newest=sequence_of(request),
    )
    context["next_steps"] = shown_steps(steps_of(facts))
    context["untold"] = UNTOLD[0 if is_chinese() else 1] if facts.earlier else ""
    if months is None:
        return {}
    more = kept_publication(request)
    to = f"{request.path}?{urlencode({'period': found.year, **more})}"
    card = twelve_months(
        own, year, months, indicator, sequence=sequence, today=settings.JIEYUE_HOME.today(),
        frame=Frame(own.name, more, [_foot(found.year, sequence)]), to=to,
    )  # fmt: skip
    asked = request.GET.get("compute") == PEERS
    bands = None
    if asked or found.bands is not None:  # the peers of the year are known, so those of its months may be
        bands = bands_by_month(run_for(found.year, sequence=sequence), own.id, by, compute=asked)
    beside = peer_months_card(
        own, year, months, by, bands, of=found.now[by], sequence=sequence, today=settings.JIEYUE_HOME.today(),
        frame=Frame(own.name, more, [_foot(found.year, sequence)]), to=f"{to}&{urlencode({'indicator': indicator})}",
    )  # fmt: skip
    context["months_card"], context["peer_months"] = card, beside
    context["months_unknown"] = bands is None and found.bands is not None
    return {card.code: card.table, beside.code: beside.table}


def _foot(year: str, sequence: int) -> str:
    """What the files of the page say of themselves."""
    return _("Publication %(number)s, %(year)s") % {"number": sequence, "year": period_name(year)}


def _heat(request: HttpRequest, own: InstitutionInfo) -> str:
    """The address of the heat map of its meters; empty where it has none that the person sees."""
    if not institutions_there(viewer_of(request), own.id):
        return ""
    return f"{reverse('meters-heat')}?{urlencode({'institution': own.code})}"


def _statement(request: HttpRequest, own: InstitutionInfo, year: str, sequence: int) -> HttpResponse:
    """The two-page statement as a file, of the same profile as the page."""
    if request.GET["export"] != _STATEMENT:
        raise Http404
    address = request.build_absolute_uri(reverse("receipt", args=["-"])).removesuffix("-")
    findings = findings_for(access_of(request))
    paper = statement_for(own.code, year, sequence=sequence, findings=findings, address=address)
    return paper_file(request, paper, _STATEMENT, f"{own.code}-{year}")


def _years(own: InstitutionInfo, years: list[str], chosen: str, more: Mapping[str, str]) -> dict[str, Any]:
    address = reverse("institution-profile", args=[own.code])
    return {
        "compute": f"?{urlencode({'compute': '1', 'period': chosen, **more})}",
        "years": [
            {
                "title": period_name(year),
                "href": f"{address}?{urlencode({'period': year, **more})}",
                "current": year == chosen,
            }
            for year in years[-6:]
        ],
        "title": _("Profile"),
        "statement": f"{address}?{urlencode({'period': chosen, 'export': _STATEMENT, **more})}",
    }
