"""Collecting 收报安排: when returns are due and for whom, which periods are open, which bodies only check."""

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jieyue.apps.identity.queries import who
from jieyue.apps.obligations.opened import opened_periods
from jieyue.apps.obligations.owing import collected
from jieyue.apps.obligations.queries import DeadlineRow, deadlines
from jieyue.apps.obligations.services.open_periods import Opened, open_periods
from jieyue.apps.obligations.services.set_deadline import Decision, set_deadline, set_for_period
from jieyue.apps.obligations.targets import INSTITUTION, target_of
from jieyue.apps.publication.errors import RefusedError, wrong
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.checking import checking_bodies
from jieyue.apps.returns.services.set_checking import set_checking
from jieyue.apps.trees.queries import Tree
from jieyue.catalog.due import DueRule, default_rule
from jieyue.domain.period import Period, PeriodError
from jieyue.web.access import access_of, needs
from jieyue.web.page import page
from jieyue.web.views.worklist import form_code
from jieyue.web.words import day, is_chinese, local, period_name

MANAGES: Final = "manage_schemes"
#: Open periods listed; older ones are on the board of progress.
SHOWN = 24


@needs(MANAGES, post=True)
def arrangements(request: HttpRequest) -> HttpResponse:
    """What was decided about collecting a form; who looks after the authority's schemes decides anew."""
    if not access_of(request).may_for_all(MANAGES):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request)
    try:
        _act(request)
    except (RefusedError, PeriodError) as error:
        return _page(request, refused=local(error, "message"))
    return redirect(f"{reverse('collecting')}?form={form_code(request)}")


def _page(request: HttpRequest, refused: str = "") -> HttpResponse:
    form, access = form_code(request), access_of(request)
    known = home_catalog().forms
    kinds = kind_words()
    own = [kind for kind in kinds if kind in known[form].periods]
    said = deadlines(form)
    context = {
        "form": form,
        "forms": [(code, f"{code} {local(known[code])}") for code in collected()],
        "kinds": [(kind, kinds[kind]) for kind in own],
        "groups": group_words(),
        "rows": [_row(row, kinds) for row in said],
        "persons": who([row.actor for row in said]),
        "defaults": [
            (kinds[kind], *_default(rule)) for kind in own if (rule := default_rule(form, kind)) is not None
        ],
        "opened": [{"row": row, "name": period_name(row.period)} for row in opened_periods(form, SHOWN)],
        "checking": [{"row": row, "name": local(row)} for row in checking_bodies(access.known.sequence)],
        "today": settings.JIEYUE_HOME.today().isoformat(),
        "said": request.POST if refused else {},
        "wrong": refused,
    }
    return page(request, "collecting", context, section="collecting", status=422 if refused else 200)


def kind_words() -> dict[str, str]:
    """Letter of a kind of period → its word."""
    return {
        "M": _("every month"),
        "Q": _("every quarter"),
        "Y": _("every year"),
        "H": _("every heating season"),
    }


def group_words() -> list[tuple[str, str]]:
    """For whom a deadline is said, with its word."""
    return [
        ("", _("Everybody")),
        (Tree.LINE.value, _("A body and those below it")),
        (Tree.DEPARTMENT.value, _("A department")),
        (Tree.AREA.value, _("An area")),
        (Tree.TYPE.value, _("A type of institutions")),
        (INSTITUTION, _("One institution")),
    ]


def _row(row: DeadlineRow, kinds: dict[str, str]) -> dict[str, Any]:
    return {
        "period": period_name(row.period) if row.period else kinds.get(row.kind, row.kind),
        "target": _("Everybody") if row.everybody else local(row, "target"),
        "rule": row.rule_zh if is_chinese() else row.rule_en,
        "from": "" if row.period else day(row.valid_from),
        "reason": row.reason,
        "by": row.actor,
    }


def _default(rule: DueRule) -> tuple[str, bool]:
    return rule.note_zh if is_chinese() else rule.note_en, rule.verified == "yes"


def _act(request: HttpRequest) -> None:
    act = {"deadline": _deadline, "open": _open, "checking": _checking}.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    messages.success(request, act(request))


def _deadline(request: HttpRequest) -> str:
    form, typed = form_code(request), request.POST
    single = typed.get("period", "").strip()
    decision = Decision(
        opens_days=_number(typed.get("opens_days", "")),
        due_months=_number(typed.get("due_months", "")),
        due_days=_number(typed.get("due_days", "")),
        due_on=_day(typed.get("due_on", "")),
        gone=typed.get("gone") == "yes",
    )
    first = _day(typed.get("from", "")) or settings.JIEYUE_HOME.today()
    reason = typed.get("reason", "").strip()
    actor = str(request.user.get_username())
    if single:
        period = Period.parse(single)
        target = target_of(typed.get("group", ""), typed.get("code", ""), period.last_day)
        done = set_for_period(form, period, decision, actor=actor, target=target, reason=reason)
    else:
        kind = typed.get("kind", "")
        target = target_of(typed.get("group", ""), typed.get("code", ""), first)
        done = set_deadline(form, kind, decision, actor=actor, target=target, valid_from=first, reason=reason)
    changed = sum(one.changed for one in done)
    return ngettext(
        "Decided. The day of %(n)s return that is open already was changed.",
        "Decided. The day of %(n)s returns that are open already was changed.",
        changed,
    ) % {"n": changed}


def _open(request: HttpRequest) -> str:
    text = request.POST.get("period", "").strip()
    if not text:
        raise wrong("no_period", "请写要开放的期间，如 2026-10", "say which period to open, such as 2026-10")
    (done,) = open_periods(form_code(request), [Period.parse(text)], actor=str(request.user.get_username()))
    return _opened(done)


def _opened(done: Opened) -> str:
    said = {"period": period_name(done.period), "due": done.due, "made": done.made}
    if not done.due:
        return _("Nobody owes a return for %(period)s; nothing was opened.") % said
    return _("%(period)s is open: %(due)s returns owed, %(made)s of them new.") % said


def _checking(request: HttpRequest) -> str:
    typed = request.POST
    first = _day(typed.get("from", ""))
    if first is None:
        raise wrong("no_day", "请写从哪一天起", "say from which day")
    body = target_of(Tree.LINE.value, typed.get("code", ""), first)
    assert body is not None, "of a tree there is a node, or a refusal"
    checks = typed.get("checks") == "yes"
    set_checking(
        body,
        checks,
        day=first,
        actor=str(request.user.get_username()),
        reason=typed.get("reason", "").strip(),
    )
    if checks:
        return _("From that day on the body checks, and the one above it approves.")
    return _("From that day on the body approves by itself.")


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) < 6):
        raise wrong(
            "no_number", f"“{text}”不是天数，请写整数", f"“{text}” is no number of days, write a whole one"
        )
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise wrong(
            "no_day", f"“{text}”不是日期，请写作 2026-11-25", f"“{text}” is no day, write 2026-11-25"
        ) from error
