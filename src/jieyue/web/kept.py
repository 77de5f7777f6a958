"""Parts of a page that are drawn once for everybody who sees the same nodes, and kept by the process for a while.

A dashboard of a scope and period is the same for the same publication, rules, day, language and address, whoever of
those looks at it: its numbers are stored frames. What is of one person, or may change without a publication, stands
outside such a part: a template marks it with `{% kept "name" %}` … `{% endkept %}`.
"""

from collections.abc import Hashable

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import home_catalog
from jieyue.web.access import access_of

#: Name of a part → what was drawn.
Parts = dict[str, str]
_drawn = LastFew[Parts](64)


def key_of(request: HttpRequest, sequence: int, more: Hashable = None) -> Hashable | None:
    """What decides the parts of this page as of a publication.

    more: what decides them beside the publication. None: some of what the person sees holds for one form or period
    only.
    """
    access, home = access_of(request), settings.JIEYUE_HOME
    if access.reads is not None:
        return None
    sees = (access.whole, access.line, access.leaves, access.verbs, access.limited)
    rules = (sequence, home_catalog().digest, home.plan, home.today())
    return (request.path, request.GET.urlencode(), get_language(), sees, rules, more)


def kept_parts(key: Hashable | None) -> Parts | None:
    """The parts as they were drawn, if they were."""
    parts = None if key is None else _drawn.peek(key)
    keep_parts(key, parts or {})  # used last, so it stays longest
    return parts


def keep_parts(key: Hashable | None, parts: Parts) -> None:
    """Keep what a page has just drawn."""
    if key is not None and parts:
        _drawn.keep(key, parts)
