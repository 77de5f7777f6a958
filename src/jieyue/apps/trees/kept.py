"""Trees as a publication knew them: that never changes, so a process keeps some."""

from datetime import date
from functools import lru_cache

from django.conf import settings

from jieyue.apps.trees.queries import TreeView, tree


def tree_view(name: str, sequence: int, on: date | None = None) -> TreeView:
    """A tree on a day (default today) as publication `sequence` knew it."""
    home = settings.JIEYUE_HOME
    return _tree(str(home.path), name, on or home.today(), sequence)


@lru_cache(maxsize=128)
def _tree(home: str, name: str, day: date, sequence: int) -> TreeView:
    return tree(name, day, sequence)
