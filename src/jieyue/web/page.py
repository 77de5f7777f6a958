"""Every page is made here: the frame around it, so that no view forgets a part of it."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.identity.roles import ROLES
from jieyue.apps.publication.queries import published_at
from jieyue.apps.publication.rules import home_plan, overlay_refused
from jieyue.web.access import Access, access_of
from jieyue.web.appearance import appearance_of
from jieyue.web.help import ERROR, help_of
from jieyue.web.navigation import bar
from jieyue.web.saved_views import views_of
from jieyue.web.selection import Selection
from jieyue.web.words import day, factor_set_name, joined, local

#: Who is told on every page that the overlay is not in force.
_TOLD = frozenset({"city_admin", "system_admin"})


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    section: str = "",
    selection: Selection | None = None,
    status: int = 200,
) -> HttpResponse:
    """A whole page: navigation by duty, the picker if the page has a selection, the foot that names S and method.

    section: the code of the page's part in `navigation.SECTIONS`.
    """
    frame = frame_of(request, section) | {"selection": selection}
    if template == ERROR:
        frame["help"] = help_of(ERROR)
    if selection is not None:
        frame["foot"] = foot_of(selection)
        if frame["access"]:
            access = frame["access"]
            frame["views"] = SimpleLazyObject(lambda: views_of(request, access))  # not every strip has them
    return render(request, f"pages/{template}.html", {**frame, **(context or {})}, status=status)


def frame_of(request: HttpRequest, section: str = "") -> dict[str, Any]:
    """What stands around every page."""
    signed_in = hasattr(request, "user") and request.user.is_authenticated
    access = access_of(request) if signed_in else None
    home = settings.JIEYUE_HOME
    return {
        "authority": authority_name(),
        "synthetic": home.synthetic,
        "bar": bar(request, access, section) if access else None,
        "access": access,
        "role_names": role_names(access) if access else "",
        "languages": settings.LANGUAGES,
        "appearance": appearance_of(request),
        "overlay_refused": overlay_refused() if access and set(access.roles) & _TOLD else "",
        "help": help_of(request.resolver_match.url_name or ERROR if request.resolver_match else ERROR),
    }


def authority_name() -> str:
    """Whose home this is; a sample's is an invented city."""
    return _("Example City") if settings.JIEYUE_HOME.synthetic else local(home_plan(), "authority")


def role_names(access: Access) -> str:
    """The person's roles in words, at most three."""
    names = [local(ROLES[role]) for role in access.roles]
    return joined(names[:3]) + ("…" if len(names) > 3 else "")


def foot_of(selection: Selection) -> list[tuple[str, str]]:
    """Data as of, publication, boundaries, method, electricity factor: what all numbers of the page share."""
    choice = MethodChoice.of_plan(home_plan())
    return [
        (_("Data as of"), as_of_words(selection.sequence)),
        *_day_asked(selection),
        (_("Boundaries"), day(selection.day)),
        (_("Method"), local(home_plan())),
        (_("Factor set"), factor_set_name(choice.factor_set)),
        (_("Electricity factor"), electricity_words(choice)),
        (_("Vehicle boundary"), vehicle_words(choice.vehicle_boundary)),
    ]


def _day_asked(selection: Selection) -> list[tuple[str, str]]:
    if not selection.as_of:
        return []
    return [(_("Only what was published by the end of"), day(date.fromisoformat(selection.as_of)))]


def as_of_words(sequence: int) -> str:
    """The instant and the number of publication S; nothing was published before the first."""
    at = _published_at(str(settings.JIEYUE_HOME.path), sequence)
    if at is None:
        return _("nothing published yet")
    text = localtime(at).strftime("%Y-%m-%d %H:%M")
    return _("%(time)s (publication %(number)s)") % {"time": text, "number": sequence}


@lru_cache(maxsize=64)
def _published_at(home: str, sequence: int) -> datetime | None:
    return published_at(sequence)


def electricity_words(choice: MethodChoice) -> str:
    """Which electricity factor the method takes, in words."""
    if not choice.factor_set:
        return _("none named")
    if choice.electricity_factor == "set":
        return _("the one inside the factor set")
    if choice.electricity_factor == "of-year":
        return _("the published one of the figure's year")
    return choice.electricity_factor


def vehicle_words(boundary: str) -> str:
    """The boundary of building energy in words."""
    words = {
        "all_oil": _("all petrol and diesel count as vehicles"),
        "official_vehicles": _("official vehicles only"),
    }
    return words.get(boundary, boundary)
