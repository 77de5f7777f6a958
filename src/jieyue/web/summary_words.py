"""What the pages of the summaries say: states, reasons, what differs, whether the roll-ups agree."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jieyue.apps.accounts.scope import Access
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.summaries.outstanding import Unmet
from jieyue.apps.summaries.rules import Finding
from jieyue.apps.summaries.tables import roll_ups
from jieyue.domain.quantity import fixed_text
from jieyue.domain.summary import Difference
from jieyue.web.selection import tree_titles
from jieyue.web.summary_choice import Choice
from jieyue.web.summary_sheet import headings
from jieyue.web.words import grouped, joined, local, unit

LISTED = 50


def basis_words(basis: str) -> str:
    """What is counted, in words."""
    return {
        "approved": _("Approved data"),
        "unapproved": _("With unapproved data"),
        "reported": _("As first reported"),
    }[basis]


def state_words(state: str) -> str:
    """A summary's state in words."""
    return {
        "sent": _("Sent upward"),
        "recalled": _("Recalled"),
        "returned": _("Summary sent back"),
        "accepted": _("Summary accepted"),
    }[state]


def reason_words(reason: str) -> str:
    """Why a return is not in, in words."""
    return {
        "not_begun": _("Not begun"),
        "draft": _("Being entered"),
        "submitted": _("Submitted, not approved"),
        "returned": _("Sent back"),
        "publishing": _("Approved, being published"),
        "months_missing": _("Months are missing"),
        "reopened": _("Reopened; in the table as it was"),
    }[reason]


@dataclass(frozen=True)
class UnmetShown:
    """Who is missing: how many of each reason, and the first of them by name."""

    total: int
    counts: Sequence[tuple[str, int]]
    listed: Sequence[dict[str, Any]]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.total - len(self.listed)


def unmet_shown(found: Collection[Unmet], access: Access, day: date) -> UnmetShown:
    """For the page; an institution that is another's by now is named without a link."""
    part = list(found)[:LISTED]
    ids = [row.institution for row in part]
    codes, names, own = codes_of(ids, day), names_of(ids, day), set(access.own(ids))
    counts = Counter(row.reason for row in found)
    return UnmetShown(
        len(found),
        [(reason_words(reason), count) for reason, count in counts.most_common()],
        [
            {
                "name": names[row.institution],
                "code": codes[row.institution] if row.institution in own else "",
                "reason": reason_words(row.reason),
                "row": row,
            }
            for row in part
        ],
    )


def differences_shown(found: Collection[Difference], choice: Choice) -> list[dict[str, str]]:
    """Cells that differ, by the names of their row and column."""
    items = {row.code: row for row in choice.ledger.items}
    columns = {head.column: head.name for head in headings()}
    return [
        {
            "code": one.item,
            "item": local(items[one.item]) if one.item in items else one.item,
            "unit": unit(items[one.item].unit) if one.item in items else "",
            "column": columns[one.column],
            "before": grouped(one.before),
            "after": grouped(one.after),
        }
        for one in found
    ]


def findings_shown(found: Sequence[Finding], choice: Choice, access: Access) -> list[dict[str, Any]]:
    """What the rules about summaries say, line by line; an institution is linked where its page is the person's."""
    items, columns = (
        {row.code: row for row in choice.ledger.items},
        {one.column: one.name for one in headings()},
    )
    part, day = list(found)[:LISTED], choice.period.last_day
    ids = sorted({number for one in part for number in one.institutions[:LISTED]})
    codes, names, own = codes_of(ids, day), names_of(ids, day), set(access.own(ids))
    return [
        {
            "code": one.rule.code,
            "blocks": one.blocks,
            "name": local(one.rule),
            "mend": local(one.rule, "mend"),
            "item": local(items[one.flag.item]),
            "numbers": joined(f"{columns[code]} {grouped(text)}" for code, text in one.flag.columns.items()),
            "institutions": [
                (codes[number] if number in own else "", names[number])
                for number in one.institutions[:LISTED]
            ],
        }
        for one in part
    ]


@dataclass(frozen=True)
class Agreement:
    """One view: how many parts it adds up, and where it differs from the table, who is the reason."""

    title: str
    parts: int
    items: int
    differs: Sequence[tuple[str, str, str]]
    lost: Sequence[tuple[str, str]]
    lost_count: int
    why: str


def reconciled(choice: Choice) -> list[Agreement]:
    """The four views of the body's own institutions, each added up by itself and held to the table."""
    return [_agreement(choice, one) for one in roll_ups(choice.ledger, choice.body.node, choice.table)]


def _agreement(choice: Choice, one: Any) -> Agreement:
    names = {row.code: local(row) for row in choice.ledger.items}
    totals = dict(zip((line.item for line in choice.table.lines), one.total, strict=True))
    shown = list(one.lost)[:LISTED]
    day = choice.period.last_day
    codes, called = codes_of(shown, day), names_of(shown, day)
    return Agreement(
        title=tree_titles()[one.tree],
        parts=len(one.parts),
        items=len(choice.table.lines),
        differs=[
            (
                names[item],
                grouped(fixed_text(totals[item])),
                grouped(fixed_text((choice.table.line(item).values[0] or 0) - totals[item])),
            )
            for item in one.differs
        ],
        lost=[(codes[number], called[number]) for number in shown],
        lost_count=len(one.lost),
        why={
            "line": _("hang at no body of the reporting line"),
            "area": _("stand in no area"),
            "department": _("belong to no department"),
            "type": _("have no type"),
        }[one.tree],
    )
