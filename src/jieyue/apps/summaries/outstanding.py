"""Who owes a return of the period and is not wholly in, with the reason: what a summary freezes beside its numbers."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from jieyue.apps.obligations.models import Obligation
from jieyue.apps.returns.models import Return
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.open_rows import periods_within

#: From what hinders least to what hinders most; of several returns the furthest along is named.
REASONS = ("reopened", "publishing", "returned", "submitted", "draft", "months_missing", "not_begun")


@dataclass(frozen=True, slots=True)
class Unmet:
    """An institution that owes `expected` returns (months) of which `present` are in.

    reason: `not_begun` 未录入, `draft` 录入中, `submitted` 已上报未审核, `returned` 已退回, `publishing` 正在发布,
    `months_missing` 缺月, `reopened` 重新打开 (it is in the table as it was). due: the last day on time, if one is set.
    """

    institution: int
    expected: int
    present: int
    reason: str
    due: str = ""


def outstanding(ledger: Ledger, body: int) -> list[Unmet]:
    """Those of a body and all below it, by identifier."""
    here = ledger.below(body)
    states, mended = _open(ledger)
    found: list[tuple[int, int, int, str]] = []
    if ledger.obliged:
        owing = here & (ledger.expected > 0) & ~ledger.complete
        again = here & np.isin(ledger.institutions, sorted(mended))
        for at in np.flatnonzero(owing | again):
            number, present = int(ledger.institutions[at]), int(ledger.present[at])
            own = states.get(number, set())
            why = (
                ("publishing" if "publishing" in own else "reopened")
                if ledger.complete[at]
                else _why(own, present)
            )
            found.append((number, int(ledger.expected[at]), present, why))
    else:
        there = set(ledger.institutions[here & (ledger.part >= 0)].tolist())
        inside = set(ledger.institutions[here].tolist())
        owes = Obligation.objects.filter(form=ledger.base, period=str(ledger.period))
        for number in sorted({n for n in owes.values_list("subject", flat=True) if n in inside} - there):
            found.append((number, 1, 0, _why(states.get(number, set()), 0)))
    due = _due(ledger, [row[0] for row in found])
    return [Unmet(*row, due=due.get(row[0], "")) for row in found]


def as_rows(found: Collection[Unmet]) -> list[dict[str, object]]:
    """As a summary freezes them."""
    return [asdict(row) for row in found]


def _open(ledger: Ledger) -> tuple[Mapping[int, set[str]], set[int]]:
    """(institution → what its returns of the period wait for, those whose version in force is being mended)."""
    rows = Return.objects.filter(
        form=ledger.base, period__in=periods_within(ledger.period), subject_kind=Return.Subject.INSTITUTION
    ).exclude(state=Return.State.APPROVED, publishing__isnull=True)
    states: defaultdict[int, set[str]] = defaultdict(set)
    mended = set()
    for subject, state, current in rows.values_list("subject", "state", "current"):
        states[subject].add("publishing" if state == Return.State.APPROVED else state)
        if current is not None:
            mended.add(subject)
    return states, mended


def _why(states: Collection[str], present: int) -> str:
    for state in REASONS[1:5]:
        if state in states:
            return state
    return "months_missing" if present else "not_begun"


def _due(ledger: Ledger, institutions: Collection[int]) -> dict[int, str]:
    rows = Obligation.objects.filter(form=ledger.base, period__in=periods_within(ledger.period))
    wanted, found = set(institutions), {}
    for subject, due in rows.order_by("due").values_list("subject", "due") if wanted else ():
        if subject in wanted:
            found[subject] = due.isoformat()
    return found
