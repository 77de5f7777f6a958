"""Say how an institution comes by a carrier: from a period on, and in the return that is being entered."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns import refusals
from jieyue.apps.returns.acting import Key, enter_door, hold
from jieyue.apps.returns.carrier_use import CASES, Case, unused_cells, uses_of
from jieyue.apps.returns.cells import NOT_USED, parse
from jieyue.apps.returns.models import CarrierUse, Return
from jieyue.apps.returns.services.edit_return import Value, change, contents, sheet_of
from jieyue.domain.period import Period
from jieyue.domain.workflow import State, Verb

_OPEN = (State.DRAFT.value, State.RETURNED.value)


def set_use(user: User, key: Key, item: str, case: str, *, revision: int | None = None) -> Return | None:
    """From the period's first day on, the carrier is used so; the return of the period follows if it is open.

    Cells that are now unused lose their numbers; cells that were unused are asked for again, empty. Periods before
    and returns already submitted stay as they are. revision: see `edit_cells`. Raises RefusedError.
    """
    actor = enter_door(user, key, Verb.EDIT)
    sheet = sheet_of(key)
    if item not in {line.code for line in sheet.carriers} or case not in CASES:
        raise RefusedError(
            "unknown_item",
            zh=f"表中没有品种 {item}",
            en=f"the form has no carrier {item}",
            data={"item": item},
        )
    with transaction.atomic():
        row = hold(key)
        if row is not None and row.state in _OPEN and revision not in (None, row.revision):
            raise refusals.moved_on(row)
        before = uses_of(key.subject, key.form, key.last_day)
        was = before.get(item, Case.METERED_PAID.value)
        if was != case:
            CarrierUse.objects.create(
                institution=key.subject,
                form=key.form,
                item=item,
                case=case,
                valid_from=Period.parse(key.period).start,
                actor=actor.name,
                at=timezone.now(),
            )
            record(
                "returns.set_use",
                f"institution:{key.subject}",
                actor=actor.name,
                on_behalf=str(key.subject) if actor.on_behalf else "",
                before={"case": was},
                after={"case": case},
                data={"form": key.form, "item": item, "from": key.period},
            )
        if row is not None and row.state in _OPEN:
            own = {line.code for line in sheet.of_carrier(item)}
            unused = unused_cells(sheet, {**before, item: case}) & own
            now = parse(contents(row))
            changes: dict[str, Value | None] = {
                code: None for code in own if code in now and now[code][1] == NOT_USED
            }
            changes |= dict.fromkeys(unused, (0, NOT_USED))
            change(row, key, changes, actor, said={code: {"src": "use"} for code in unused})
    return row
