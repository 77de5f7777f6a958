"""The first visit: at most five steps by what the person may do; each leads to where it is done."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jieyue.web.access import Access
from jieyue.web.navigation import (
    JUDGES,
    Who,
    bodies,
    files,
    may,
    only_own,
    reads_log,
    somewhere,
    whole,
)

MOST = 5


@dataclass(frozen=True)
class Step:
    """What to look at, why, and the name of its address."""

    title: str | Promise
    why: str | Promise
    address: str

    @property
    def href(self) -> str:
        """Where it leads."""
        return reverse(self.address)


#: Who is led, and to what; what is most a person's own stands first.
_STEPS: tuple[tuple[Who, Step], ...] = (
    (
        somewhere(*JUDGES),
        Step(
            _("To review"), _("Returns that wait for you: approve, or send back with a reason."), "worklist"
        ),
    ),
    (
        bodies,
        Step(_("Progress and reminders"), _("Who is in, who is late, and the text to remind them."), "board"),
    ),
    (
        bodies,
        Step(
            _("Dashboard"), _("Energy, water, carbon and money; press any number for its source."), "overview"
        ),
    ),
    (whole, Step(_("Plan targets"), _("Where each target stands, and how sure that is."), "plan")),
    (files, Step(_("Your returns"), _("What you owe and by when; press one to fill it in."), "returns")),
    (
        somewhere("enter"),
        Step(
            _("Or by workbook"),
            _("Take it with last period's numbers, fill it in, bring it back."),
            "workbook",
        ),
    ),
    (
        only_own,
        Step(_("Your institution"), _("Its numbers over the years and among its peers."), "own-profile"),
    ),
)
_ADMINISTRATION: tuple[tuple[Who, Step], ...] = (
    (
        may("manage_reporters", "grant"),
        Step(_("People"), _("Who has an account and which role; new ones get a printed code."), "people"),
    ),
    (may("operate"), Step(_("Background work"), _("What runs by itself, and what failed."), "jobs")),
    (reads_log, Step(_("Action log"), _("Who did what, when, and whether it is under a signature."), "log")),
    (
        may("push"),
        Step(_("Access tokens"), _("The program that sends readings signs in with one."), "account"),
    ),
)
_LAST = Step(_("Help"), _("The question mark at the top right is on every page."), "help")


def steps_of(access: Access) -> list[Step]:
    """The steps of a person; the last is where help is. None for who may do none of these."""
    found = [step for who, step in (*_STEPS, *_ADMINISTRATION) if who(access)]
    return [*found[: MOST - 1], _LAST] if found else []
