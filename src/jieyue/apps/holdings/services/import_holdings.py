"""Take in a file of what institutions own: one thing a row, with the days from and to which it holds."""

from typing import Any

from jieyue.apps.exchange.list_import import ListChoice, ListOutcome, Taken, take_list
from jieyue.apps.exchange.lists import ListRow
from jieyue.apps.exchange.models import Batch
from jieyue.apps.holdings.columns import list_kind
from jieyue.apps.holdings.plans import Plans, write
from jieyue.apps.holdings.rules import home_holdings
from jieyue.apps.publication.lake import open_lake


def import_holdings(
    content: bytes, name: str, choice: ListChoice, *, actor: str, batch: Batch | None = None
) -> ListOutcome:
    """Store a file of holdings. The same again is a duplicate; what contradicts the stored needs `restate`, and the log
    keeps what it replaces. Raises CatalogError if the home's own kinds cannot be read."""
    rules = home_holdings()
    plans = Plans(rules)

    def store(_rows: list[ListRow], number: int, _actor: str) -> list[dict[str, Any]]:
        return write(plans, number)

    taken = Taken("holdings", "holdings", list_kind(rules), plans.look, store)
    if choice.dry_run:
        return take_list(taken, content, name, choice, actor=actor)
    with open_lake().lock.hold():  # the registry may not change between the plan and the storing
        return take_list(taken, content, name, choice, actor=actor, batch=batch)
