"""Which formula counts the energy users of an institution: its own type's, or that of a type above, on a day."""

from datetime import date
from functools import cached_property

from jieyue.catalog.model import InstitutionType
from jieyue.catalog.persons import TABLE, PersonsFormula, PersonsTerm, ancestors
from jieyue.catalog.rules_base import Rules


class PersonsRules(Rules):
    """Which formula counts the energy users of an institution."""

    @cached_property
    def _terms(self) -> tuple[PersonsTerm, ...]:
        return self._rows(TABLE, PersonsTerm)

    def has_persons_formula(self, form: str, day: date) -> bool:
        """Whether any type has one on the day."""
        return any(_in_force(term, form, day) for term in self._terms)

    def persons_formula(self, form: str, kind: str, day: date) -> PersonsFormula | None:
        """The formula of an institution type on a day, its own or that of a type above; None where there is none."""
        above = ancestors(kind, self._by_code("institution_types", InstitutionType))
        found = tuple(term for term in self._terms if _in_force(term, form, day) and above & set(term.types))
        return PersonsFormula(found) if found else None

    def counts_asked(self, form: str, day: date) -> frozenset[str]:
        """Codes of the counts that formulas take on a day, whatever the type."""
        return frozenset(term.count for term in self._terms if _in_force(term, form, day))

    @cached_property
    def own_counts(self) -> frozenset[str]:
        """Full names of the counts that a formula alone asks for."""
        return frozenset(term.ref for term in self._terms if term.name_zh)


def _in_force(term: PersonsTerm, form: str, day: date) -> bool:
    return term.item.startswith(f"{form}:") and term.valid_from <= day < term.valid_to
