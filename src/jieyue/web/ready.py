"""What dashboards are as of: the newest publication whose figures are ready, so that nobody waits for them.

A page that is behind says so, and offers what is newer; an address that names a day or a publication gets that one.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.prepared import prepared_sequence
from jieyue.web.as_of import PUBLICATION, as_of_day, data_sequence, named_sequence, sequence_of
from jieyue.web.selection import TREES, Selection, available, default_period, select

#: The word of the address that asks for everything as of the newest publication, and its name.
COMPUTE, NEWEST = "compute", "newest"
#: What the address of another state of a page does not keep.
_OF_THIS_ANSWER = (PUBLICATION, COMPUTE, "page", "export", "chart")


def ready_sequence(request: HttpRequest) -> int:
    """The publication whose figures are ready; 0: the address says which one it wants, or none is ready yet."""
    named = as_of_day(request) or named_sequence(request) or request.GET.get(COMPUTE) == NEWEST
    return 0 if named else prepared_sequence()


def select_ready(
    request: HttpRequest,
    *,
    usual: Callable[[tuple[str, ...]], str] = default_period,
    trees: Iterable[str] = TREES,
) -> Selection:
    """As `select`, as of what is ready. A body that is newer than that is shown as of the newest.

    usual: the period that is usual where so many are published.
    """
    ready = ready_sequence(request)
    period = usual(available(ready or data_sequence(request)))
    try:
        return select(request, usual_period=period, trees=trees, sequence=ready)
    except Http404:
        if not ready or ready == sequence_of(request):
            raise
        return select(request, usual_period=period, trees=trees)


def newer(selection: Selection, to: Callable[..., str]) -> dict[str, str] | None:
    """That something was published since, whether it is ready, and where the page is shown with it; None where this is
    the newest. The link names no publication, so that the pages after it go forward with what is ready.

    to: the address of the page without a publication, with what else is to be said in it.
    """
    if selection.as_of or selection.sequence >= selection.newest:
        return None
    ready = prepared_sequence()
    if ready > selection.sequence:
        told = _("Shown as of publication %(shown)s; the figures of publication %(ready)s are ready.") % {
            "shown": selection.sequence,
            "ready": ready,
        }
        return {"text": told, "href": to(), "name": _("Show what is ready")}
    told = _(
        "Shown as of publication %(shown)s; the figures of publication %(newest)s are not ready yet."
    ) % {
        "shown": selection.sequence,
        "newest": selection.newest,
    }
    return {"text": told, "href": to(compute=NEWEST), "name": _("Compute it with the newest now")}


def newer_than(request: HttpRequest, selection: Selection) -> dict[str, str] | None:
    """That of a page whose address says all that it shows."""
    kept = {name: str(text) for name, text in request.GET.items() if name not in _OF_THIS_ANSWER}

    def to(**more: Any) -> str:
        return f"{request.path}?{urlencode({**kept, **more})}"

    return newer(selection, to)
