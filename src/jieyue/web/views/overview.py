"""The dashboard 总览: do we meet the plan, what happened, how the year runs, what it is made of, how sure it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.audit.queries import newest_mark
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.asked import ask_dashboard, ask_people, has_people
from jieyue.apps.insights.attention import attention_of
from jieyue.apps.insights.by_district import by_district
from jieyue.apps.insights.months_of_people import people_months
from jieyue.apps.insights.overview import Overview, overview_of
from jieyue.apps.insights.overview_periods import CITY, boundaries_of
from jieyue.apps.insights.scatter import VIEWS, scatter_of, spreads_of
from jieyue.apps.insights.standard import progress
from jieyue.apps.obligations.board import board_of, line_of
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.review.scope import findings_for
from jieyue.apps.targets.own_path import own_path, plan_year
from jieyue.apps.targets.queries import plan_status
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.web import errors, first_reported
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import PUBLICATION
from jieyue.web.district_card import district_card
from jieyue.web.kept import kept_or_drawn, key_of
from jieyue.web.numbers import VERSION
from jieyue.web.overview_asked import ALIKE, ALL, Asked
from jieyue.web.overview_cards import Card, Frame, cards_of, said
from jieyue.web.overview_lists import attention_cards, bodies_card, prices_card
from jieyue.web.overview_tiles import alike_moves, shown_tile
from jieyue.web.own_path_card import WHICH, own_path_card
from jieyue.web.page import foot_of, page
from jieyue.web.people_cards import carriers_of, money_card, spread_of_prices, weighted_card
from jieyue.web.ready import newer, select_ready
from jieyue.web.scatter_card import scatter_card
from jieyue.web.selection import (
    Selection,
    available,
    closed_month,
    collecting_month,
    default_period,
    scope_name,
)
from jieyue.web.spread_card import spread_card
from jieyue.web.standings_card import standings_card, standings_for
from jieyue.web.table import page_number
from jieyue.web.views.change import address_of
from jieyue.web.views.data import children, table_notes
from jieyue.web.views.plan import board_row, sentence
from jieyue.web.views.worklist import account_form
from jieyue.web.words import indicator_name, local, period_name, unit

#: The part that names somebody, and its charts.
ATTENTION, LISTS = "attention", ("movers", "alerts")
#: The part that draws months by what single institutions say, and its charts.
PEOPLE, OF_PEOPLE = "people", ("trust-weighted", "price-spread", "money")
#: The part that draws institutions by size and energy, and its charts.
INSTITUTIONS, SPREADS = "institutions", ("institutions-chart", "spread", "districts")
#: The part that says how far the dashboard is that is being computed.
WAITING = "waiting"
#: The part that is computed after the page.
TILES_PART = "tiles"
#: The word of the address that asks for a part again that could not be computed.
AGAIN = "again"
WHOSE = "whose numbers are compared"
#: Those of them that another scope or period of the picker keeps.
CHOSEN = ("indicator", "population", VERSION)


@needs(VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """The dashboard of a node; `chart` and `export` give the table of one chart as a file."""
    access = access_of(request)
    if not access.tops and not access.whole:
        if "scope" in request.GET:
            raise Http404  # not his and not there look the same
        return redirect("registry")
    selection = select_ready(request, usual=_usual)
    if selection.scope.startswith("institution:"):
        raise Http404  # an institution has a page of its own
    asked = Asked.of(request, selection)
    chosen = tuple((name, asked.query[name]) for name in CHOSEN if name in asked.query)
    selection = replace(selection, kept=chosen)
    try:
        if request.GET.get("part") == ATTENTION or request.GET.get("chart") in LISTS:
            return _drawn_part(request, selection, asked, _attention, of_now=True)
        if request.GET.get("part") == INSTITUTIONS or request.GET.get("chart") in SPREADS:
            return _drawn_part(request, selection, asked, _institutions)
        if request.GET.get("part") == WAITING:
            return _look(request, selection, asked)
        if request.GET.get("part") == PEOPLE or request.GET.get("chart") in OF_PEOPLE:
            return _drawn_part(request, selection, asked, _people)
        return _whole(request, selection, asked)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)


def _whole(request: HttpRequest, selection: Selection, asked: Asked) -> HttpResponse:
    """The dashboard: what was drawn of it before for who sees the same, else drawn and kept."""
    which = tuple(tuple(sorted(one.items())) for one in (asked.which, asked.of_whole))
    return kept_or_drawn(
        key_of(request, selection.sequence, which),
        lambda: _drawn(request, selection, asked),
        lambda context: _page(request, selection, asked, context),
    )


def _drawn(request: HttpRequest, selection: Selection, asked: Asked) -> dict[str, Any] | HttpResponse:
    """What the dashboard is drawn of; or a file of it, or that it is being computed."""
    below = children(selection, selection.scope.partition(":")[0] if selection.scope != CITY else "line")
    types = children(selection, "type") if selection.scope == CITY else []
    found = overview_of(
        selection.scope,
        Period.parse(selection.period),
        sequence=selection.sequence,
        indicator=asked.indicator,
        types=[node.scope for node in types],
        below=[node.scope for node in below],
        compute=asked.compute,
        which=asked.which,
    )
    if found is None:
        return _waiting(request, selection, asked)
    frame = _frame(selection, found.boundaries, {node.scope: local(node) for node in [*types, *below]}, asked)
    standings = standings_for(selection, below, found.period, compute=asked.compute, which=asked.of_whole)
    if standings is None:
        return _waiting(request, selection, asked)
    names = {**frame.names, selection.scope: selection.scope_name}
    places = standings_card(standings, frame, names, lambda scope: asked.to(scope=scope))
    bodies = bodies_card(found.bodies, frame, lambda scope: asked.to(scope=scope))
    cards = [
        *cards_of(found, frame),
        prices_card(found.prices, frame),
        *(card for card in (places, bodies) if card),
    ]
    cards = first_reported.of_first(cards) if asked.first else cards
    if selection.scope != CITY:
        path = own_path(selection.scope, found.period, sequence=selection.sequence, compute=asked.compute)
        if path is None:
            return _waiting(request, selection, asked)
        own = own_path_card(path, _frame(selection, None, {}), request.GET.get(WHICH, ""), asked.to)
        cards = [*(_present(own, asked)), *cards]
    _ready(cards, request, asked)
    if "export" in request.GET:
        return _export(request, cards)
    return _context(selection, asked, found, whole=access_of(request).whole) | {"cards": cards}


def _present(card: Card | None, asked: Asked) -> list[Card]:
    """A card that has no first-reported form; none is none."""
    cards = [] if card is None else [card]
    return first_reported.of_present(cards) if asked.first else cards


def _waiting(request: HttpRequest, selection: Selection, asked: Asked) -> HttpResponse:
    """The page before its figures were ever computed: the worker does it, and the page says how far it is. What the
    worker cannot know, as the versions reported first, is computed by a second request of the page."""
    told = {"waiting": True, "progress": progress(selection.sequence)}
    return _page(request, selection, asked, told | _of_worker(request, selection, asked))


def _of_worker(request: HttpRequest, selection: Selection, asked: Asked) -> dict[str, Any]:
    """How far the worker is with the dashboard, which is asked for; nothing where it has nothing to do."""
    period, again = Period.parse(selection.period), AGAIN in request.GET
    if asked.first or not has_people(period, available(selection.sequence)):
        return {}
    found = ask_dashboard(selection.scope, period, selection.sequence, again=again)
    links = {
        "look": asked.shown(), "poll": asked.part(WAITING), "again": asked.shown(again="1"), "part": WAITING
    }  # fmt: skip
    return {} if found is None else {"asked": found, **links}


def _look(request: HttpRequest, selection: Selection, asked: Asked) -> HttpResponse:
    """How far the dashboard is that a page waits for; the page is loaded anew when it is there."""
    told = _of_worker(request, selection, asked)
    if told:
        return render(request, "parts/dashboard_asked.html", told)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(asked.shown())


def _drawn_part(
    request: HttpRequest,
    selection: Selection,
    asked: Asked,
    make: Callable[..., HttpResponse | dict[str, Any]],
    *,
    of_now: bool = False,
) -> HttpResponse:
    """A part that is loaded after the page: drawn once for who sees the same, until the next publication; of_now: or
    until something enters the log. An answer that is not the part yet is given as it is."""
    which = tuple(tuple(sorted(one.items())) for one in (asked.which, asked.of_whole))
    key = key_of(request, selection.sequence, (which, newest_mark() if of_now else None), names=True)
    return kept_or_drawn(
        key,
        lambda: make(request, selection, asked),
        lambda context: _part(request, selection, asked, context),
        of_now=of_now,
    )


def _attention(request: HttpRequest, selection: Selection, asked: Asked) -> dict[str, Any]:
    """Movers and open findings: a part that the page loads after itself, for it walks all institutions."""
    access, period = access_of(request), Period.parse(selection.period)
    boundaries = boundaries_of(selection.scope, period)
    found = attention_of(
        selection.scope,
        period,
        sequence=selection.sequence,
        boundaries=boundaries,
        findings=findings_for(access),
        own=access.own,
    )
    cards = attention_cards(found, _frame(selection, boundaries, {}), period)
    cards = first_reported.of_present(cards) if asked.first else cards
    _ready(cards, request, asked)
    return {"part": ATTENTION, "cards": cards}


def _institutions(request: HttpRequest, selection: Selection, asked: Asked) -> HttpResponse | dict[str, Any]:
    """Institutions by size and energy: a part that is loaded after the page, `by` says which size."""
    by = request.GET.get("by", "area")
    if by not in VIEWS:
        raise Http404
    period, sequence = Period.parse(selection.period), selection.sequence
    found = scatter_of(selection.scope, period, VIEWS[by], sequence=sequence, compute=asked.compute)
    to = partial(asked.part, INSTITUTIONS)
    if found is None:
        return _part(
            request,
            selection,
            asked,
            {"part": INSTITUTIONS, "unready": True, "compute": to(by=by, compute="1")},
        )
    frame, own = _frame(selection, None, {}), access_of(request).own
    cards = [
        scatter_card(found, frame, own, to, by),
        spread_card(found, spreads_of(found), frame, own, by),
    ]
    districts = None
    if selection.scope.startswith("department:"):
        districts = by_district(selection.scope, period, sequence=sequence, compute=True)
    if districts is not None:
        cards.append(district_card(districts, selection.scope, frame, asked.to))
    cards = first_reported.of_present(cards) if asked.first else cards
    _ready(cards, request, asked)
    for card in cards:
        card.table.query = {**card.table.query, "by": by}
    marked = cards[0].table
    marked.page = page_number(request)
    if marked.page > marked.pages:
        raise Http404
    return {"part": INSTITUTIONS, "cards": cards}


def _people(request: HttpRequest, selection: Selection, asked: Asked) -> HttpResponse | dict[str, Any]:
    """Months by what single institutions say: a part that is loaded after the page; `carrier` says whose prices.

    Where they were never computed the worker does it, for it takes seconds; the part tells how far it is.
    """
    period, sequence = Period.parse(selection.period), selection.sequence
    if not has_people(period, available(sequence)):
        return _part(request, selection, asked, {"part": PEOPLE, "nothing": True, "cards": []})
    found = people_months(selection.scope, period, sequence=sequence, compute="export" in request.GET)
    to = partial(asked.part, PEOPLE)
    if found is None:
        progress = ask_people(period, sequence, again=AGAIN in request.GET)
        shown = {"part": PEOPLE, "asked": progress, "look": to(), "again": to(again="1")}
        return _part(request, selection, asked, shown)
    cards, carrier = [], request.GET.get("carrier", "")
    if found:
        frame = _frame(selection, period.last_day.isoformat(), {})
        known = carriers_of(found)
        if carrier and carrier not in known:
            raise Http404
        carrier = carrier or next(iter(known), "")
        cards = [
            weighted_card(found, frame),
            spread_of_prices(found, frame, carrier, to),
            money_card(found, frame),
        ]
    cards = first_reported.of_present(cards) if asked.first else cards
    _ready(cards, request, asked)
    for card in cards:
        card.table.query = {**card.table.query, "carrier": carrier}
    return {"part": PEOPLE, "cards": cards}


def _part(
    request: HttpRequest, selection: Selection, asked: Asked, context: Mapping[str, Any]
) -> HttpResponse:
    """A part of the dashboard: into the page that asked for it, as a page of its own, or as a file of one chart."""
    if "export" in request.GET:
        return _export(request, context["cards"])
    if request.headers.get("HX-Request"):
        return render(request, "parts/overview_part.html", context)
    return _page(request, selection, asked, {"only": True, **context})


def _usual(days: tuple[str, ...]) -> str:
    """The period of a dashboard: the last closed month, where there is one."""
    return closed_month(days) or default_period(days)


def _page(request: HttpRequest, selection: Selection, asked: Asked, more: Mapping[str, Any]) -> HttpResponse:
    context = {
        "title": scope_name(selection.scope, selection.scopes),
        "compute": asked.to(compute="1")
        if PUBLICATION in asked.query
        else asked.part(TILES_PART, compute="1"),
        "versions": [
            (title, asked.to(version=name), (name == first_reported.FIRST) == asked.first)
            for name, title in first_reported.titles()
        ],
        "populations": [
            (title, asked.to(population=name), name == asked.population)
            for name, title in ((ALL, pgettext(WHOSE, "All")), (ALIKE, pgettext(WHOSE, "Like for like")))
        ],
        "collecting": None if "only" in more else _collecting(selection),
        "change": address_of(selection),
        "attention": asked.part(ATTENTION),
        "institutions": asked.part(INSTITUTIONS),
        "people": asked.part(PEOPLE),
        "tables": _tables_address(selection),
        "newer": newer(selection, asked.unpinned),
    }
    first: dict[str, Any] = {}
    if asked.first:
        told = (_("Version of the numbers"), first_reported.first_words())
        first = {"first": first_reported.basis_words(asked.which), "foot": [*foot_of(selection), told]}
    return page(request, "overview", {**context, **first, **more}, section="overview", selection=selection)


def _tables_address(selection: Selection) -> str:
    tree = "line" if selection.scope == CITY else selection.scope.partition(":")[0]
    return f"{reverse('data-tree', args=[tree])}?{selection.query}"


def _collecting(selection: Selection) -> dict[str, str] | None:
    """The month being collected: 10月：已审 351/380，收集中; None where nothing is due of it there."""
    month = Period.parse(collecting_month())
    line = line_of(month, selection.sequence)
    code = selection.scope.partition(":")[2]
    top = line.root if selection.scope == CITY else line.by_code.get(code)
    if top is None or selection.scope.partition(":")[0] not in ("line", CITY):
        return None
    whole = board_of(account_form(), month, settings.JIEYUE_HOME.today(), top, line).whole
    if whole is None or not whole.due:
        return None
    told = _("%(month)s: %(approved)s of %(due)s approved, being collected") % {
        "month": period_name(str(month)),
        "approved": f"{whole.approved:,}",
        "due": f"{whole.due:,}",
    }
    return {"text": told, "href": f"{reverse('board')}?{urlencode({'period': str(month), 'node': top.code})}"}


def _frame(
    selection: Selection, boundaries: str | None, names: Mapping[str, str], asked: Asked | None = None
) -> Frame:
    """asked: of cards that show the numbers first reported where it asks for them."""
    notes = table_notes(selection)
    if asked and asked.first:
        notes = [*notes, *first_reported.basis_words(asked.which)]
    return Frame(selection.scope_name, _choice(selection, boundaries, asked), notes, names)


def _choice(selection: Selection, boundaries: str | None, asked: Asked | None = None) -> dict[str, str]:
    """What links to the sources of figures say."""
    first = {VERSION: first_reported.FIRST} if asked and asked.first else {}
    return selection.more | first | ({"boundaries": boundaries} if boundaries else {})


def _context(selection: Selection, asked: Asked, found: Overview, *, whole: bool) -> dict[str, Any]:
    """whole: the person sees the whole authority, so the plan's board too."""
    energy = found.tiles[0]
    choice = _choice(selection, found.boundaries, asked)
    same = alike_moves(found, selection, asked) if asked.population == ALIKE and asked.compute else {}
    return {
        "lead": [said(say.of_side(side, period_name, indicator_name, unit)) for side in energy.sides],
        "tiles": [shown_tile(tile, asked, choice, same) for tile in found.tiles],
        "waiting_alike": asked.population == ALIKE and not asked.compute,
        "alike": asked.population == ALIKE,
        "redrawn": bool(found.boundaries),
        "plan": _plan(selection, found.period) if selection.scope == CITY else None,
        "no_plan": selection.scope != CITY and selection.scope not in home_plan().issued,
        "whole_plan": reverse("plan") if whole else "",
    }


def _plan(selection: Selection, period: Period) -> dict[str, Any]:
    """The plan's indicators at the end of the last whole year that the plan covers."""
    plan = home_plan()
    year = plan_year(plan, period)
    rows = plan_status(settings.JIEYUE_HOME.plan, year, sequence=selection.sequence)
    return {
        "title": sentence(rows),
        "year": period_name(str(year)),
        "rows": [board_row(plan, row, year, {}, selection.more) for row in rows],
        "href": f"{reverse('plan')}?{urlencode({'period': str(year)})}",
    }


def _ready(cards: list[Card], request: HttpRequest, asked: Asked) -> None:
    """The cards' tables with the addresses of their files."""
    for card in cards:
        card.table.path = request.path
        card.table.query = {**asked.as_shown, "chart": card.code}


def _export(request: HttpRequest, cards: list[Card]) -> HttpResponse:
    wanted = next((card for card in cards if card.code == request.GET.get("chart")), None)
    if wanted is None:
        raise Http404
    return wanted.table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
