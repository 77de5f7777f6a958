"""What was found of a return goes with it when its institution changes; the rules in force hold a catalog they fit."""

from collections.abc import Sequence
from typing import Any

from jieyue.apps.publication.events import catalog_changes, returns_carried
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.releases import refuse_unfit
from jieyue.catalog.loader import Catalog


def connect() -> None:
    """Listen to the returns."""
    returns_carried.connect(_carried, dispatch_uid="review.carried")
    catalog_changes.connect(_rules_fit, dispatch_uid="review.rules_fit")


def _rules_fit(*, catalog: Catalog, **_more: Any) -> None:
    """Before a changed catalog is taken up. Raises CatalogError."""
    refuse_unfit(catalog)


def _carried(*, moved: Sequence[tuple[str, str]], origin: int, heir: int, **_more: Any) -> None:
    """In the transaction that moves the returns. What was found of the heir without it is gone."""
    for form, period in dict.fromkeys(moved):
        rows = ReviewFinding.objects.filter(form=form, period=period)
        mine = list(rows.filter(subject=origin).values_list("instance", "rule", "item"))
        for room, rule, item in mine:
            rows.filter(subject=heir, instance=room, rule=rule, item=item).delete()
        rows.filter(subject=origin).update(subject=heir)
