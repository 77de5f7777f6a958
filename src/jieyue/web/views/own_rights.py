"""One's own rights handed on and lent to programs: delegation while absent, access tokens, recovery codes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from jieyue.apps.identity.handed import handed_of, nothing_of
from jieyue.apps.identity.second_factor import has_factor
from jieyue.apps.identity.services.delegate import delegate
from jieyue.apps.identity.services.end_mandate import end_mandate
from jieyue.apps.identity.services.enrol_second_factor import renew_recovery_codes
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.identity.services.revoke_token import revoke_token
from jieyue.apps.identity.tokens import tokens
from jieyue.apps.publication.errors import RefusedError
from jieyue.web.access import signed_in
from jieyue.web.handed import typed_days, typed_person
from jieyue.web.views.account import account_page
from jieyue.web.views.second_factor import codes_page, shown_by
from jieyue.web.words import local


def _delegate(request: HttpRequest) -> HttpResponse:
    """While the person is absent another one does his work as well."""
    user: Any = request.user
    taker, name = typed_person(request)
    chosen = request.POST.getlist("form")
    try:
        first, end = typed_days(request)
        delegate(
            user,
            taker,
            first=first,
            end=end,
            forms=chosen or None,
            occasion=request.POST.get("occasion", ""),
            name=name,
        )
    except RefusedError as error:
        return account_page(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("Delegated. It ends by itself, or when you take it back."))
    return redirect("account")


def _take_back(request: HttpRequest, number: int) -> HttpResponse:
    """One's own delegation ends now."""
    user: Any = request.user
    by = nothing_of(user)
    if number not in {one.row.pk for one in handed_of(user, by, user) if one.row.giver_id == user.pk}:
        raise Http404
    try:
        end_mandate(number, user=user, by=by)
    except RefusedError as error:
        return account_page(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("Taken back; it holds no longer."))
    return redirect("account")


@sensitive_post_parameters("old")
def _token(request: HttpRequest) -> HttpResponse:
    """A token of one's own for a program; its secret stands in this answer and never again."""
    user: Any = request.user
    days = request.POST.get("days", "")
    known = authenticate(request, username=user.get_username(), password=request.POST.get("old", ""))
    if known is None or known.pk != user.pk:
        return account_page(request, wrong=_("The present password is wrong."), status=422)
    try:
        made, secret = issue_token(
            user,
            request.POST.get("name", ""),
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
            verbs=request.POST.getlist("verb"),
            actor=user.get_username(),
        )
    except RefusedError as error:
        return account_page(request, wrong=local(error, "message"), status=422)
    return account_page(request, secret=(made, secret))


def _revoke(request: HttpRequest) -> HttpResponse:
    """One's own token opens nothing any more."""
    user: Any = request.user
    text = request.POST.get("token", "")
    own = {str(one.pk): one.pk for one in tokens(user.get_username())}
    if text not in own:
        raise Http404
    try:
        revoke_token(own[text], actor=user.get_username())
    except RefusedError as error:
        return account_page(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("The token was taken back; it opens nothing any more."))
    return redirect("account")


@sensitive_post_parameters("code")
def _recovery(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes for who shows his app once more."""
    user: Any = request.user
    if not has_factor(user):
        raise Http404
    if not shown_by(request, user, request.POST.get("code", "")[:40]):
        return account_page(
            request, wrong=_("The code is wrong, or was used already. Type the digits that the app shows now."),
            status=422,
        )  # fmt: skip
    return codes_page(request, renew_recovery_codes(user), reverse("account"))


hand_on = signed_in(require_POST(_delegate), post=True)
take_back = signed_in(require_POST(_take_back), post=True)
make_token = signed_in(require_POST(_token), post=True)
end_token = signed_in(require_POST(_revoke), post=True)
recovery = signed_in(require_POST(_recovery), post=True)
