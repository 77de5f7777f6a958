"""Merge institutions into one that goes on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institution_merged
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.attributes import change as changed_value
from jieyue.apps.registry.attributes import checked, plain
from jieyue.apps.registry.duties import Duty, as_data, duty_from, duty_of_ended, store_duties, taken_over
from jieyue.apps.registry.services.carrying import carry_members, carry_names
from jieyue.apps.registry.services.ending import end_institution, first_day
from jieyue.apps.registry.services.marks import carry_marks, marks_from
from jieyue.apps.registry.services.rename import keep_former
from jieyue.apps.registry.services.write import check_codes, require_in_being, state_of, write_update


def merge(
    into: int,
    merged: Sequence[int],
    day: date,
    *,
    actor: str,
    attributes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Sequence[Duty]:
    """From `day` on the merged ones are no more and `into` goes on.

    attributes: what changes about `into` from the day on (its area and persons with what it took in, a new name);
    nothing is guessed or added up. `into` files the merged ones' months of the broken year and what they filed for
    others that ended before them, is found by their names and codes, and reports for those who
    reported inside their returns. Where one of the merged is sensitive, `into` is so on the same days.
    """
    if into in merged or not merged or len(set(merged)) != len(merged):
        raise RefusedError(
            "bad_merger",
            zh="合并须有另外的、互不相同的机构",
            en="a merger needs other, distinct institutions",
        )
    values = checked(dict(attributes or {}))
    own = require_in_being(into, day)
    ends = {number: require_in_being(number, day) for number in merged}
    before = {str(number): state_of(number, day) for number in (into, *merged)}
    duties: list[Duty] = []

    def write(seq: int) -> None:
        marks = marks_from(merged, day)
        for number, value in ends.items():
            carry_names(number, value, into, day, actor=actor)
            carry_members(seq, number, into, day, ending=frozenset(merged))
            duties.extend(duty_of_ended(number, into, day, begun=first_day(number)))
            duties.extend(taken_over(number, into, day))
            end_institution(seq, number, day)
        if values:
            write_update(seq, into, day, lambda value: changed_value(value, values))
            keep_former(into, own, values, day, actor=actor)
            check_codes([values.get("code", own.code)])
        carry_marks(seq, marks, into)
        duties.extend(duty_from(into, into, day))
        store_duties(seq, "merge", duties)
        institution_merged.send(
            sender=None, seq=seq, actor=actor, into=into, merged=tuple(merged), day=day, duties=duties
        )

    publish(
        "registry.merge",
        actor=actor,
        write=write,
        obj=f"institution:{into}",
        before=before,
        reason=reason,
        summary=lambda: {
            "after": plain(require_in_being(into, day)),
            "merged": list(merged),
            "day": day,
            "changed": values,
            "duties": as_data(duties),
        },
    )
    return duties
