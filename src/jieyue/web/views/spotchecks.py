"""Spot checks 抽查: the list with the form that draws one, one check with its institutions, one institution's cells."""

from collections.abc import Mapping, Sequence
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
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.spotchecks.coverage import Coverage, coverage_of
from jieyue.apps.spotchecks.queries import cells_of, item_of, items_of, progress_of, version_of
from jieyue.apps.spotchecks.scope import CHECKS, bodies_to_check, checks_for
from jieyue.apps.spotchecks.services.draw import draw_check
from jieyue.apps.spotchecks.services.look import Said, close, look
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, every_node
from jieyue.catalog.form_sheet import form_sheet
from jieyue.domain.period import Period
from jieyue.domain.spot_check import STRATA
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.worklist import account_form, period_choices, period_of
from jieyue.web.words import grouped, local, percent, period_name, unit

_RIGHT, _NOTHING = ("not_yours", "own_cell"), ("spot_unknown",)
_CONFLICT = ("spot_closed", "return_moved")


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The spot checks that the person may see, and the form that draws one."""
    return _listing(request)


def _listing(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    period = period_of(request)
    access = access_of(request)
    rows = list(checks_for(access).defer("frame"))
    nodes = every_node(Tree.LINE)
    table = _checks(rows, {node.id: local(node) for node in nodes})
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    last = Period.parse(period).last_day
    line = tree_view(Tree.LINE, read_as(access.read).sequence, last)
    bodies = [line.nodes[one] for one in bodies_to_check(read_as(access.read), last) if one in line.nodes]
    ordered = sorted(bodies, key=lambda node: (len(line.path(node.id)), node.code))
    year = settings.JIEYUE_HOME.today().year - 1
    read = read_as(access.read)
    seen = None if access.whole else bodies_for(read, VIEW)
    covered = coverage_of(account_form(), last.year, seen, nodes=nodes, sequence=read.sequence)
    context = {
        "table": table,
        "coverage": coverage_table(covered, last.year),
        "period": period,
        "periods": [*period_choices(account_form(), period), (str(year), period_name(str(year)))],
        "bodies": [(node.code, local(node)) for node in ordered],
        "methods": [("risk", method_words("risk")), ("random", method_words("random"))],
        "strata": [(code, strata_words(code)) for code in STRATA],
        "posted": request.POST,
        "wrong": wrong,
    }
    return page(request, "spotchecks", context, section="spotchecks", status=status)


def coverage_table(found: Sequence[Coverage], year: int) -> Table:
    """Of each body how many were looked at in the year, against the least share of rule D02."""
    return Table(
        caption=_("Coverage of %(year)s") % {"year": year},
        columns=[
            Column("body", _("Collecting body"), sortable=False),
            Column("institutions", _("Institutions"), number=True, sortable=False),
            Column("drawn", _("Institutions drawn"), number=True, sortable=False),
            Column("looked", _("Looked at"), number=True, sortable=False),
            Column("needed", _("At least"), number=True, sortable=False),
            Column("met", _("Enough"), sortable=False),
        ],
        rows=[_coverage(one) for one in found],
        name=f"coverage-{year}",
        page_size=max(1, len(found)),
        empty=_("No body collects this form."),
    )


def _coverage(one: Coverage) -> Row:
    counts = (one.institutions, one.drawn, one.looked, one.needed)
    words = _("enough") if one.met else _("%(n)s short") % {"n": one.needed - one.looked}
    return Row(
        (
            Cell(local(one.body), one.body.code, heading=True),
            *(Cell(f"{count:,}", count, number=True) for count in counts),
            Cell(words, one.met),
        )
    )


def method_words(method: str) -> str:
    """How a sample is drawn, in words."""
    return {"risk": _("by risk"), "random": _("at random")}[method]


def strata_words(strata: str) -> str:
    """By what the list is divided, in words."""
    return {"body": _("collecting body"), "type": _("collecting body and type")}[strata]


def _checks(rows: Sequence[Any], names: Mapping[int, str]) -> Table:
    counts = progress_of(list(rows))
    return Table(
        caption=_("Spot checks"),
        columns=[
            Column("id", _("Spot check")),
            Column("period", _("Period")),
            Column("body", _("Collecting body")),
            Column("method", _("Drawn")),
            Column("drawn", _("Institutions drawn"), number=True),
            Column("looked", _("Looked at"), number=True),
            Column("differ", _("Differ"), number=True),
            Column("state", _("State")),
            Column("score", _("Quality score"), number=True),
        ],
        rows=[_check(row, names.get(row.body, ""), counts[row.pk]) for row in rows],
        name="spotchecks",
        empty=_("No spot check was drawn yet."),
    )


def _check(row: Any, body: str, counts: tuple[int, int, int]) -> Row:
    title = _("No. %(number)s") % {"number": row.pk}
    value = row.scores.get("*", {}).get("value")
    return Row(
        (
            Cell(title, row.pk, href=reverse("spotcheck", args=[row.pk]), heading=True),
            Cell(f"{row.form} {period_name(row.period)}", row.period),
            Cell(body, body),
            Cell(method_words(row.method), row.method),
            *(Cell(f"{count:,}", count, number=True) for count in counts),
            Cell(state_words(row.state), row.state),
            _score_cell(value),
        )
    )


def _score_cell(value: str | None) -> Cell:
    if value is None:
        return Cell("—", None, missing=True, number=True)
    return Cell(percent(value), float(value), number=True)


def state_words(state: str) -> str:
    """State of a check, outcome of an institution, in words."""
    return {
        "open": _("under way"),
        "closed": pgettext("a spot check", "closed"),
        "none": _("not looked at"),
        "agrees": _("agrees"),
        "differs": _("differs"),
    }[state]


@needs(*CHECKS, post=True)
@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a sample."""
    period, said = period_of(request), request.POST
    body = next((node for node in every_node(Tree.LINE) if node.code == said.get("body", "")), None)
    if body is None:
        raise Http404
    percentage = said.get("share", "").strip().rstrip("%％")
    try:
        made = draw_check(
            access_of(request).user, body.id, account_form(), period, method=said.get("method", ""),
            share=f"{percentage}e-2", seed=said.get("seed", ""), strata=said.get("strata", "body"),
        )  # fmt: skip
    except RefusedError as error:
        return _refused(request, error) or _listing(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("The sample was drawn."))
    return redirect("spotcheck", made.pk)


def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse | None:
    """The answer by the kind of refusal; None where what was typed is wrong."""
    return errors.by_kind(request, error, nothing=_NOTHING, right=_RIGHT, state=_CONFLICT)


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One check: how it was drawn, its institutions, the scores when it is closed."""
    return _one(request, number)


def _one(request: HttpRequest, number: int, *, wrong: str = "", status: int = 200) -> HttpResponse:
    row = _get(request, number)
    nodes = {node.code: local(node) for node in every_node(Tree.LINE)}
    body = next(local(node) for node in every_node(Tree.LINE) if node.id == row.body)
    table = _items(row, nodes)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    ((drawn, looked, differing),) = progress_of([row]).values()
    context = {
        "check": row,
        "period_name": period_name(row.period),
        "body": body,
        "method": method_words(row.method),
        "share": percent(row.share),
        "strata": strata_words(row.strata),
        "state": state_words(row.state),
        "table": table,
        "drawn": drawn,
        "looked": looked,
        "differing": differing,
        "scores": [
            {"name": _("All") if code == "*" else nodes.get(code, code), **score, "percent": percent(score["value"])}
            for code, score in sorted(row.scores.items())
        ],
        "made_by": _name(row.made_by),
        "closed_by": _name(row.closed_by),
        "may_close": row.state == "open" and _works(request, row),
        "tolerance": percent(row.weights["tolerance"]),
        "wrong": wrong,
    }  # fmt: skip
    return page(request, "spotcheck", context, section="spotchecks", status=status)


def _name(username: str) -> str:
    return who([username]).get(username, username) if username else ""


def _get(request: HttpRequest, number: int) -> Any:
    row = checks_for(access_of(request)).filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def _works(request: HttpRequest, row: Any) -> bool:
    read = read_as(access_of(request).read)
    return row.body in bodies_to_check(read, Period.parse(row.period).last_day)


def _kind(code: str) -> Cell:
    """The type of a stratum by its name; a dash where none is said."""
    known = home_catalog().types.get(code)
    return Cell(local(known) if known else "—", code, missing=known is None)


def _items(row: Any, nodes: Mapping[str, str]) -> Table:
    return Table(
        caption=_("Institutions drawn"),
        columns=[
            Column("name", _("Institution")),
            Column("code", _("Code")),
            Column("stratum", _("Collecting body")),
            *([Column("type", _("Type"))] if row.strata == "type" else []),
            Column("weight", _("Risk weight"), number=True),
            Column("outcome", _("Outcome")),
            Column("correction", _("To be mended")),
        ],
        rows=[
            Row(
                (
                    Cell(name, name, href=reverse("spotcheck-item", args=[row.pk, item.pk]), heading=True),
                    Cell(code, code),
                    Cell(nodes.get(item.stratum, item.stratum), item.stratum),
                    *([_kind(item.kind)] if row.strata == "type" else []),
                    Cell(item.weight, float(item.weight), number=True),
                    Cell(state_words(item.outcome), state_words(item.outcome)),
                    Cell(item.correction or "—", item.correction or None, missing=not item.correction),
                )
            )
            for item, code, name in items_of(row)
        ],
        name=f"spotcheck-{row.pk}",
        empty=_("Nobody."),
        notes=[
            _("Seed %(seed)s, digest of the list %(digest)s.")
            % {"seed": row.seed, "digest": row.frame_digest}
        ],
    )


@needs(*CHECKS, post=True)
@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Close a check."""
    _get(request, number)
    try:
        close(access_of(request).user, number)
    except RefusedError as error:
        return _refused(request, error) or _one(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, _("The check is closed; its scores are kept."))
    return redirect("spotcheck", number)


@needs(VIEW)
def item(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """One institution's cells: as reported, as found, by which paper."""
    return _item(request, number, place)


def _item(
    request: HttpRequest, number: int, place: int, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    check = _get(request, number)
    row = item_of(check, place)
    if row is None:
        raise Http404
    code, name = next((code, name) for one, code, name in items_of(check) if one.pk == place)
    version = version_of(row.subject, check.form, check.period)
    works = check.state == "open" and _works(request, check)
    known = {cell.item: cell for cell in cells_of(row)}
    own = version is not None and access_of(request).user.get_username() in version.entered
    moved = bool(row.version_digest) and version is not None and version.digest != row.version_digest
    context = {
        "check": check,
        "item": row,
        "code": code,
        "name": name,
        "period_name": period_name(check.period),
        "outcome": state_words(row.outcome),
        "by": _name(row.looked_by),
        "version": version,
        "may_look": works and version is not None and not own,
        "own": own,
        "moved": moved,
        "lines": _lines(check, known, version, request.POST if wrong else {}, every=works),
        "posted": request.POST if wrong else {},
        "judges": any(access_of(request).may(verb) for verb in CHECKS),
        "wrong": wrong,
    }
    return page(request, "spotcheck_item", context, section="spotchecks", status=status)


def _lines(
    check: Any, known: Mapping[str, Any], version: Any, posted: Mapping[str, Any], *, every: bool
) -> list[dict[str, Any]]:
    """The lines of the form that have a number; who looks may find one where none was reported."""
    scheme = home_catalog().scheme_on(Period.parse(check.period).last_day).code
    reported = version.cells if version else {}
    found = []
    for line in form_sheet(home_catalog(), check.form, scheme).lines:
        cell, now = known.get(line.code), reported.get(line.code)
        if cell is None and not every:
            continue
        said = cell.reported if cell is not None and not every else None if now is None else f"{now:f}"
        found.append(
            {
                "code": line.code,
                "name": local(line.item),
                "depth": line.depth,
                "unit": unit(line.item.unit) if line.item.unit else "",
                "reported": grouped(said),
                "found": posted.get(f"found-{line.code}", (cell.found or "") if cell else ""),
                "shown": grouped(cell.found if cell else None),
                "evidence": posted.get(f"evidence-{line.code}", cell.evidence if cell else ""),
                "outcome": "" if cell is None else state_words("agrees" if cell.agrees else "differs"),
                "differs": cell is not None and not cell.agrees,
                "empty": now is None and cell is None,
            }
        )
    return [*(line for line in found if not line["empty"]), *(line for line in found if line["empty"])]


@needs(*CHECKS, post=True)
@require_POST
def record(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """Keep what was found. A line counts as looked at if its paper is named."""
    if item_of(_get(request, number), place) is None:
        raise Http404
    posted = {key: str(text).strip() for key, text in request.POST.items()}
    codes = [key.partition("-")[2] for key in posted if key.startswith("evidence-")]
    said = [
        Said(code, posted.get(f"found-{code}", ""), posted[f"evidence-{code}"])
        for code in codes
        if posted[f"evidence-{code}"]
    ]
    loose = [
        key
        for key, text in posted.items()
        if key.startswith("found-") and text and not posted.get(f"evidence-{key.partition('-')[2]}")
    ]
    if loose:
        return _item(request, number, place, wrong=_("Name the paper for each number found."), status=422)
    try:
        look(
            access_of(request).user, place, said, seen=request.POST.get("seen", ""),
            remark=request.POST.get("remark", ""), correction=request.POST.get("correction", ""),
        )  # fmt: skip
    except RefusedError as error:
        words = local(error, "message")
        status = 409 if error.code in _CONFLICT else 403 if error.code == "own_cell" else 0
        if status:  # nothing of thirty cells that were typed is lost: the page says what has happened
            return _item(request, number, place, wrong=words, status=status)
        return _refused(request, error) or _item(request, number, place, wrong=words, status=422)
    messages.success(request, _("What was found is kept."))
    return redirect("spotcheck", number)
