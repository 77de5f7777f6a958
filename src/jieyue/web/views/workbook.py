"""The workbook of a body or an institution: taken out prefilled, brought back as drafts, with what is wrong by cell."""

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.annotate import annotated
from jieyue.apps.exchange.kept import kept_path
from jieyue.apps.exchange.limits import DEFAULT
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.identity.scope import limited_verbs
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import institutions_for, seen_of
from jieyue.apps.returns import template as book
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.rooms import by_room
from jieyue.apps.review.services.take_workbook import Taken, take_workbook
from jieyue.apps.trees.queries import UNIT, Tree, all_memberships
from jieyue.domain.period import Period, PeriodError
from jieyue.web import errors
from jieyue.web.access import access_of, needs
from jieyue.web.file_findings import findings_context
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.too_large import STATUS, TABLE, too_large
from jieyue.web.words import is_chinese, local, period_name

KIND = "entry"
#: How many periods of each kind may be chosen.
_LATELY = {"M": 13, "Q": 5, "Y": 2, "H": 2}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _chosen(request: HttpRequest) -> tuple[str, Period]:
    """The form and the period that are asked for. Raises Http404."""
    asked = request.POST if request.method == "POST" else request.GET
    usual = _usual(request)
    form = asked.get("form", usual[0])
    try:
        period = Period.parse(asked.get("period") or usual[1])
    except PeriodError as error:
        raise Http404 from error
    known = home_catalog().forms
    if form not in forms() or period.kind_letter not in known[form].periods:
        raise Http404
    if not _may_enter(request, form, str(period)):
        raise PermissionDenied
    return form, period


def _may_enter(request: HttpRequest, form: str, period: str) -> bool:
    """Whether the person enters returns of the form and period somewhere, by a limited grant too."""
    return access_of(request).asked(form, period).may("enter")


def _usual(request: HttpRequest) -> tuple[str, str]:
    """The form and period of who asks for none: of who enters by limited grants only, the first of these."""
    access, found = access_of(request), ("NY201", collecting_month())
    if access.may("enter") or access.read is None:
        return found
    for grant in access.read.grants:
        if "enter" in limited_verbs(grant):
            return (grant.forms or found[:1])[0], (grant.periods or found[1:])[0]
    return found


@needs("enter", limited=True)
def workbook(request: HttpRequest) -> HttpResponse:
    """Take the workbook out, or bring it back."""
    form, period = _chosen(request)
    if "download" in request.GET:
        return _download(request, form, period)
    return _page(request, form, period)


def _page(
    request: HttpRequest, form: str, period: Period, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    filed = book.filed(form, period, _filers(request, form, period))
    mine = exchange.batches(20, kinds=[KIND], by=request.user.get_username())
    context = {
        "form": form,
        "period": str(period),
        "periods": [(str(each), period_name(str(each))) for each in _periods(form, period)],
        "forms": [(code, f"{code} {local(home_catalog().forms[code])}") for code in sorted(forms())],
        "institutions": len({number for number, _room in filed}),
        "rooms": len(filed) if by_room(form) else None,
        "batches": [
            {"row": row, "period": period_name(row.period), "state": state_words(row.state)} for row in mine
        ],
        "wrong": wrong,
    }
    return page(request, "workbook", context, section="workbook", status=status)


def _periods(form: str, chosen: Period) -> list[Period]:
    """Periods that may be asked for: those of the form that run or ended lately, the newest first."""
    today = settings.JIEYUE_HOME.today()
    newest = {"M": f"{today:%Y-%m}", "Q": f"{today.year}-Q{(today.month + 2) // 3}", "Y": str(today.year)}
    newest["H"] = f"{today.year}-HS"
    found = [chosen]
    for kind in home_catalog().forms[form].periods:
        each = Period.parse(newest[kind])
        for _number in range(_LATELY[kind]):
            if each.start <= today:
                found.append(each)
            each = each.previous()
    return list(dict.fromkeys(sorted(found, key=lambda each: (each.kind_letter, each.start), reverse=True)))


def _filers(request: HttpRequest, form: str, period: Period) -> list[int]:
    """Institutions that owe a return by themselves, where the person may enter."""
    day = period.last_day
    units, line = all_memberships(UNIT, day), all_memberships(Tree.LINE, day)
    # Rights are those of today, on the line of the period's last day.
    access = access_of(request).asked(form, str(period))
    own = institutions_for(access.user, day, verb="enter", read=access.read).values_list("pk", flat=True)
    return sorted(number for number in own if units.get(number, number) == number and number in line)


def _reads(request: HttpRequest, form: str) -> Callable[[Period], Collection[int]] | None:
    """Whose numbers of another period may stand beside; None: of all, for nothing that the person holds is limited."""
    access = access_of(request)
    seen = None if access.read is None else seen_of(access.user, access.read)
    return None if seen is None else lambda period: seen(form, str(period))


def _download(request: HttpRequest, form: str, period: Period) -> HttpResponse:
    filers = _filers(request, form, period)
    rows = book.lines(form, period, filers, _reads(request, form))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "book.xlsx"
        book.write(file, form, period, rows, book.left_out(form, period, filers))
        response = HttpResponse(file.read_bytes(), content_type=_XLSX)
    mark = f"-{_('sample data')}" if settings.JIEYUE_HOME.synthetic else ""
    response["Content-Disposition"] = content_disposition_header(
        True, f"{form}-{period}-{_('to fill in')}{mark}.xlsx"
    )
    return response


@needs("enter", post=True, limited=True)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Read the workbook; nothing is entered before it is confirmed."""
    form, period = _chosen(request)
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return _page(request, form, period, wrong=_("Choose one file."), status=422)
    file = files[0]
    if wrong := too_large(file, DEFAULT.workbook_bytes, TABLE):
        return _page(request, form, period, wrong=wrong, status=STATUS)
    content, name = file.read(), file.name or "file"
    actor = request.user.get_username()
    taken = _take(request, content, name, form, str(period), dry_run=True)
    batch = stage_file(content, name, kind=KIND, actor=actor, form=form, period=str(period))
    close_batch(batch, taken.result, actor=actor)
    return redirect("workbook-preview", batch.pk)


def _take(request: HttpRequest, content: bytes, name: str, form: str, period: str, **how: Any) -> Taken:
    return take_workbook(content, name, user=access_of(request).user, form=form, period=period, **how)


def _batch(request: HttpRequest, number: int) -> Any:
    """The person's own workbook, as long as he may enter such returns."""
    row = exchange.batch(number)
    if row is None or row.kind != KIND or row.by != request.user.get_username():
        raise Http404
    if not _may_enter(request, row.form, row.period):
        raise Http404
    return row


def _again(request: HttpRequest, row: Any, **how: Any) -> tuple[bytes, Taken]:
    content = kept_path(row.sha256).read_bytes()
    return content, _take(request, content, row.file_name, row.form, row.period, **how)


@needs("enter", limited=True)
def preview(request: HttpRequest, batch: int) -> HttpResponse:
    """What the workbook would change or has changed, and what is wrong with it, cell by cell."""
    row = _batch(request, batch)
    context = findings_context(request, row.findings) | {
        "batch": row,
        "period_name": period_name(row.period),
        "state": state_words(row.state),
        "may_store": row.state in ("checked", "refused") and row.accepted,
    }
    return page(request, "workbook_preview", context, section="workbook")


@needs("enter", limited=True)
def marked(request: HttpRequest, batch: int) -> HttpResponse:
    """The same workbook with marked cells; of a long one only the rows with something to mend."""
    row = _batch(request, batch)
    content, taken = _again(request, row, dry_run=True)
    book_ = annotated(taken.content, content, taken.result, language="zh" if is_chinese() else "en")
    response = HttpResponse(book_, content_type=_XLSX)
    name = f"{row.file_name.rpartition('.')[0] or row.file_name}-{_('marked')}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@needs("enter", post=True, limited=True)
@require_POST
def confirm(request: HttpRequest, batch: int) -> HttpResponse:
    """Enter what was previewed, as drafts."""
    row = _batch(request, batch)
    if row.state not in ("checked", "refused"):
        already = RefusedError("state", zh="这个批次已经存入", en="this batch is stored already")
        return errors.conflict(request, already)
    actor = request.user.get_username()
    try:
        _content, taken = _again(
            request,
            row,
            valid_rows_only=request.POST.get("valid_rows_only") == "yes",
            close=lambda result: close_batch(row, result, actor=actor) and None,
        )
    except RefusedError as error:
        return errors.conflict(request, error)
    if taken.result.applied:
        messages.success(request, _("Entered as drafts. Check them and submit them one by one."))
    return redirect("workbook-preview", batch)


def state_words(state: str) -> str:
    """A workbook's state in words."""
    return {
        "staged": _("brought, not read"),
        "checked": _("checked, not entered"),
        "applied": _("entered as drafts"),
        "refused": _("with errors, not entered"),
    }.get(state, state)
