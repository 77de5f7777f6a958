"""One thing that an institution owns: what held of it by date, and forms that say so."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from jieyue.apps.exchange.profile import CLEAR
from jieyue.apps.holdings.lists import Wanted, listed
from jieyue.apps.holdings.queries import history
from jieyue.apps.holdings.rules import home_holdings
from jieyue.apps.holdings.scope import KEEP, may_keep
from jieyue.apps.holdings.services.end_holding import end_holding
from jieyue.apps.holdings.services.keep_holding import Said, keep_holding
from jieyue.apps.publication.errors import RefusedError, wrong
from jieyue.apps.registry.queries import institutions, labels_of, number_of
from jieyue.catalog.holdings import Holdings
from jieyue.catalog.strict import CatalogError
from jieyue.domain.rooms import rooms_of
from jieyue.web import holding_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.views.institutions import own_institution
from jieyue.web.words import local

_OWN: Final = ("name", "source")
#: More than a database holds is nobody's number.
_MOST: Final = 2**63 - 1


@needs(*KEEP, post=True)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """A thing of a kind that is not on record yet."""
    own, rules = own_institution(request, code), _rules()
    if not may_keep(access_of(request).user, own.id, access_of(request).read):
        raise PermissionDenied
    kind = rules.kinds(settings.JIEYUE_HOME.today()).get(request.GET.get("kind", "building"))
    if kind is None or kind.register not in ("own", "rooms"):
        raise Http404
    refused = ""
    if request.method == "POST":
        fields = {"institution": own.code, "kind": kind.code} | _said(request, rules, kind.code)
        fields |= {name: request.POST.get(name, "") for name in ("code", "valid_from")}
        try:
            number = keep_holding(
                Said(fields, is_new=True), actor=_actor(request), by=access_of(request).user
            )
        except RefusedError as error:
            refused = local(error, "message")
        else:
            messages.success(request, _("It is on record."))
            return redirect("holding", number)
    context = {
        "own": own,
        "kind": local(kind),
        "basis": kind.document or kind.source,
        "inputs": words.inputs(rules, kind.code, request.POST),
        "rooms": rooms_of(own.attributes.rooms) if kind.register == "rooms" else (),
        "of_rooms": kind.register == "rooms",
        "said": request.POST or {"valid_from": settings.JIEYUE_HOME.today().isoformat()},
        "wrong": refused,
    }
    return page(request, "holding_new", context, section="registry", status=422 if refused else 200)


@needs(VIEW, post=True)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What held of a thing while it was the person's to see; who keeps it changes or ends it."""
    spans = _spans(request, number)
    last = spans[-1]
    moved = (
        history(number)[0].institution != last.institution
    )  # who had it before sees it and changes nothing
    may = not moved and may_keep(access_of(request).user, last.institution, access_of(request).read)
    refused = ""
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            act(request, last, _rules())
        except RefusedError as error:
            refused = local(error, "message")
        else:
            messages.success(request, _("It is on record."))
            return redirect("holding", number)
    return _page(request, spans, may=may, refused=refused)


def _spans(request: HttpRequest, number: int) -> list[Any]:
    """What held of it at institutions of the person's, the oldest first."""
    if number > _MOST:
        raise Http404
    rows = listed(words.viewer_of(request), Wanted(None)).filter(holding_id=number)
    found = sorted(rows, key=lambda one: one.valid_from)
    if not found:
        raise Http404
    return found


def _page(request: HttpRequest, spans: list[Any], *, may: bool, refused: str) -> HttpResponse:
    rules, last = _rules(), spans[-1]
    labels = labels_of({one.institution for one in spans})
    in_being = last.institution in institutions([last.institution])
    said = request.POST if refused else words.now(rules, last)
    context = {
        "thing": last,
        "title": last.name or last.code,
        "kind": words.kind_name(rules, last.kind),
        "institution": labels.get(last.institution, ("", "")),
        "table": words.things(
            rules, spans[::-1], labels, kind=last.kind, caption=_("By date"), count=len(spans), page_size=len(spans)
        ),
        "inputs": words.inputs(rules, last.kind, said),
        "said": said,
        "today": settings.JIEYUE_HOME.today().isoformat(),
        "may_keep": may and in_being,
        "wrong": refused,
    }  # fmt: skip
    return page(request, "holding", context, section="registry", status=422 if refused else 200)


def _change(request: HttpRequest, last: Any, rules: Holdings) -> None:
    """What is written otherwise than it stands; a field that was emptied is cleared."""
    held = words.now(rules, last)
    said = _said(request, rules, last.kind)
    fields = {name: text or CLEAR[0] for name, text in said.items() if text != held.get(name, "")}
    for name in _OWN:
        if fields.get(name) == CLEAR[0]:
            del fields[name]
    fields |= {"institution": _code(last.institution), "kind": last.kind, "code": last.code}
    fields["valid_from"] = request.POST.get("valid_from", "")
    how = Said(fields, restate="restate" in request.POST, reason=request.POST.get("reason", ""))
    keep_holding(how, actor=_actor(request), by=access_of(request).user)


def _end(request: HttpRequest, last: Any, _rules_of_home: Holdings) -> None:
    text, code = (request.POST.get(name, "").strip() for name in ("valid_to", "to"))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise wrong("holding_day", "请填日期，如 2026-11-05", "say the day, as 2026-11-05") from None
    to = number_of(code) if code else None
    if code and (to is None or not access_of(request).sees_institution(to)):
        raise wrong(
            "holding_to", f"没有代码为 {code} 的机构", f"there is no institution with the code {code}"
        )
    reason = request.POST.get("reason", "")
    end_holding(last.holding_id, day, actor=_actor(request), reason=reason, to=to, by=access_of(request).user)


_ACTS: Final[Mapping[str, Callable[[HttpRequest, Any, Holdings], None]]] = {"change": _change, "end": _end}


def _said(request: HttpRequest, rules: Holdings, kind: str) -> dict[str, str]:
    """The texts of the form's fields."""
    names = (*_OWN, *rules.fields(kind, settings.JIEYUE_HOME.today()))
    return {name: request.POST.get(name, "").strip() for name in names}


def _code(number: int) -> str:
    return labels_of([number])[number][0]


def _actor(request: HttpRequest) -> str:
    return request.user.get_username()


def _rules() -> Holdings:
    """The home's kinds; the lists say what is wrong with them where they cannot be read."""
    try:
        return home_holdings()
    except CatalogError:
        raise Http404 from None
