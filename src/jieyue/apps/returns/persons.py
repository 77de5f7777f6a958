"""Energy users by the authority's formula: which counts a return asks of an institution, and what they come to.

The type of the institution and the period's last day pick the formula (catalog/persons.py). The number follows from
its counts once each is stated, and says how in `raw`: "300 + 0.5 × 120 = 360". Where there is no formula nothing is
asked, read or changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import Read
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.totals import ESTIMATED
from jieyue.apps.returns.typed import TYPED
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import Tree
from jieyue.catalog.form_sheet import FormSheet, form_sheet
from jieyue.catalog.loader import Catalog
from jieyue.catalog.persons import PersonsFormula, product
from jieyue.domain.period import Period
from jieyue.domain.quantity import LARGEST, SCALE, fixed_text, to_fixed
from jieyue.domain.workflow import Entered, mark

Value = tuple[int, int]
#: What the mark of a computed cell says it comes from.
FORMULA = "formula"
_CHUNK = 5000


@dataclass(frozen=True)
class Asks:
    """What a return asks of an institution: the lines, and the formula of its energy users if there is one."""

    sheet: FormSheet
    formula: PersonsFormula | None = None

    @property
    def computed(self) -> str:
        """The item that nobody may type, for the formula gives it; empty where there is none."""
        return "" if self.formula is None or self.formula.override else self.formula.item


def asks_of(key: Key, read: Read | None = None) -> Asks:
    """What the return asks. read: what the request has read of the institution. Raises UnknownRuleError."""
    return asks_of_many(key.form, Period.parse(key.period), [key.subject], read)[key.subject]


def asks_of_many(
    form: str,
    period: Period,
    institutions: Sequence[int],
    read: Read | None = None,
    *,
    catalog: Catalog | None = None,
) -> dict[int, Asks]:
    """Institution → what its return of the period asks; every one is there. Raises UnknownRuleError.

    read: what the request has read of them, of a few. catalog: the rules that are asked; by default those in force.
    """
    catalog, day = catalog or home_catalog(), period.last_day
    sheet = form_sheet(catalog, form, catalog.scheme_on(day).code)
    own = catalog.own_counts
    plain = Asks(_without(sheet, own, frozenset()))
    if not catalog.has_persons_formula(form, day):
        return dict.fromkeys(institutions, plain)
    kinds = _types_of(institutions, day) if read is None else _types_in(read, institutions, day)
    made = {}
    for kind in set(kinds.values()):
        formula = catalog.persons_formula(form, kind, day)
        made[kind] = (
            plain if formula is None else Asks(_without(sheet, own, frozenset(formula.counts)), formula)
        )
    return {number: made[kinds[number]] if number in kinds else plain for number in institutions}


def _without(sheet: FormSheet, own: Collection[str], counts: frozenset[str]) -> FormSheet:
    """The sheet without the counts that only other formulas ask for."""
    lines = tuple(line for line in sheet.lines if line.item.ref not in own or line.code in counts)
    return sheet if len(lines) == len(sheet.lines) else replace(sheet, lines=lines)


def _types_of(institutions: Sequence[int], day: date) -> dict[int, str]:
    """Institution → the code of its type on the day."""
    nodes = tree_view(Tree.TYPE, last_done(), day).nodes
    found: dict[int, str] = {}
    for start in range(0, len(institutions), _CHUNK):
        rows = Membership.objects.as_of().on(day).filter(tree=Tree.TYPE)
        part = rows.filter(institution__in=institutions[start : start + _CHUNK])
        found |= {
            number: nodes[node].code
            for number, node in part.values_list("institution", "node")
            if node in nodes
        }
    return found


def _types_in(read: Read, institutions: Sequence[int], day: date) -> dict[int, str]:
    """The same of a few, by what the request has read of them."""
    nodes = tree_view(Tree.TYPE, read.sequence, day).nodes
    return {
        number: nodes[one.node].code
        for number in institutions
        for one in read.hangs(number)
        if one.tree == Tree.TYPE and one.on(day) and one.node in nodes
    }


def computed(formula: PersonsFormula, cells: Mapping[str, Value]) -> tuple[Value, str] | None:
    """The number with its origin, and how it comes about; None while a count is missing.

    Exact, rounded once to four decimals (GB/T 8170-2008 §3.2). A count that is not used is 0; an estimate makes the
    whole one.
    """
    if not all(code in cells for code in formula.counts):
        return None
    total = Fraction(0)
    shown = []
    for term in formula.terms:
        value = cells[term.count][0]
        total += term.coefficient * Fraction(value, SCALE)
        shown.append(product(term, fixed_text(value)))
    used = {cells[code][1] for code in formula.counts} - {NOT_USED}
    origin = TYPED if not used else ESTIMATED if ESTIMATED in used else max(used)
    if total * SCALE > LARGEST:
        return None
    number, rounded = to_fixed(total)
    return (number, origin), f"{' + '.join(shown)} {'≈' if rounded else '='} {fixed_text(number)}"


def follow(
    formula: PersonsFormula | None,
    cells: dict[str, Value],
    entered: Entered,
    person: str,
    *,
    on_behalf: bool = False,
) -> tuple[dict[str, Value], dict[str, Mapping[str, object]]]:
    """The cells and who entered them, with the number of energy users as the formula has it.

    A number that somebody typed stands where the formula may be overridden, until it is emptied; one that was carried
    from the last return gives way. Where a count is missing a computed number goes; a published one stays.
    """
    kept = dict(entered)
    if formula is None:
        return cells, kept
    item, said = formula.item, entered.get(formula.item, {})
    source = str(said.get("src", ""))
    found = computed(formula, cells)
    if found is None:
        if source != FORMULA or item not in cells:
            return cells, kept
        kept.pop(item, None)
        return {code: value for code, value in cells.items() if code != item}, kept
    if item in cells and formula.override and source != FORMULA and not source.startswith("period:"):
        return cells, kept
    value, text = found
    if cells.get(item) != value or source != FORMULA or said.get("raw") != text:
        kept[item] = {**mark(person, on_behalf=on_behalf), "raw": text, "src": FORMULA}
    return {**cells, item: value}, kept
