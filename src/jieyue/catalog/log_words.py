"""The action log in words, and what of an entry's data its readers see: deny by default.

Three tables of ``log/`` by the strict reader: verbs with the keys of their data that are shown and whether their reason
is, the keys' own names, and the kinds of objects. A pair of verb and key that stands in no row is shown to nobody: an
entry may hold figures (what a spot check found) and free text (comments, reasons, names of files), and who watches
the log sees neither. Wording only: it is no part of the digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jieyue.catalog.strict import read_placed, read_table

FOLDER = Path(__file__).parent / "log"


@dataclass(frozen=True, slots=True)
class LogWord:
    """A key of the data, or the kind of an object."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class LogVerb:
    """A verb. shown: keys of its data for the reader of the log; reason: whether he reads why it was done."""

    verb: str
    name_zh: str
    name_en: str
    shown: tuple[str, ...] = ()
    reason: bool = False


@cache
def log_keys() -> Mapping[str, LogWord]:
    """Names of the keys of an entry's data."""
    return _words("keys.csv")


@cache
def log_objects() -> Mapping[str, LogWord]:
    """Kinds of objects: what stands before the colon."""
    return _words("objects.csv")


@cache
def log_verbs() -> Mapping[str, LogVerb]:
    """The verbs in the order of the file. Raises `CatalogError` where a shown key has no name."""
    return read_verbs(FOLDER / "verbs.csv")


def read_verbs(path: Path) -> Mapping[str, LogVerb]:
    """The table of verbs; every key that is shown has a name."""
    placed = read_placed(path, LogVerb, key=("verb",))
    for one in placed:
        unnamed = [key for key in one.row.shown if key not in log_keys()]
        if unnamed:
            one.refuse(
                "shown", f"{unnamed[0]} 在 keys.csv 里没有名称", f"{unnamed[0]} has no name in keys.csv"
            )
    return {one.row.verb: one.row for one in placed}


def _words(file: str) -> Mapping[str, LogWord]:
    return {row.code: row for row in read_table(FOLDER / file, LogWord, key=("code",))}
