"""News of the registry: obligations of periods that are open follow it, inside the transaction of the change.

What was begun stays with its history; what nobody has begun is made, moved to the new body, or ends.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from jieyue.apps.obligations.services.open_periods import follow_registry
from jieyue.apps.publication.events import (
    institution_closed,
    institution_merged,
    institution_split,
    institution_transferred,
    institution_unit_changed,
    institutions_changed,
    institutions_created,
)


def connect() -> None:
    """Listen, once a process."""
    institutions_created.connect(on_created, dispatch_uid="obligations.on_created")
    institutions_changed.connect(on_changed, dispatch_uid="obligations.on_changed")
    institution_merged.connect(on_merged, dispatch_uid="obligations.on_merged")
    institution_split.connect(on_split, dispatch_uid="obligations.on_split")
    institution_transferred.connect(on_one, dispatch_uid="obligations.on_transferred")
    institution_closed.connect(on_one, dispatch_uid="obligations.on_closed")
    institution_unit_changed.connect(on_one, dispatch_uid="obligations.on_unit_changed")


def on_created(*, seq: int, actor: str, institutions: Sequence[int], **_news: Any) -> None:
    """They owe what is open and ends after their first day."""
    follow_registry(institutions, date.min, seq=seq, actor=actor)


def on_changed(*, seq: int, actor: str, institutions: Sequence[int], day: date, **_news: Any) -> None:
    """Whether they are in the count may have changed."""
    follow_registry(institutions, day, seq=seq, actor=actor)


def on_merged(*, seq: int, actor: str, into: int, merged: Sequence[int], day: date, **_news: Any) -> None:
    """What ended owes no more; those that report inside its return may now report inside another's."""
    follow_registry((into, *merged), day, seq=seq, actor=actor)


def on_split(*, seq: int, actor: str, origin: int, parts: Sequence[int], day: date, **_news: Any) -> None:
    """The parts owe their own."""
    follow_registry((origin, *parts), day, seq=seq, actor=actor)


def on_one(*, seq: int, actor: str, institution: int, day: date, **_news: Any) -> None:
    """Another body collects it, it ends, or another's return speaks for it."""
    follow_registry((institution,), day, seq=seq, actor=actor)
