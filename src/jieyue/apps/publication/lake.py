"""The lake of this home, as publishing sees it. The rest of the lake's door is store/port.py."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa
from django.conf import settings

#: Name of the application transaction that every append of a publication carries.
APPLICATION = "publish"


class PublishingLake(Protocol):
    """What publishing needs of a lake."""

    def lock(self) -> AbstractContextManager[object]:
        """The one lake lock: publish, fold and compact exclude one another."""
        ...

    def create_table(self, name: str, schema: pa.Schema, partition_by: Sequence[str] = ()) -> None:
        """Make the table if it is not there; add the columns that it lacks."""
        ...

    def append(self, name: str, table: pa.Table, *, txn: tuple[str, int]) -> None:
        """Add rows in one durable commit that carries the application transaction."""
        ...

    def last_txn(self, name: str, application: str) -> int | None:
        """The newest application transaction in the table."""
        ...


def open_lake() -> PublishingLake:
    """The lake of the home that this process works for."""
    from jieyue.store import open_lake as open_store

    lake: PublishingLake = open_store(settings.JIEYUE_HOME.lake)
    return lake
