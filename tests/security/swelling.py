"""Fields that no form has: every column of every table of the product, with a value that would do harm; and the rows
of the whole database, to see what a request changed."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models

from tests.security.world import PLACES, World
from tests.shared_home import turned_to

#: Names that a framework's own form would take, and what an attacker tries first.
OTHERS = {
    "pk": "1", "id": "1", "is_staff": "1", "is_superuser": "1", "is_active": "0", "role": "system_admin",
    "state": "approved", "status": "approved", "approved": "1", "approved_by": "operator", "approver": "operator",
    "entered_by": "operator", "actor": "operator", "created_by": "operator", "user": "1", "user_id": "1",
    "valid_from": "2010-01-01", "valid_to": "2030-01-01", "scope": "city", "step": "9", "revision_of": "1",
    "password": "an open word of theirs", "groups": "1", "user_permissions": "1", "on_behalf": "operator",
    "publish": "1", "override": "1", "force": "1", "admin": "1", "debug": "1", "_method": "DELETE",
    "csrf_exempt": "1", "digest": "0" * 64,
}  # fmt: skip

Rows = dict[str, dict[int, dict[str, Any]]]
#: (table, row, column) of a difference; column "" where the row stands on one side only.
Place = tuple[str, int, str]


def extras(world: World) -> dict[str, str]:
    """Name → value, of all columns of all tables of the product."""
    found: dict[str, str] = {}
    for table in apps.get_models(include_auto_created=True):
        if table.__module__.startswith("jieyue."):
            for field in table._meta.fields:
                for name in (field.name, field.attname):
                    found.setdefault(name, _value(field, world))
    return found | OTHERS


def _value(field: models.Field[Any, Any], world: World) -> str:
    name = field.name
    if name in ("institution", "subject", "unit"):
        return str(world.ids["SIBLING"])
    if name in ("code", "institution_code"):
        return PLACES["SIBLING"].code
    if field.choices:
        return str(list(field.choices)[-1][0])
    if isinstance(field, models.BooleanField):
        return "1"
    if isinstance(field, models.DateField):
        return "2010-01-01"
    if isinstance(field, (models.ForeignKey, models.IntegerField, models.DecimalField)):
        return "1"
    if isinstance(field, models.JSONField):
        return '{"a": 1}'
    return "operator"


def rows() -> Rows:
    """Every row of every table of the database, by its place in the table."""
    found: Rows = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT rowid, * FROM "{table}"')
            names = [column[0] for column in cursor.description][1:]
            found[table] = {line[0]: dict(zip(names, line[1:], strict=True)) for line in cursor.fetchall()}
    return found


def differences(one: Rows, other: Rows) -> set[Place]:
    """Where two worlds are not the same."""
    found: set[Place] = set()
    for table in one.keys() | other.keys():
        here, there = one.get(table, {}), other.get(table, {})
        for number in here.keys() | there.keys():
            if number not in here or number not in there:
                found.add((table, number, ""))
            elif here[number] != there[number]:
                found |= {
                    (table, number, name)
                    for name, value in here[number].items()
                    if value != there[number][name]
                }
    return found


@contextmanager
def beside(world: World, folder: Path) -> Iterator[World]:
    """A copy of the world, gone afterwards."""
    mine = world.copied(folder)
    with turned_to(mine.path):
        yield mine
    shutil.rmtree(mine.path)


def shown(places: set[Place], one: Rows, other: Rows) -> Mapping[str, Any]:
    """The differences in words."""
    return {
        f"{table}.{name}[{number}]": (
            one.get(table, {}).get(number, {}).get(name), other.get(table, {}).get(number, {}).get(name)
        )
        for table, number, name in sorted(places)
    }  # fmt: skip
