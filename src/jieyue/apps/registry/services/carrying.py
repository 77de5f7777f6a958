"""What goes on under another institution when one ends: its names, and those who reported inside its return."""

from datetime import date

from jieyue.apps.registry.attributes import Attributes
from jieyue.apps.registry.models import Alias
from jieyue.apps.registry.services.ending import last_end
from jieyue.apps.registry.services.write import write_aliases
from jieyue.apps.trees.queries import UNIT, members, memberships
from jieyue.apps.trees.services.write import MembershipChange, write_memberships
from jieyue.domain.tree import OPEN_END


def carry_names(origin: int, value: Attributes, heir: int, day: date, *, actor: str) -> None:
    """From `day` on the heir, and no longer the origin, is found by every name and code by which the origin was."""
    own = [
        (Alias.Kind.FORMER, value.name),
        (Alias.Kind.CODE, value.code),
        (Alias.Kind.CREDIT, value.credit_code),
    ]
    earlier = Alias.objects.filter(institution_id=origin, valid_to=OPEN_END).order_by("id")
    texts = [*own, *earlier.values_list("kind", "value")]
    end_names(origin, day)
    write_aliases(
        Alias(institution_id=heir, kind=kind, value=text, valid_from=day, decided_by=actor)
        for kind, text in dict.fromkeys(texts)
        if text
    )


def end_names(institution: int, day: date) -> None:
    """Nobody is found by its other names from `day` on."""
    Alias.objects.filter(institution_id=institution, valid_to__gt=day).update(valid_to=day)


def carry_members(seq: int, origin: int, heir: int, day: date, *, ending: frozenset[int]) -> list[int]:
    """Who reported inside the origin's return does so inside the heir's (or the heir's own unit's) from `day` on.

    `ending`: institutions that end on the day and move nowhere. Returns the members that moved.
    """
    unit = memberships([heir], day)[heir].get(UNIT)
    target = heir if unit is None or unit == origin or unit in ending else unit
    moved = [member for member in members([origin], UNIT, day) if member not in ending]
    changes = [
        MembershipChange(member, UNIT, None if member == target else target, day, last_end(member))
        for member in moved
    ]
    write_memberships(seq, changes)
    return moved
