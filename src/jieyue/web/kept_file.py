"""A PDF or a picture that was kept, handed out as a download; nothing of it is shown inside a page."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from jieyue.apps.exchange.kept import kept_path
from jieyue.apps.returns.papers import MEDIA

_ENDINGS = {"pdf": ".pdf", "jpeg": ".jpg", "png": ".png"}


def download(row: Any) -> HttpResponse:
    """The file of a row with sha256, kind and name."""
    response = HttpResponse(kept_path(row.sha256).read_bytes(), content_type=MEDIA[row.kind])
    ending = _ENDINGS[row.kind]
    name = row.name if row.name.lower().endswith(ending) else f"{row.name}{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
