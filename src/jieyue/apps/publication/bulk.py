"""Inserting many rows quickly: the database's own bulk path, past Django's per-row objects."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection, models


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values are in stored form already (a quantity as ten-thousandths); dates may be dates.

    columns: names of the table's columns. Runs in the present transaction.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    places = [index for index, name in enumerate(columns) if name.startswith("valid_")]
    ready = [_with_dates(row, places) for row in rows]
    if not ready:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # COPY is some ten times as fast as INSERT; its rows go through the same constraints.
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        # Table and column names are the model's own; the values go as parameters.
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", ready)  # noqa: S608


def _with_dates(row: Sequence[Any], places: Sequence[int]) -> list[Any]:
    ready = list(row)
    for place in places:
        ready[place] = _text(ready[place])
    return ready


@lru_cache(maxsize=4096)
def _text(day: date | str) -> str:
    return day if isinstance(day, str) else day.isoformat()
