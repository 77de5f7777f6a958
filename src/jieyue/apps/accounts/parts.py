"""What a figure is put together from: each carrier's quantity, its coefficient or factor, and what that brings.

The lines are those of the workbook that a receipt exports (`export_formulas.py`), the quantities the run's own sums;
lines that do not add up to the figure exactly are not shown at all.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

from jieyue.apps.accounts.export_formulas import A_, E_, F_, P_, W_, X_, Cell, NoRecipeError, Recipe, recipe
from jieyue.apps.accounts.frame import FrameFigure
from jieyue.apps.accounts.services.compute_run import RunPlan, part_sums
from jieyue.catalog.loader import Catalog
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.account_form import STOCK_ROLES, AccountForm
from jieyue.domain.indicators import Account
from jieyue.domain.rounding import exact_text, finite_decimals

_LETTERS = {E_: "e", A_: "a", P_: "p", W_: "w", X_: "x", F_: "f"}
_ITEM = re.compile(r"(?:c|o\d_)(\w+)")
#: By the kind of a line's factor: the unit of the amount, and of the thousandth of it that a factor is written in.
_STOCKS = {"floor_area": "floor_area_m2", "persons": "persons", "vehicles": "vehicles"}
_KINDS = {"kgce": ("tce", "kgce"), "co2": ("tCO2", "kgCO2")}


@dataclass(frozen=True, slots=True)
class Part:
    """One line. quantity: in `unit`, as returns state it. factor: of kgce or kgCO2 per unit, None where the quantity
    itself counts. amount: in `amount_unit`, negative for what is taken out. item: `FORM:code`, empty for a stock
    that only the registry has.
    """

    item: str
    name_zh: str
    name_en: str
    quantity: Fraction
    unit: str
    factor: Fraction | None
    factor_unit: str
    amount: Fraction
    amount_unit: str


@dataclass(frozen=True, slots=True)
class Parts:
    """figure = scale × sum(above) ÷ sum(below); without `below`, the sum itself. Lines of nothing are left out."""

    above: tuple[Part, ...]
    below: tuple[Part, ...]

    def as_dict(self) -> dict[str, list[dict[str, str | None]]]:
        """The JSON object: numbers as exact texts."""
        return {
            "above": [_document(line) for line in self.above],
            "below": [_document(line) for line in self.below],
        }


def _document(line: Part) -> dict[str, str | None]:
    said = {name: value for name, value in asdict(line).items() if isinstance(value, str)}
    factor = None if line.factor is None else factor_text(line.factor)
    return said | {"quantity": exact_text(line.quantity), "factor": factor, "amount": exact_text(line.amount)}


def factor_text(value: Fraction) -> str:
    """A factor as receipts write it: a decimal; a fraction `a/b` where no decimal is exact."""
    return str(value) if finite_decimals(value) is None else exact_text(value)


def parts_of(
    plan: RunPlan, part: str, figure: FrameFigure, definition: IndicatorDef, catalog: Catalog
) -> Parts | None:
    """The lines of a figure; None for one that is missing or has none, as a count of institutions."""
    if figure.value is None:
        return None
    try:
        made = recipe(definition.code, plan.method)
    except NoRecipeError:
        return None
    if not all(item_of(cell, plan.method.account.form) for cell in made.above):
        return None
    lines = _Lines(plan, part, figure.scope, catalog, made)
    above, below = lines.of(made.above), lines.of(made.below)
    if above is None or below is None or not _agree(figure.value, above, below, made):
        return None
    return Parts(
        tuple(line for line in above if line.quantity), tuple(line for line in below if line.quantity)
    )


def item_of(cell: Cell, form: AccountForm) -> str:
    """The item whose quantities a cell adds up; empty for a count or a stock."""
    found = _ITEM.fullmatch(cell.column)
    return found[1] if found and found[1] in form.flow_codes else ""


def _agree(value: Fraction, above: Sequence[Part], below: Sequence[Part], made: Recipe) -> bool:
    total = sum((line.amount for line in above), Fraction()) * made.scale
    if not made.below:
        return total == value
    divisor = sum((line.amount for line in below), Fraction())
    return divisor != 0 and total / divisor == value


class _Lines:
    """Cells of a recipe with the sums of one scope in them."""

    def __init__(self, plan: RunPlan, part: str, scope: str, catalog: Catalog, made: Recipe) -> None:
        sums = part_sums(plan, part)
        self._there = scope in sums.scopes
        self._account = Account(
            sums.take([sums.scopes.index(scope)]) if self._there else sums, plan.method.account
        )
        self._form, self._catalog = plan.method.account.form, catalog
        self._factors = {factor.name: factor.value for factor in made.factors}

    def of(self, cells: Sequence[Cell]) -> list[Part] | None:
        """One line a cell; None if the run has no such scope."""
        return [self._line(cell) for cell in cells] if self._there else None

    def _line(self, cell: Cell) -> Part:
        if cell.column not in STOCK_ROLES:
            return self._item_line(cell)
        quantity = self._stock(cell)
        code = self._form.roles.get(cell.column)
        named = (
            self._catalog.item(f"{self._form.form}:{code}")
            if code
            else self._catalog.indicator(_STOCKS[cell.column])
        )
        return Part(
            item=f"{self._form.form}:{code}" if code else "",
            name_zh=named.name_zh,
            name_en=named.name_en,
            quantity=quantity,
            unit=named.unit,
            factor=None,
            factor_unit="",
            amount=quantity,
            amount_unit=named.unit,
        )

    def _item_line(self, cell: Cell) -> Part:
        item = self._catalog.item(f"{self._form.form}:{item_of(cell, self._form)}")
        carrier = self._catalog.carriers.get(cell.name.partition(".")[0])
        letter = _LETTERS.get(cell.groups, "")
        quantity = self._account.sums.amount(_column(cell, letter)).fractions()[0]
        factor, shown, factor_unit, amount_unit = Fraction(1), None, "", item.unit
        for name in cell.factors:  # at most one: what an item brings, or its own unit in the carrier's
            factor = self._factors[name]
            amount_unit, written = _KINDS.get(name.partition(".")[0], (item.carrier_unit, item.carrier_unit))
            shown = factor if amount_unit == written else factor * 1000
            factor_unit = f"{written}/{item.unit}"
        return Part(
            item=item.ref,
            name_zh=carrier.name_zh if carrier else item.name_zh,
            name_en=carrier.name_en if carrier else item.name_en,
            quantity=quantity,
            unit=item.unit,
            factor=shown,
            factor_unit=factor_unit,
            amount=quantity * factor,
            amount_unit=amount_unit,
        )

    def _stock(self, cell: Cell) -> Fraction:
        letter = _LETTERS[cell.groups]
        if cell.by_days:
            return self._account.days_of(letter, cell.column).fractions()[0]
        return self._account.stock(f"{letter}_{cell.column}", cell.column).fractions()[0]


def _column(cell: Cell, letter: str) -> str:
    """The column of `domain.sums` that holds a cell's quantity."""
    if cell.column.startswith("o"):
        return cell.column
    code = cell.column.removeprefix("c")
    if letter:
        return f"{letter}_{code}"
    if len(cell.groups) == 2:  # ("complete", "k<cost>"): the money of a carrier
        return f"t_{code}"
    cost, item = (flag.removeprefix("k") for flag in cell.groups[1:])
    return f"m_{item}" if code == cost else f"q_{item}"
