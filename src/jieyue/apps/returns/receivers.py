"""News of the registry that touch the returns; each is told inside the transaction of its change.

A transfer and a split that leaves the origin in being move no return: its subject goes on, and the duty of the
registry names which body collects which months. Who gets a return of its own again takes none from its former unit:
what is open there speaks for others too.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from jieyue.apps.publication.events import (
    institution_closed,
    institution_merged,
    institution_split,
    institution_unit_changed,
)
from jieyue.apps.returns.services.carry_open import carry_open


def connect() -> None:
    """Listen, once a process."""
    institution_merged.connect(on_merged, dispatch_uid="returns.on_merged")
    institution_split.connect(on_split, dispatch_uid="returns.on_split")
    institution_closed.connect(on_closed, dispatch_uid="returns.on_closed")
    institution_unit_changed.connect(on_unit_changed, dispatch_uid="returns.on_unit_changed")


def on_merged(*, seq: int, actor: str, into: int, merged: Sequence[int], day: date, **_news: Any) -> None:
    """What ended goes over to what went on."""
    for origin in merged:
        carry_open(origin, into, day, filer=into, seq=seq, actor=actor, verb="merge")


def on_split(*, seq: int, actor: str, origin: int, heir: int | None, day: date, **_news: Any) -> None:
    """To the part that inherits, if the origin ended."""
    if heir is not None:
        carry_open(origin, heir, day, filer=heir, seq=seq, actor=actor, verb="split")


def on_closed(*, seq: int, actor: str, institution: int, filer: int | None, day: date, **_news: Any) -> None:
    """Nobody has its later months; its earlier ones are its own."""
    carry_open(institution, None, day, filer=filer or institution, seq=seq, actor=actor, verb="close")


def on_unit_changed(
    *, seq: int, actor: str, institution: int, unit: int | None, day: date, **_news: Any
) -> None:
    """What the unit reports from the day on goes over to it; the earlier months are filed as they were."""
    if unit not in (None, institution):
        carry_open(institution, unit, day, filer=institution, seq=seq, actor=actor, verb="set_unit")
