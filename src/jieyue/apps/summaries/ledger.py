"""The ledger of a form and period: what every institution adds to the table, and where it stands.

The institutions, what they owe and which of their returns count are those of the figures (accounts/filed.py, the steps
of `figures_graded.sql`): a return of the whole period, else its months, else its quarters, never two; an institution
whose months are not all in adds nothing and is listed. An item counts where every return used states it (not used
= 0). Nothing comes from the registry here: a summary stands on returns alone. As of one publication this never changes,
so a process keeps some.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
from django.conf import settings

from jieyue.apps.accounts.collect import Added, trees_of
from jieyue.apps.accounts.filed import Filed
from jieyue.apps.accounts.nodes import RunTrees
from jieyue.apps.accounts.sums_query import build
from jieyue.apps.accounts.versions import FIRST
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.open_rows import submitted_rows
from jieyue.catalog.model import Item
from jieyue.domain.account_form import AccountForm, FlowItem
from jieyue.domain.period import Period
from jieyue.domain.summary import Bools, Ints, Numbers, place_of
from jieyue.domain.tree import descendants
from jieyue.store import arrays

#: The item of the summary form that counts institutions; it is in no return.
COUNT_ITEM = "100"
TREES = ("line", "area", "department", "type")


@dataclass(frozen=True)
class Ledger:
    """One row an institution of this authority's count (or, `outside`, of those outside it too).

    nodes: tree → node of each on the period's last day, 0 = none. place: its column, as a place in S001 … S010.
    part: 0 the whole period's return counts, 1 months, 2 quarters, −1 nothing filed. member: another's return speaks
    for it; doubled: (institution, period) of returns that another's stands for. values, known, estimated: by item
    code of the summarised form.
    """

    form: str
    base: str
    period: Period
    sequence: int
    unapproved: bool
    trees: RunTrees
    items: tuple[Item, ...]
    institutions: Ints
    nodes: Mapping[str, Ints]
    place: Ints
    at_end: Bools
    expected: Ints
    present: Ints
    complete: Bools
    part: Ints
    member: Bools
    doubled: frozenset[tuple[int, str]]
    values: Mapping[str, Numbers]
    known: Mapping[str, Bools]
    estimated: Mapping[str, Numbers]

    def below(self, body: int) -> Bools:
        """Which institutions stand at the body or below it on the reporting line."""
        if body == self.trees.root("line"):
            return np.ones(len(self.institutions), dtype=bool)
        parents = self.trees.parents("line")
        inside = descendants(body, parents) | {body} if body in parents else {body}
        return np.isin(self.nodes["line"], sorted(inside))

    @cached_property
    def obliged(self) -> bool:
        """Whether it is known who owes a return: of machine rooms and heating the registry does not say it."""
        return not home_catalog().forms[self.base].required_if


def ledger(
    form: str,
    period: Period,
    *,
    sequence: int,
    unapproved: bool = False,
    outside: bool = False,
    first: bool = False,
) -> Ledger:
    """The ledger of a summary form (NY301) as of a publication. unapproved: with what is submitted only. first: of
    each return what was published first, whatever it was corrected to."""
    if unapproved:
        return _made(form, period, sequence, unapproved=True, outside=outside)
    return _kept(
        str(settings.JIEYUE_HOME.path), home_catalog().digest, form, period, sequence, outside, first
    )


def ledger_of(
    body: int, form: str, period: Period, *, sequence: int, unapproved: bool = False, first: bool = False
) -> Ledger:
    """The ledger that a body's table is read from; a body outside the count has its institutions in one of its own."""
    found = ledger(form, period, sequence=sequence, unapproved=unapproved, first=first)
    if body in found.trees.outside():
        return ledger(form, period, sequence=sequence, unapproved=unapproved, outside=True, first=first)
    return found


@lru_cache(maxsize=4)
def _kept(
    home: str, digest: str, form: str, period: Period, sequence: int, outside: bool, first: bool
) -> Ledger:
    return _made(form, period, sequence, unapproved=False, outside=outside, first=first)


def items_of(form: str, period: Period) -> tuple[Item, ...]:
    """The rows of a summary form: those whose label is known and that are added up or taken by a stock's rule."""
    catalog = home_catalog()
    scheme = catalog.scheme_on(period.last_day).code
    found = (item for item in catalog.items(form, scheme) if item.value_kind == "number" and item.rendered)
    rows = [item for item in found if item.agg in ("flow", "stock")]
    return tuple(sorted(rows, key=lambda item: item.code != COUNT_ITEM))


def as_account(base: str, items: Sequence[Item]) -> AccountForm:
    """The form as the engine of the figures takes it: every flow a quantity of its own, every stock a role."""
    flows = tuple(FlowItem(item.code, item.code) for item in items if item.agg == "flow")
    stocks = [item for item in items if item.agg == "stock" and item.code != COUNT_ITEM]
    roles = {f"stock_{item.code}": item.code for item in stocks}
    means = frozenset(f"stock_{item.code}" for item in stocks if item.stock_rule == "mean")
    return AccountForm(base, flows, {}, roles, tuple(roles.values()), water="", means=means)


def _made(
    form: str, period: Period, sequence: int, *, unapproved: bool, outside: bool, first: bool = False
) -> Ledger:
    catalog, lake = home_catalog(), open_lake()
    base = catalog.forms[form].summary_of
    if f"facts_{base}" not in lake.tables():
        raise refusals.empty()
    items = items_of(form, period)
    account = as_account(base, items)
    trees = trees_of(lake, sequence, period.last_day)
    query = build(
        account,
        period,
        sequence=sequence,
        day=period.last_day,
        outside=trees.outside(),
        count_outside=outside,
    )
    partitions = {f"facts_{base}": {"year": sorted({month.year for month in period.months()})}}
    added = Added(
        lake, query, account, period, partitions,
        narrow=False,
        extra=submitted_rows(base, period, account, sequence) if unapproved else (),
        rooms=catalog.forms[base].instance == "room",
        versions=FIRST if first else "",
    )  # fmt: skip
    found = lake.steps(
        "summary_standing", query.params, slots=query.slots, partitions=partitions, given=added.given()
    )["standing"]
    filed = added.filed
    at = arrays.places(filed.institutions, found.column("institution"))
    nodes = {tree: arrays.whole(found.column(tree)) for tree in TREES}
    values, known, estimated = _amounts(filed, account, at)
    return Ledger(
        form, base, period, sequence, unapproved, trees, items,
        institutions=arrays.whole(found.column("institution")),
        nodes=nodes,
        place=_places(nodes["type"], trees),
        at_end=arrays.flag(found.column("at_end")),
        expected=arrays.wide(found.column("expected")).astype(np.int64),
        present=arrays.wide(found.column("present")).astype(np.int64),
        complete=arrays.flag(found.column("complete")),
        part=filed.part[at].astype(np.int64),
        member=arrays.flag(found.column("is_member")),
        doubled=filed.doubled,
        values=values,
        known=known,
        estimated=estimated,
    )  # fmt: skip


def _places(types: Ints, trees: RunTrees) -> Ints:
    """The column of each institution by its type node."""
    columns = {kind.code: kind.column for kind in home_catalog().types.values()}
    known = {
        node: place_of(columns, trees.nodes[node].code)
        for node in np.unique(types).tolist()
        if node in trees.nodes
    }
    return np.array([known.get(node, 0) for node in types.tolist()], dtype=np.int64)


def _amounts(
    filed: Filed, form: AccountForm, at: Ints
) -> tuple[dict[str, Numbers], dict[str, Bools], dict[str, Numbers]]:
    names = frozenset(filed.names())
    values: dict[str, Numbers] = {}
    known: dict[str, Bools] = {}
    estimated: dict[str, Numbers] = {}
    for code in form.flow_codes:
        values[code], known[code] = filed.amount(f"c{code}")[at], filed.known(code)[at]
        if f"o4_{code}" in names:
            estimated[code] = filed.amount(f"o4_{code}")[at]
    for role, code in form.roles.items():
        total, divisor, there = filed.stock(role)
        if role in form.means:
            total = np.array(
                [round(Fraction(int(t), int(d))) for t, d in zip(total, divisor, strict=True)], dtype=object
            )
        values[code], known[code] = total[at], there[at]
    return values, known, estimated
