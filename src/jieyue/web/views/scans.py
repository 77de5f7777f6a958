"""The stamped scan of a released paper: kept beside it, and handed out to who may see the paper."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.papers.scope import DRAFTS, RELEASES, scans_for
from jieyue.apps.papers.services.keep_scan import keep_scan
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.papers import LARGEST
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.kept_file import download
from jieyue.web.too_large import SCAN, STATUS, too_large
from jieyue.web.views.papers import paper_page
from jieyue.web.words import local


@needs(*DRAFTS, *RELEASES, post=True)
@require_POST
def keep(request: HttpRequest, number: int) -> HttpResponse:
    """Keep a scan beside the paper."""
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return paper_page(request, number, wrong=_("Choose one file."), status=422)
    if wrong := too_large(files[0], LARGEST, SCAN):  # before it is read into memory
        return paper_page(request, number, wrong=wrong, status=STATUS)
    try:
        keep_scan(access_of(request).user, number, files[0].read(), files[0].name or "")
    except RefusedError as error:
        answer = errors.by_kind(
            request, error, nothing=("paper_unknown",), right=("not_yours",), state=("paper_not_released",)
        )
        return answer or paper_page(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, _("The stamped scan is kept; those kept before stay."))
    return redirect("paper", number)


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One scan, as a download."""
    found = scans_for(access_of(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    return download(found)
