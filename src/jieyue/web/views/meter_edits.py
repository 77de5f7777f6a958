"""Manual edits of one metering point: who said what and why, the form that says something, and the withdrawal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.metering.edits import EditRow, edits
from jieyue.apps.metering.lists import PointInfo, point_of
from jieyue.apps.metering.months import offset_seconds
from jieyue.apps.metering.scope import EDIT, days_of, may_edit
from jieyue.apps.metering.services.edit_reading import Edit, day_of, edit_reading
from jieyue.apps.metering.services.withdraw_edit import withdraw_edit
from jieyue.apps.publication.errors import RefusedError
from jieyue.web import meter_words as words
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.words import grouped, local

_AT = "%Y-%m-%dT%H:%M"


@needs(VIEW, post=True)
def listing(request: HttpRequest, number: int) -> HttpResponse:
    """The edits of a point; a form makes one more."""
    info = _point(request, number)
    if request.method != "POST":
        return _page(request, info)
    try:
        edit_reading(
            _said(number, request.POST), actor=request.user.get_username(), by=access_of(request).user
        )
    except RefusedError as error:
        if error.code == "edit_not_yours":
            raise PermissionDenied from error
        return _page(request, info, wrong=local(error, "message"), status=422)
    messages.success(
        request, _("The edit is stored; the uses are being derived again, which may take some minutes.")
    )
    return redirect("meter-edits", number)


@needs(EDIT, post=True)
@require_POST
def withdraw(request: HttpRequest, number: int, edit: int) -> HttpResponse:
    """An edit no longer holds; it stays on record."""
    info = _point(request, number)
    reason, actor = request.POST.get("reason", ""), request.user.get_username()
    try:
        withdraw_edit(edit, reason, actor=actor, by=access_of(request).user, point=number)
    except RefusedError as error:
        if error.code == "edit_not_yours":
            raise PermissionDenied from error
        return _page(request, info, wrong=local(error, "message"), status=422)
    messages.success(
        request, _("The edit is withdrawn; the uses are being derived again, which may take some minutes.")
    )
    return redirect("meter-edits", number)


def _point(request: HttpRequest, number: int) -> PointInfo:
    info = point_of(words.viewer_of(request), number)
    if info is None:
        raise Http404
    return info


def _page(request: HttpRequest, info: PointInfo, *, wrong: str = "", status: int = 200) -> HttpResponse:
    days = days_of(list(info.versions))
    shown = [row for row in edits([info.id]) if _is_within(row, days)]
    access = access_of(request)
    context = {
        "info": info,
        "rows": [_shown(row) for row in shown],
        "persons": who([one.actor for row in shown for one in (row.edit, row.end) if one is not None]),
        "kinds": words.EDITS.items(),
        "may": access.may(EDIT) and may_edit(access.user, info.id, info.now.valid_from, info.now.valid_from),
        "said": request.POST,
        "wrong": wrong,
    }
    return page(request, "meter_edits", context, section="meters", status=status)


def _is_within(row: EditRow, days: Sequence[tuple[date, date]]) -> bool:
    """Whether an edit speaks of days on which the point was the person's to see."""
    return any(first <= day_of(row.edit.begins) < end for first, end in days)


def _shown(row: EditRow) -> dict[str, Any]:
    edit, end = row.edit, row.end
    said: list[tuple[str, Any]] = [
        (_("use"), edit.use), (_("showed last"), edit.last), (_("showed first"), edit.first),
    ]  # fmt: skip
    numbers = [(title, grouped(f"{value.normalize():f}")) for title, value in said if value is not None]
    return {
        "number": edit.pk,
        "kind": str(words.EDITS[edit.kind]),
        "begins": words.moment(edit.begins),
        "ends": words.moment(edit.ends) if edit.ends != edit.begins else "",
        "numbers": numbers,
        "reason": edit.reason,
        "actor": edit.actor,
        "at": localtime(edit.at),
        "end": end,
        "end_at": localtime(end.at) if end else None,
        "applied": row.applied,
    }


def _said(number: int, said: Mapping[str, str]) -> Edit:
    begins = _instant(said.get("begins", ""))
    ends = _instant(said["ends"]) if said.get("ends") else begins
    use, first, last = (_number(said.get(name, "")) for name in ("use", "first", "last"))
    return Edit(number, said.get("kind", ""), begins, ends, said.get("reason", ""), use, first, last)


def _instant(text: str) -> int:
    """What a field of date and time says, by the authority's clock."""
    try:
        found = datetime.strptime(text[:16], _AT).replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError(
            "edit_time", zh="请填起始时刻，如 2026-11-05 08:00", en="say when it begins, as 2026-11-05 08:00"
        ) from None
    return int(found.timestamp()) - offset_seconds()


def _number(text: str) -> Decimal | None:
    cleaned = text.strip().replace(",", "")
    if not cleaned:
        return None
    try:
        return Decimal(cleaned)
    except InvalidOperation:
        raise RefusedError("edit_number", zh=f"{text} 不是数", en=f"{text} is no number") from None
