"""The rules about summaries (L16): judged when a table is added up, and once more before it is frozen.

Which rows hold is said by the rule set in force on the period's last day, as for returns. `columns` rows look at the
table alone; `base_forms` rows hold it to the returns behind it, added up from the published facts by themselves, not
by the engine that made the table. Stocks are taken by their own rule and not compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from jieyue.apps.accounts.sums_query import build
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.review.releases import held_on
from jieyue.apps.summaries.ledger import Ledger, as_account
from jieyue.apps.summaries.tables import counted, in_column
from jieyue.catalog.ruleset import RuleRow, RuleSet, Written
from jieyue.domain.period import Period
from jieyue.domain.rule_text import cells_of
from jieyue.domain.summary import Bools, Cells, Ints, Numbers, line
from jieyue.domain.summary_rules import TableFlag, columns_rule, judged_columns, judged_sums
from jieyue.store import arrays

_SAFE = 2**62
#: Item → its ten sums, in ten-thousandths.
Behind = Mapping[str, list[int]]
_FEW = 2000  # institutions up to which their rows alone are read


@dataclass(frozen=True)
class Finding:
    """What a rule says of a line: the rule as it stands, the line, and the institutions that are the reason."""

    rule: RuleRow
    flag: TableFlag
    institutions: tuple[int, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the table is not sent upward with it."""
        return self.flag.severity == "error"


def of_table(
    form: str,
    period: Period,
    cells: Cells,
    ledger: Ledger | None = None,
    body: int = 0,
    rules: RuleSet | None = None,
) -> list[Finding]:
    """What the rules (None: those in force) say of the columns of a table; with its ledger and body, of which
    institutions."""
    found = []
    for written in _written(form, period, "columns", rules):
        known = {name: limit for name, limit in written.limits.items() if limit is not None}
        node = columns_rule(written.text, form, known)
        named = [cell.code for cell in cells_of(node)]
        row = written.row
        for flag in judged_columns(row.code, row.severity, node, cells):
            own = () if ledger is None else _apart(ledger, body, flag.item, named)
            found.append(Finding(row, flag, own))
    return found


def of_contents(
    period: Period, form: str, cells: Cells, behind: Callable[[], Behind], rules: RuleSet | None = None
) -> list[Finding]:
    """What the rules (None: those in force) say of a table against the returns that it stands on. behind: what those
    add up to, asked for where a rule compares with it."""
    found = []
    for written in _written(form, period, "base_forms", rules):
        row, tolerance = written.row, written.limits.get("tol") or Fraction(0)
        flags = judged_sums(row.code, row.severity, cells, behind(), tolerance)
        found += [Finding(row, flag) for flag in flags]
    return found


def _written(form: str, period: Period, op: str, rules: RuleSet | None = None) -> Iterator[Written]:
    """Rules of the kind whose limits are all set; rules: of this set, else of that in force."""
    catalog = home_catalog()
    order = tuple(row.code for row in catalog.table("schemes"))
    own = held_on(period.last_day).rules if rules is None else rules
    for written in own.written(form, catalog.scheme_on(period.last_day).code, order):
        judges = written.row.op == op and period.kind_letter in written.row.periods
        if judges and all(limit is not None for limit in written.limits.values()):
            yield written


def _apart(ledger: Ledger, body: int, item: str, columns: Sequence[str]) -> tuple[int, ...]:
    """Institutions of the line that stand in the first of a rule's columns and in none of the others."""
    first, *others = columns
    values, stated = counted(ledger, item)
    apart = stated & (values != 0) & ledger.below(body) & in_column(ledger.place, first)
    for other in others:
        apart &= ~in_column(ledger.place, other)
    return tuple(ledger.institutions[apart].tolist())


def sums_behind(ledger: Ledger, listed: Sequence[tuple[int, int]]) -> Behind:
    """Item → the ten sums over the versions, of the flows that every version of an institution states. listed:
    (institution, version)."""
    flows = [item.code for item in ledger.items if item.agg == "flow"]
    name = f"facts_{ledger.base}"
    subjects = sorted({subject for subject, _version in listed})
    few = subjects if len(subjects) <= _FEW else None
    asked = {"year": sorted({month.year for month in ledger.period.months()})}
    query = build(
        as_account(ledger.base, ledger.items),
        ledger.period,
        sequence=ledger.sequence,
        day=ledger.period.last_day,
        institutions=few,
    )
    columns = ["f.institution", *(f"f.c{code}, f.o{code}" for code in flows)]
    rows = open_lake().query(
        "figures_rows",
        query.params,
        slots={**query.slots, "columns": columns, "rows": name},
        partitions={name: asked if few is None else {**asked, "institution": few}},
    )
    own = np.isin(arrays.whole(rows.column("version")), [version for _subject, version in listed])
    order = np.argsort(ledger.institutions)  # the ledger has them in no order
    at = order[arrays.places(ledger.institutions[order], rows.column("institution"))][own]
    filed = np.bincount(at, minlength=len(ledger.institutions))
    found = {}
    for code in flows:
        values, _there = arrays.quantities(rows.column(f"c{code}"), rows.num_rows)
        stated = arrays.whole(rows.column(f"o{code}"))[own] > 0
        made = line(code, *_by_institution(values[own], stated, at, filed), ledger.place)
        found[code] = [value or 0 for value in made.values]
    return found


def _by_institution(values: Ints, stated: Bools, at: Ints, filed: Ints) -> tuple[Numbers, Bools]:
    """(the sum of each institution's returns, where every one of them states the item)."""
    most = int(np.abs(values).max(initial=0)) * int(filed.max(initial=0))
    total = np.zeros(len(filed), dtype=np.int64 if most < _SAFE else object)
    np.add.at(total, at, values.astype(total.dtype))
    said = np.bincount(at, weights=stated, minlength=len(filed)).astype(np.int64)
    return total, (filed > 0) & (said == filed)
