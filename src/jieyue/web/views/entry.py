"""Entry of one return: the form as on paper, saved as it is typed, checked at once, submitted with explanations."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.audit.proof import NoProofError, newest_entry, prove
from jieyue.apps.audit.services.note_taking import note_taking
from jieyue.apps.audit.signer import LogKeyError
from jieyue.apps.papers.handed_in import blank, on_paper
from jieyue.apps.papers.make import returned_code
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.entry_sheet import entry_sheet
from jieyue.apps.returns.estimates import estimate
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.papers import LARGEST
from jieyue.apps.returns.queries import approved_by_person, attachment, stored
from jieyue.apps.returns.refusals import StaleRevisionError
from jieyue.apps.returns.services import edit_return, submit_return
from jieyue.apps.returns.services.attach import attach as attach_paper
from jieyue.apps.returns.services.attach import detach as detach_paper
from jieyue.apps.returns.services.set_use import set_use
from jieyue.apps.review.of_return import over_of, place_of
from jieyue.apps.review.services import submit as with_rules
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period, PeriodError
from jieyue.domain.workflow import State
from jieyue.web import errors, metered
from jieyue.web.access import VIEW, access_of, by_script, needs
from jieyue.web.entry import Page, query_of
from jieyue.web.entry_conflicts import both_values
from jieyue.web.entry_context import context_of
from jieyue.web.entry_lines import cell_texts
from jieyue.web.entry_sent import read_cells
from jieyue.web.entry_side import side_of
from jieyue.web.kept_file import download
from jieyue.web.page import page
from jieyue.web.paper_files import paper_file
from jieyue.web.too_large import SCAN, STATUS, too_large
from jieyue.web.words import local

ENTER = "enter"
View = Callable[[HttpRequest, Key], HttpResponse]


def _key(request: HttpRequest, code: str, form: str, period: str) -> Key:
    """The return that an address names. Not there, not a form of this period and not the person's look the same."""
    catalog = home_catalog()
    try:
        parsed = Period.parse(period)
    except PeriodError as error:
        raise Http404 from error
    known = form in forms() and parsed.kind_letter in catalog.forms[form].periods
    access = access_of(request).asked(form, period)
    number = access.institution(code, parsed.last_day) if known else None
    number = number or (access.institution(code) if known else None)
    if number is None or str(parsed) != period:
        raise Http404
    return Key(number, form, period, request.GET.get("room", "").strip()[:20])


def _address(name: str, key: Key, code: str) -> str:
    return reverse(name, args=[code, key.form, key.period]) + query_of(key)


@needs(VIEW, limited=True)
def sheet(request: HttpRequest, code: str, form: str, period: str) -> HttpResponse:
    """The return: entered where the person may and its state allows, else to be read."""
    key = _key(request, code, form, period)
    if request.GET.get("export") == "proof":
        return _proof(request, key, code)
    return _on_paper(request, key, code) if "export" in request.GET else _page(request, key, code)


def _proof(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """That the approval stands in the signed log, as `jieyue log prove` writes it; that it was taken is logged."""
    place = (key.subject, key.period, key.instance)
    row = stored(key.form, [place]).get(place)
    if row is None or row.state != State.APPROVED.value or not approved_by_person(row.id):
        raise Http404
    try:
        made = prove(newest_entry("returns.approve", f"return:{row.id}"))
    except (NoProofError, LogKeyError) as error:
        return errors.unprocessable(request, error)
    content = made.content()
    actor = access_of(request).user.get_username()
    note_taking(hashlib.sha256(content).hexdigest(), [f"proof={made.seq}"], 1, actor=actor)
    answer = HttpResponse(content, content_type="application/json")
    name = f"proof-{key.form}-{returned_code(code, key.instance)}-{key.period}.json"
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def _on_paper(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """The return on paper as it stands, or its form blank."""
    kind = request.GET["export"]
    if kind not in ("pdf", "blank"):
        raise Http404
    try:
        paper = on_paper(key, code) if kind == "pdf" else blank(key)
    except DomainError as error:
        return errors.unprocessable(request, error)
    if paper is None:
        raise Http404
    whose = returned_code(code, key.instance) if kind == "pdf" else kind
    return paper_file(request, paper, "pdf", f"{key.form}-{whose}-{key.period}")


def _page(
    request: HttpRequest,
    key: Key,
    code: str,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    notice: str = "",
    is_of_words: bool = False,
    conflict: StaleRevisionError | None = None,
    status: int = 200,
) -> HttpResponse:
    """is_of_words: the notice says that another explanation stands here since, and the page shows both."""
    said = {
        name: (str(text), request.POST.get(over_of(name), ""))
        for name, text in request.POST.items()
        if name.startswith("why-")
    }
    made = Page.of(access_of(request), key, code, typed=typed, wrong=wrong, said=said)
    context = context_of(made) | {"conflict": both_values(made, conflict) if conflict else None}
    context["notice"] = "" if is_of_words and context["explained_since"] else notice
    return page(request, "entry", context, section="entry", status=status)


def _act(view: Callable[[HttpRequest, Key, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """A deed on a return by who enters: what is refused is said on the page, with what was typed still there."""

    @needs(ENTER, "submit", post=True, limited=True)
    @require_POST
    @wraps(view)
    def inner(request: HttpRequest, code: str, form: str, period: str) -> HttpResponse:
        key = _key(request, code, form, period)
        typed = _posted(request)
        try:
            return view(request, key, code)
        except StaleRevisionError as error:
            if by_script(request):
                return _json(request, key, code, conflict=error, status=409)
            return _page(request, key, code, typed=typed, conflict=error, status=409)
        except RefusedError as error:
            if error.code == "return_unknown":
                raise Http404 from error
            status = {
                "return_right": 403,
                "return_state": 409,
                "return_moved": 409,
                "explanation_moved": 409,
            }.get(error.code, 422)
            if by_script(request):
                return JsonResponse(
                    {"refused": error.code, "message": local(error, "message")}, status=status
                )
            if status == 403:
                return errors.forbidden(request)
            words, is_of_words = local(error, "message"), error.code == "explanation_moved"
            return _page(
                request, key, code, typed=typed, notice=words, is_of_words=is_of_words, status=status
            )

    return inner


def _posted(request: HttpRequest) -> dict[str, str]:
    """Item → text of the cells that were sent."""
    return {name[2:]: str(text) for name, text in request.POST.items() if name.startswith("c-")}


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    if not text.isdecimal() or len(text) > 9:
        raise Http404
    return int(text)


@_act
def start(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Begin: stocks and what is not used stand there already."""
    edit_return.start(access_of(request).user, key)
    return redirect(_address("return", key, code))


@_act
def cells(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Save what was typed; a cell that cannot be read is named and kept on the page, the others are saved."""
    wrong = _save(request, key)[0]
    if by_script(request):
        return _json(request, key, code, wrong=wrong)
    if wrong:
        return _page(request, key, code, typed=_posted(request), wrong=wrong, status=422)
    messages.success(request, _("Saved."))
    return redirect(_address("return", key, code))


def _save(request: HttpRequest, key: Key) -> tuple[dict[str, str], int]:
    """Save the cells that were sent; gives what is wrong, item → words, and the revision that the person now knows.

    What follows goes by that revision: if somebody else has saved since, it is refused, not done over his numbers.
    """
    revision = _revision(request)
    read = read_cells(key, _posted(request))
    if read.changes:
        user = access_of(request).user
        revision = edit_return.edit_cells(user, key, read.changes, revision=revision, said=read.said).revision
    return read.wrong, revision


@_act
def submit(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Save, then submit with the explanations."""
    wrong, revision = _save(request, key)
    if wrong:
        return _page(request, key, code, typed=_posted(request), wrong=wrong, status=422)
    said, over = {}, {}
    for name, text in request.POST.items():
        place = place_of(name)
        if place is not None and str(text).strip():
            said[place], over[place] = str(text).strip(), request.POST.get(over_of(name), "")
    with_rules.submit(access_of(request).user, key, revision=revision, explanations=said, over=over)
    messages.success(request, _("Submitted. The body above it reviews it now."))
    return redirect(_address("return", key, code))


@_act
def withdraw(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Take it back, as long as nobody has begun to review it."""
    submit_return.withdraw(access_of(request).user, key)
    messages.success(request, _("Withdrawn. You can change it and submit again."))
    return redirect(_address("return", key, code))


@_act
def use(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Say how the institution comes by a carrier, from this period on."""
    wrong, revision = _save(request, key)
    item = request.POST.get("use", "")
    case = request.POST.get(f"case-{item}", "")
    set_use(access_of(request).user, key, item, case, revision=revision)
    if wrong:
        return _page(request, key, code, typed=_posted(request), wrong=wrong, status=422)
    return redirect(_address("return", key, code) + f"#r-{item}")


@_act
def fill(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Fill a cell by a named estimate, or by what its meters say."""
    wrong, revision = _save(request, key)
    item, _colon, method = request.POST.get("estimate", "").partition(":")
    by_meter = method == metered.SOURCE
    value = metered.offer(key, edit_return.sheet_of(key), item) if by_meter else estimate(key, item, method)
    edit_return.edit_cells(
        access_of(request).user,
        key,
        {item: value},
        revision=revision,
        said={item: {"src": f"{method}:{key.period}" if by_meter else f"estimate:{method}"}},
    )
    if wrong:
        return _page(request, key, code, typed=_posted(request), wrong=wrong, status=422)
    return redirect(_address("return", key, code) + f"#r-{item}")


@_act
def attach(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Put a paper beside the return."""
    files = request.FILES.getlist("file")
    if len(files) != 1 or files[0].size is None:
        return _page(request, key, code, notice=_("Choose one file."), status=422)
    if wrong := too_large(files[0], LARGEST, SCAN):  # before it is read into memory
        return _page(request, key, code, notice=wrong, status=STATUS)
    attach_paper(
        access_of(request).user, key, files[0].read(), files[0].name or "", item=request.POST.get("item", "")
    )
    messages.success(request, _("The attachment is kept."))
    return redirect(_address("return", key, code) + "#papers")


@_act
def detach(request: HttpRequest, key: Key, code: str) -> HttpResponse:
    """Take a paper away."""
    text = request.POST.get("paper", "")
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    detach_paper(access_of(request).user, key, int(text))
    return redirect(_address("return", key, code) + "#papers")


@needs(VIEW, limited=True)
def paper(request: HttpRequest, code: str, form: str, period: str, number: int) -> HttpResponse:
    """One paper, as a download; nothing of it is shown inside a page."""
    key = _key(request, code, form, period)
    stands = entry_sheet(key)
    found = attachment(number, stands.number) if stands.number is not None else None
    if found is None:
        raise Http404
    return download(found)


def _json(
    request: HttpRequest,
    key: Key,
    code: str,
    *,
    wrong: Mapping[str, str] | None = None,
    conflict: StaleRevisionError | None = None,
    status: int = 200,
) -> JsonResponse:
    """What the page shows after a save, for its script."""
    made = Page.of(access_of(request), key, code, wrong=wrong)
    document: dict[str, Any] = {
        "revision": made.sheet.revision,
        "cells": cell_texts(made),
        "wrong": dict(wrong or {}),
        "side": render_to_string("parts/entry_side.html", side_of(made), request=request),
    }
    if conflict is not None:
        document["conflict"] = both_values(made, conflict)
    return JsonResponse(document, status=status)
