"""Laying one catalog over another: rows override by key and validity.

A row replaces the row below with the same key (and, if dated, the same first day). Otherwise a dated row
holds during its own validity and the rows below are cut back to the days that it leaves them, so that a new
factor is one new row and the old one is closed by its date.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from jieyue.catalog.strict import Placed
from jieyue.catalog.tables import TABLES, Table, Tables


def lay_over(below: Tables, above: Tables) -> Tables:
    """The tables of ``below`` with those of ``above`` on top."""
    return {table.name: _merge(table, below[table.name], above[table.name]) for table in TABLES}


def _merge(
    table: Table, below: tuple[Placed[Any], ...], above: tuple[Placed[Any], ...]
) -> tuple[Placed[Any], ...]:
    if not above:
        return below
    over: dict[tuple[object, ...], list[Placed[Any]]] = {}
    for placed in above:
        over.setdefault(table.key_of(placed.row), []).append(placed)
    kept: list[Placed[Any]] = []
    for placed in below:
        upper = over.get(table.key_of(placed.row), [])
        if not upper:
            kept.append(placed)
        elif table.dated:
            kept.extend(_left(placed, upper))
    return (*kept, *above)


def _left(placed: Placed[Any], upper: list[Placed[Any]]) -> list[Placed[Any]]:
    """What is left of a dated row under the rows laid over it."""
    row = placed.row
    if any(other.row.valid_from == row.valid_from for other in upper):
        return []
    spans: list[tuple[date, date]] = [(row.valid_from, row.valid_to)]
    for other in upper:
        start, end = other.row.valid_from, other.row.valid_to
        cut: list[tuple[date, date]] = []
        for first, last in spans:
            if end <= first or last <= start:
                cut.append((first, last))
                continue
            if first < start:
                cut.append((first, start))
            if end < last:
                cut.append((end, last))
        spans = cut
    return [replace(placed, row=replace(row, valid_from=first, valid_to=last)) for first, last in spans]
