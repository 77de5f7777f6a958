"""The switch 现行数 | 首报数 of a dashboard: the word in the address, and how a page says which of the two it shows."""

from collections.abc import Sequence
from dataclasses import replace

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.insights.first_reported import Which
from jieyue.apps.summaries.queries import accepted_first
from jieyue.web.numbers import VERSION
from jieyue.web.overview_cards import Card
from jieyue.web.words import period_name

#: What the address says under `version`: the versions in force, or those that were reported first.
PRESENT, FIRST = "present", "first"
_WHICH = "which version of the numbers"


def version_of(request: HttpRequest) -> str:
    """What the address asks for."""
    said = request.GET.get(VERSION) or PRESENT
    if said not in (PRESENT, FIRST):
        raise Http404
    return said


def titles() -> list[tuple[str, str]]:
    """(word, what the switch says)."""
    return [(PRESENT, pgettext(_WHICH, "Present")), (FIRST, pgettext(_WHICH, "First reported"))]


def first_words() -> str:
    """首报数, as titles, subtitles and files name it."""
    return _("as first reported")


def basis_words(which: Which) -> list[str]:
    """What the numbers of the page are, as a note; the summaries that froze them by period and number."""
    frozen = accepted_first(which.values())
    if not which:
        return [_("As first reported. Nothing was corrected or frozen: the present numbers are the first.")]
    told = [_("As first reported: later corrections are not in it.")]
    if frozen:
        listed = _(", ").join(
            _("%(period)s no. %(number)s") % {"period": period_name(period), "number": number}
            for period, number in frozen
        )
        told.append(
            _("Periods with an accepted summary stand as the first one froze them: %(summaries)s.")
            % {"summaries": listed}
        )
    told.append(_("Where no summary was accepted yet, each return stands as it was published first."))
    return told


def of_first(cards: Sequence[Card]) -> list[Card]:
    """Cards whose numbers are those first reported, each saying so."""
    return [replace(card, subtitle=f"{card.subtitle} · {first_words()}") for card in cards]


def of_present(cards: Sequence[Card]) -> list[Card]:
    """Cards that have no first-reported form, each saying so."""
    return [replace(card, subtitle=f"{card.subtitle} · {no_first_form()}") for card in cards]


def no_first_form() -> str:
    """What a chart without a first-reported form says."""
    return _("There is no first-reported form of this; it shows the present numbers.")
