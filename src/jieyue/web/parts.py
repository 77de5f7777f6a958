"""The lines that a figure is put together from, as the receipt's page writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.accounts.parts import Part, Parts
from jieyue.domain.rounding import display, exact_text, finite_decimals
from jieyue.web.words import grouped, local, unit


@dataclass(frozen=True)
class PartsTable:
    """One table. factor, amount: heads of their columns with the unit under them, empty where the quantities
    themselves are added up.
    """

    title: str
    factor: tuple[str, str]
    amount: tuple[str, str]
    rows: tuple[tuple[str, str, str, str, str], ...]
    total: str


def tables_of(parts: Parts | None) -> tuple[PartsTable, ...]:
    """What is added up, and what that is divided by; a part without a line is left out."""
    if parts is None:
        return ()
    named = ((_("By carrier"), parts.above), (_("Divided by"), parts.below))
    return tuple(_table(title, lines) for title, lines in named if lines)


def _table(title: str, lines: Sequence[Part]) -> PartsTable:
    kinds = {
        "tce": ((_("Coefficient"), _("kgce a unit")), (_("As standard coal"), unit("tce"))),
        "tCO2": ((_("Factor"), _("kgCO₂ a unit")), ("CO₂", unit("t"))),
    }
    total = sum((line.amount for line in lines), Fraction())
    places = 2 if abs(total) >= 1000 else 4
    factor, amount = kinds.get(lines[0].amount_unit, (("", ""), ("", "")))
    rows = [
        (
            local(line),
            grouped(_quantity(line.quantity)),
            unit(line.unit),
            "" if line.factor is None else _factor(line.factor),
            grouped(display(line.amount, places)),
        )
        for line in lines
    ]
    return PartsTable(title, factor, amount, tuple(rows), grouped(display(total, places)))


def _quantity(value: Fraction) -> str:
    """As stated, with four decimals at most; of a large one two."""
    places, ends = 2 if abs(value) >= 1000 else 4, finite_decimals(value)
    return exact_text(value) if ends is not None and ends <= places else display(value, places)


def _factor(value: Fraction) -> str:
    """The factor itself if it ends within six decimals, else rounded with the sign of it."""
    ends = finite_decimals(value)
    return exact_text(value) if ends is not None and ends <= 6 else f"≈ {display(value, 6)}"
