"""Words of the meters' pages: states, qualities, verdicts, work items; months, instants, and who looks."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from jieyue.apps.metering.months import offset_seconds, second_of
from jieyue.apps.metering.scope import Viewer
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.energy_items import energy_items
from jieyue.domain.readings import Work
from jieyue.web.access import access_of
from jieyue.web.words import grouped, local, period_name, unit

STATES: dict[str, str | Promise] = {
    "silent": gettext_lazy("Silent"),
    "stuck": gettext_lazy("Stands still"),
    "unbalanced": gettext_lazy("Out of balance"),
    "unjudged": gettext_lazy("Balance cannot be judged"),
    "incomplete": gettext_lazy("Incomplete"),
    "open": gettext_lazy("To look at"),
}
QUALITIES: dict[str, str | Promise] = {
    "measured": pgettext_lazy("quality", "Measured"),
    "calculated": pgettext_lazy("quality", "Calculated"),
    "estimated": pgettext_lazy("quality", "Estimated"),
    "manual": pgettext_lazy("quality", "Set by a person"),
    "suspect": pgettext_lazy("quality", "Suspect"),
    "missing": pgettext_lazy("quality", "Missing"),
}
VERDICTS: dict[str, str | Promise] = {
    "good": pgettext_lazy("verdict", "Good"),
    "duplicate": pgettext_lazy("verdict", "Repeated"),
    "conflict": pgettext_lazy("verdict", "Two values for one instant"),
    "bad:no_value": pgettext_lazy("verdict", "Stands for no value"),
    "bad:range": pgettext_lazy("verdict", "Outside the register"),
    "bad:dip": pgettext_lazy("verdict", "Fell and came back"),
    "bad:spike": pgettext_lazy("verdict", "Rose and came back"),
    "bad:bound": pgettext_lazy("verdict", "More than can flow"),
    "bad:unconfirmed": pgettext_lazy("verdict", "Not confirmed by what follows"),
    "bad:excluded": pgettext_lazy("verdict", "Set aside by a person"),
    "bad:no_meter": pgettext_lazy("verdict", "No meter on record then"),
    "bad:stuck": pgettext_lazy("verdict", "Repeated while silent"),
}
WORK: dict[str, str | Promise] = {
    Work.RESET.name.lower(): gettext_lazy("Began anew without a record"),
    Work.UNCONFIRMED.name.lower(): gettext_lazy("A jump that nothing confirms"),
    Work.FLAT.name.lower(): gettext_lazy("Stands still"),
    Work.LARGE.name.lower(): gettext_lazy("A reading too large to be a use"),
    Work.CONFLICT.name.lower(): gettext_lazy("Two values for one instant"),
    Work.SILENCE.name.lower(): gettext_lazy("Silent for weeks: its use is not known"),
}
EDITS: dict[str, str | Promise] = {
    "exclude": gettext_lazy("Set readings aside"),
    "use": gettext_lazy("Set the use of a span"),
    "swap": gettext_lazy("Declare a change of the meter"),
    "reset": gettext_lazy("Confirm that it began anew"),
}
BALANCE: dict[str, str | Promise] = {
    "good": gettext_lazy("Balanced"),
    "wrong": gettext_lazy("Out of balance"),
    "unknown": gettext_lazy("Cannot be judged"),
}
CALIBRATION: dict[str, str | Promise] = {
    "overdue": gettext_lazy("Overdue for calibration"),
    "soon": gettext_lazy("Due soon"),
    "never": gettext_lazy("No calibration on record"),
    "unknown": gettext_lazy("No due day known"),
    "valid": gettext_lazy("Valid"),
}
EQUIPPING: dict[str, str | Promise] = {
    "water1": gettext_lazy("Water, level 1"),
    "water2": gettext_lazy("Water, level 2"),
    "water3": gettext_lazy("Water, level 3"),
    "water": gettext_lazy("Water, all levels"),
    "system": gettext_lazy("Sub-items of key systems and parts"),
}
PUBLISHING: dict[str, str | Promise] = {
    "ready": gettext_lazy("Ready"),
    "incomplete": pgettext_lazy("publication", "Not complete"),
    "changed": gettext_lazy("Changed since it was published"),
    "gone": gettext_lazy("Published, and no more there"),
    "published": gettext_lazy("Published"),
}
SOURCES: dict[str, str | Promise] = {
    "live": pgettext_lazy("source of readings", "pushed by a program"),
    "backlog": pgettext_lazy("source of readings", "sent later by a program"),
    "file": pgettext_lazy("source of readings", "a file"),
    "correction": pgettext_lazy("source of readings", "a file of corrections"),
}
KINDS: dict[str, str | Promise] = {
    "register": gettext_lazy("running total"),
    "interval": gettext_lazy("use of each step"),
    "gauge": gettext_lazy("level"),
    "virtual": gettext_lazy("nothing: it is virtual, made of other points"),
}


def viewer_of(request: HttpRequest) -> Viewer:
    """Who looks."""
    access = access_of(request)
    return Viewer(access.user, access.whole, access.read)


def tabs_of(current: str, month: str = "") -> list[dict[str, Any]]:
    """The parts of the section."""
    query = f"?month={month}" if month else ""
    parts = (
        ("meters", _("Metering points")),
        ("meters-quality", _("Data quality")),
        ("meters-heat", _("By hour and day")),
        ("meters-publish", _("Publish monthly uses")),
        ("meters-calibration", _("Calibration")),
        ("meters-equipping", _("Equipping rates")),
    )
    return [
        {"title": title, "href": reverse(name) + query, "current": name == current} for name, title in parts
    ]


def month_text(month: int) -> str:
    """202501 → 2025-01, as addresses write it."""
    return f"{month // 100}-{month % 100:02}"


def month_words(month: int) -> str:
    """202501 → 2025年1月."""
    return period_name(month_text(month))


def instant(ts: int | None) -> str:
    """An instant by the authority's clock; nothing for none."""
    return "" if ts is None else _moved(ts).strftime("%Y-%m-%d %H:%M")


def shown_reading(row: Any, of: str) -> str:
    """What a `marked` point showed when it was read last, in the unit of that day."""
    if row.read_at is None:
        return "—"
    if row.shown is None:
        return _("two values")
    return f"{grouped(f'{row.shown.normalize():f}')} {unit(of)}"


def read_at(row: Any) -> str:
    """When a `marked` point was read last, and how long ago that is."""
    if row.read_at is None:
        return _("never read")
    return _("%(when)s (%(ago)s)") % {"when": moment(row.read_at), "ago": ago(row.read_at)}


def ago(ts: int) -> str:
    """How long an instant lies behind, in the largest whole unit."""
    home = settings.JIEYUE_HOME
    now = second_of(home.today()) if home.clock else int(time.time())
    minutes = max(0, now - ts) // 60
    if minutes >= 2 * 1440:
        return ngettext("%(count)d day ago", "%(count)d days ago", minutes // 1440) % {
            "count": minutes // 1440
        }
    if minutes >= 60:
        return ngettext("%(count)d hour ago", "%(count)d hours ago", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}


def moment(ts: int) -> str:
    """The same with seconds where it has any."""
    return _moved(ts).strftime("%Y-%m-%d %H:%M:%S" if ts % 60 else "%Y-%m-%d %H:%M")


def day_text(ts: int) -> str:
    """The local day."""
    return _moved(ts).strftime("%Y-%m-%d")


def _moved(ts: int) -> datetime:
    return datetime.fromtimestamp(ts + offset_seconds(), tz=UTC)


def carrier_words(code: str) -> str:
    """A carrier's name."""
    found = home_catalog().carriers.get(code)
    return local(found) if found else code


def carrier_unit(code: str) -> str:
    """The unit that uses of the carrier are in."""
    found = home_catalog().carriers.get(code)
    return unit(found.unit) if found else ""


def end_use_words(code: str) -> str:
    """A code of an end use with its name."""
    found = energy_items().get(code)
    return f"{code} {local(found)}" if found else code


def in_words(words: dict[str, str | Promise]) -> Callable[[str], str]:
    """A code in the page's language; an unknown one as it is."""
    return lambda code: str(words.get(code, code))
