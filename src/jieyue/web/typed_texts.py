"""What a person typed into a form that a page of an error answers: listed there, so that nothing of it is lost."""

from typing import Final

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException, UnreadablePostError

from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.errors import UnknownRuleError
from jieyue.web.access import own_page
from jieyue.web.words import local

#: Fields of the product that hold a person's own words; no other field is shown again, so no password ever is.
_WORDS: Final = frozenset({"attending", "correction", "note", "occasion", "reason", "remark", "text"})
_WORDS_OF: Final = ("why-", "comment-", "text-")
#: What a request can be that cannot be read: the page of its error lists nothing, and must itself not fail.
_UNREADABLE: Final = (
    BadRequest,
    MultiPartParserError,
    RawPostDataException,
    SuspiciousOperation,
    UnreadablePostError,
)


def typed_texts(request: HttpRequest) -> list[dict[str, str]]:
    """Name and text of what was typed: cells of a return by their names, and a person's own words.

    Only what one of our own pages has sent: another site gets no words of its own onto a page of ours.
    """
    if request.method != "POST":
        return []
    try:
        ours = own_page(request, request.headers.get("Referer", ""))
        sent = list(request.POST.lists()) if ours else []
    except _UNREADABLE:
        return []
    match = request.resolver_match
    form = str(match.kwargs.get("form", "")) if match else ""
    found = []
    for field, values in sent:
        name = _cell(form, field)
        if name or field in _WORDS or field.startswith(_WORDS_OF):
            found += [{"name": name, "text": text} for value in values if (text := str(value).strip())]
    return found


def _cell(form: str, field: str) -> str:
    """The name of the cell that a field is of, or nothing."""
    if not form or not field.startswith("c-"):
        return ""
    try:
        return local(home_catalog().item(f"{form}:{field[2:]}"))
    except UnknownRuleError:
        return ""
