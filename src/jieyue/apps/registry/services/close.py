"""Close an institution."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institution_closed
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.duties import Duty, as_data, duty_of_ended, store_duties, taken_over
from jieyue.apps.registry.services.carrying import end_names
from jieyue.apps.registry.services.ending import end_institution, first_day
from jieyue.apps.registry.services.write import require_in_being, state_of
from jieyue.apps.trees.queries import UNIT, members


def close(
    institution: int, day: date, *, actor: str, filer: int | None = None, reason: str = ""
) -> Sequence[Duty]:
    """The institution is no more from `day` on.

    filer: who files the months of its last year, and those it filed for others, by default its own users. Refused
    while it reports for others.
    """
    require_in_being(institution, day)
    if filer is not None:
        require_in_being(filer, day)
    duties: list[Duty] = []

    def write(seq: int) -> None:
        if members([institution], UNIT, day):
            raise RefusedError(
                "unit_in_use",
                zh="该机构正为别的机构填报；请先改动这些成员的填报单元",
                en="it reports for others; give those members another reporting unit first",
            )
        duties.extend(duty_of_ended(institution, filer or institution, day, begun=first_day(institution)))
        if filer is not None:
            duties.extend(taken_over(institution, filer, day))
        end_institution(seq, institution, day)
        end_names(institution, day)
        store_duties(seq, "close", duties)
        institution_closed.send(
            sender=None, seq=seq, actor=actor, institution=institution, filer=filer, day=day, duties=duties
        )

    publish(
        "registry.close",
        actor=actor,
        write=write,
        obj=f"institution:{institution}",
        before=state_of(institution, day),
        reason=reason,
        summary=lambda: {"after": {}, "day": day, "duties": as_data(duties)},
    )
    return duties
