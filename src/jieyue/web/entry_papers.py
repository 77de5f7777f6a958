"""The papers beside a return, with the way to each."""

from typing import Any

from django.urls import reverse

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.queries import papers_of
from jieyue.web.entry import query_of
from jieyue.web.words import local


def papers(code: str, key: Key, number: int | None) -> list[dict[str, Any]]:
    """The papers beside a return, with the way to each. code: of the institution, as addresses have it."""
    if number is None:
        return []
    query = query_of(key)
    return [
        {
            "paper": one,
            "by": one.by,
            "item": local(home_catalog().item(f"{key.form}:{one.item}")) if one.item else "",
            "href": reverse("return-paper", args=[code, key.form, key.period, one.pk]) + query,
            "size": f"{-(-one.size // 1024)} KB",
        }
        for one in papers_of(number)
    ]
