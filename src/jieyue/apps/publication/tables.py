"""Which lake tables a publication feeds, and who derives their rows.

An app registers its tables in `AppConfig.ready`; publish and the recovery after a crash then treat them alike.
"""

from collections.abc import Callable, Iterable, Sequence
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
_families: list[Callable[[], Iterable[LakeTable]]] = []


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


def register_family(tables_fn: Callable[[], Iterable[LakeTable]]) -> None:
    """Add tables that the home's catalog decides (one per form): asked anew for each publication."""
    if tables_fn not in _families:
        _families.append(tables_fn)


def registered() -> tuple[LakeTable, ...]:
    """All tables in the order of their names: the order in which a publication appends."""
    found = {**_registered, **{table.name: table for family in _families for table in family()}}
    return tuple(found[name] for name in sorted(found))
