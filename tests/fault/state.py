"""The whole state of a home as plain values: what a person could tell apart before and after an import."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from jieyue.apps.accounts.queries import figures
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.queries import last_done

State = dict[str, Any]

#: Office tables of the facts, and the columns that tell time or place of the run and nothing else.
TABLES = {
    "trees_node": (),
    "trees_nodeversion": (),
    "trees_membership": (),
    "registry_institution": (),
    "registry_institutionversion": (),
    "registry_alias": ("id",),
    "returns_return": (),
    "returns_returnversion": (),
    "publication_publication": ("at", "log_id"),
    "publication_idcounter": ("id",),
}
SCOPES = ("city", "line:L-500103", "area:500103", "department:D-EDU", "type:021", "A", "B")


def facts() -> State:
    """Office rows of the facts, the lake's rows, the verbs of the log that publish. Equal = the same store."""
    state: State = {table: rows_of(table, without) for table, without in TABLES.items()}
    state["lake"] = lake_rows()
    state["log"] = [verb for verb in verbs() if not verb.startswith("exchange.")]
    return state


def verbs() -> list[str]:
    """The action log, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT verb FROM audit_actionlog ORDER BY id")
        return [verb for (verb,) in cursor.fetchall()]


def batches() -> list[tuple[str, int, int, int, int]]:
    """Each batch: state, read, accepted, duplicate, rejected."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT state, "read", accepted, duplicate, rejected FROM exchange_batch ORDER BY id')
        return cursor.fetchall()


def rows_of(table: str, without: Iterable[str] = ()) -> list[tuple[Any, ...]]:
    """All rows of an office table but some columns, in one order."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        kept = [place for place, name in enumerate(names) if name not in without]
        return sorted((tuple(row[place] for place in kept) for row in cursor.fetchall()), key=repr)


def nameless(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of returns without the names of who entered them: a command acts as the system's user."""
    return [
        tuple(re.sub(r'"by": \[.+?\]', '"by"', cell) if isinstance(cell, str) else cell for cell in row)
        for row in rows
    ]


def lake_rows() -> dict[str, list[str]]:
    """Rows of every lake table that readers may see (seq ≤ the last done publication), superseded ones too."""
    lake, done, found = open_lake(), last_done(), {}
    for table in lake.tables():
        rows: list[str] = []
        for file in lake.snapshot([table]).tables[table].files:
            rows += [
                repr(sorted(row.items()))
                for row in pq.read_table(file.path, partitioning=None).to_pylist()
                if row["seq"] <= done
            ]
        if rows:
            found[table] = sorted(rows)
    return found


def kept_files() -> dict[str, str]:
    """Names of the kept files → SHA-256 of their content; the name must be the digest."""
    folder = Path(settings.JIEYUE_HOME.path) / "files"
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def printed(period: str = "2025") -> dict[tuple[str, str], str | None]:
    """All figures of some scopes as of the last finished publication."""
    return {(row.scope, row.indicator): row.value for row in figures(SCOPES, period)}


def complaints(*, deep: bool = False) -> list[str]:
    """What `jieyue doctor` finds wrong; the machine's own free space is not the home's matter."""
    from jieyue.config.doctor import checks

    return [
        f"{check.name}: {check.en}" for check in checks(deep=deep) if not check.ok and check.name != "disk"
    ]
