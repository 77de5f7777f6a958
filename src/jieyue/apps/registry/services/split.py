"""Split an institution into parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institution_split
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.attributes import Attributes, checked, make
from jieyue.apps.registry.attributes import change as changed_value
from jieyue.apps.registry.duties import Duty, as_data, duty_from, duty_of_ended, store_duties, taken_over
from jieyue.apps.registry.services.carrying import carry_members, carry_names
from jieyue.apps.registry.services.ending import end_institution, first_day
from jieyue.apps.registry.services.marks import marked, marks_from
from jieyue.apps.registry.services.places import place_changes
from jieyue.apps.registry.services.rename import keep_former
from jieyue.apps.registry.services.write import (
    check_codes,
    require_in_being,
    state_of,
    write_new,
    write_update,
)
from jieyue.apps.trees.queries import UNIT, memberships
from jieyue.apps.trees.services.write import write_memberships
from jieyue.domain.tree import OPEN_END


@dataclass(frozen=True, slots=True)
class Part:
    """A part that begins: attributes as for create, and the places that differ from the origin's."""

    attributes: Mapping[str, Any]
    places: Mapping[str, int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SplitResult:
    """Ids of the parts in their order, and who files which months."""

    parts: tuple[int, ...]
    duties: Sequence[Duty]


def split(
    origin: int,
    parts: Sequence[Part],
    day: date,
    *,
    actor: str,
    remains: Mapping[str, Any] | None = None,
    heir: int = 0,
    reason: str = "",
) -> SplitResult:
    """From `day` on the parts exist beside or instead of the origin.

    remains: what changes about the origin, which goes on; None = it ends. Where it ends, the part number `heir`
    files its months of the broken year, is found by its names, and reports for those it reported for. A part of a
    sensitive institution is sensitive on the same days, whatever its attributes say (marks.py).
    """
    if not parts or not 0 <= heir < len(parts):
        raise RefusedError(
            "bad_split",
            zh="分立须有至少一个部分，且指明承继者",
            en="a split needs parts, and which one inherits",
        )
    values = [make(dict(part.attributes)) for part in parts]
    kept = None if remains is None else checked(dict(remains))
    own = require_in_being(origin, day)
    ids: list[int] = []
    duties: list[Duty] = []

    def write(seq: int) -> None:
        ids.extend(allocate(len(parts)))
        places = memberships([origin], day)[origin]
        _begin_versions(seq, origin, dict(zip(ids, values, strict=True)), day)
        _begin_places(ids, parts, seq=seq, places=places, day=day)
        if kept is None:
            carry_names(origin, own, ids[heir], day, actor=actor)
            carry_members(seq, origin, ids[heir], day, ending=frozenset([origin]))
            duties.extend(duty_of_ended(origin, ids[heir], day, begun=first_day(origin)))
            duties.extend(taken_over(origin, ids[heir], day))
            end_institution(seq, origin, day)
        else:
            if kept:
                write_update(seq, origin, day, lambda value: changed_value(value, kept))
                keep_former(origin, own, kept, day, actor=actor)
            duties.extend(duty_from(origin, origin, day))
        duties.extend(duty for number in ids for duty in duty_from(number, number, day))
        check_codes([own.code, *(value.code for value in values)])
        store_duties(seq, "split", duties)
        institution_split.send(
            sender=None,
            seq=seq,
            actor=actor,
            origin=origin,
            parts=tuple(ids),
            heir=ids[heir] if kept is None else None,
            day=day,
            duties=duties,
        )

    publish(
        "registry.split",
        actor=actor,
        write=write,
        obj=f"institution:{origin}",
        before=state_of(origin, day),
        reason=reason,
        summary=lambda: {
            "parts": list(ids),
            "day": day,
            "goes_on": kept is not None,
            "duties": as_data(duties),
        },
    )
    return SplitResult(tuple(ids), duties)


def _begin_versions(seq: int, origin: int, values: Mapping[int, Attributes], day: date) -> None:
    """The parts' first versions, with the marks of the origin."""
    spans = marks_from([origin], day)
    rows = [(number, *row) for number, value in values.items() for row in marked(value, day, spans)]
    write_new(seq, rows)


def _begin_places(
    ids: Sequence[int], parts: Sequence[Part], *, seq: int, places: Mapping[str, int], day: date
) -> None:
    """The parts' first places: the origin's where a part says nothing else."""
    changes = []
    for number, part in zip(ids, parts, strict=True):
        wanted: dict[str, int | str | None] = {**places, **part.places}
        unit = wanted.pop(UNIT, None)
        changes += place_changes(number, wanted, day, OPEN_END, complete=True)
        if unit is not None:
            changes += place_changes(number, {UNIT: unit}, day, OPEN_END)
    write_memberships(seq, changes, fresh=ids)
