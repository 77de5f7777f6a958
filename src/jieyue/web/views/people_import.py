"""Accounts from a file on a page: what is wrong by row, or the slips of all."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.apps.exchange.reader import read_bytes
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.accounts_file import read_accounts
from jieyue.apps.registry.services.import_accounts import import_accounts
from jieyue.catalog.findings import Finding
from jieyue.web.access import needs
from jieyue.web.page import page
from jieyue.web.too_large import STATUS, TABLE, too_large
from jieyue.web.views.people import MOST, VERBS, authority_here, slips_page
from jieyue.web.words import local

_LARGEST = 2 * 2**20


@needs(*VERBS, post=True)
def from_file(request: HttpRequest) -> HttpResponse:
    """The form, and its answer."""
    if request.method != "POST":
        return _page(request)
    authority = authority_here(request)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, wrong=_("Choose a file of at most 2 MB."))
    if over := too_large(file, _LARGEST, TABLE):
        return _page(request, wrong=over, status=STATUS)
    asked = read_accounts(read_bytes(file.read(), file.name or "accounts"), authority)
    if asked.read > MOST:
        return _page(request, wrong=_("The file has too many rows; divide it."))
    wrong = [one for one in asked.findings if one.severity == "error"]
    if wrong or not asked.accounts:
        return _page(request, wrong=_("No account was made."), findings=asked.findings)
    try:
        slips = import_accounts(asked, actor=request.user.get_username(), by=authority)
    except RefusedError as error:
        return _page(request, wrong=local(error, "message"))
    return slips_page(request, authority, slips)


def _page(
    request: HttpRequest, *, wrong: str = "", findings: Sequence[Finding] = (), status: int = 422
) -> HttpResponse:
    context = {"wrong": wrong, "findings": findings, "most": MOST}
    return page(request, "people_import", context, section="people", status=status if wrong else 200)
