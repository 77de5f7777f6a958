"""Summary tables 综合表: a body's table of now, and what was sent upward."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from jieyue.api.answers import page, page_size
from jieyue.api.auth import access, sequence
from jieyue.api.problems import Refusal
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries.document import document
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.queries import as_dict
from jieyue.apps.summaries.scope import sees, summaries_for
from jieyue.apps.trees.queries import Tree, every_node
from jieyue.domain.period import Period

router = Router(tags=["summaries"])


@router.get(
    "/summaries", response=dict[str, Any], summary="Summaries that were sent upward, the newest first"
)
def sent(request: HttpRequest, form: str = "", period: str = "", cursor: int = 0, size: int = 50) -> Any:
    """Frozen: cells S001–S010 as decimal texts, Merkle root over the versions, digest, state."""
    held, many = access(request), page_size(size)
    rows = summaries_for(held).select_related("predecessor")
    for name, value in (("form", form), ("period", period)):
        rows = rows.filter(**{name: value}) if value else rows
    rows = rows.filter(pk__lt=cursor) if cursor else rows
    codes = {node.id: node.code for node in every_node(Tree.LINE)}
    found = [as_dict(row, codes[row.body]) for row in rows[: many + 1]]
    return page(found, many, lambda row: str(row["id"]))


@router.get("/summaries/table", response=dict[str, Any], summary="A body's summary table of now")
def table(request: HttpRequest, form: str, body: str, period: str, unapproved: bool = False) -> Any:
    """Cells, roll-ups, who is not wholly in. unapproved: with what is submitted only."""
    held = access(request)
    catalog = home_catalog()
    if form not in catalog.forms or not catalog.forms[form].summary_of:
        raise Refusal(422, "unknown_form", f"没有综合表 {form}", f"there is no summary form {form}")
    span = Period.parse(period)
    node = next((node.id for node in every_node(Tree.LINE) if node.code == body), None)
    if node is None or not sees(held, body):
        raise Http404
    found = ledger_of(node, form, span, sequence=sequence(request), unapproved=unapproved)
    return document(found, node, catalog.forms[form])
