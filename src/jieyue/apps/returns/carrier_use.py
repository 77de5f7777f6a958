"""How an institution comes by its carriers, and what this says of the cells of a return.

| case | quantity | cost |
|---|---|---|
| own meter, own bill | asked | asked |
| own meter, paid by others | asked | not used |
| no meter, pays a share or a lump sum | asked (an estimate is offered) | asked |
| no meter, paid by others | asked (an estimate is offered) | not used |
| not used | not used | not used |

Not used is neither missing nor zero; it leaves as 0 where a form above demands 0.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import BigIntegerField, CharField, DateField

from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.models import CarrierUse
from jieyue.catalog.form_sheet import FormSheet

Case = CarrierUse.Case
UNPAID = frozenset({Case.METERED_UNPAID.value, Case.UNMETERED_UNPAID.value})
_CHUNK = 5000
CASES: tuple[str, ...] = tuple(case.value for case in Case)


def uses_of(institution: int, form: str, day: date) -> dict[str, str]:
    """Carrier's item → the case in force on a day; a carrier that nothing is said of is absent."""
    return uses_of_many([institution], form, day).get(institution, {})


def uses_of_many(institutions: Sequence[int], form: str, day: date) -> dict[int, dict[str, str]]:
    """Institution → what `uses_of` says of it; one of which nothing is said is absent."""
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(institutions), _CHUNK):
        part = institutions[start : start + _CHUNK]
        for institution, item, case in _USES.rows(institutions=part, form=form, day=day):
            found.setdefault(institution, {})[item] = case
    return found


_USES = Prepared(
    lambda institutions, form, day: (
        CarrierUse.objects.filter(institution__in=institutions, form=form, valid_from__lte=day)
        .order_by("valid_from", "pk")
        .values_list("institution", "item", "case")
    ),
    institutions=BigIntegerField(),
    form=CharField(),
    day=DateField(),
)


def unused_cells(sheet: FormSheet, uses: Mapping[str, str]) -> set[str]:
    """Cells that are not used by what is said of their carriers."""
    if not uses:
        return set()
    return {
        line.code
        for line in sheet.lines
        if (case := uses.get(line.carrier_item, "")) == Case.NOT_USED.value
        or (line.kind == "cost" and case in UNPAID)
    }


def forced(sheet: FormSheet, uses: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """The same, as cells."""
    unused = unused_cells(sheet, uses)
    return {code: (0, NOT_USED) for code in sheet.codes if code in unused}
