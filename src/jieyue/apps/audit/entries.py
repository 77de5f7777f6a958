"""Entries of the log for who reads it: newest first, by pages that are found by an index and never counted.

Every filter has an index that ends with the instant, so a page of a million entries costs as much as one of a hundred.
Between two pages stands an entry, not a number: what is written meanwhile moves no page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from jieyue.apps.audit.models import ActionLog, LogLeaf

_FIELDS: Final = ("id", "at", "actor", "on_behalf", "verb", "object", "source", "reason", "data")


@dataclass(frozen=True)
class Wanted:
    """What is asked for; an empty text or None asks for all. Days are the authority's, both included."""

    verb: str = ""
    actor: str = ""
    object: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Entry:
    """An entry with its place in the chain; seq 0: it has no number yet."""

    id: int
    at: datetime
    actor: str
    on_behalf: str
    verb: str
    object: str
    source: str
    reason: str
    data: dict[str, Any]
    seq: int = 0
    leaf: str = ""


@dataclass(frozen=True)
class EntryPage:
    """A page: older and newer say whether there are entries beyond it."""

    entries: Sequence[Entry]
    older: bool
    newer: bool


def entry_page(wanted: Wanted, size: int, *, below: int = 0, above: int = 0) -> EntryPage | None:
    """The newest entries, or those next below or above an entry; None if there is no such entry."""
    rows = _asked(wanted)
    beside = below or above
    if not beside:
        return _page(list(_falling(rows)[: size + 1]), size, newer=False)
    mark = ActionLog.objects.filter(pk=beside).values_list("at", "pk").first()
    if mark is None:
        return None
    at, number = mark
    if below:
        found = _falling(rows.filter(at__lte=at).exclude(at=at, pk__gte=number))
        return _page(list(found[: size + 1]), size, newer=True)
    found = rows.filter(at__gte=at).exclude(at=at, pk__lte=number).order_by("at", "pk").values_list(*_FIELDS)
    kept = list(found[: size + 1])
    return EntryPage(_numbered(kept[:size][::-1]), older=True, newer=len(kept) > size)


def newest_entries(wanted: Wanted, most: int) -> tuple[list[Entry], bool]:
    """Up to so many of the newest, for a file; and whether there are more."""
    rows = list(_falling(_asked(wanted))[: most + 1])
    return _numbered(rows[:most]), len(rows) > most


def _page(rows: list[tuple[Any, ...]], size: int, *, newer: bool) -> EntryPage:
    return EntryPage(_numbered(rows[:size]), older=len(rows) > size, newer=newer)


def _asked(wanted: Wanted) -> QuerySet[Any]:
    """The filters; days from midnight to midnight where the authority is."""
    zone = ZoneInfo(settings.JIEYUE_HOME.timezone)
    asked = Q()
    for name in ("verb", "actor", "object"):
        if text := getattr(wanted, name):
            asked &= Q(**{name: text})
    if wanted.first is not None:
        asked &= Q(at__gte=datetime.combine(wanted.first, time.min, tzinfo=zone))
    if wanted.last is not None and wanted.last < date.max:
        asked &= Q(at__lt=datetime.combine(wanted.last + timedelta(days=1), time.min, tzinfo=zone))
    return ActionLog.objects.filter(asked)


def _falling(rows: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
    return rows.order_by("-at", "-pk").values_list(*_FIELDS)


def _numbered(rows: Sequence[tuple[Any, ...]]) -> list[Entry]:
    """With numbers and leaves, asked for together."""
    leaves: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(rows), _AT_ONCE):
        ids = [row[0] for row in rows[start : start + _AT_ONCE]]
        found = LogLeaf.objects.filter(entry__in=ids).values_list("entry", "seq", "leaf")
        leaves |= {entry: (seq, leaf) for entry, seq, leaf in found}
    return [Entry(*row, *leaves.get(row[0], _NO_NUMBER)) for row in rows]


_AT_ONCE: Final = 5000
_NO_NUMBER: Final[tuple[Any, ...]] = (0, "")
