"""The rules by code: what the parts of the catalog have in common."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

from jieyue.catalog.tables import Tables

T = TypeVar("T")


class Rules:
    """Read-only rows of all tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _rows(self, table: str, kind: type[T]) -> tuple[T, ...]:
        """The rows of a table; ``kind`` tells the reader and the type checker what they are."""
        return cast("tuple[T, ...]", tuple(placed.row for placed in self._tables[table]))

    def _by_code(self, table: str, kind: type[T]) -> Mapping[str, T]:
        rows: tuple[Any, ...] = self._rows(table, kind)
        return MappingProxyType({row.code: row for row in rows})
