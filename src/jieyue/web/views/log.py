"""The action log, entry by entry, for who watches it: no figures, no free text, and what leaves is itself logged."""

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.audit.entries import EntryPage, Wanted, entry_page, newest_entries
from jieyue.apps.audit.queries import log_state
from jieyue.apps.audit.services.note_taking import note_taking
from jieyue.apps.publication.errors import RefusedError
from jieyue.catalog.log_words import log_verbs
from jieyue.web.access import access_of, needs
from jieyue.web.log_rows import log_table, verb_said
from jieyue.web.navigation import reads_log
from jieyue.web.page import page
from jieyue.web.words import grouped, local

PAGE = 50
#: Entries in one file; what is older is taken by naming days.
MOST = 20_000
#: Days outside of these are slips, and instants far from now cannot be told in every zone.
_YEARS = range(2000, 3000)
_LONGEST = {"verb": 60, "actor": 150, "object": 120}
_DIGITS = 18


@needs("read_log")
def listing(request: HttpRequest) -> HttpResponse:
    """A page of entries, or a file of them."""
    if not reads_log(access_of(request)):
        raise PermissionDenied
    wrong, wanted = "", Wanted()
    try:
        wanted = _wanted(request)
    except RefusedError as error:
        wrong = local(error, "message")
    if "export" in request.GET and not wrong:
        return _file(request, wanted, request.GET["export"])
    below, above = (_mark(request, name) for name in ("below", "above"))
    found = None if wrong else entry_page(wanted, PAGE, below=below, above=above)
    if found is None and not wrong:
        raise Http404
    state = log_state()
    context = {
        "table": log_table(found.entries if found else (), state.signed, name="action-log"),
        "state": state,
        "said": request.GET,
        "verbs": _verbs(wanted.verb),
        "wrong": wrong,
        **(_links(request, found) if found else {}),
    }
    return page(request, "log", context, section="log", status=422 if wrong else 200)


def _wanted(request: HttpRequest) -> Wanted:
    """The filters of the address. Raises RefusedError for days that are none."""
    said = {name: request.GET.get(name, "").strip()[:most] for name, most in _LONGEST.items()}
    first, last = (_day(request.GET.get(name, "").strip()) for name in ("from", "to"))
    if first and last and first > last:
        raise RefusedError(
            "log_days",
            zh="起始日晚于截止日，请对调",
            en="the first day is after the last: change them over",
        )
    return Wanted(**said, first=first, last=last)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise RefusedError(
            "log_day",
            zh=f"“{text[:20]}”不是日期，请写成 2026-11-28",
            en=f"{text[:20]!r} is no day: write 2026-11-28",
        )
    return day


def _mark(request: HttpRequest, name: str) -> int:
    """The entry that a page stands below or above; 0 if none is named."""
    text = request.GET.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text)):
        raise Http404
    return int(text)


def _verbs(chosen: str) -> list[tuple[str, str]]:
    """All verbs by their words, and the chosen one if it is none of them."""
    known = [(verb, local(row)) for verb, row in log_verbs().items()]
    return known if not chosen or chosen in log_verbs() else [(chosen, verb_said(chosen)), *known]


def _links(request: HttpRequest, found: EntryPage) -> dict[str, Any]:
    """Addresses of the pages beside this one, and of the files."""
    names = (*_LONGEST, "from", "to")
    kept: dict[str, str | int] = {name: str(text) for name in names if (text := request.GET.get(name))}

    def address(**more: str | int) -> str:
        return f"?{urlencode({**kept, **more})}"

    first, last = (found.entries[0].id, found.entries[-1].id) if found.entries else (0, 0)
    return {
        "newest": address() if found.newer else "",
        "newer": address(above=first) if found.newer and first else "",
        "older": address(below=last) if found.older and last else "",
        "xlsx": address(export="xlsx"),
        "csv": address(export="csv"),
    }


def _file(request: HttpRequest, wanted: Wanted, kind: str) -> HttpResponse:
    """The newest of what is asked for as a file; that it was taken is written into the log first."""
    entries, more = newest_entries(wanted, MOST)
    table = log_table(entries, log_state().signed, name="action-log", whole=True)
    if more:
        said = _("Only the newest %(most)s entries stand here; take older ones along by naming days.")
        table.notes = [said % {"most": grouped(str(MOST))}, *table.notes]
    answer = table.export(kind, synthetic=settings.JIEYUE_HOME.synthetic)
    asked = [f"{name}={value}" for name, value in asdict(wanted).items() if value]
    digest = hashlib.sha256(answer.content).hexdigest()
    note_taking(digest, asked, len(entries), actor=access_of(request).user.get_username())
    return answer
