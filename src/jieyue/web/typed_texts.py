"""What a person typed into a form that a page of an error answers: listed there, so that nothing of it is lost."""

from typing import Any

from django.http import HttpRequest

from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.errors import UnknownRuleError
from jieyue.web.access import own_page
from jieyue.web.words import local

#: Fields that are never shown again.
_SECRET = ("password", "old", "code", "token", "secret", "csrf")


def typed_texts(request: HttpRequest) -> list[dict[str, str]]:
    """Name and text of what was typed: cells of a return by their names, and whatever is a sentence.

    Only what one of our own pages has sent: another site gets no words of its own onto a page of ours.
    """
    if request.method != "POST" or not own_page(request, request.headers.get("Referer", "")):
        return []
    match = request.resolver_match
    form = str(match.kwargs.get("form", "")) if match else ""
    found = []
    for field, values in request.POST.lists():
        name = _cell(form, field)
        for text in map(_text, values):
            if text and (name or (_is_sentence(text) and not _is_secret(field))):
                found.append({"name": name, "text": text})
    return found


def _text(value: Any) -> str:
    return str(value).strip()


def _cell(form: str, field: str) -> str:
    """The name of the cell that a field is of, or nothing."""
    if not form or not field.startswith("c-"):
        return ""
    try:
        return local(home_catalog().item(f"{form}:{field[2:]}"))
    except UnknownRuleError:
        return ""


def _is_sentence(text: str) -> bool:
    """Whether a person has written it: what forms send by themselves are codes and numbers."""
    return not text.isascii() or " " in text or "\n" in text


def _is_secret(field: str) -> bool:
    return any(part in field.lower() for part in _SECRET)
