"""Equipping rates 配备率: by body, by institution, and the places of one; numerator and denominator shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.metering.equipping import RATES, WATER, Equipped, Place, counts_of, places, together
from jieyue.apps.registry.queries import labels_of, number_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, all_memberships
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import bracketed, local, percent


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """All institutions of the person's with a list, or with `institution` the places of one."""
    institution = _institution(request)
    viewer = words.viewer_of(request)
    if institution is None:
        counts = counts_of(viewer)
        tables = {"": _by_institution(counts), "bodies": _by_body(counts, request)}
    else:
        found = places(viewer, institution)
        counts = {institution: together(found)}
        tables = {"": _places(found, request.GET["institution"])}
    if (kind := request.GET.get("export")) is not None:
        chosen = tables.get(request.GET.get("table", ""))
        if chosen is None:
            raise Http404
        return chosen.bind(request).export(kind, synthetic=settings.JIEYUE_HOME.synthetic)
    whole = Equipped()
    for one in counts.values():
        whole.take(one)
    context = {
        "tabs": words.tabs_of("meters-equipping"),
        "name": labels_of({institution}).get(institution, ("", ""))[1] if institution is not None else "",
        "figures": [
            (str(words.EQUIPPING[name]), _rate_text(*whole.of(kinds))) for name, kinds in RATES.items()
        ],
        "bodies": tables.get("bodies"),
        "table": tables[""].bind(request),
    }
    return page(request, "meter_equipping", context, section="meters")


def _institution(request: HttpRequest) -> int | None:
    """The institution that the address names; one that is not there or not the person's is not found."""
    if not (code := request.GET.get("institution", "").strip()):
        return None
    number = number_of(code[:60])
    if number is None or not access_of(request).sees_institution(number):
        raise Http404
    return number


def _rate_text(has: int, should: int) -> str:
    if not should:
        return _("no list")
    return bracketed(percent(f"{has / should:.6f}"), f"{has:,} ÷ {should:,}")


def _columns(title: str) -> list[Column]:
    """Of each kind, and of each rate, numerator, denominator and rate."""
    groups = [(kind, str(words.EQUIPPING[kind])) for kind in (*WATER, *RATES)]
    return [
        Column("name", title),
        *(
            Column(f"{kind}-{part}", text, number=True, group=group)
            for kind, group in groups
            for part, text in (("has", _("has")), ("should", _("should")), ("rate", _("rate")))
        ),
    ]


def _numbers(counts: Equipped) -> list[Cell]:
    kinds = [*((kind,) for kind in WATER), *RATES.values()]
    return [cell for one in kinds for cell in _cells(*counts.of(one))]


def _cells(has: int, should: int) -> list[Cell]:
    """A kind without a list has no number."""
    if not should:
        return [Cell("—", None, missing=True, number=True)] * 3
    share = has / should
    return [
        Cell(f"{has:,}", has, number=True),
        Cell(f"{should:,}", should, number=True),
        Cell(percent(f"{share:.6f}"), round(share, 6), number=True),
    ]


def _by_institution(counts: Mapping[int, Equipped]) -> Table:
    named = labels_of(counts)
    rows = []
    for number in sorted(counts, key=lambda one: named.get(one, ("", ""))[0]):
        code, name = named.get(number, ("", str(number)))
        href = f"{reverse('meters-equipping')}?{urlencode({'institution': code})}" if code else ""
        rows.append(Row((Cell(name, name, href=href, heading=True), *_numbers(counts[number]))))
    return Table(
        caption=_("Equipping rates by institution"),
        columns=_columns(_("Institution")),
        rows=rows,
        name="equipping-institutions",
        empty=_("No list of places to be metered has come in: without it there is no rate."),
        notes=[_("Rate = places with a meter in service ÷ places that should have one, as the list says.")],
    )


def _by_body(counts: Mapping[int, Equipped], request: HttpRequest) -> Table:
    """Each body of the person's part of the line with all that is below it."""
    line, access = tree_view(Tree.LINE, sequence_of(request)), access_of(request)
    at = all_memberships(Tree.LINE)
    sums: dict[int, Equipped] = {}
    for institution, one in counts.items():
        place = at.get(institution)
        for node in line.path(place) if place in line.nodes else ():
            if node.code in access.line:
                sums.setdefault(node.id, Equipped()).take(one)
    rows = [
        Row((Cell(local(line.nodes[number]), line.nodes[number].code, heading=True), *_numbers(one)))
        for number, one in sorted(sums.items(), key=lambda pair: (len(line.path(pair[0])), line.nodes[pair[0]].code))
    ]  # fmt: skip
    return Table(
        caption=_("Equipping rates by body"),
        columns=_columns(_("Collecting body")),
        rows=rows,
        name="equipping-bodies",
        page_size=max(1, len(rows)),
    )


def _places(found: Sequence[Place], code: str) -> Table:
    return Table(
        caption=_("Places to be metered") + f" {code}",
        columns=[
            Column("place", _("Place to be metered"), sortable=False),
            Column("kind", _("Level or system"), sortable=False),
            Column("meter", _("Metering point"), sortable=False),
            Column("has", _("Meter in service"), sortable=False),
        ],
        rows=[_place(one) for one in found],
        name=f"to-be-metered-{code}",
        empty=_("No list of places to be metered has come in: without it there is no rate."),
    )


def _place(one: Place) -> Row:
    cells: list[Any] = [
        Cell(one.row.place, one.row.place, heading=True),
        Cell(str(words.EQUIPPING[one.row.kind]), one.row.kind),
        Cell(one.row.meter or "—", one.row.meter),
        Cell(_("yes") if one.has else _("no"), one.has),
    ]
    return Row(tuple(cells))
