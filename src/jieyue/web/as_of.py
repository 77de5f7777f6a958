"""One page, one S: the publication that everything on a page is as of."""

from django.http import HttpRequest

from jieyue.apps.publication.queries import last_done


def sequence_of(request: HttpRequest) -> int:
    """The newest finished publication, asked once a request."""
    known = getattr(request, "_jieyue_sequence", None)
    if known is None:
        known = last_done()
        request._jieyue_sequence = known  # type: ignore[attr-defined]
    return int(known)
