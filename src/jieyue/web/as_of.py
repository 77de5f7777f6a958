"""One page, one S: the publication that everything on a page is as of."""

from datetime import date

from django.http import Http404, HttpRequest

from jieyue.apps.publication.queries import last_done, seq_on

#: The word in the address: `as_of=2026-11-20`, 按某日已发布的数据.
AS_OF = "as_of"
#: The word in the address that names a publication by its number: links of a page that is not as of the newest.
PUBLICATION = "publication"


def sequence_of(request: HttpRequest) -> int:
    """The newest finished publication, asked once a request: whose grants and trees count."""
    known = getattr(request, "_jieyue_sequence", None)
    if known is None:
        known = last_done()
        request._jieyue_sequence = known  # type: ignore[attr-defined]
    return int(known)


def as_of_day(request: HttpRequest) -> date | None:
    """The day that the address names; None: everything that is published. What is no day is not found."""
    text = request.GET.get(AS_OF, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404 from error


def kept_day(request: HttpRequest) -> dict[str, str]:
    """What links say so that the next page is as of the same day."""
    day = as_of_day(request)
    return {AS_OF: day.isoformat()} if day else {}


def kept_publication(request: HttpRequest) -> dict[str, str]:
    """The same of a page without parts: the day, or the publication that the address names."""
    day, named = kept_day(request), named_sequence(request)
    return day or ({PUBLICATION: str(named)} if named else {})


def data_sequence(request: HttpRequest) -> int:
    """The publication that the numbers of the page are as of: the last one finished on the day, else the one that the
    address names, else the newest.

    Before the first publication there is nothing to show.
    """
    day = as_of_day(request)
    if day is None:
        return named_sequence(request) or sequence_of(request)
    known = getattr(request, "_jieyue_as_of", None)
    if known is None:
        known = seq_on(day)
        request._jieyue_as_of = known  # type: ignore[attr-defined]
    if not known:
        raise Http404
    return int(known)


def named_sequence(request: HttpRequest) -> int:
    """The publication that the address names by its number; 0: none. One that is not there is not found."""
    text = request.GET.get(PUBLICATION, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= sequence_of(request)):
        raise Http404
    return int(text)
