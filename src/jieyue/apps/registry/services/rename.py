"""Rename an institution; its former name is kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institutions_changed
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.attributes import Attributes, checked
from jieyue.apps.registry.attributes import change as changed_value
from jieyue.apps.registry.models import Alias
from jieyue.apps.registry.services.write import require_in_being, write_aliases, write_update

_FORMER = (("name", Alias.Kind.FORMER), ("code", Alias.Kind.CODE), ("credit_code", Alias.Kind.CREDIT))


def rename(institution: int, name: str, day: date, *, actor: str, reason: str = "") -> None:
    """The institution is called `name` from `day` on."""
    values = checked({"name": name})
    before = require_in_being(institution, day)

    def write(seq: int) -> None:
        if not write_update(seq, institution, day, lambda value: changed_value(value, values)):
            raise RefusedError("no_change", zh="名称没有变化", en="that is its name already")
        keep_former(institution, before, values, day, actor=actor)
        institutions_changed.send(sender=None, seq=seq, actor=actor, institutions=(institution,), day=day)

    publish(
        "registry.rename",
        actor=actor,
        write=write,
        obj=f"institution:{institution}",
        before={"name": before.name},
        reason=reason,
        summary={"after": {"name": name}, "day": day, "from": before.name, "to": name},
    )


def keep_former(
    institution: int, before: Attributes, values: Mapping[str, Any], day: date, *, actor: str
) -> None:
    """Keep the name, code and credit code that a change lays off, from its day on."""
    write_aliases(
        Alias(
            institution_id=institution,
            kind=kind,
            value=getattr(before, column),
            valid_from=day,
            decided_by=actor,
        )
        for column, kind in _FORMER
        if column in values and getattr(before, column) and values[column] != getattr(before, column)
    )
