"""A return printed from its page: as it stands there, with its state in words where it is not approved."""

from jieyue.apps.obligations.queries import WORDS
from jieyue.apps.papers.binding import checked
from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.make import form_for, returned_code
from jieyue.apps.papers.printed_forms import form_print
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.entry_sheet import EntrySheet, entry_sheet
from jieyue.apps.spotchecks.queries import version_of
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.workflow import State

#: What is said of a return that may still be changed.
_SAID = {
    State.DRAFT: "本表录入中，所列是现在填着的数，没有上报，各数为初步。",
    State.SUBMITTED: "本表已上报，尚未核准，各数为初步。",
    State.RETURNED: "本表已退回，所列是现在填着的数，没有重新上报，各数为初步。",
}


def is_printed(state: State) -> bool:
    """Whether there is something of the return to print: somebody has begun it."""
    return state is not State.NONE


def on_paper(key: Key, code: str) -> Paper | None:
    """The return of an institution's code; None where nobody has begun it. Raises DomainError.

    Handed in or approved: as it was handed in last. Still open: what stands in it now.
    """
    sheet = entry_sheet(key)
    if not is_printed(sheet.state):
        return None
    sent = version_of(key.subject, key.form, key.period, latest=True, instance=key.instance)
    if sheet.state in (State.DRAFT, State.RETURNED) or sent is None:
        return _standing(key, code, sheet)
    return form_for(key.form, key.period, code, sequence=last_done(), latest=True, instance=key.instance)


def blank(key: Key) -> Paper:
    """The same form with no number. Raises DomainError."""
    return form_for(key.form, key.period, "", sequence=last_done())


def _standing(key: Key, code: str, sheet: EntrySheet) -> Paper:
    period = Period.parse(key.period)
    _code, name = labels_of({key.subject}, period.last_day)[key.subject]
    values = {item: fixed_text(value) for item, (value, origin) in sheet.values.items() if origin != NOT_USED}
    source = f"return/{key.form}/{key.period}/{returned_code(code, key.instance)}@revision-{sheet.revision}"
    return checked(
        form_print(
            key.form,
            period,
            name=name,
            scope=code,
            cells=values,
            source=source,
            said=_SAID.get(sheet.state, ""),
            instance=key.instance,
            state=WORDS[sheet.state.value][0],
        )
    )
