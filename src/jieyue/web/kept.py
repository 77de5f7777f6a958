"""Parts of a page that are drawn once for everybody who sees the same nodes, and kept by the process for a while.

A dashboard of a scope and period is the same for the same publication, rules, day, language and address, whoever of
those looks at it: its numbers are stored frames. What is of one person, or may change without a publication, stands
outside such a part: a template marks it with `{% kept "name" %}` … `{% endkept %}`.

What one process of a site has drawn the others take from the folder that they share (config/server.py): after a
publication each part is drawn once, not once in each process.
"""

import hashlib
import zlib
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from datetime import date
from pickle import UnpicklingError
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import home_catalog
from jieyue.web.access import access_of
from jieyue.web.as_of import sequence_of
from jieyue.web.page import page
from jieyue.web.selection import Selection

#: Name of a part → what was drawn.
Parts = dict[str, str]
_drawn = LastFew[Parts](256)
#: Parts that any entry of the log makes old: few, and by themselves, so that they push no other out.
_of_now = LastFew[Parts](16)


def key_of(
    request: HttpRequest, sequence: int, more: Hashable = None, *, names: bool = False
) -> Hashable | None:
    """What decides the parts of this page as of a publication.

    more: what decides them beside the publication. names: they name institutions; whose those are to see is decided by
    the newest publication, whatever the page is as of. Else it only matters whether there is a newer one, which links
    then say. None: nothing may be kept, for some of what the person sees holds for one form or period only, or a file
    is asked for.
    """
    access = access_of(request)
    if access.reads is not None or "export" in request.GET:
        return None
    newest = sequence_of(request)
    sees = (access.whole, access.line, access.leaves, access.verbs, access.limited)
    address = (request.path, request.GET.urlencode(), newest if names else sequence < newest)
    return key_for(sequence, (address, sees, more))


def key_for(sequence: int, what: Hashable) -> Hashable:
    """The key of parts that are decided by `what`, the publication, the rules, the day and the language."""
    home = settings.JIEYUE_HOME
    return (what, sequence, home_catalog().digest, home.plan, home.today(), get_language())


def drawn_once(
    request: HttpRequest,
    template: str,
    key: Hashable | None,
    make: Callable[[], Mapping[str, Any] | HttpResponse],
    more: Mapping[str, Any] | None = None,
    *,
    section: str,
    selection: Selection,
) -> HttpResponse:
    """The page with its parts as they were drawn for who sees the same, else drawn and kept.

    make: what the parts are drawn of; or another answer, which is given as it is. more: what stands outside of them.
    """

    def show(context: Mapping[str, Any]) -> HttpResponse:
        return page(request, template, {**(more or {}), **context}, section=section, selection=selection)

    return kept_or_drawn(key, make, show)


def kept_or_drawn(
    key: Hashable | None,
    make: Callable[[], Mapping[str, Any] | HttpResponse],
    show: Callable[[Mapping[str, Any]], HttpResponse],
    *,
    of_now: bool = False,
) -> HttpResponse:
    """What `show` makes of the kept parts, else of what `make` gives, whose parts are kept then. An answer of `make`
    that is none of them yet is given as it is. of_now: as `kept_parts` has it."""
    parts = kept_parts(key, of_now=of_now)
    if parts is not None:
        return show({"kept": parts})
    context = make()
    if isinstance(context, HttpResponse):
        return context
    made: Parts = {}
    answer = show({**context, "kept": made})
    keep_parts(key, made, of_now=of_now)
    return answer


def kept_parts(key: Hashable | None, *, of_now: bool = False) -> Parts | None:
    """The parts as they were drawn, if they were. of_now: they stand for as long as nothing enters the log."""
    if key is None:
        return None
    among = _of_now if of_now else _drawn
    parts = among.peek(key)
    if parts is None and not of_now:
        parts = _of_others(_name(key))
    if parts:
        among.keep(key, parts)  # used last, so it stays longest
    return parts


def keep_parts(key: Hashable | None, parts: Parts, *, of_now: bool = False) -> None:
    """Keep what a page has just drawn, for the other processes too, unless the next entry of the log makes it old."""
    if key is None or not parts:
        return
    (_of_now if of_now else _drawn).keep(key, parts)
    if not of_now:
        with suppress(OSError):  # a full disk costs the others their drawing, no reader his page
            caches["drawn"].set(_name(key), {name: str(text) for name, text in parts.items()})


def _of_others(name: str) -> Parts | None:
    """What another process has drawn; what cannot be read is drawn anew."""
    try:
        found: Parts | None = caches["drawn"].get(name)
    except (OSError, EOFError, UnpicklingError, zlib.error):
        return None
    return found


def _name(key: Hashable) -> str:
    """The name of a key in the shared folder, the same in every process."""
    return hashlib.sha256(_told((str(settings.JIEYUE_HOME.path), key)).encode()).hexdigest()


def _told(value: object) -> str:
    """A value in words: equal ones in equal words, others in others."""
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"({','.join(map(_told, value))})"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(_told, value)))}}}"
    raise TypeError(f"{type(value).__name__} in the key of a kept part")
