"""A paper as the file that a page hands out."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.make import FILES, MEDIA, written
from jieyue.apps.papers.mark import Mark
from jieyue.domain.errors import DomainError
from jieyue.web import errors


def paper_file(
    request: HttpRequest, paper: Paper, kind: str, stem: str, mark: Mark | None = None
) -> HttpResponse:
    """The file under its name; a kind that there is not is not found, one that cannot be written is said."""
    if kind not in FILES:
        raise Http404
    try:
        content = written(paper, kind, mark)
    except DomainError as error:
        return errors.unprocessable(request, error)
    answer = HttpResponse(content, content_type=MEDIA[kind])
    answer["Content-Disposition"] = content_disposition_header(True, f"{stem}.{kind}")
    return answer
