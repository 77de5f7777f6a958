"""Register one institution."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from jieyue.apps.publication.events import institutions_created
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.attributes import make, plain
from jieyue.apps.registry.models import Alias
from jieyue.apps.registry.services.places import place_changes
from jieyue.apps.registry.services.write import check_codes, write_aliases, write_new
from jieyue.apps.trees.services.write import write_memberships
from jieyue.domain.tree import OPEN_END


def create(
    attributes: Mapping[str, Any],
    *,
    places: Mapping[str, int | str | None],
    valid_from: date,
    actor: str,
    valid_to: date = OPEN_END,
    aliases: Sequence[tuple[str, str]] = (),
    reason: str = "",
) -> int:
    """Register an institution; returns its id.

    attributes: see attributes.py (code and name required). places: tree → node id or node code; area, type and
    line are required, department may be absent; `unit`: the institution that reports for it, None = itself.
    aliases: (kind, value).
    """
    value = make(dict(attributes))
    made: list[int] = []

    def write(seq: int) -> None:
        number = allocate(1)[0]
        made.append(number)
        changes = place_changes(number, places, valid_from, valid_to, complete=True)
        write_new(seq, [(number, valid_from, valid_to, value)])
        write_memberships(seq, changes, fresh=[number])
        write_aliases(
            Alias(institution_id=number, kind=kind, value=text, valid_from=valid_from, decided_by=actor)
            for kind, text in aliases
        )
        check_codes([value.code])
        institutions_created.send(sender=None, seq=seq, actor=actor, institutions=(number,))

    publish(
        "registry.create",
        actor=actor,
        write=write,
        obj=f"institution:{value.code}",
        reason=reason,
        summary=lambda: {
            "after": plain(value),
            "institution": made[0],
            "valid_from": valid_from,
            "places": dict(places),
        },
    )
    return made[0]
