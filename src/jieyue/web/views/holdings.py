"""What institutions own: of one institution, and of all that the person sees, with what the plan counts among them."""

import io
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from jieyue.apps.exchange.export_gate import csv_bytes, write_xlsx
from jieyue.apps.holdings.key_units import unit_of
from jieyue.apps.holdings.lists import Wanted, by_kind, listed, tallies
from jieyue.apps.holdings.outward import file_rows, titles
from jieyue.apps.holdings.rules import home_holdings
from jieyue.apps.holdings.scope import may_keep
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.catalog.holdings import Holdings
from jieyue.catalog.strict import CatalogError
from jieyue.domain.rooms import rooms_of
from jieyue.web import holding_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.page import page
from jieyue.web.table import page_number
from jieyue.web.views.institutions import own_institution, tabs_of
from jieyue.web.words import local

#: The register as a file: what the address asks for, and what it is.
FILES = {
    "register-csv": "text/csv; charset=utf-8",
    "register-xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """By what is asked of them, with the plan's counts, each of which opens its list."""
    try:
        rules = home_holdings()
    except CatalogError as error:
        return page(request, "holdings", {"broken": words.refused(error)}, section="holdings", status=422)
    viewer, wanted = words.viewer_of(request), _wanted(request, rules)
    if request.GET.get("export") in FILES:
        return _register(request, rules, wanted)
    rows, every = listed(viewer, wanted), "export" in request.GET
    total, start = rows.count(), 0 if every else (page_number(request) - 1) * words.PAGE
    found = list(rows if every else rows[start : start + words.PAGE])
    kind = wanted.kind or (wanted.count.kind if wanted.count else "")
    table = words.things(
        rules, found, labels_of({one.institution for one in found}), kind=kind, caption=_title(rules, wanted),
        count=total, page_size=total or 1 if every else words.PAGE,
    ).bind(request)  # fmt: skip
    if every:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    today = settings.JIEYUE_HOME.today()
    context = {
        "table": table,
        "title": _title(rules, wanted),
        "counts": _counts(request, rules),
        "kinds": [
            (row.code, local(row)) for row in rules.kinds(today).values() if row.register in ("own", "rooms")
        ],
        "areas": _areas(request),
        "said": request.GET,
        "kind": kind,
        "query": urlencode({"kind": kind}) if kind else "",
    }
    return page(request, "holdings", context, section="holdings")


def _wanted(request: HttpRequest, rules: Holdings) -> Wanted:
    """What the address asks for; what is not there, or not the person's to ask, is not found."""
    today = settings.JIEYUE_HOME.today()
    kind, code = request.GET.get("kind", ""), request.GET.get("count", "")
    counts = rules.counts(today)
    if (kind and kind not in rules.kinds(today)) or (code and code not in counts):
        raise Http404
    nodes: frozenset[int] = frozenset()
    if area := request.GET.get("area", ""):
        view = tree_view(Tree.AREA, sequence_of(request))
        node = view.by_code.get(area)
        if node is None or not access_of(request).whole:
            raise Http404
        nodes = view.subtree(node.id)
    return Wanted(
        today, kind, counts.get(code), "unknown" in request.GET, Tree.AREA if nodes else "", nodes,
        text=request.GET.get("q", "").strip()[:100],
    )  # fmt: skip


def _title(rules: Holdings, wanted: Wanted) -> str:
    if wanted.count is not None and wanted.of_unknown:
        return _("%(what)s: nobody has said") % {"what": local(wanted.count)}
    if wanted.count is not None:
        return local(wanted.count)
    return words.kind_name(rules, wanted.kind) if wanted.kind else _("Buildings and equipment")


def _counts(request: HttpRequest, rules: Holdings) -> list[dict[str, Any]]:
    """What the plan counts, with the clause, and of how many things nobody has said what it asks."""
    today = settings.JIEYUE_HOME.today()
    found, counts = tallies(words.viewer_of(request), rules, today), rules.counts(today)
    return [
        {
            "name": local(row),
            "n": found[code][0],
            "unknown": found[code][1],
            "href": f"?{urlencode({'count': code})}",
            "unknown_href": f"?{urlencode({'count': code, 'unknown': 'yes'})}",
            "clause": row.document or row.source,
        }
        for code, row in counts.items()
    ]


def _areas(request: HttpRequest) -> list[tuple[str, str]]:
    if not access_of(request).whole:
        return []
    view = tree_view(Tree.AREA, sequence_of(request))
    return [(node.code, local(node)) for node in view if view.root is None or node.id != view.root.id]


def _register(request: HttpRequest, rules: Holdings, wanted: Wanted) -> HttpResponse:
    """All that is on record of the person's institutions, of a kind or all, as the file that it comes in by."""
    kind, form = wanted.kind, request.GET["export"]
    spans = listed(words.viewer_of(request), Wanted(None, kind))
    mark = [[_("Sample data: every number here is synthetic.")]] if settings.JIEYUE_HOME.synthetic else []
    rows: list[Any] = [*mark, titles(rules, kind), *file_rows(spans, rules, kind)]
    suffix = form.removeprefix("register-")
    if suffix == "csv":
        content = csv_bytes(rows)
    else:
        book = io.BytesIO()
        write_xlsx(book, [(_("Buildings and equipment"), rows)])
        content = book.getvalue()
    response = HttpResponse(content, content_type=FILES[form])
    response["Content-Disposition"] = content_disposition_header(True, f"holdings.{suffix}")
    return response


@needs(VIEW)
def of_institution(request: HttpRequest, code: str) -> HttpResponse:
    """What one institution owns, what the registry and the register of meters say beside, and where to add."""
    own = own_institution(request, code)
    context: dict[str, Any] = {"own": own, "tabs": tabs_of(own, "holdings")}
    try:
        rules = home_holdings()
    except CatalogError as error:
        context["broken"] = words.refused(error)
        return page(request, "institution_holdings", context, section="registry", status=422)
    today, kind = settings.JIEYUE_HOME.today(), request.GET.get("kind", "")
    kinds = rules.kinds(today)
    if kind and kind not in kinds:
        raise Http404
    ended = request.GET.get("show") == "all"
    viewer = words.viewer_of(request)
    rows = listed(viewer, Wanted(None if ended else today, kind, institution=own.id))
    every = "export" in request.GET
    total, start = rows.count(), 0 if every else (page_number(request) - 1) * words.PAGE
    caption = f"{own.name} {_('Buildings and equipment')}"
    table = words.things(
        rules, list(rows if every else rows[start : start + words.PAGE]), None, kind=kind, caption=caption,
        count=total, page_size=total or 1 if every else words.PAGE,
    ).bind(request)  # fmt: skip
    if every:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    found = by_kind(listed(viewer, Wanted(today, institution=own.id)))
    context |= {
        "table": table,
        "facts": _facts(own, kinds, found),
        "key_unit": unit_of(own.id, today),
        "kind": kind,
        "ended": ended,
        "kinds": [(row.code, local(row)) for row in kinds.values() if row.register in ("own", "rooms")],
        "may_keep": may_keep(access_of(request).user, own.id, access_of(request).read),
    }
    return page(request, "institution_holdings", context, section="registry")


def _facts(own: Any, kinds: Any, found: dict[str, int]) -> list[tuple[str, str, str]]:
    """(kind, how many or what is said, where it leads); what is kept elsewhere is said from there."""
    here = reverse("institution-holdings", args=[own.code])
    facts = []
    for code, row in kinds.items():
        if row.register == "meters":
            facts.append(
                (
                    local(row),
                    _("in the register"),
                    f"{reverse('meters')}?{urlencode({'institution': own.code})}",
                )
            )
        elif row.register == "heating":
            said = {"yes": _("Yes"), "no": _("No")}.get(own.attributes.heating, _("unknown"))
            facts.append((local(row), said, reverse("institution-register", args=[own.code])))
        elif row.register == "rooms":
            text = own.attributes.rooms
            said = _("unknown") if not text else str(len(rooms_of(text)))
            facts.append((local(row), said, reverse("institution-register", args=[own.code])))
        else:
            facts.append((local(row), f"{found.get(code, 0):,}", f"{here}?{urlencode({'kind': code})}"))
    return facts
