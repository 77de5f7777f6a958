"""Which lake tables a publication feeds, and who derives their rows.

An app registers its tables in `AppConfig.ready`; publish and the recovery after a crash then treat them alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class LakeTable:
    """One lake table.

    schema: the table's full present schema; a column that the lake lacks is added to it.
    rows: the rows that publication `seq` wrote, derived from the office, in a fixed order; None if there are none.
    """

    name: str
    schema: Callable[[], pa.Schema]
    rows: Callable[[int], pa.Table | None]
    partition_by: tuple[str, ...] = ()


_registered: dict[str, LakeTable] = {}


def register(
    name: str,
    schema_fn: Callable[[], pa.Schema],
    rows_fn: Callable[[int], pa.Table | None],
    partition_by: Sequence[str] = (),
) -> None:
    """Add a table; the same name again is a mistake unless it is the same registration."""
    table = LakeTable(name, schema_fn, rows_fn, tuple(partition_by))
    if _registered.setdefault(name, table) != table:
        raise ValueError(f"lake table {name!r} is registered twice")


def registered() -> tuple[LakeTable, ...]:
    """All tables in the order of their names: the order in which a publication appends."""
    return tuple(_registered[name] for name in sorted(_registered))
