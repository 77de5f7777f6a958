"""Handing on, as an administrator does it: hand-over, audit, lent worklists, and the list of all of it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.handed import handed_for, handed_one
from jieyue.apps.identity.mandates import not_known
from jieyue.apps.identity.scope import nodes_for
from jieyue.apps.identity.services.appoint_auditor import MOST, appoint_auditor
from jieyue.apps.identity.services.end_mandate import end_mandate
from jieyue.apps.identity.services.hand_over import hand_over
from jieyue.apps.identity.services.lend import lend
from jieyue.apps.identity.services.reset_second_factor import reset_second_factor
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import by_code
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.web.access import access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.handed import form_choices, handed_rows, typed_days, typed_person, typed_words
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.views.people import (
    VERBS,
    actor_of,
    authority_here,
    found_person,
    person_page,
)
from jieyue.web.words import local


@needs(*VERBS)
def listing(request: HttpRequest) -> HttpResponse:
    """All that was handed on at one's nodes, and the form to lend a worklist."""
    return _listing(request)


def _listing(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    authority = authority_here(request)
    line = tree_view(Tree.LINE, sequence_of(request))
    lendable = nodes_for(authority.user, "lend")
    bodies = [
        (node.id, "　" * (len(line.path(node.id)) - 1) + local(node)) for node in line if node.id in lendable
    ]
    context = {
        "handed": handed_rows(request, handed_for(authority, authority.user)),
        "bodies": bodies,
        "forms": form_choices(),
        "month": collecting_month(),
        "wrong": wrong,
        "said": request.POST,
    }
    return page(request, "handing", context, section="handing", status=status)


@needs("lend", post=True)
@require_POST
def lend_list(request: HttpRequest) -> HttpResponse:
    """A body's worklist of one form and period goes to a reviewer of another district for some days."""
    body = request.POST.get("body", "")
    taker, name = typed_person(request)
    try:
        first, end = typed_days(request)
        lend(
            access_of(request).user,
            taker,
            node=int(body) if body.isascii() and body.isdigit() and len(body) < 19 else 0,
            form=request.POST.get("form", "")[:40],
            period=request.POST.get("period", "").strip()[:40],
            first=first,
            end=end,
            occasion=request.POST.get("occasion", ""),
            name=name,
        )
    except RefusedError as error:
        return _listing(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("The list is lent."))
    return redirect("handing")


@needs(*VERBS, post=True)
@require_POST
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """End what was handed on, before its time."""
    authority = authority_here(request)
    if handed_one(number, authority, authority.user) is None:
        raise Http404
    try:
        end_mandate(number, user=authority.user, by=authority, reason=request.POST.get("reason", "")[:500])
    except RefusedError as error:
        return _listing(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("Taken back; it holds no longer."))
    return redirect("handing")


@needs(*VERBS, post=True)
@require_POST
def to_successor(request: HttpRequest, number: int) -> HttpResponse:
    """Everything that the person enters and reviews goes to a successor from a day on."""

    def act() -> None:
        authority = authority_here(request)
        found = found_person(authority, number)
        taker, name = typed_person(request)
        if taker is None:
            raise not_known(name)
        first, _end = typed_days(request, last="first")
        hand_over(
            found.user,
            taker,
            day=first,
            actor=actor_of(request),
            by=authority,
            occasion=request.POST.get("occasion", ""),
        )

    return _done(request, number, act, _("Handed over."))


@needs("grant", post=True)
@require_POST
def audit(request: HttpRequest, number: int) -> HttpResponse:
    """The person may read a sample for a time, and every page of it that he reads is logged."""

    def act() -> None:
        authority = authority_here(request)
        found = found_person(authority, number)
        first, end = typed_days(request)
        appoint_auditor(
            found.user,
            nodes=_sample(request),
            forms=request.POST.getlist("form"),
            periods=typed_words(request.POST.get("periods", ""), 2_000),
            first=first,
            end=end,
            case=request.POST.get("occasion", ""),
            actor=actor_of(request),
            by=authority,
        )

    return _done(request, number, act, _("The audit is set up."))


def _sample(request: HttpRequest) -> list[int]:
    """The institutions that are named by their codes, or one body. Raises RefusedError for a code that is none."""
    codes, body = typed_words(request.POST.get("codes", "")), request.POST.get("body", "")
    if not codes:
        line = tree_view(Tree.LINE, sequence_of(request))
        number = int(body) if body.isascii() and body.isdigit() and len(body) < 19 else 0
        return [number] if number in line.nodes else []
    known = by_code(codes[: MOST + 1])
    missing = [code for code in codes if code not in known]
    if missing:
        text = "、".join(missing[:5])[:200]
        raise RefusedError(
            "unknown_node",
            zh=f"没有这些机构代码：{text}",
            en=f"there are no such institutions: {text.replace('、', ', ')}",
        )
    return [known[code] for code in codes]


@needs(*VERBS, post=True)
@require_POST
def reset_factor(request: HttpRequest, number: int) -> HttpResponse:
    """The phone is lost: the app and the recovery codes are forgotten, the next sign-in makes another known."""

    def act() -> None:
        authority = authority_here(request)
        found = found_person(authority, number)
        reason = request.POST.get("reason", "")
        reset_second_factor(found.user, actor=actor_of(request), by=authority, reason=reason)

    return _done(
        request, number, act, _("The second factor is reset; the next sign-in makes another app known.")
    )


def _done(request: HttpRequest, number: int, act: Callable[[], None], words: str) -> HttpResponse:
    try:
        act()
    except RefusedError as error:
        return person_page(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, words)
    return redirect("person", number)
