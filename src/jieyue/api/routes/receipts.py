"""Where a number comes from, and whether it comes out again."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from jieyue.api.answers import tagged
from jieyue.api.auth import access
from jieyue.api.schemas import ReplayIn, ReplayOut
from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.derived_receipts import replay_any, view_any

router = Router(tags=["receipts"])


def _seen(request: HttpRequest, text: str) -> None:
    if not access(request).sees_receipt(text):
        raise Http404


@router.get("/receipts/{path:receipt}", response=dict[str, Any], summary="What a figure was made from")
def show(request: HttpRequest, receipt: str) -> Any:
    """Value as an exact fraction, method, formula in words, factors with their documents.

    A derived figure (`derived.<op>.v1/…`) names the receipts of its parts instead.
    """
    _seen(request, receipt)

    def made() -> dict[str, Any]:
        try:
            return view_any(receipt).as_dict()
        except receipts.UnknownReceiptError:
            raise Http404 from None

    return tagged(request, made)


@router.post("/replays", response=ReplayOut, summary="Compute a receipt again and compare")
def replay(request: HttpRequest, body: ReplayIn) -> Any:
    """With the facts, rules and method of its day."""
    _seen(request, body.receipt)
    try:
        found = replay_any(body.receipt)
    except receipts.UnknownReceiptError:
        raise Http404 from None
    # The whole frame is computed again, so the names of figures outside the caller's sight may not be listed.
    shown = found.different if access(request).whole else ()
    return ReplayOut(
        receipt=found.receipt,
        equal=found.equal,
        own=found.own,
        compared=found.compared,
        different=list(shown),
    )
