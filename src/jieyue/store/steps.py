"""Queries in steps: one file, several statements, each step's result a table for the next ones.

A step begins with `-- @step NAME`; `-- @use FILE` puts another file's steps in front. The engine keeps the results
it needs later as temporary tables of one cursor (Spark: cached views), because a nested text of this size takes
longer to plan than to run.
"""

import re
from functools import cache
from importlib import resources
from typing import Final

from jieyue.store import sql
from jieyue.store.errors import LakeQueryError

_STEP: Final = re.compile(r"^-- @step ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)
_USE: Final = re.compile(r"^-- @use ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


@cache
def query_steps(name: str) -> tuple[tuple[str, str], ...]:
    """(step, statement) of `store/queries/<name>.sql`, in order, comments taken out."""
    source = resources.files("jieyue.store") / "queries" / f"{name}.sql"
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LakeQueryError(f"没有名为 {name} 的查询", f"there is no query named {name}") from None
    used = tuple(step for other in _USE.findall(text) for step in query_steps(other))
    parts = _STEP.split(text)[1:]
    if not parts:
        raise LakeQueryError(f"查询 {name} 没有步骤", f"query {name} has no steps")
    own = zip(parts[::2], parts[1::2], strict=True)
    return (*used, *((step, sql.without_comments(body)) for step, body in own))
