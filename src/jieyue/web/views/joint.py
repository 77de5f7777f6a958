"""Joint reviews 会审: the list, calling one, its worklist, one return with its conclusion, the minutes."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.jointreview.queries import (
    CONCLUSIONS,
    counts_of,
    findings_of,
    item_of,
    items_of,
    next_of,
    now_of,
    progress_of,
    states_now,
)
from jieyue.apps.jointreview.scope import SITS, bodies_to_hold, bodies_to_speak, reads, reviews_for
from jieyue.apps.jointreview.services.arrange import arrange
from jieyue.apps.jointreview.services.close import close
from jieyue.apps.jointreview.services.conclude import conclude
from jieyue.apps.jointreview.services.convene import convene
from jieyue.apps.jointreview.worklist import KINDS, candidates, counted, nodes_below
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, every_node
from jieyue.domain.period import Period
from jieyue.domain.workflow import State
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.entry_words import state_name as return_state
from jieyue.web.joint_tables import (
    conclusion_words,
    marks,
    minutes_table,
    reviews_table,
    state_of,
    worklist_table,
)
from jieyue.web.navigation import JUDGES
from jieyue.web.page import page
from jieyue.web.table import Table
from jieyue.web.views.review import item_name, rule_name, state_words
from jieyue.web.views.worklist import choices, class_words, form_code, period_of
from jieyue.web.words import day, enumerated, grouped, joined, judged_by, local, period_name, unit

_NOTHING, _RIGHT, _CONFLICT = ("joint_unknown",), ("not_yours",), ("joint_closed",)


def _seated(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page is for who looks at data, or reviews some forms and periods; a bounded reader sits at no meeting."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if not reads(access_of(request)):
            raise PermissionDenied
        return view(request, *args, **values)

    return needs(VIEW, *SITS, limited=True)(inner)


@_seated
def listing(request: HttpRequest) -> HttpResponse:
    """The joint reviews that the person may see."""
    access = access_of(request)
    rows = list(reviews_for(access))
    table = reviews_table(rows, _nodes(), progress_of(rows))
    table.bind(request)
    if "export" in request.GET:
        return _file(request, table)
    context = {
        "table": table,
        "may_convene": any(access.may_somewhere(verb) for verb in SITS),
    }
    return page(request, "joint", context, section="joint")


def _file(request: HttpRequest, table: Table) -> HttpResponse:
    return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)


def _nodes() -> dict[int, Any]:
    return {node.id: node for node in every_node(Tree.LINE)}


# --- Calling one ------------------------------------------------------------------------------------------


@needs(*SITS, post=True, limited=True)
def call(request: HttpRequest) -> HttpResponse:
    """What would be on the list of a body, a form and a period, and the form that calls the meeting."""
    return _called(request) if request.method == "POST" else _call(request)


def _call(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    form, period = form_code(request), period_of(request)
    span, access = Period.parse(period), access_of(request)
    line = tree_view(Tree.LINE, read_as(access.read).sequence, span.last_day)
    own = [line.nodes[one] for one in bodies_to_hold(access, form, period) if one in line.nodes]
    bodies = sorted(own, key=lambda node: (len(line.path(node.id)), node.code))
    asked = request.POST.get("body") or request.GET.get("body", "")
    body = next((node for node in bodies if node.code == asked), None)
    if body is None:
        if asked:
            raise Http404
        body = bodies[0] if bodies else None
    rows = candidates(nodes_below(body.id, span), form, span) if body else []
    counts = counted(rows)
    ticked = request.POST.getlist("kind") if wrong else KINDS
    context = {
        **choices(form, period),
        "form": form,
        "period": period,
        "bodies": [(node.code, local(node)) for node in bodies],
        "body": body,
        "body_name": local(body) if body else "",
        "total": len(rows),
        "kinds": [(one, class_words(one), counts[one], one in ticked) for one in KINDS],
        "below": _below(line, body) if body else [],
        "chosen": request.POST.getlist("only"),
        "posted": request.POST,
        "name": request.POST.get("name")
        or _("%(period)s %(form)s joint review") % {"period": period_name(period), "form": form},
        "day": request.POST.get("day") or settings.JIEYUE_HOME.today().isoformat(),
        "wrong": wrong,
    }
    return page(request, "joint_call", context, section="joint", status=status)


def _below(line: Any, body: Any) -> list[tuple[str, str]]:
    nodes = [line.nodes[one] for one in line.subtree(body.id)]
    return [(node.code, local(node)) for node in sorted(nodes, key=lambda node: node.code)]


def _called(request: HttpRequest) -> HttpResponse:
    form, period, said = form_code(request), period_of(request), request.POST
    body = next((node for node in every_node(Tree.LINE) if node.code == said.get("body", "")), None)
    if body is None:
        raise Http404
    try:
        made = convene(
            access_of(request).user, body.id, form, period, name=said.get("name", ""), day=said.get("day", ""),
            place=said.get("place", ""), attending=said.get("attending", ""), kinds=said.getlist("kind"),
            bodies=said.getlist("only"),
        )  # fmt: skip
    except RefusedError as error:
        return _refused(request, error) or _call(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("The joint review is called; its list is frozen."))
    return redirect("joint-review", made.pk)


def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse | None:
    """The answer by the kind of refusal; None where what was typed is wrong."""
    return errors.by_kind(request, error, nothing=_NOTHING, right=_RIGHT, state=_CONFLICT)


# --- One of them ------------------------------------------------------------------------------------------


@_seated
def one(request: HttpRequest, number: int) -> HttpResponse:
    """The worklist with what was said, and what the returns are now."""
    return _one(request, number)


def _one(request: HttpRequest, number: int, *, wrong: str = "", status: int = 200) -> HttpResponse:
    row = _get(request, number)
    items, nodes = items_of(row), _nodes()
    counts = counts_of(items)
    said = request.GET.get("said", "")
    if said and said not in CONCLUSIONS:
        raise Http404
    shown = [item for item in items if not said or item.conclusion == said]
    names = who([row.made_by, *(item.said_by for item in items)])
    table = worklist_table(row, shown, nodes, states_now(items), names)
    table.bind(request)
    if "export" in request.GET:
        return _file(request, table)
    holds = row.state == "open" and row.body in bodies_to_hold(access_of(request), row.form, row.period)
    context = _head(request, row, nodes, names) | {
        "table": table,
        "counts": [(one, conclusion_words(one), counts[one]) for one in CONCLUSIONS],
        "said": said,
        "total": len(items),
        "holds": holds,
        "next": next_of(row, 0) if row.state == "open" else None,
        "posted": request.POST if wrong else {},
        "wrong": wrong,
    }
    return page(request, "joint_review", context, section="joint", status=status)


def _get(request: HttpRequest, number: int) -> Any:
    row = reviews_for(access_of(request)).filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def _head(
    request: HttpRequest, row: Any, nodes: Mapping[int, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """What every page of a joint review says of it."""
    codes = {node.code: local(node) for node in nodes.values()}
    return {
        "review": row,
        "body": local(nodes[row.body]) if row.body in nodes else "",
        "period_name": period_name(row.period),
        "meeting_day": day(row.day),
        "state": state_of(row.state),
        "listed": [class_words(kind) for kind in row.kinds],
        "only": [codes.get(code, code) for code in row.bodies],
        "made_by": names.get(row.made_by, row.made_by),
    }


@needs(*SITS, post=True, limited=True)
@require_POST
def arranged(request: HttpRequest, number: int) -> HttpResponse:
    """Day, place and persons are others."""
    _get(request, number)
    said = request.POST
    try:
        arrange(
            access_of(request).user, number, day=said.get("day", ""), place=said.get("place", ""),
            attending=said.get("attending", ""),
        )  # fmt: skip
    except RefusedError as error:
        return _refused(request, error) or _one(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, _("Day, place and persons are kept."))
    return redirect("joint-review", number)


@needs(*SITS, post=True, limited=True)
@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Close it: the minutes stand."""
    _get(request, number)
    try:
        close(access_of(request).user, number, remark=request.POST.get("remark", ""))
    except RefusedError as error:
        return _refused(request, error) or _one(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, _("The joint review is closed; the minutes stand."))
    return redirect("joint-minutes", number)


# --- One return -------------------------------------------------------------------------------------------


@_seated
def item(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """One return of the list: what was found, what it is now, what was said."""
    return _item(request, number, place)


def _item(
    request: HttpRequest, number: int, place: int, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    review = _get(request, number)
    row = item_of(review, place)
    if row is None:
        raise Http404
    access, nodes, now = access_of(request), _nodes(), now_of(row)
    names = who([review.made_by, row.said_by])
    speaks = review.state == "open" and review.body in bodies_to_speak(access, review.form, review.period)
    own = access.user.get_username() in now.entered
    codes = {node.code: local(node) for node in nodes.values()}
    context = _head(request, review, nodes, names) | {
        "item": row,
        "marks": marks(row),
        "collector": codes.get(row.body, row.body),
        "findings": [_finding(line) for line in findings_of(row)],
        "conclusion": conclusion_words(row.conclusion),
        "says": [(one, conclusion_words(one)) for one in CONCLUSIONS if one != "none"],
        "said_by": names.get(row.said_by, row.said_by),
        "was": return_state(State(row.state)),
        "is_now": return_state(State(now.state)),
        "moved": now.moved,
        "speaks": speaks and not own,
        "own": speaks and own,
        "judges": any(access.may_somewhere(verb) for verb in JUDGES),
        "next": next_of(review, row.place) if review.state == "open" else None,
        "posted": request.POST if wrong else {},
        "wrong": wrong,
    }
    return page(request, "joint_item", context, section="joint", status=status)


def _finding(line: Any) -> dict[str, Any]:
    return {
        "error": line.severity == "error",
        "rule": rule_name(line),
        "item": item_name(line),
        "value": "—" if line.value is None else f"{grouped(line.value)} {unit(line.unit)}".strip(),
        "numbers": judged_by(line.numbers),
        "state": state_words(line.state),
        "explanation": line.explanation,
    }


@needs(*SITS, post=True, limited=True)
@require_POST
def say(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """Keep a conclusion and go to the next return that was not spoken of."""
    review, said = _get(request, number), request.POST
    revision = said.get("seen", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        raise Http404
    try:
        row = conclude(
            access_of(request).user, number, place, said.get("conclusion", ""), said.get("note", ""),
            seen=int(revision),
        )  # fmt: skip
    except RefusedError as error:
        words = local(error, "message")
        status = {"joint_moved": 409, "own_cell": 403}.get(error.code, 0)
        if status:  # what was typed stays, beside what was said meanwhile
            return _item(request, number, place, wrong=words, status=status)
        return _refused(request, error) or _item(request, number, place, wrong=words, status=422)
    messages.success(request, _("The conclusion on %(name)s is kept.") % {"name": row.name})
    following = next_of(review, row.place)
    return redirect("joint-item", number, following) if following else redirect("joint-review", number)


# --- The minutes ------------------------------------------------------------------------------------------


@_seated
def minutes(request: HttpRequest, number: int) -> HttpResponse:
    """The minutes, to be printed or taken as a workbook; a draft until the meeting is closed."""
    row = _get(request, number)
    items, nodes = items_of(row), _nodes()
    counts = counts_of(items)
    names = who([row.made_by, row.closed_by, *(item.said_by for item in items)])
    head = _head(request, row, nodes, names)
    lines = _lines(row, head, counts, names)
    colon = pgettext("between a label and its value", ": ")
    table = minutes_table(row, items, nodes, names, [f"{title}{colon}{text}" for title, text in lines])
    if "export" in request.GET:
        return _file(request, table.bind(request))
    context = head | {
        "table": table.bind(request),
        "lines": lines,
        "points": _points(items),
    }
    return page(request, "joint_minutes", context, section="joint")


def _lines(
    row: Any, head: Mapping[str, Any], counts: Mapping[str, int], names: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The head of the minutes: title and text."""
    listed = _("%(n)s returns on the list") % {"n": sum(counts.values())}
    numbers = [f"{conclusion_words(one)} {counts[one]}" for one in (*CONCLUSIONS[1:], CONCLUSIONS[0])]
    lines = [
        (_("Collecting body"), head["body"]),
        (_("Returns"), f"{row.form} {head['period_name']}"),
        (_("Day of the meeting"), head["meeting_day"]),
        (pgettext("of a meeting", "Place"), row.place),
        (_("Persons attending"), joined(row.attending.split("\n")) if row.attending else "—"),
        (_("On the list"), joined([*head["listed"], *head["only"]])),
        (_("Numbers"), enumerated([listed, *numbers])),
        (_("Called by"), head["made_by"]),
    ]
    if row.remark:
        lines.append((_("Other matters"), row.remark))
    if row.closed_by:
        lines += [
            (_("Closed by"), names.get(row.closed_by, row.closed_by)),
            (_("Digest of the minutes"), row.digest),
        ]
    return lines


def _points(items: Sequence[Any]) -> list[dict[str, Any]]:
    """What is left open: to be followed up, to be sent back, not spoken of."""
    return [
        {
            "name": item.name,
            "room": item.instance,
            "said": conclusion_words(item.conclusion),
            "note": item.note,
        }
        for said in ("check", "back", "none")
        for item in items
        if item.conclusion == said
    ]
