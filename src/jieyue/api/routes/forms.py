"""The forms: what is asked for in a period, line by line, for programs that fill them in."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from jieyue.api.answers import tagged
from jieyue.api.auth import access
from jieyue.api.schemas import FormOut
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.lake import forms
from jieyue.catalog.form_sheet import form_sheet
from jieyue.domain.period import Period

router = Router(tags=["forms"])


@router.get("/forms/{form}", response=FormOut, summary="The lines of a form in a period")
def lines(request: HttpRequest, form: str, period: str) -> Any:
    """The same lines as on the page of entry and in the workbook, in their order."""
    access(request)
    catalog = home_catalog()
    wanted = Period.parse(period)
    if form not in forms() or wanted.kind_letter not in catalog.forms[form].periods:
        raise Http404
    sheet = form_sheet(catalog, form, catalog.scheme_on(wanted.last_day).code)
    row = catalog.forms[form]
    asked, own = catalog.counts_asked(form, wanted.last_day), catalog.own_counts
    return tagged(
        request,
        lambda: {
            "form": form,
            "period": str(wanted),
            "scheme": sheet.scheme,
            "name_zh": row.name_zh,
            "name_en": row.name_en,
            "instance": row.instance,
            "lines": [
                {
                    "code": line.code,
                    "name_zh": line.item.name_zh,
                    "name_en": line.item.name_en,
                    "unit": line.item.unit,
                    "kind": line.kind,
                    "block": line.block,
                    "depth": line.depth,
                    "carrier_item": line.carrier_item,
                    "required": line.item.required,
                }
                for line in sheet.lines
                if line.item.ref not in own or line.code in asked
            ],
        },
    )
