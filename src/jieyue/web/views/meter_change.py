"""A metering point is registered, changed, given another physical meter, or taken out of service, from a day on."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from jieyue.apps.exchange.profile import CLEAR
from jieyue.apps.metering.lists import last_of
from jieyue.apps.metering.outward import rows_of_point
from jieyue.apps.metering.scope import REGISTER, keeps_register
from jieyue.apps.metering.services.change_point import Change, change_point
from jieyue.apps.metering.services.close_point import Closing, close_point
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.energy_items import energy_items
from jieyue.web import meter_words as words
from jieyue.web.access import access_of, needs
from jieyue.web.page import page
from jieyue.web.words import local

#: What must stand in every row, whatever else is said.
_KEYS: Final = ("meter", "institution", "carrier", "unit")
_OF_POINT: Final = ("name", "institution", "end_use", "parent", "unit", "direction")
_OF_READ: Final = ("step_min", "rated_per_hour", "no_value")
_OF_VIRTUAL: Final = ("formula",)
_OF_METER: Final = ("serial", "multiplier", "digits", "decimals", "first_reading")


@needs(REGISTER, post=True)
def add(request: HttpRequest) -> HttpResponse:
    """A new point."""
    _keeper(request)
    if request.method != "POST":
        return _new(request, {"valid_from": _today(), "step_min": "15", "kind": "register"})
    fields = {name: text for name in _ALL if (text := request.POST.get(name, "").strip())}
    if fields.get("kind") == "virtual":
        fields = {name: text for name, text in fields.items() if name not in (*_OF_READ, *_OF_METER)}
    try:
        change = Change(fields, request.POST.get("reason", ""), is_new=True)
        number = change_point(change, actor=request.user.get_username(), by=access_of(request).user)
    except RefusedError as error:
        return _new(request, request.POST, wrong=local(error, "message"), status=422)
    messages.success(request, _("The metering point is registered."))
    return redirect("meter", number)


_ALL: Final = (*_KEYS, "kind", *_OF_POINT, *_OF_READ, *_OF_VIRTUAL, *_OF_METER, "valid_from")


def _new(
    request: HttpRequest, said: Mapping[str, Any], *, wrong: str = "", status: int = 200
) -> HttpResponse:
    context = {**_choices(), "said": said, "wrong": wrong, "kinds": words.KINDS.items(), "is_new": True}
    return page(request, "meter_new", context, section="meters", status=status)


@needs(REGISTER, post=True)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What holds of a point, another meter, or its end."""
    point = last_of(words.viewer_of(request), number)
    if point is None:
        raise Http404
    _keeper(request)
    if request.method != "POST":
        return _page(request, point)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    try:
        act(request, point)
    except RefusedError as error:
        return _page(request, point, wrong=local(error, "message"), status=422)
    messages.success(
        request, _("Stored. Where past days change, the uses are derived again, which may take some minutes.")
    )
    return redirect("meter", number)


def _keeper(request: HttpRequest) -> None:
    if not keeps_register(access_of(request).user):
        raise PermissionDenied


def _change(request: HttpRequest, point: Any) -> None:
    """What is written otherwise than it stands; a field that was emptied is cleared."""
    now = _now(point)
    fields = {name: now[name] for name in _KEYS}
    for name in _fields_of(point):
        text = request.POST.get(name, now.get(name, "")).strip()
        if text != now.get(name, ""):
            fields[name] = text or CLEAR[0]
    if point.kind == "virtual":
        fields |= {"kind": "virtual", "formula": fields.get("formula", now["formula"])}
    _store(request, fields)


def _swap(request: HttpRequest, point: Any) -> None:
    """Another meter, or a correction of the one that came on the day."""
    said = {name: request.POST.get(name, "").strip() for name in (*_OF_METER, "last_reading")}
    now = _now(point, request.POST.get("valid_from", ""))
    _store(request, {name: now[name] for name in _KEYS} | {name: text for name, text in said.items() if text})


def _store(request: HttpRequest, fields: dict[str, str]) -> None:
    fields["valid_from"] = request.POST.get("valid_from", "").strip()
    change = Change(fields, request.POST.get("reason", ""), restate="restate" in request.POST)
    change_point(change, actor=request.user.get_username(), by=access_of(request).user)


def _close(request: HttpRequest, point: Any) -> None:
    text = request.POST.get("valid_from", "").strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RefusedError(
            "close_day", zh="请填停用日，如 2026-11-05", en="say the day of closing, as 2026-11-05"
        ) from None
    last = request.POST.get("last_reading", "")
    closing = Closing(point.point_id, day, request.POST.get("reason", ""), last)
    close_point(closing, actor=request.user.get_username(), by=access_of(request).user)


_ACTS: Final[Mapping[str, Callable[[HttpRequest, Any], None]]] = {
    "change": _change,
    "swap": _swap,
    "close": _close,
}


def _fields_of(point: Any) -> tuple[str, ...]:
    return _OF_POINT + (_OF_VIRTUAL if point.kind == "virtual" else _OF_READ)


def _now(point: Any, day: str = "") -> dict[str, str]:
    """What holds of the point last, or on a day, as a file of meters writes it."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        on = settings.JIEYUE_HOME.today()
    rows = rows_of_point(point.point_id, on)
    there = [row for row in rows if not day or row["valid_from"] <= day]
    return there[-1] if there else rows[0]


def _page(request: HttpRequest, point: Any, *, wrong: str = "", status: int = 200) -> HttpResponse:
    now, said, act = _now(point), request.POST, request.POST.get("act", "")
    context = {
        **_choices(),
        "point": point,
        "now": now,
        "said": {
            name: said.get(name, now.get(name, "")) if act == "change" else now.get(name, "") for name in _ALL
        }
        | {"valid_from": said.get("valid_from", "") if act == "change" else _today()},
        "swap": said if act == "swap" else {"valid_from": _today()},
        "close": said if act == "close" else {"valid_from": _today()},
        "reason": {name: said.get("reason", "") if act == name else "" for name in _ACTS},
        "act": act,
        "is_virtual": point.kind == "virtual",
        "closed": point.valid_to if point.valid_to.year < _NEVER else None,
        "wrong": wrong,
    }
    return page(request, "meter_change", context, section="meters", status=status)


_NEVER: Final = 9000


def _choices() -> dict[str, Any]:
    return {
        "carriers": [(code, words.carrier_words(code)) for code in home_catalog().carriers],
        "end_uses": [(code, words.end_use_words(code)) for code in energy_items()],
        "directions": [("import", _("in")), ("export", _("out (counts against it)"))],
    }


def _today() -> str:
    return settings.JIEYUE_HOME.today().isoformat()
