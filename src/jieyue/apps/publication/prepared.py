"""Queries that every request asks: put into SQL once for a process, planned once for a connection, then only executed.

Building one query costs Django 1.3 ms, planning it PostgreSQL 0.2 (docs/decisions/0004-prepared-queries.md). What is
asked here is an ordinary queryset, written with slots where its values go; its SQL is the database's own dialect, as
Django made it.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django.db import DEFAULT_DB_ALIAS, DatabaseError, NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

log = logging.getLogger(__name__)
#: A statement that is not there, or is there already (SQLSTATE): another connection than the one that planned it.
_SWAPPED: Final = frozenset({"26000", "42P05"})
#: Lists longer than this are asked in the ordinary way: their building costs little beside what they bring.
LONGEST_LIST: Final = 64


@dataclass(frozen=True)
class _Place:
    """Stands among a query's parameters: which value comes here; index: of a list."""

    name: str
    field: Field[Any, Any]
    index: int | None = None

    def value(self, given: Mapping[str, Any], connection: Any) -> Any:
        """As the database takes it."""
        said = given[self.name]
        return self.field.get_db_prep_value(said if self.index is None else said[self.index], connection)


class _Slot(Expression):
    """A value that comes later, or so many of them."""

    def __init__(self, name: str, field: Field[Any, Any], size: int | None) -> None:
        super().__init__(output_field=field)
        self.name, self.size = name, size

    def as_sql(self, _compiler: SQLCompiler, _connection: Any) -> Any:
        """Its places as parameters."""
        if self.size is None:
            return "%s", [_Place(self.name, self.output_field)]
        places = [_Place(self.name, self.output_field, index) for index in range(self.size)]
        return f"({', '.join(['%s'] * self.size)})", places


@dataclass(frozen=True)
class _Ready:
    """A query's SQL, its values and slots in their order, and how its rows become what was asked for."""

    sql: str
    params: Sequence[Any]
    compiler: SQLCompiler
    converters: Any
    locks: bool
    shape: "_Shape | None"


@dataclass(frozen=True)
class _Shape:
    """How a row becomes an object: its model, and the names of its columns."""

    model: type[Model]
    names: Sequence[str]


class Prepared:
    """A queryset with named slots, made into SQL at its first use.

    build: makes the queryset from the values by name. fields: name → the field that the value is of. A value that is a
    list goes into `__in`; its SQL is made for 1, 2, 4, … values, the last one repeated.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **fields: Field[Any, Any]) -> None:
        self._build, self._fields = build, fields
        self._made: dict[tuple[str, tuple[int | None, ...]], _Ready] = {}

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows of a `values_list` query."""
        found = self._found(given)
        if found is None:
            return list(self._build(**given))
        return [tuple(row) for row in found[1]]

    def column(self, **given: Any) -> list[Any]:
        """The values of a `values_list` query of one column; `flat` makes no difference."""
        found = self._found(given)
        if found is None:
            return [row[0] if isinstance(row, tuple) else row for row in self._build(**given)]
        return [row[0] for row in found[1]]

    def objects(self, **given: Any) -> list[Any]:
        """The objects of a query of a model; nothing of `select_related` or annotations comes along."""
        found = self._found(given)
        if found is None:
            return list(self._build(**given))
        ready, rows = found
        assert ready.shape is not None, "a query of values has no objects"
        shape = ready.shape
        return [shape.model.from_db(DEFAULT_DB_ALIAS, shape.names, row) for row in rows]

    def _found(self, given: dict[str, Any]) -> tuple[_Ready, Any] | None:
        """The SQL and its rows; None where a list is too long for it. No value in a list: no row, nothing is asked."""
        lists = {name: value for name, value in given.items() if _is_list(value)}
        if any(len(value) > LONGEST_LIST for value in lists.values()):
            return None
        padded = {name: _padded(list(value)) for name, value in lists.items()}
        connection = connections[DEFAULT_DB_ALIAS]
        sizes = tuple(len(padded[name]) if name in padded else None for name in self._fields)
        ready = self._made.get((connection.vendor, sizes))
        if ready is None:
            ready = self._made[connection.vendor, sizes] = self._make(sizes, connection)
        if 0 in sizes:
            return ready, ()
        if ready.locks and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked inside of a transaction only")
        values = {**given, **padded}
        asked = [one.value(values, connection) if isinstance(one, _Place) else one for one in ready.params]
        try:
            rows = _rows(connection, ready.sql, asked)
        except DatabaseError as error:
            _give_up_plans(connection, error)
            raise
        return ready, ready.compiler.apply_converters(rows, ready.converters) if ready.converters else rows

    def _make(self, sizes: Sequence[int | None], connection: Any) -> _Ready:
        """The SQL for lists of these sizes; an empty one is made as if it had one value, and never asked."""
        slots = {
            name: _Slot(name, field, None if size is None else max(size, 1))
            for (name, field), size in zip(self._fields.items(), sizes, strict=True)
        }
        queryset = self._build(**slots)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = compiler.select[: compiler.col_count] if compiler.col_count else compiler.select
        converters = compiler.get_converters([column[0] for column in columns])
        return _Ready(sql, params, compiler, converters, queryset.query.select_for_update, _shape(compiler))


def _rows(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement gives; PostgreSQL keeps its plan as long as the connection lasts.

    Not where a pooler stands between (`config/databases.py`): there every statement is planned anew.
    """
    if connection.vendor != "postgresql" or connection.settings_dict.get("POOLER"):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    from jieyue.apps.publication.planned import rows_of

    return rows_of(connection, sql, params)


def _give_up_plans(connection: BaseDatabaseWrapper, error: DatabaseError) -> None:
    """After a column was changed the connection ends with the request; where a pooler swaps connections, though the
    address does not say so, this process plans anew from now on.
    """
    if isinstance(error, NotSupportedError):
        connection.close_at = 0
    elif getattr(error.__cause__, "sqlstate", "") in _SWAPPED:
        connection.settings_dict["POOLER"] = True
        log.warning(
            "PostgreSQL lost a plan: a pooler stands between; add ?pooler=yes to the database address"
        )


def _shape(compiler: SQLCompiler) -> _Shape | None:
    said = compiler.klass_info
    if said is None or compiler.query.values_select or compiler.query.annotation_select:
        return None
    names = [cast("Any", column[0]).target.attname for column in compiler.select]
    return _Shape(said["model"], names)


def _is_list(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes)


def _padded(values: list[Any]) -> list[Any]:
    """To a length of 1, 2, 4, …; an empty list stays one."""
    if not values:
        return values
    length = 1 << (len(values) - 1).bit_length()
    return values + values[-1:] * (length - len(values))
