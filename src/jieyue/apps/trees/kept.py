"""Trees as a publication knew them: that never changes, so a process keeps some."""

from datetime import date
from functools import lru_cache

from django.conf import settings

from jieyue.apps.trees.queries import TreeView, tree
from jieyue.apps.trees.queries import tree_and_gone as read_tree_and_gone


def tree_view(name: str, sequence: int, on: date | None = None) -> TreeView:
    """A tree on a day (default today) as publication `sequence` knew it."""
    home = settings.JIEYUE_HOME
    return _tree(str(home.path), name, on or home.today(), sequence)


def tree_and_gone(name: str, sequence: int, on: date) -> tuple[TreeView, dict[int, int | None]]:
    """A tree on a day, and the nodes that are no more on it, as publication `sequence` knew them."""
    return _tree_and_gone(str(settings.JIEYUE_HOME.path), name, on, sequence)


@lru_cache(maxsize=16)
def _tree_and_gone(home: str, name: str, day: date, sequence: int) -> tuple[TreeView, dict[int, int | None]]:
    return read_tree_and_gone(name, day, sequence)


@lru_cache(maxsize=128)
def _tree(home: str, name: str, day: date, sequence: int) -> TreeView:
    return tree(name, day, sequence)
