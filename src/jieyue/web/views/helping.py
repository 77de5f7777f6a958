"""Help: where to begin by role, the manual, and the dictionary of indicators, terms and findings."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.services.end_guide import end_guide
from jieyue.catalog.manual import chapters
from jieyue.web.access import access_of, signed_in
from jieyue.web.dictionary import KINDS, entries, kind_titles, table_of
from jieyue.web.first_visit import steps_of
from jieyue.web.page import page
from jieyue.web.words import is_chinese

_LONGEST = 100


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """What to do first, by what the person may do; the dictionary."""
    return page(
        request, "help", {"steps": steps_of(access_of(request)), "chapters": chapter_titles().items()}
    )


@signed_in
def manual(request: HttpRequest, chapter: str) -> HttpResponse:
    """A chapter of the manual, in the language of the reader."""
    found = chapters().get(chapter)
    if found is None:
        raise Http404
    blocks = found.zh if is_chinese() else found.en
    return page(request, "manual", {"title": chapter_titles()[chapter], "blocks": blocks})


def chapter_titles() -> dict[str, str]:
    """Chapter → its title."""
    return {
        "reporter": _("Manual for reporters"),
        "reviewer": _("Manual for reviewers and section chiefs"),
        "district": _("Manual for districts: the summary upward"),
        "director": _("Manual for directors"),
        "administrator": _("Manual for administrators"),
    }


def _seen(request: HttpRequest) -> HttpResponse:
    """The steps of the first visit are done with; back to the workbench."""
    user: Any = request.user
    end_guide(user, actor=user.get_username())
    return redirect("home")


seen = signed_in(require_POST(_seen), post=True)


@signed_in
def dictionary(request: HttpRequest) -> HttpResponse:
    """All entries, or those of a kind that hold a text."""
    text, kind = request.GET.get("q", "").strip()[:_LONGEST], request.GET.get("kind", "")
    if kind and kind not in KINDS:
        raise Http404
    found = [one for one in entries() if kind in ("", one.kind) and (not text or one.has(text))]
    table = table_of(found).bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    return page(
        request, "dictionary", {"table": table, "q": text, "kind": kind, "kinds": kind_titles().items()}
    )
