"""Change an institution's attributes from a day on."""

from datetime import date
from typing import Any

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institutions_changed
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.attributes import change as changed_value
from jieyue.apps.registry.attributes import checked
from jieyue.apps.registry.services.rename import keep_former
from jieyue.apps.registry.services.write import check_codes, require_in_being, state_of, write_update
from jieyue.domain.tree import OPEN_END


def change(
    institution: int,
    day: date,
    *,
    actor: str,
    until: date = OPEN_END,
    reason: str = "",
    **attributes: Any,
) -> None:
    """Set attributes in [day, until); those that are not named stay, the days before stay.

    A changed code, credit code or name goes on as an alias, so that rows of old files are found.
    """
    values = checked(attributes)
    before = require_in_being(institution, day)
    after: dict[str, Any] = {}

    def write(seq: int) -> None:
        if not write_update(seq, institution, day, lambda value: changed_value(value, values), until=until):
            raise RefusedError("no_change", zh="内容没有变化", en="nothing would change")
        keep_former(institution, before, values, day, actor=actor)
        if "code" in values:
            check_codes([values["code"]])
        after.update(state_of(institution, day))
        institutions_changed.send(sender=None, seq=seq, actor=actor, institutions=(institution,), day=day)

    publish(
        "registry.change",
        actor=actor,
        write=write,
        obj=f"institution:{institution}",
        before=state_of(institution, day),
        reason=reason,
        summary=lambda: {"after": after, "day": day, "changed": values},
    )
