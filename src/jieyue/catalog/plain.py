"""A row of a catalog table as a plain document: what the command and the interface for programs show."""

from dataclasses import fields
from typing import Any


def plain_row(row: Any) -> dict[str, Any]:
    """The columns of a row in their order, by name.

    Numbers and dates are exact texts, several words a list; counts, yes/no and what is not known stay.
    """
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple):
        return [str(part) for part in value]
    return str(value)
