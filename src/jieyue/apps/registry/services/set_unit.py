"""Say in whose return an institution is reported: its reporting unit 填报单元."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institution_unit_changed
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.duties import Duty, as_data, duty_before, duty_from, store_duties
from jieyue.apps.registry.services.ending import first_day, last_end
from jieyue.apps.registry.services.places import check_unit
from jieyue.apps.registry.services.write import require_in_being
from jieyue.apps.trees.queries import UNIT, memberships
from jieyue.apps.trees.services.write import MembershipChange, write_memberships


def set_unit(
    institution: int, unit: int | None, day: date, *, actor: str, reason: str = ""
) -> Sequence[Duty]:
    """From `day` on the institution is reported inside the return of `unit`; None or itself = it has its own.

    It still counts as an institution, owes no return, and is added once. Grants are not touched. Who files breaks
    with the day: the months that end before it are of the unit before it, or the institution's own.
    """
    require_in_being(institution, day)
    target = None if unit is None else check_unit(institution, unit, day)
    origin = memberships([institution], day)[institution].get(UNIT)
    duties: list[Duty] = []

    def write(seq: int) -> None:
        change = MembershipChange(institution, UNIT, target, day, last_end(institution))
        if not write_memberships(seq, [change]):
            raise RefusedError("no_change", zh="填报单元没有变化", en="that is its reporting unit already")
        begun = first_day(institution)
        duties.extend(duty_before(institution, origin or institution, day, begun=begun))
        duties.extend(duty_from(institution, target or institution, day))
        store_duties(seq, "set_unit", duties)
        institution_unit_changed.send(
            sender=None,
            seq=seq,
            actor=actor,
            institution=institution,
            unit=target,
            day=day,
            duties=duties,
        )

    publish(
        "registry.set_unit",
        actor=actor,
        write=write,
        obj=f"institution:{institution}",
        before={"unit": origin},
        reason=reason,
        summary=lambda: {
            "after": {"unit": target},
            "from": origin,
            "to": target,
            "day": day,
            "duties": as_data(duties),
        },
    )
    return duties
