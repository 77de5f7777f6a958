"""What a return begins with, on the page and in the workbook alike: stocks of the last one, and what is not used.

The last one is the newest of the twelve periods of its kind before, as it stands: published, submitted or begun.
Flows are never carried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.carrier_use import forced, uses_of_many
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.queries import cells_now
from jieyue.catalog.form_sheet import form_sheet
from jieyue.domain.period import Period

_BACK = 12
_CHUNK = 5000
Value = tuple[int, int]


@dataclass(frozen=True)
class Carried:
    """Cells to begin with. unused: those that are so by what is said of the carriers; source: the others' period."""

    cells: Mapping[str, Value]
    unused: frozenset[str] = frozenset()
    source: str = ""

    def said(self) -> dict[str, dict[str, str]]:
        """Cell → where its number comes from, as the mark of who entered it keeps it."""
        return {
            code: {"src": "use" if code in self.unused else f"period:{self.source}"} for code in self.cells
        }


def carried(form: str, period: Period, institutions: Sequence[int], instance: str = "") -> dict[int, Carried]:
    """Institution → what its return of the period begins with; every one asked for is there."""
    catalog = home_catalog()
    sheet = form_sheet(catalog, form, catalog.scheme_on(period.last_day).code)
    uses = uses_of_many(institutions, form, period.last_day)
    found: dict[int, Carried] = {}
    for start in range(0, len(institutions), _CHUNK):
        part = institutions[start : start + _CHUNK]
        last = _last(form, period, part, instance)
        now = cells_now(form, part, sorted(set(last.values())), instance, drafts=True)
        for number in part:
            said = uses.get(number, {})
            unused = forced(sheet, said)
            before = now.get((number, last.get(number, "")), {})
            kept = {
                line.code: before[line.code]
                for line in sheet.lines
                if line.code in before
                and (
                    line.kind == "stock"
                    or (before[line.code][1] == NOT_USED and line.carrier_item not in said)
                )
            }
            found[number] = Carried(kept | unused, frozenset(unused), last.get(number, ""))
    return found


def _last(form: str, period: Period, institutions: Sequence[int], instance: str) -> dict[int, str]:
    """Institution → the newest period before that it has a return for."""
    periods = [period.previous()]
    while len(periods) < _BACK:
        periods.append(periods[-1].previous())
    rows = Return.objects.filter(
        form=form,
        subject__in=institutions,
        instance=instance,
        period__in=[str(each) for each in periods],
        subject_kind=Return.Subject.INSTITUTION,
    )
    # Texts of one kind of period sort as the periods do.
    return dict(rows.order_by("subject").values_list("subject").annotate(newest=Max("period")))
