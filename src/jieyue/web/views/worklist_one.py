"""One return to review: its cells side by side, what the rules ask and what was answered, and the reviewer's acts."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.obligations.desk import (
    PUBLISHED,
    SHORT,
    Asked,
    Beside,
    Desk,
    DeskCell,
    SnapshotUnknownError,
    Value,
    desk_of,
    find_return,
)
from jieyue.apps.obligations.worklist import Bodies, read_as
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services.approve_return import reopen
from jieyue.apps.returns.services.review_return import comment, reasons, send_back
from jieyue.apps.review.services.explain import decide
from jieyue.apps.review.services.submit import approve, pass_step
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.workflow import State, Verb
from jieyue.web import errors
from jieyue.web.access import access_of, needs
from jieyue.web.entry_papers import papers
from jieyue.web.entry_words import source_text
from jieyue.web.navigation import JUDGES
from jieyue.web.page import page
from jieyue.web.views.review import item_name, rule_name, state_words
from jieyue.web.views.worklist import signed_percent
from jieyue.web.words import day, grouped, is_chinese, joined, judged_by, local, period_name, unit

_NOT_USED = 9
_STALE = ("return_moved", "return_state", "return_publishing", "finding_state")


@needs(*JUDGES, limited=True)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """The return on the desk."""
    return _desk(request, number)


def _desk(request: HttpRequest, number: int, *, wrong: str = "", status: int = 200) -> HttpResponse:
    access = access_of(request)
    row = find_return(access, number)
    if row is None:
        raise Http404
    try:
        desk = desk_of(access, row, settings.JIEYUE_HOME.today(), request.GET.get("with", ""))
    except SnapshotUnknownError as error:
        raise Http404 from error
    period = Period.parse(desk.key.period)
    tree = Bodies(read_as(access.read), period.last_day).line
    names = who(
        [
            desk.by,
            *(snapshot.actor for snapshot in desk.snapshots),
            *(one.actor for one in desk.comments),
            *(name for cell in desk.cells for name in cell.by),
            *(name for one in desk.findings for name in (one.explained_by, one.decided_by)),
        ]
    )
    posted = request.POST if wrong else {}
    lines = [
        _line(cell, names) | {"said": posted.get(f"comment-{cell.line.code}", "")} for cell in desk.cells
    ]
    context = {
        "desk": desk,
        "form_name": local(home_catalog().forms[desk.key.form]),
        "period_name": period_name(desk.key.period),
        "year_ago_name": period_name(str(period.previous_year())),
        "before_name": period_name(str(period.previous())),
        "state_name": state_name(desk),
        "body_name": local(tree.nodes[desk.body]),
        "by": names.get(desk.by, desk.by),
        "due": day(desk.due) if desk.due else "",
        "lines": [line for line in lines if not line["empty"]],
        "left_out": joined(line["name"] for line in lines if line["empty"] and not line["depth"]),
        "beside": None if desk.beside is None else _beside(desk.beside),
        "changed": joined(line["name"] for line in lines if line["changed"]),
        "findings": [_finding(one, names) for one in desk.findings],
        "said": [_said(one, names) for one in desk.comments if not one.item],
        "history": [_past(one, names) for one in reversed(desk.snapshots)],
        "papers": papers(desk.code, desk.key, desk.id),
        "acts": {verb.value for verb in desk.acts},
        "bars": [bar_words(why) for why in dict.fromkeys(desk.bars.values())],
        "reasons": [(code, zh if is_chinese() else en) for code, (zh, en) in reasons().items()],
        "wrong": wrong,
        "posted": posted,
    }
    return page(request, "worklist_one", context, section="worklist", status=status)


def state_name(desk: Desk) -> str:
    """The official words, with the step where there are several."""
    words = {
        "draft": _("Being entered"),
        "submitted": _("Submitted"),
        "returned": _("Sent back"),
        "approved": _("Approved"),
    }[desk.state]
    if desk.state == State.SUBMITTED.value and desk.place.steps > 1:
        step = _("step %(step)s of %(steps)s") % {"step": desk.place.step, "steps": desk.place.steps}
        return f"{words} · {step}"
    return f"{words} · {_('being published')}" if desk.publishing else words


def bar_words(why: str) -> str:
    """Why the person may not pass or approve, though the role would allow it."""
    return {
        "own_cell": _(
            "A number of yours stands in this return: another person passes and approves it; "
            "where there is none, the body above does."
        ),
        "own_review": _(
            "You have reviewed this return: another person approves it; where there is none, the body above does."
        ),
    }[why]


def value_text(value: Value | None) -> str:
    """A cell as read."""
    if value is None:
        return "—"
    return _("not used") if value[1] == _NOT_USED else grouped(fixed_text(value[0]))


def _line(cell: DeskCell, names: Mapping[str, str]) -> dict[str, Any]:
    now, ago = cell.now, cell.year_ago
    change = ""
    if now and ago and _NOT_USED not in (now[1], ago[1]) and ago[0]:
        change = signed_percent(Fraction(now[0] - ago[0], abs(ago[0])))
    severities = {one.severity for one in cell.findings if one.state in ("open", "explained")}
    return {
        "code": cell.line.code,
        "shown_code": cell.line.item.paper_code,
        "name": local(cell.line.item),
        "depth": cell.line.depth,
        "unit": unit(cell.line.item.unit) if cell.line.item.unit else "",
        "now": value_text(now),
        "sent_before": value_text(cell.sent_before),
        "changed": cell.changed,
        "year_ago": value_text(ago),
        "before": value_text(cell.before),
        "change": change,
        "mark": "error" if "error" in severities else "warning" if severities else "",
        "by": joined(names.get(name, name) for name in cell.by),
        "on_behalf": cell.on_behalf,
        "source": source_text(cell),
        "findings": [rule_name(one) for one in cell.findings if one.state in ("open", "explained")],
        "comments": [one.text for one in cell.comments],
        "empty": not cell.findings
        and not cell.comments
        and not cell.changed
        and all(value is None or value[1] == _NOT_USED for value in (now, ago, cell.before)),
    }


def _finding(one: Asked, names: Mapping[str, str]) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "severity": row.severity,
        "rule": rule_name(row),
        "item": item_name(row),
        "numbers": judged_by(row.numbers),
        "state": row.state,
        "state_name": state_words(row.state),
        "explanation": row.explanation,
        "by": names.get(one.explained_by, one.explained_by),
        "decided": names.get(one.decided_by, one.decided_by),
        "may_decide": one.may_decide,
        "year_ago": one.year_ago,
    }


def _said(comment: Any, names: Mapping[str, str]) -> dict[str, Any]:
    zh, en = reasons().get(comment.code, (comment.code, comment.code))
    return {
        "reason": zh if is_chinese() else en,
        "only": not comment.code,
        "text": comment.text,
        "by": names.get(comment.actor, comment.actor),
        "at": comment.at,
    }


def _verb_words(verb: str) -> str:
    words = {
        Verb.SUBMIT.value: _("submitted"),
        Verb.PASS.value: _("passed"),
        Verb.APPROVE.value: _("approved"),
        PUBLISHED: pgettext("a version", "published"),
    }
    return words.get(verb, verb)


def _beside(held: Beside) -> dict[str, Any]:
    return {"verb": _verb_words(held.verb), "at": held.at, "whole": held.digest}


def _past(snapshot: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "verb": _verb_words(snapshot.verb),
        "by": names.get(snapshot.actor, snapshot.actor),
        "at": snapshot.at,
        "digest": snapshot.digest[:SHORT],
        "whole": snapshot.digest,
        "findings": len(snapshot.findings),
        "papers": len(snapshot.attachments),
        "rules": snapshot.ruleset,
        "on_behalf": bool(snapshot.on_behalf),
    }


@needs(*JUDGES, post=True, limited=True)
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Pass, approve, comment, send back or reopen; what the person looked at is named, and told if it has moved."""
    access = access_of(request)
    row = find_return(access, number)
    if row is None:
        raise Http404
    verb, seen = request.POST.get("verb", ""), request.POST.get("seen", "")
    key = Key(row.subject, row.form, row.period, row.instance)
    doing = _doing(request, access.user, key, seen)
    if verb not in doing or (verb != Verb.REOPEN.value and not seen):
        raise Http404
    try:
        doing[verb]()
    except RefusedError as error:
        return refused(request, number, error)
    words = {
        "pass": _("Passed to the next step."),
        "comment": _("The comments are kept; the return stands where it stood."),
        "approve": _("Approved; it is published in a moment."),
        "return": _("Sent back."),
        "reopen": _("Reopened; the published version holds until the new one is approved."),
    }
    messages.success(request, words[verb])
    if verb in (Verb.REOPEN.value, "comment"):
        return redirect("worklist-return", number)
    return redirect(f"{reverse('worklist')}?period={key.period}")


def _doing(request: HttpRequest, user: Any, key: Key, seen: str) -> dict[str, Callable[[], object]]:
    reason = request.POST.get("reason", "")
    comments = {
        name.removeprefix("comment-"): text.strip()
        for name, text in request.POST.items()
        if name.startswith("comment-") and isinstance(text, str) and text.strip()
    }
    return {
        "pass": lambda: pass_step(user, key, seen=seen),
        "approve": lambda: approve(user, key, seen=seen),
        "return": lambda: send_back(
            user, key, code=request.POST.get("code", ""), comments=comments, reason=reason, seen=seen
        ),
        "comment": lambda: comment(user, key, comments=comments, reason=reason, seen=seen),
        "reopen": lambda: reopen(user, key, reason=reason),
    }


@needs("pass", "approve", post=True, limited=True)
@require_POST
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Accept the explanation of one finding of the return, or send it back."""
    access = access_of(request)
    row = find_return(access, number)
    if row is None:
        raise Http404
    desk = desk_of(access, row, settings.JIEYUE_HOME.today())
    asked = {str(one.row.id): one for one in desk.findings}.get(request.POST.get("finding", ""))
    decision = request.POST.get("decision", "")
    if asked is None or decision not in ("accept", "back"):
        raise Http404
    if not asked.may_decide:
        state = asked.row.state
        return errors.forbidden(request) if state == "explained" else refused(request, number, _moved())
    try:
        decide(
            asked.row.id,
            accept=decision == "accept",
            actor=access.user.get_username(),
            reason=request.POST.get("reason", ""),
        )
    except RefusedError as error:
        return refused(request, number, error)
    return redirect(reverse("worklist-return", args=[number]) + f"#f-{asked.row.id}")


def _moved() -> RefusedError:
    return RefusedError(
        "finding_state",
        zh="这个问题的状态已经变了；请刷新页面后再办理",
        en="the finding's state has changed meanwhile; reload the page",
    )


def refused(request: HttpRequest, number: int, error: RefusedError) -> HttpResponse:
    """409 for what has changed meanwhile; 403 for what is not the person's; anything else is said on the page."""
    if error.code in _STALE:
        return errors.conflict(request, error)
    if error.code == "return_unknown":
        raise Http404
    status = 403 if error.code in ("return_right", "own_cell", "own_review") else 422
    return _desk(request, number, wrong=local(error, "message"), status=status)
