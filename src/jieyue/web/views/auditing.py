"""Material to audit: the returns within an auditor's bounds, each to be opened. Every page of it is logged."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from jieyue.apps.obligations.queries import WORDS
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.registry.scope import Read
from jieyue.apps.returns.scope import returns_for
from jieyue.web.access import access_of, needs
from jieyue.web.page import page
from jieyue.web.table import page_number
from jieyue.web.views.tasks import return_address
from jieyue.web.words import day, is_chinese, local, period_name

PAGE = 50
_RECEIPT = "energy_total_tce"


@needs("audit", limited=True)
def listing(request: HttpRequest) -> HttpResponse:
    """The sample, one line a return, with the cases that it belongs to."""
    access = access_of(request)
    grants = [one for one in access.read.grants if one.role == "auditor"] if access.read else []
    own = Read(grants, access.read.sequence if access.read else 0)
    rows = returns_for(access.user, limited=True, read=own).order_by("period", "subject", "form", "instance")
    pages = Paginator(rows, PAGE)
    number = page_number(request)
    if number > pages.num_pages:
        raise Http404
    shown = list(rows[(number - 1) * PAGE : number * PAGE])
    labels = labels_of([row.subject for row in shown])
    cases = {one.mandate.pk: one.mandate for one in grants if one.mandate is not None}
    context = {
        "rows": [_row(row, labels.get(row.subject, ("", ""))) for row in shown],
        "cases": [
            {"words": one.occasion, "from": day(one.valid_from), "to": day(one.valid_to)}
            for one in cases.values()
        ],
        "total": pages.count,
        "page": number,
        "pages": pages.num_pages,
        "previous": f"?page={number - 1}" if number > 1 else "",
        "next": f"?page={number + 1}" if number < pages.num_pages else "",
    }
    return page(request, "auditing", context, section="auditing")


def _row(row: Any, label: tuple[str, str]) -> dict[str, str]:
    code, name = label
    form = home_catalog().forms[row.form]
    query = {"scope": f"institution:{code}", "indicator": _RECEIPT, "period": row.period}
    return {
        "code": code,
        "name": name,
        "form": f"{row.form} {local(form)} {row.instance}".strip(),
        "period": period_name(row.period),
        "state": WORDS[row.state][0 if is_chinese() else 1],
        "href": return_address(code, row.form, row.period, row.instance),
        "receipt": f"{reverse('source')}?{urlencode(query)}"
        if row.form == home_plan().method.account_form and row.current is not None
        else "",
    }
