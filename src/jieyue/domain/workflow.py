"""The states of a return, who moves it on, and who may not: the table of transitions as pure functions.

Source: the statistical workflow, docs/explanation/returns.md. "Stored: draft 录入中, submitted 已上报 (step k of n),
returned 已退回, approved 已审核; 未录入 is an obligation without a draft. Anything else is 409, changes nothing."
"Separation is by person, not account: no pass or approval by anyone whose cell stands in the version, no approval
by its reviewer."
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

#: In what a person entered: the cells that are not named one by one (a whole file was taken in).
ALL_ELSE: Final = "*"

#: code → names; used where the catalog has no code list `return_reason`.
RETURN_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "value": ("数值有误", "a number is wrong"),
    "missing": ("漏填", "something is missing"),
    "unit": ("计量单位有误", "a wrong unit"),
    "unexplained": ("说明不充分", "the explanation does not do"),
    "scope": ("填报范围有误", "the wrong buildings, persons or members"),
    "other": ("其他", "other"),
}


class State(StrEnum):
    """Where a return stands; `none` is no row at all."""

    NONE = "none"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class Verb(StrEnum):
    """What a person does to a return."""

    START = "start"
    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PASS = "pass"  # noqa: S105  a verb
    RETURN = "return"
    APPROVE = "approve"
    REOPEN = "reopen"


#: The verb of the roles (apps/identity/roles.py) that each act needs; those that are absent have their own name.
RIGHTS: Final[Mapping[Verb, str]] = {Verb.START: "enter", Verb.EDIT: "enter"}
#: Acts of the body at whose step a submitted return stands, or of the one that approved it.
OF_THE_BODY: Final = frozenset({Verb.PASS, Verb.RETURN, Verb.APPROVE, Verb.REOPEN})


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed transition. `at`: the steps (of 1 … n) of a submitted return at which it is allowed."""

    after: State
    at: Literal["any", "first", "before_last", "last"] = "any"


TRANSITIONS: Final[Mapping[tuple[State, Verb], Move]] = {
    (State.NONE, Verb.START): Move(State.DRAFT),
    (State.DRAFT, Verb.EDIT): Move(State.DRAFT),
    (State.RETURNED, Verb.EDIT): Move(State.RETURNED),
    (State.DRAFT, Verb.SUBMIT): Move(State.SUBMITTED),
    (State.RETURNED, Verb.SUBMIT): Move(State.SUBMITTED),
    (State.SUBMITTED, Verb.WITHDRAW): Move(State.DRAFT, "first"),
    (State.SUBMITTED, Verb.PASS): Move(State.SUBMITTED, "before_last"),
    (State.SUBMITTED, Verb.RETURN): Move(State.RETURNED),
    (State.SUBMITTED, Verb.APPROVE): Move(State.APPROVED, "last"),
    (State.APPROVED, Verb.REOPEN): Move(State.RETURNED),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A state, and for a submitted return its step of 1 … `steps`; else step 0."""

    state: State
    step: int = 0
    steps: int = 1


def move(place: Place, verb: Verb) -> Place | None:
    """Where the verb leads; None where it is not allowed.

    >>> move(Place(State.SUBMITTED, 1, 2), Verb.PASS)
    Place(state=<State.SUBMITTED: 'submitted'>, step=2, steps=2)
    >>> move(Place(State.SUBMITTED, 1, 2), Verb.APPROVE) is None
    True
    """
    found = TRANSITIONS.get((place.state, verb))
    if found is None or not _at(found.at, place):
        return None
    if found.after is not State.SUBMITTED:
        return Place(found.after, 0, place.steps)
    return Place(found.after, place.step + 1 if verb is Verb.PASS else 1, place.steps)


def _at(where: str, place: Place) -> bool:
    step, last = place.step, place.steps
    return {"any": True, "first": step == 1, "before_last": step < last, "last": step == last}[where]


def right(verb: Verb) -> str:
    """The verb that a role must hold for this act."""
    return RIGHTS.get(verb, verb.value)


def route(line: Sequence[int], checking: Collection[int]) -> tuple[int, ...]:
    """The body of each step; the last approves. line: the parent of the reporting unit first, the root last.

    A body that checks only adds a review step before the approver, which is the next one above it. The root always
    approves: where it checks as well, its review is the step before.

    >>> route([3, 2, 1], []), route([3, 2, 1], [3]), route([1], [1])
    ((3,), (3, 2), (1, 1))
    """
    steps: list[int] = []
    for body in line:
        steps.append(body)
        if body not in checking:
            return tuple(steps)
    return (*steps, line[-1]) if line else ()


Mark = Mapping[str, object]
Entered = Mapping[str, Mark]
"""Cell (or `*`) → {"by": names, "on_behalf": true if an officer entered it for the institution 代填, "raw": the text
as typed where it says more than the number, "src": where the number comes from if nobody typed it}."""


def mark(person: str, *, on_behalf: bool = False) -> Mark:
    """Who entered a cell."""
    return {"by": [person], "on_behalf": True} if on_behalf else {"by": [person]}


def credit(
    before: Mapping[str, object],
    after: Mapping[str, object],
    entered: Entered,
    person: str,
    *,
    on_behalf: bool = False,
    said: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Mark]:
    """Who entered which cell, after `person` made `after` of `before`: who typed the same value again entered none.

    said: cell → `raw` and `src` of its new value.

    >>> credit({"1": 5, "2": 6}, {"1": 5, "2": 7}, {"*": mark("anna")}, "ben")
    {'*': {'by': ['anna']}, '2': {'by': ['ben']}}
    """
    found = {code: entry for code, entry in entered.items() if code in after or code == ALL_ELSE}
    for code, value in after.items():
        if code not in before or before[code] != value:
            more = {name: text for name, text in (said or {}).get(code, {}).items() if text}
            found[code] = {**mark(person, on_behalf=on_behalf), **more}
    if all(code in found for code in after):
        found.pop(ALL_ELSE, None)
    return found


def credit_file(entered: Entered, person: str) -> dict[str, Mark]:
    """Who entered which cell, after a file of `person` was taken in over it: who is named stays named.

    >>> credit_file({"*": mark("anna")}, "ben")
    {'*': {'by': ['anna', 'ben']}}
    """
    others = persons({ALL_ELSE: entered.get(ALL_ELSE, {"by": []})})
    return {**entered, ALL_ELSE: {"by": sorted(others | {person})}}


def persons(entered: Entered) -> frozenset[str]:
    """Everyone of whom a cell stands in the version."""
    found: set[str] = set()
    for entry in entered.values():
        names = entry["by"]
        assert isinstance(names, Sequence)
        found.update(str(name) for name in names)
    return frozenset(found)


def barred(
    verb: Verb, person: str, *, entered: Collection[str], reviewers: Collection[str]
) -> Literal["", "own_cell", "own_review"]:
    """Why this person may not pass or approve, whatever the account allows; empty if nothing stands against it.

    >>> barred(Verb.PASS, "anna", entered=["anna"], reviewers=[])
    'own_cell'
    >>> barred(Verb.RETURN, "anna", entered=["anna"], reviewers=[])
    ''
    """
    if verb in (Verb.PASS, Verb.APPROVE) and person in entered:
        return "own_cell"
    if verb is Verb.APPROVE and person in reviewers:
        return "own_review"
    return ""
