"""One page, one S: the publication that everything on a page is as of, and the trees as it knew them."""

from datetime import date
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees.queries import TreeView, tree


def sequence_of(request: HttpRequest) -> int:
    """The newest finished publication, asked once a request."""
    known = getattr(request, "_jieyue_sequence", None)
    if known is None:
        known = last_done()
        request._jieyue_sequence = known  # type: ignore[attr-defined]
    return int(known)


def tree_view(name: str, sequence: int, on: date | None = None) -> TreeView:
    """A tree on a day (default today) as publication S knew it; that never changes, so a process keeps some."""
    home = settings.JIEYUE_HOME
    return _tree(str(home.path), name, on or home.today(), sequence)


@lru_cache(maxsize=128)
def _tree(home: str, name: str, day: date, sequence: int) -> TreeView:
    return tree(name, day, sequence)
