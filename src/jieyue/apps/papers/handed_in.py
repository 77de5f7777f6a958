"""A return printed from its page: what was handed in, with its state in words."""

from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.make import form_for
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.entry_sheet import entry_sheet
from jieyue.domain.workflow import State

#: What is still being entered is no paper yet.
_PRINTED = (State.SUBMITTED, State.APPROVED)


def is_printed(key: Key, state: State) -> bool:
    """Whether there is a paper of the return: one of a whole institution that is handed in."""
    return not key.instance and state in _PRINTED


def handed_in(key: Key, code: str) -> Paper | None:
    """The return of an institution's code as handed in last; None where it is not printed. Raises DomainError."""
    state = entry_sheet(key).state
    if not is_printed(key, state):
        return None
    return form_for(key.form, key.period, code, sequence=last_done(), latest=True)
