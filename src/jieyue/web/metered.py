"""What meters say of a return's month: offered beside its cells, taken by the person."""

from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.metering.facts import kept_of, metered_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key
from jieyue.catalog.form_sheet import FormSheet
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text, to_fixed
from jieyue.domain.rounding import display
from jieyue.web.words import grouped

METERED = 1  # origin of a cell
SOURCE = "metered"
Offer = tuple[int, Fraction]
"""ten-thousandths in the item's unit, completeness"""


def offers(key: Key, sheet: FormSheet, sequence: int | None = None) -> dict[str, Offer]:
    """Item → what is published of its carrier; of a month's whole return alone, nothing below zero.

    sequence: the publication that the page is as of; the newest by default.
    """
    period = Period.parse(key.period)
    if key.instance or period.kind_letter != "M":
        return {}
    lines = [line for line in sheet.lines if line.kind == "quantity" and line.carrier_item == line.code]
    month = int(key.period.replace("-", ""))
    if not lines:
        return {}
    found = metered_of(key.subject, month) if sequence is None else kept_of(sequence, key.subject, month)
    return {
        line.code: (
            round(Fraction(to_fixed(use)[0]) / Fraction(line.item.to_carrier_unit or 1)),
            Fraction(complete),
        )
        for line in lines
        if line.item.carrier in found
        for use, complete in [found[line.item.carrier]]
        if use >= 0
    }


def offer(key: Key, sheet: FormSheet, item: str) -> tuple[int, int]:
    """The cell that a person takes. Raises RefusedError where nothing is published of it."""
    found = offers(key, sheet).get(item)
    if found is None:
        raise RefusedError(
            "no_metered",
            zh=f"{key.period} 没有公布过 {item} 的表计用量",
            en=f"no use by meter of {item} is published for {key.period}",
        )
    return found[0], METERED


def words(found: Offer) -> str:
    """As the line shows it."""
    return _("by meter: %(value)s (complete to %(share)s%%)") % {
        "value": grouped(fixed_text(found[0])),
        "share": display(found[1] * 100, 1),
    }
