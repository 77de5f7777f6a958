"""News of the registry: what an institution owns follows it, inside the transaction of the change."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from jieyue.apps.holdings.services.carry_holdings import carry_holdings
from jieyue.apps.holdings.services.designate import follow_registry
from jieyue.apps.publication.events import institution_closed, institution_merged, institution_split


def connect() -> None:
    """Listen, once a process."""
    institution_merged.connect(on_merged, dispatch_uid="holdings.on_merged")
    institution_split.connect(on_split, dispatch_uid="holdings.on_split")
    institution_closed.connect(on_closed, dispatch_uid="holdings.on_closed")


def on_merged(*, seq: int, actor: str, into: int, merged: Sequence[int], day: date, **_news: Any) -> None:
    """Who goes on has what the merged ones had."""
    for origin in merged:
        carry_holdings(seq, origin, into, day, actor=actor)
        follow_registry(seq, origin, day, actor=actor)


def on_split(*, seq: int, actor: str, origin: int, heir: int | None, day: date, **_news: Any) -> None:
    """The heir of one that ends has all of it; one that goes on keeps all, and what went to a part is moved there."""
    if heir is not None:
        carry_holdings(seq, origin, heir, day, actor=actor)
        follow_registry(seq, origin, day, actor=actor)


def on_closed(*, seq: int, actor: str, institution: int, day: date, **_news: Any) -> None:
    """Nobody has it any more: what went to others is moved there before."""
    carry_holdings(seq, institution, None, day, actor=actor)
    follow_registry(seq, institution, day, actor=actor)
