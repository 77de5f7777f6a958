"""A summary that was sent upward: what is frozen, what has changed since, and what may be done with it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import number_of
from jieyue.apps.summaries.acting import PUBLISH, SUMMARISE, deciding_verb, holds
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.outstanding import Unmet
from jieyue.apps.summaries.queries import Since, amended, cells, published_ones, since
from jieyue.apps.summaries.rules import of_table
from jieyue.apps.summaries.scope import sees, summaries_for
from jieyue.apps.summaries.services import decide
from jieyue.apps.summaries.services.send import send as send_upward
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.domain.summary import Difference
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.as_of import sequence_of
from jieyue.web.frozen_tables import Frozen
from jieyue.web.page import as_of_words, page
from jieyue.web.summary_choice import APPROVED, Choice, chosen
from jieyue.web.summary_sheet import headings, inner_name
from jieyue.web.summary_words import differences_shown, findings_shown, reason_words, state_words, unmet_shown
from jieyue.web.words import local, period_name

ROWS = 3
#: Refused for the state as it is now; for a right that the person has not; for something that is not there.
_CONFLICT = ("summary_state", "summary_same", "summary_moved", "summary_amended")
_RIGHT, _NOTHING = ("summary_right",), ("summary_unknown",)


@needs(VIEW, post=True, limited=True)
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send the table of now upward."""
    request.GET = request.POST  # the choice comes with the form
    choice = chosen(request, basis=APPROVED)
    if choice is None:
        raise Http404
    user = choice.access.user
    try:
        made = send_upward(user, choice.body.node, choice.form.code, str(choice.period))
    except DomainError as error:
        return refused(request, error) or errors.unprocessable(request, error)
    messages.success(request, _("The summary was sent upward, number %(number)s.") % {"number": made.number})
    return redirect("summary-sent", made.pk)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse | None:
    """The answer to a refusal by its kind; None where the values are wrong."""
    return errors.by_kind(request, error, nothing=_NOTHING, right=_RIGHT, state=_CONFLICT)


@needs(VIEW, limited=True)
def sent(request: HttpRequest, number: int) -> HttpResponse:
    """A frozen summary."""
    row = _get(request, number)
    if "export" in request.GET:
        return Frozen(row).file(request)
    return _page(request, row)


def _get(request: HttpRequest, number: int) -> Any:
    row = (
        summaries_for(access_of(request), limited=True)
        .filter(pk=number)
        .select_related("predecessor")
        .first()
    )
    if row is None:
        raise Http404
    return row


def _choice(request: HttpRequest, row: Any) -> Choice:
    """The table of now of the same body, form and period."""
    period = Period.parse(row.period)
    found = ledger_of(row.body, row.form, period, sequence=sequence_of(request))
    body = found.trees.nodes[row.body]
    form = home_catalog().forms[row.form]
    access = access_of(request).asked(row.form, row.period)
    return Choice(access, form, period, APPROVED, body, (body,), found)


def _page(request: HttpRequest, row: Any, *, wrong: str = "", status: int = 200) -> HttpResponse:
    choice = _choice(request, row)
    own = sees(choice.access, choice.body.code)  # else the body hangs elsewhere by now
    changed = since(row, choice.ledger) if own else Since((), ())
    user, day = choice.access.user, row.boundary
    decides = holds(user, row.above, deciding_verb(row.body, row.above), row.table, day)
    mine = user.get_username() == row.sent_by
    context = {
        "row": row,
        "persons": who([row.sent_by, row.decided_by]),
        "choice": choice,
        "form_name": local(choice.form),
        "period_name": period_name(row.period),
        "state": state_words(row.state),
        "rows": Frozen(row).rows(),
        "headings": headings(),
        "inner_name": inner_name(),
        "as_of": as_of_words(row.seq),
        "unmet": unmet_shown([Unmet(**one) for one in row.unmet], access_of(request), day),
        "differs": differences_shown([Difference(*one) for one in row.differs], choice),
        "own": own,
        "findings": findings_shown(of_table(row.form, choice.period, cells(row)), choice, access_of(request)),
        "since": differences_shown(changed.cells, choice),
        "changed": len(changed.institutions),
        "may_recall": row.state == "sent" and holds(user, row.body, SUMMARISE, row.table, day),
        "may_decide": row.state == "sent" and decides and not mine,
        "own_sent": row.state == "sent" and decides and mine,
        "may_consent": row.state == "accepted" and holds(user, row.above, SUMMARISE, row.table, day),
        "rooms": choice.base.instance == "room",
        "may_publish": row.state == "accepted"
        and row.published_at is None
        and not amended(row)
        and holds(user, row.body, PUBLISH, row.table, day),
        "reads_published": access_of(request).may(VIEW),
        "comment_rows": range(ROWS),
        "reasons": reason_words,
        "wrong": wrong,
        "typed": request.POST,
    }
    return page(request, "summary_sent", context, section="summary", status=status)


@needs(VIEW, post=True, limited=True)
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Recall, accept, send back, consent to reopening, or publish."""
    row = _get(request, number)
    verb, user = request.POST.get("verb", ""), access_of(request).user
    try:
        said = _do(request, user, row, verb)
    except RefusedError as error:
        return refused(request, error) or _page(request, row, wrong=local(error, "message"), status=422)
    messages.success(request, said)
    return redirect("summary-sent", row.pk)


def _do(request: HttpRequest, user: Any, row: Any, verb: str) -> str:
    post = request.POST
    if verb == "recall":
        decide.recall(user, row.pk)
        return _("The summary was recalled.")
    if verb == "accept":
        decide.accept(user, row.pk)
        return _("The summary was accepted.")
    if verb == "return":
        said = [decide.Comment(post.get(f"text-{n}", ""), post.get(f"unit-{n}", "").strip(),
                               post.get(f"item-{n}", "").strip()) for n in range(ROWS)]  # fmt: skip
        given = [one for one in said if one.text or one.unit or one.item]
        decide.send_back(user, row.pk, post.get("reason", ""), given)
        return _("The summary was sent back.")
    if verb == "consent":
        subject = number_of(post.get("unit", "").strip(), row.boundary) or 0
        room = post.get("room", "").strip()
        decide.consent(user, row.pk, subject, post.get("period", "").strip(), post.get("reason", ""), room)
        return _("The return may be reopened once.")
    if verb == "publish":
        decide.publish_table(user, row.pk, post.get("name", ""))
        return _("The table was published.")
    raise Http404


@needs(VIEW)
def public(request: HttpRequest, number: int) -> HttpResponse:
    """公示: the published table, for whoever looks at data: to be printed or taken away."""
    row = published_ones().filter(pk=number).first()
    if row is None:
        raise Http404
    shown, access = Frozen(row), access_of(request)
    if "export" in request.GET:
        return shown.file(request)
    code, name = shown.body
    asked = {"form": row.form, "period": row.period, **({"body": code} if sees(access, code) else {})}
    context = {
        "row": row,
        "persons": who([row.published_by]),
        "body_name": name,
        "period_name": shown.period_name,
        "rows": shown.rows(),
        "headings": headings(),
        "inner_name": inner_name(),
        "as_of": as_of_words(row.seq),
        "back": f"{reverse('summary')}?{urlencode(asked)}",
    }
    return page(request, "summary_public", context, section="summary")
