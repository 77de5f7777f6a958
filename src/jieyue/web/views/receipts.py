"""Where a number comes from: the panel beside a page, and the receipt's own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts import receipts as accounts_receipts
from jieyue.apps.accounts.derived_receipts import DerivedView, PartRow, view_any
from jieyue.apps.accounts.derived_words import words
from jieyue.apps.accounts.queries import figures
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.summaries.queries import accepted_first
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.derived import Op
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.domain.receipt import ReceiptId
from jieyue.domain.rounding import display
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import data_sequence
from jieyue.web.numbers import in_large
from jieyue.web.other_factors import OtherFactor, other_factors
from jieyue.web.page import page, vehicle_words
from jieyue.web.parts import PartsTable, tables_of
from jieyue.web.selection import TREES, node_scopes, scope_name
from jieyue.web.words import (
    day,
    factor_set_name,
    grouped,
    indicator_name,
    is_chinese,
    local,
    percent,
    period_name,
    unit,
)

#: What an address may say about the method; nothing else reaches the computation.
CHOICES = ("factor_set", "electricity_factor", "vehicle_boundary")
#: How the scope of a single institution begins.
_ONE = "institution:"


@needs(VIEW, limited=True)
def source(request: HttpRequest) -> HttpResponse:
    """The source of a figure named by scope, indicator and period, computed if it was not yet."""
    scope, period = request.GET.get("scope", ""), request.GET.get("period", "")
    try:
        asked = Period.parse(period)
    except DomainError as error:
        raise Http404 from error
    if not access_of(request).of_account(asked).sees(scope, asked.last_day):
        raise Http404
    choice = {name: request.GET[name] for name in CHOICES if request.GET.get(name)}
    try:
        rows = figures(
            [scope],
            period,
            indicators=[request.GET.get("indicator", "")],
            choice=choice,
            boundaries=request.GET.get("boundaries") or None,
            sequence=data_sequence(request),
        )
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    if not rows:
        raise Http404
    return _show(request, rows[0].receipt)


@needs(VIEW, limited=True)
def receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    """A receipt by its number. One that is not there and one that is not yours look the same."""
    if not access_of(request).sees_receipt(receipt):
        raise Http404
    return _show(request, receipt)


def _show(request: HttpRequest, number: str) -> HttpResponse:
    try:
        view = view_any(number)
    except (DomainError, LookupError) as error:
        raise Http404 from error
    if isinstance(view, DerivedView):
        return _show_derived(request, view)
    one = ReceiptId.parse(view.id).scope.startswith(_ONE)
    context = {
        "receipt": view,
        "shown": shown(view),
        "steps": _steps(view),
        "one": one,
        "can_open": access_of(request).may(VIEW),
    }
    if request.headers.get("HX-Request"):
        return render(request, "parts/receipt.html", {**context, "in_panel": True})
    return page(request, "receipt", context, section="data")


def _show_derived(request: HttpRequest, view: DerivedView) -> HttpResponse:
    made = view.derived
    zh, en = words(made)
    seen = access_of(request)
    opens = {part: seen.sees_receipt(receipt) for part, receipt in _each_scope(view.rows).items()}
    context = {
        "made": made,
        "id": view.id,
        "name": local(view, "name") or indicator_name(made.indicator),
        "words": zh if is_chinese() else en,
        "unit": "" if made.unit in ("%", "pp") or made.op in (Op.RANK, Op.COUNT) else unit(made.unit),
        "formula": local(view, "formula"),
        "method": view.method,
        "publications": [str(number) for number in view.publications],
        "rows": [
            _part_row(row, can_open=opens.get(row.receipt.rpartition("/")[0], False)) for row in view.rows
        ],
        "address": reverse("receipt", args=[view.id]),
        "steps": [f"jieyue receipt replay {view.id}", f"jieyue receipt export {view.id}"],
    }
    if request.headers.get("HX-Request"):
        return render(request, "parts/derived.html", {**context, "in_panel": True})
    return page(request, "derived", context, section="data")


def _each_scope(rows: Sequence[PartRow]) -> dict[str, str]:
    """Run and scope → a receipt of them: who may see one figure of a scope sees the others."""
    return {row.receipt.rpartition("/")[0]: row.receipt for row in rows if row.receipt}


def _part_row(row: PartRow, *, can_open: bool) -> Mapping[str, Any]:
    kind, _colon, code = row.scope.partition(":")
    group = kind.rpartition(".")[2] == "below"
    return {
        "name": local(row) if row.period else _("As said: %(where)s") % {"where": row.name_zh},
        "scope": _("its peers") if group else scope_name(row.scope, {}) if row.scope == "city" else code,
        "period": period_name(row.period) if row.period else "",
        "value": grouped(row.display) if row.display is not None else ("" if group else _("Not reported")),
        "unit": unit(row.unit) if row.unit else "",
        "status": row.status,
        "address": reverse("receipt", args=[row.receipt]) if can_open else "",
    }


@dataclass(frozen=True)
class FactorTable:
    """Factors of one use, and the documents that they come from; a row names its document by number."""

    title: str
    rows: tuple[Mapping[str, Any], ...]
    documents: tuple[str, ...]


@dataclass(frozen=True)
class ShownReceipt:
    """A receipt's parts as a page writes them. large: the number as tiles and papers tell it, where that is in ten
    thousands."""

    name: str
    value: str
    unit: str
    large: tuple[str, str] | None
    scope: str
    period: str
    status: str
    completeness: str
    origin: str
    evidence: tuple[tuple[str, str], ...]
    formula: str
    reasons: tuple[str, ...]
    method: tuple[tuple[str, str], ...]
    factors: tuple["FactorTable", ...]
    address: str
    behind: str
    parts: tuple[PartsTable, ...]
    others: tuple[OtherFactor, ...]


def shown(view: accounts_receipts.ReceiptView) -> ShownReceipt:
    """The receipt in the language of the page."""
    key, figure = view.key, view.figure
    scopes = node_scopes(str(key["period"]), int(key["sequence"]))
    named = ReceiptId.parse(view.id).scope
    return ShownReceipt(
        name=local(view, "indicator"),
        value=_("Not reported") if figure.value is None else grouped(display(figure.value, view.decimals)),
        unit=unit(view.unit),
        large=in_large(figure.value, view.unit),
        scope=_whose(figure.scope, named, str(key["period"]))
        if named.startswith(_ONE)
        else scope_name(named, scopes),
        period=period_name(str(key["period"])),
        status=figure.status,
        completeness=percent(None if figure.completeness is None else str(figure.completeness)),
        origin=origin_words(figure.origin),
        evidence=tuple(
            (origin_words(origin), f"{display(share, 1)}%") for origin, share in view.shares.items()
        ),
        formula=local(view, "formula"),
        reasons=tuple(reason_words(reason) for reason in figure.reasons),
        method=_method(key),
        factors=_factors(view),
        address=reverse("receipt", args=[view.id]),
        behind=_behind(named, str(key["period"])),
        parts=tables_of(view.parts),
        others=other_factors(view),
    )


def _whose(scope: str, named: str, period: str) -> str:
    """Name and code of an institution as they were at the end of the period; the code where nobody
    is known by it. scope: as its frame has it, by number."""
    number, code = int(scope.removeprefix(_ONE)), named.removeprefix(_ONE)
    known = labels_of([number], Period.parse(period).last_day).get(number)
    return f"{known[1]} {code}" if known else code


def _behind(scope: str, period: str) -> str:
    """Where the institutions that the figure was made from stand."""
    kind, _colon, code = scope.partition(":")
    if kind == "institution":
        return reverse("institution", args=[code])
    tree = kind if kind in TREES else TREES[0]
    query = urlencode({"scope": scope, "period": period, "list": "institutions"})
    return f"{reverse('data-tree', args=[tree])}?{query}"


def _method(key: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    electricity = str(key["electricity_factor"])
    if electricity == "set":
        electricity = _("the one inside the factor set") if key["factor_set"] else _("none named")
    final, versions = str(key.get("completeness") or ""), str(key.get("versions") or "")
    return (
        (_("Computation"), str(key["method"])),
        (_("Form"), str(key["form"])),
        (_("Standard coal"), factor_set_name(str(key["tce_set"]))),
        (_("CO₂ factors"), factor_set_name(str(key["factor_set"]))),
        (_("Electricity factor"), electricity),
        (_("Vehicle boundary"), vehicle_words(str(key["vehicle_boundary"]))),
        (_("Boundaries"), day(date.fromisoformat(str(key["boundaries"])))),
        *(((_("Final from a completeness of"), percent(final)),) if final else ()),
        *(((_("Version of the numbers"), version_words(versions)),) if versions else ()),
        (_("Publication"), str(key["sequence"])),
        (_("Catalog"), str(key["catalog_digest"])[:16]),
    )


def version_words(said: str) -> str:
    """Which version of each return a run counts, in words."""
    frozen = accepted_first([said])
    if not frozen:
        return _("of each return what was published first")
    listed = _(", ").join(
        _("%(period)s no. %(number)s") % {"period": period_name(period), "number": number}
        for period, number in frozen
    )
    return _("what the first accepted summary froze: %(summaries)s") % {"summaries": listed}


def _factors(view: accounts_receipts.ReceiptView) -> tuple[FactorTable, ...]:
    titles = {"standard_coal": _("Standard-coal coefficients"), "co2": _("CO₂ factors")}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    documents: dict[str, list[str]] = {}
    for factor in view.factors:
        known = documents.setdefault(factor.use, [])
        document = " ".join(part for part in (factor.source, factor.document) if part)
        if document not in known:
            known.append(document)
        groups.setdefault(factor.use, []).append(
            {
                "name": local(factor),
                "value": _decimal(factor.value),
                "unit": unit(factor.unit),
                "document": known.index(document) + 1,
                "issuer": factor.issuer,
                "verified": factor.verified,
            }
        )
    return tuple(
        FactorTable(titles.get(use, use), tuple(rows), tuple(documents[use])) for use, rows in groups.items()
    )


def _decimal(text: str) -> str:
    """A factor that is a fraction is shown with six decimals and the sign that it is rounded."""
    from fractions import Fraction

    from jieyue.domain.rounding import exact_text, finite_decimals

    value = Fraction(text)
    places = finite_decimals(value)
    return exact_text(value) if places is not None and places <= 8 else f"≈ {display(value, 6)}"


def origin_words(origin: str) -> str:
    """The origin of the energy behind a figure, in words."""
    if origin == "mixed":
        return _("of several origins")
    word = home_catalog().code_lists.get("origin", {}).get(origin)
    return (local(word) if word else origin) or "—"


def reason_words(reason: str) -> str:
    """Why a figure is provisional, in words."""
    code, _colon, carrier = reason.partition(":")
    known = home_catalog().carriers.get(carrier)
    name = local(known) if known else carrier
    words = {
        "carrier_without_factor": _("no factor for %(carrier)s in this set: its part is left out"),
        "carrier_without_coefficient": _(
            "no standard-coal coefficient for %(carrier)s: its part is left out"
        ),
        "negative_net": _("more %(carrier)s sold than used"),
        "no_factor_set": _("the plan names no CO₂ factor set: choose one to have it computed"),
        "no_return_of_period": _(
            "no return of the period stands behind it: it comes from the registry alone"
        ),
        "not_founded": _("not founded yet at the time"),
        "outside_count": _("outside this authority's count: no total of the authority holds it"),
    }
    return words[code] % {"carrier": name} if code in words else reason


def _steps(view: accounts_receipts.ReceiptView) -> list[str]:
    """The commands that recompute and export it, and hold the returns behind it against what was published."""
    return [
        f"jieyue receipt replay {view.id}",
        f"jieyue receipt export {view.id}",
        f"jieyue returns verify --form {view.key['form']} --period {view.key['period']}",
    ]
