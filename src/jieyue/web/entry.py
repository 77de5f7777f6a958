"""One return as the page of entry shows it to one person: what is read for it, and what he may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.http import urlencode

from jieyue.apps.registry.queries import Course
from jieyue.apps.registry.scope import may_at
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.entry_sheet import EntrySheet, entry_sheet
from jieyue.apps.returns.persons import asks_of
from jieyue.apps.returns.queries import Document
from jieyue.apps.review.of_return import Asked, asked_before, asked_of
from jieyue.apps.review.releases import Held, held_on
from jieyue.apps.review.services.check_returns import read_beside
from jieyue.domain.workflow import State
from jieyue.web import metered
from jieyue.web.access import Access

OPEN = (State.DRAFT, State.RETURNED)


@dataclass(frozen=True)
class Page:
    """One return as the page shows it to one person."""

    code: str
    sheet: EntrySheet
    asked: Sequence[Asked]
    may_enter: bool
    may_submit: bool
    access: Access
    course: Course
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    said: Mapping[str, tuple[str, str]]
    by_meter: Mapping[str, metered.Offer] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        access: Access,
        key: Key,
        code: str,
        *,
        typed: Mapping[str, str] | None = None,
        wrong: Mapping[str, str] | None = None,
        said: Mapping[str, tuple[str, str]] | None = None,
    ) -> "Page":
        """Read it; the caller has made sure that the person sees the institution.

        typed, wrong, said: texts of cells, what is wrong with them, and explanations that came with a refused form,
        each with the version of the text that it was drawn over.
        """
        held, known = held_on(key.last_day), access.known
        read = read_beside(held, key)
        sheet = _bounded(access, entry_sheet(key, read, asks_of(key, known)))
        asked = _asked_now(key, sheet.state, held, access, read)
        if not reads_period(access, key, sheet.year_ago):
            asked = [replace(one, earlier=None) for one in asked]
        closed = sheet.state in (State.SUBMITTED, State.APPROVED)
        asking = access.asked(key.form, key.period)
        enter = not closed and _may(asking, key, "enter")
        send = sheet.state is not State.APPROVED and _may(asking, key, "submit")
        fills = enter and sheet.state in OPEN
        by_meter = metered.offers(key, sheet.sheet, known.sequence) if fills else {}
        course = known.course(key.subject)
        return cls(
            code, sheet, asked, enter, send, access, course, typed or {}, wrong or {}, said or {}, by_meter
        )

    @property
    def is_open(self) -> bool:
        """Whether the person may change its cells now."""
        return self.may_enter and self.sheet.state in OPEN


def _asked_now(
    key: Key, state: State, held: Held, access: Access, read: Sequence[Document]
) -> Sequence[Asked]:
    """What the rules say while it is entered; of what was submitted, what they said then."""
    if state in OPEN:
        return asked_of(key, held, access.known, read, access.reads)
    return [] if state is State.NONE else asked_before(key, held, access.known, access.reads)


def reads_period(access: Access, key: Key, period: str) -> bool:
    """Whether the institution's return of another period is the person's to read; a limited grant may end before."""
    return access.asked(key.form, period).sees_institution(key.subject)


def _bounded(access: Access, sheet: EntrySheet) -> EntrySheet:
    """Without the numbers beside it that are of periods which the person may not read."""
    hidden: dict[str, Any] = {
        name: None
        for name, period in (("year_ago", sheet.year_ago), ("before", sheet.before))
        if not reads_period(access, sheet.key, period)
    }
    if not hidden:
        return sheet
    return replace(sheet, cells=tuple(replace(cell, **hidden) for cell in sheet.cells))


def _may(access: Access, key: Key, verb: str) -> bool:
    """access: as asked for the return's form and period."""
    if not access.may(verb) or access.read is None:
        return False
    return may_at(access.user, key.subject, key.last_day, verb, access.read)


def query_of(key: Key) -> str:
    """What follows the address of a return: which room, of a form with rooms."""
    return f"?{urlencode({'room': key.instance})}" if key.instance else ""
