"""The bar: the same entry in the same place for all, and only what the person's grants allow."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jieyue.web.access import VIEW, Access
from jieyue.web.review_tabs import JUDGES


@dataclass(frozen=True)
class Entry:
    """An entry of the bar: shown to who may do one of the verbs; no verb: to everyone signed in. limited: verbs of
    which a grant for some forms and periods is enough."""

    section: str
    title: str | Promise
    address: str
    verbs: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()


ENTRIES = (
    Entry("home", _("Workbench"), "home"),
    Entry("entry", _("Entry"), "returns", ("submit",), ("submit",)),
    Entry("data", _("Data"), "data", (VIEW,)),
    Entry("plan", _("Plan targets"), "plan", (VIEW,)),
    Entry("review", _("Review"), "review", (VIEW,), JUDGES),
    Entry("auditing", _("Material to audit"), "auditing", ("audit",), ("audit",)),
    Entry("registry", _("Directory"), "registry", (VIEW,)),
    Entry("meters", _("Meters"), "meters", (VIEW,)),
    Entry("people", _("People"), "people", ("manage_reporters", "grant")),
    Entry("import", _("Import"), "imports", ("import", "publish")),
    Entry("jobs", _("Background work"), "jobs", ("operate",)),
)


def entries(access: Access) -> list[dict[str, object]]:
    """What the bar shows this person."""
    return [
        {"section": entry.section, "title": entry.title, "href": reverse(_address(entry, access))}
        for entry in ENTRIES
        if not entry.verbs
        or any(access.may(verb) for verb in entry.verbs)
        or any(verb in access.limited for verb in entry.limited)
    ]


def _address(entry: Entry, access: Access) -> str:
    """Who judges returns comes to what waits for him; others to what was found."""
    judges = entry.section == "review" and any(access.may_somewhere(verb) for verb in JUDGES)
    return "worklist" if judges else entry.address
