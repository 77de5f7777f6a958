"""From the lake to sums by scope: the query, the roll-up of the trees, the declared totals."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial, reduce
from typing import Any

import numpy as np
import pyarrow as pa

from jieyue.apps.accounts import leaves
from jieyue.apps.accounts import nodes as run_nodes
from jieyue.apps.accounts.filed import SAME_IN_MOST, Block, Filed, columns_of
from jieyue.apps.accounts.graded import Registry, Seen, rated
from jieyue.apps.accounts.leaves import Leaves
from jieyue.apps.accounts.nodes import TREES, RunTrees
from jieyue.apps.accounts.sums_query import SumsQuery
from jieyue.apps.accounts.versions import KEYS, versions_of
from jieyue.domain.account_form import BOUGHT_ROLES, AccountForm
from jieyue.domain.exact import IntColumn
from jieyue.domain.period import Period
from jieyue.domain.sums import ByType, Sums
from jieyue.store import arrays
from jieyue.store.arrays import Numbers
from jieyue.store.port import Given, Lake, Partitions
from jieyue.store.scan import Rows, Scan

Leaf = dict[str, int | None]
_SMALL, _FULL = 2_000, 8_000  # rows of a file that are added with those of others; rows of such a block
_SPAN = 100_000  # institutions whose sums are rolled up at a time


@dataclass(frozen=True)
class Collected:
    """Sums of all scopes of a run, and the trees they stand in."""

    sums: Sums
    trees: RunTrees
    declared: frozenset[str]
    unplaced: Mapping[str, int]


def trees_of(lake: Lake, sequence: int, day: date) -> RunTrees:
    """The trees as of a publication, as they stood on a day; a node that ended still holds its past."""
    rows: list[dict[str, Any]] = []
    with lake.scan("dim_node", run_nodes.COLUMNS, seq=sequence) as parts:
        for part in parts:
            found = pa.Table.from_arrays(list(part.columns.values()), names=list(part.columns))
            rows += (found if part.current is None else found.filter(pa.array(part.current))).to_pylist()
    return run_nodes.read(sorted(rows, key=run_nodes.order), day)


def collect_nodes(
    lake: Lake,
    form: AccountForm,
    period: Period,
    *,
    sequence: int,
    day: date,
    count_outside: bool = False,
    versions: str = "",
) -> Collected:
    """Sums of every node of the four trees; declared totals where a node has no institution's facts.

    versions: which version of each return counts (accounts/versions.py); empty: the one in force.
    """
    with (
        _scan(lake, form, _partitions(form, period), sequence, versions=versions) as ahead,
        Registry(lake, sequence) as registry,
    ):
        trees = trees_of(lake, sequence, day)
        seen = Seen(*registry.both(), period, day)
        filed = _filed(seen, form, period, _blocks(_counting(ahead, period, versions)))
    table = rated(seen, filed, form, outside=trees.outside(), everybody=count_outside)
    found = _rolled(table, filed, form, trees)
    declared = declared_rows(lake, form, period, sequence=sequence)
    shown = _declared_leaves(declared, trees, found.scopes, found.columns, form=form, period=period)
    sums = _with_leaves(found.scopes, found.columns, shown, found.types)
    return Collected(sums, trees, frozenset(shown), found.unplaced)


def collect_declared(lake: Lake, form: AccountForm, period: Period, *, sequence: int, day: date) -> Sums:
    """Sums of the declared totals alone, whether or not institutions' facts stand beside them."""
    trees = trees_of(lake, sequence, day)
    rows = {
        trees.nodes[row["node"]].scope: _as_leaf(row, form, period, {})
        for row in declared_rows(lake, form, period, sequence=sequence)
        if row["node"] in trees.nodes
    }
    return _sums(rows)


def collect_institutions(
    lake: Lake,
    form: AccountForm,
    period: Period,
    *,
    sequence: int,
    institutions: Sequence[int] | None,
    versions: str = "",
) -> tuple[list[int], Sums]:
    """Sums of single institutions (None = all), in ascending order of their identifiers."""
    partitions = _partitions(form, period, institutions)
    with (
        _scan(
            lake,
            form,
            partitions,
            sequence,
            same=SAME_IN_MOST if institutions is None else (),
            versions=versions,
        ) as ahead,
        Registry(lake, sequence, institutions) as registry,
    ):
        seen = Seen(*registry.both(), period, period.last_day)
        counting = _counting(ahead, period, versions)
        blocks = _blocks(counting) if institutions is None else _together(counting)
        filed = _filed(seen, form, period, blocks)
    found = Leaves(rated(seen, filed, form, everybody=True), filed, form)
    order = np.argsort(found.institutions, kind="stable")
    ids = found.institutions[order].tolist()
    return ids, Sums(
        tuple(str(i) for i in ids), _exact({name: column[order] for name, column in found.columns()})
    )


@dataclass(frozen=True)
class Everyone:
    """Every institution in being in a period, ascending, in this authority's count or not, as columns.

    counted: in the count. nodes: tree to the node of each on the day of the boundaries, 0 = none. days in being for
    itself; expected, present: institution-periods owed and filed. sums: one row each.
    """

    trees: RunTrees
    ids: Numbers
    counted: Numbers
    nodes: Mapping[str, Numbers]
    days: Numbers
    expected: Numbers
    present: Numbers
    sums: Sums


def collect_everyone(
    lake: Lake, form: AccountForm, period: Period, *, sequence: int, day: date, versions: str = ""
) -> Everyone:
    """Where every institution stands, what it owes and what it filed, in one pass over the facts."""
    with (
        _scan(lake, form, _partitions(form, period), sequence, versions=versions) as ahead,
        Registry(lake, sequence) as registry,
    ):
        trees = trees_of(lake, sequence, day)
        seen = Seen(*registry.both(), period, day)
        filed = _filed(seen, form, period, _blocks(_counting(ahead, period, versions)))
    outside = trees.outside()
    table = rated(seen, filed, form, outside=outside, everybody=True)
    own = arrays.whole(rated(seen, filed, form, outside=outside).column("institution"))
    found = Leaves(table, filed, form)
    ids, order = found.institutions, np.argsort(found.institutions, kind="stable")
    columns = {name: column[order] for name, column in found.columns()}
    return Everyone(
        trees=trees,
        ids=ids[order],
        counted=np.isin(ids[order], own),
        nodes={tree: found.nodes(tree)[order] for tree in TREES},
        days=arrays.whole(table.column("days"))[order],
        expected=columns["expected"].astype(np.int64),
        present=columns["present"].astype(np.int64),
        sums=Sums(tuple(str(number) for number in ids[order].tolist()), _exact(columns)),
    )


def _filed(seen: Seen, form: AccountForm, period: Period, blocks: Iterable[Block]) -> Filed:
    """The returns of the institutions, added up."""
    filed = Filed(form, period, seen.institutions, (), elsewhere=seen.elsewhere())
    for block in blocks:
        filed.take(block)
    return filed


def _partitions(form: AccountForm, period: Period, institutions: Sequence[int] | None = None) -> Partitions:
    facts: dict[str, Sequence[int | str]] = {"year": sorted({m.year for m in period.months()})}
    if institutions is not None:
        facts["institution"] = list(institutions)
    return {f"facts_{form.form}": facts}


#: What `kept_steps` made last: the same publication, form and period give the same rows for ever.
_kept: OrderedDict[tuple[Any, ...], tuple[pa.Table, pa.Table]] = OrderedDict()
_KEPT, _KEPT_ROWS = 4, 200_000


def kept_steps(added: "Added", key: tuple[Any, ...]) -> Given:
    """`added.given()`, read once a process for those who look at one run again and again.

    key: all that decides the rows (lake, publication, form with its items, period, institutions).
    """
    found = _kept.get(key)
    if found is not None:
        _kept.move_to_end(key)
        chosen, stocks = found
        return {
            **added.given(),
            "parts": lambda _: _nothing(institution=pa.int64()),
            "chosen": lambda _: chosen,
            "last_stocks": lambda _: stocks,
        }

    def stocks_and_keep(_: Callable[[str], pa.Table]) -> pa.Table:
        made = added.filed.chosen(), added.filed.last_stocks()
        if made[0].num_rows <= _KEPT_ROWS:
            _kept[key] = made
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        return made[1]

    return {**added.given(), "last_stocks": stocks_and_keep}


class Added:
    """The steps of `figures_graded.sql` that read the facts, made by adding them up as columns.

    extra: rows that are no facts yet and are to be added too. rooms: see `Filed`. versions: which version of each
    return counts; empty: the one in force.
    """

    def __init__(
        self,
        lake: Lake,
        query: SumsQuery,
        form: AccountForm,
        period: Period,
        partitions: Partitions,
        *,
        narrow: bool,
        extra: Sequence[Block] = (),
        rooms: bool = False,
        versions: str = "",
    ) -> None:
        self._blocks = (
            partial(_picked, lake, query, form, partitions, period=period, versions=versions)
            if narrow or versions
            else partial(_whole, lake, query, form, partitions)
        )
        self._filed: Filed | None = None
        self._form, self._period = form, period
        self._extra, self._rooms = extra, rooms

    @property
    def filed(self) -> Filed:
        """The returns added up, after the step `parts`."""
        assert self._filed is not None
        return self._filed

    def given(self) -> Given:
        """For `Lake.steps`."""
        return {
            "doubled": lambda fetch: (
                None if fetch("away").num_rows else _nothing(institution=pa.int64(), period=pa.string())
            ),
            "parts": self._read,
            "chosen": lambda _: self.filed.chosen(),
            "last_stocks": lambda _: self.filed.last_stocks(),
        }

    def _read(self, fetch: Callable[[str], pa.Table]) -> pa.Table:
        ids = np.sort(arrays.whole(fetch("seen").column("institution")))
        doubled = [(row["institution"], row["period"]) for row in fetch("doubled").to_pylist()]
        self._filed = Filed(self._form, self._period, ids, doubled, rooms=self._rooms)
        for block in (*self._extra, *self._blocks()):
            self._filed.take(block)
        return _nothing(institution=pa.int64())


def _nothing(**columns: pa.DataType) -> pa.Table:
    return pa.Table.from_arrays([pa.nulls(0, kind) for kind in columns.values()], names=list(columns))


def _picked(
    lake: Lake,
    query: SumsQuery,
    form: AccountForm,
    partitions: Partitions,
    *,
    period: Period,
    versions: str = "",
) -> Iterator[Block]:
    """The facts of a few institutions that may count: the rows that the engine picks; what is in force, or the versions
    that are said."""
    columns = columns_of(form)
    slots = {
        **query.slots,
        "columns": ", ".join(f"f.{column}" for column in columns),
        "rows": f"facts_{form.form}",
    }
    rows = lake.query("figures_rows", query.params, slots=slots, partitions=partitions)
    if versions:
        part = Rows({name: rows.column(name) for name in rows.column_names}, {}, None, rows.num_rows, {})
        current = versions_of(versions, period).counts(part)
    else:
        replaces = arrays.whole(arrays.one(rows.column("replaces")))
        current = ~np.isin(arrays.whole(rows.column("version")), replaces)
    yield Block({name: rows.column(name) for name in columns}, rows.num_rows, current)


def _whole(
    lake: Lake,
    query: SumsQuery,
    form: AccountForm,
    partitions: Partitions,
) -> Iterator[Block]:
    """The facts of all institutions that may count: whole files."""
    with _scan(lake, form, partitions, int(str(query.params["seq"]))) as parts:
        yield from _blocks(parts)


def _counting(parts: Scan, period: Period, versions: str) -> Iterable[Rows]:
    """The rows with those that count marked."""
    return versions_of(versions, period).only(parts) if versions else parts


def _blocks(parts: Iterable[Rows]) -> Iterator[Block]:
    """The rows as they are read; those of small files, as corrections are, some thousand in one block."""
    small: list[Rows] = []
    for part in parts:
        if part.count > _SMALL:
            yield Block(part.columns, part.count, part.current, int(part.partition["year"]), part.same)
            continue
        small.append(part)
        if sum(each.count for each in small) > _FULL:
            yield from _together(small)
            small = []
    yield from _together(small)


def _together(parts: Iterable[Rows]) -> Iterator[Block]:
    """A few rows of many files in one block: adding a block costs a millisecond, however small it is."""
    found, years, current = [], [], []
    for part in parts:
        same = {name: pa.repeat(_scalar(value), part.count) for name, value in part.same.items()}
        columns = {**part.columns, **same}
        found.append(pa.Table.from_arrays(list(columns.values()), names=list(columns)))
        years.append(np.full(part.count, int(part.partition["year"])))
        current.append(np.ones(part.count, dtype=bool) if part.current is None else part.current)
    if found:
        rows = pa.concat_tables(found, promote_options="permissive").combine_chunks()
        rows = rows.append_column("year", pa.array(np.concatenate(years)))
        yield Block(
            {name: rows.column(name) for name in rows.column_names}, rows.num_rows, np.concatenate(current)
        )


def _scalar(value: int | str) -> pa.Scalar:
    return pa.scalar(value, pa.string() if isinstance(value, str) else pa.int32())


def _scan(
    lake: Lake,
    form: AccountForm,
    partitions: Partitions,
    sequence: int,
    *,
    same: Sequence[str] = SAME_IN_MOST,
    versions: str = "",
) -> Scan:
    columns = [*columns_of(form), *KEYS] if versions else columns_of(form)
    return lake.scan(
        f"facts_{form.form}",
        columns,
        seq=sequence,
        partitions=partitions,
        same=same,
        replaced=bool(versions),
    )


#: The areas of the nodes by type among the sums of the types.
_AREAS = "areas"


@dataclass(frozen=True)
class _Rolled:
    """Sums of the nodes of all trees.

    scopes: scope to its place in the columns. unplaced: tree to institutions that stand at none of its nodes. types:
    what the institutions right at each type have, and the nodes' areas by type.
    """

    scopes: Mapping[str, int]
    columns: Mapping[str, Numbers]
    unplaced: Mapping[str, int]
    types: Mapping[str, Numbers]

    def plus(self, other: "_Rolled") -> "_Rolled":
        """With the sums of other institutions in the same trees."""
        lost = {
            tree: self.unplaced.get(tree, 0) + other.unplaced.get(tree, 0)
            for tree in TREES
            if tree in self.unplaced or tree in other.unplaced
        }
        return _Rolled(self.scopes, _plus(self.columns, other.columns), lost, _plus(self.types, other.types))


def _plus(some: Mapping[str, Numbers], more: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Columns added up, in Python integers where a sum could leave int64."""
    return {name: arrays.plus(column, more[name]) for name, column in some.items()}


def _rolled(rows: pa.Table, filed: Filed, form: AccountForm, trees: RunTrees) -> _Rolled:
    """The sums of the institutions of `rated`, a part of a nation at a time: what is made of each part is small enough
    to stay near the processor, and two threads share the parts."""
    spans = [rows.slice(first, _SPAN) for first in range(0, max(rows.num_rows, 1), _SPAN)]
    if len(spans) == 1:  # of few a sum takes 20 µs: threads would spend more on taking turns
        return _rolled_span(rows, filed, form, trees)
    with ThreadPoolExecutor(2) as pool:
        return reduce(_Rolled.plus, pool.map(lambda span: _rolled_span(span, filed, form, trees), spans))


def _rolled_span(rows: pa.Table, filed: Filed, form: AccountForm, trees: RunTrees) -> _Rolled:
    """A root is one scope in all trees; a code that two nodes had in turn means the one in being on the day."""
    found = Leaves(rows, filed, form)
    scopes: dict[str, int] = {}
    places: dict[str, leaves.Place] = {}
    start = 0
    for tree in TREES:
        parents = trees.parents(tree)
        places[tree] = here = leaves.place(found.nodes(tree), parents, trees.root(tree))
        number = {node: start + position for position, node in enumerate(here.nodes)}
        for node in parents:
            scope = trees.nodes[node].scope
            if scope not in scopes or trees.nodes[node].in_being:
                scopes[scope] = number[node]
        start += len(here.nodes)
    columns: dict[str, Numbers] = {}
    types: dict[str, Numbers] = {}
    unplaced: dict[str, int] = {}
    before: tuple[str, Numbers] | None = None
    for name, values in found.columns():
        safe = arrays.safe(values)
        if name.startswith("a_"):
            types[name] = leaves.right_at(safe, places["type"])
        if name == "a_floor_area_days":
            areas = [leaves.by_type(safe, place, places["type"]) for place in places.values()]
            types[_AREAS] = np.concatenate(areas)
        if before is not None and values is before[1]:
            columns[name] = columns[before[0]]
            continue
        before = name, values
        columns[name] = np.concatenate([leaves.rolled(safe, place) for place in places.values()])
        if name == "institutions":
            lost = {tree: int(values[place.astray].sum()) for tree, place in places.items()}
            unplaced = {tree: count for tree, count in lost.items() if count}
    return _Rolled(scopes, columns, unplaced, types)


def _with_leaves(
    scopes: Mapping[str, int],
    columns: Mapping[str, Numbers],
    shown: Mapping[str, Leaf],
    types: Mapping[str, Numbers],
) -> Sums:
    """The rolled columns by scope; the scopes of `shown` say what is given there instead."""
    chosen = np.fromiter(scopes.values(), dtype=np.int64, count=len(scopes))
    exact = _exact({name: column[chosen] for name, column in columns.items()})
    place = {scope: number for number, scope in enumerate(scopes)}
    for name in dict.fromkeys(name for leaf in shown.values() for name in leaf):
        exact.setdefault(name, np.array([0] * len(scopes), dtype=object))
    for scope, leaf in shown.items():
        for name, column in exact.items():
            column[place[scope]] = leaf.get(name) or 0
    own = _exact({name: column for name, column in types.items() if name != _AREAS})
    names = tuple(str(number) for number in range(len(next(iter(own.values())))))
    areas = types[_AREAS][chosen].astype(object)
    return Sums(tuple(scopes), exact, ByType(Sums(names, own), areas))


def _exact(columns: Mapping[str, Numbers]) -> dict[str, IntColumn]:
    return {name: column.astype(object) for name, column in columns.items()}


def declared_rows(lake: Lake, form: AccountForm, period: Period, *, sequence: int) -> list[dict[str, Any]]:
    """Declared totals of a period, one row a node: `node`, `c<code>`, `o<code>`."""
    table_name = f"facts_{form.form}"
    years = {str(period.year)}
    files = lake.snapshot([table_name]).tables[table_name].files
    if all(f.nulls.get("node") == f.rows for f in files if f.partition.get("year") in years):
        return []  # the files' statistics say that no row of the year is a node's
    codes = list(dict.fromkeys([*form.flow_codes, *form.roles.values()]))
    table = lake.query(
        "figures_declared",
        {"seq": sequence, "period": str(period)},
        slots={"facts": f"cur_{table_name}", "columns": "".join(f", f.c{code}, f.o{code}" for code in codes)},
        partitions={table_name: {"year": [period.year]}},
    )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _declared_leaves(
    declared: Sequence[Mapping[str, Any]],
    trees: RunTrees,
    scopes: Mapping[str, int],
    columns: Mapping[str, Numbers],
    *,
    form: AccountForm,
    period: Period,
) -> dict[str, Leaf]:
    """Scope to its declared total, where no institution of the node has facts for the period."""
    shown: dict[str, Leaf] = {}
    for row in declared:
        node = trees.nodes.get(row["node"])
        if node is None or node.scope not in scopes:
            continue
        place = scopes[node.scope]
        counted: Leaf = {name: int(column[place]) for name, column in columns.items()}
        if any(counted.get(facts) for facts in ("present", "n_e", "n_w")):
            continue
        shown[node.scope] = _as_leaf(row, form, period, counted)
    return shown


def _as_leaf(row: Mapping[str, object], form: AccountForm, period: Period, counted: Leaf) -> Leaf:
    """A declared total in the columns of a sum: all groups of institutions are the node itself."""
    amount = {
        name[1:]: int(value.scaleb(4))  # type: ignore[attr-defined]
        for name, value in row.items()
        if name.startswith("c") and value is not None
    }
    known = {name[1:] for name, value in row.items() if name.startswith("o") and value}
    leaf: Leaf = {"institutions": counted.get("institutions") or 0}
    energy = [item.code for item in form.energy_carriers]
    months = len(period.months()) if form.means else 0
    stock = {
        role: amount[code] * form.parts(role, months) if code in amount else None
        for role, code in form.roles.items()
    }
    has_energy = any(code in known for code in energy)
    groups = {"e": has_energy, "w": bool(form.water_item and form.water_item.code in known)}
    groups["a"] = has_energy and stock.get("floor_area") is not None
    groups["p"] = has_energy and stock.get("persons") is not None
    groups["x"] = groups["w"] and stock.get("persons") is not None
    leaf |= {f"n_{group}": int(there) for group, there in groups.items() if group in "ew"}
    for group in ("e", "a", "p"):
        if groups[group]:
            leaf |= {f"{group}_{code}": amount[code] for code in form.flow_codes if code in amount}
    if form.water_item:
        code = form.water_item.code
        leaf |= {f"{g}_{code}": amount[code] for g in ("w", "x") if groups[g] and code in amount}
    weights = {"a_floor_area": "floor_area", "p_persons": "persons", "x_persons": "persons"}
    for column, role in weights.items():
        value = stock.get(role)
        leaf[f"{column}_days"] = value * period.days if groups[column[0]] and value is not None else 0
    for role in ("floor_area", "persons", "vehicles"):
        value = stock.get(role)
        if value is not None:
            leaf |= {f"s_{role}": value, f"n_{role}": 1}
    bought = [form.roles[role] for role in BOUGHT_ROLES if role in form.roles]
    leaf |= {f"k_{code}": int(code in known) for code in (*energy, *bought)}
    leaf |= {f"o5_{code}": amount[code] for code in energy if code in amount}
    for item in form.carriers:
        cost = form.costs.get(item.carrier)
        if cost in amount:
            leaf |= {f"t_{cost}": amount[cost], f"kt_{cost}": 1}
            if item.code in amount:
                leaf |= {f"q_{item.code}": amount[item.code], f"m_{item.code}": amount[cost]}
    if all(form.roles.get(r) in amount for r in _FUEL):
        leaf |= {f"f_{form.roles[r]}": amount[form.roles[r]] for r in _FUEL[:2]}
        leaf |= {f"f_{r}": stock[r] for r in _FUEL[2:]}
    return leaf


_FUEL = ("vehicle_petrol", "vehicle_diesel", "petrol_vehicles", "diesel_vehicles")


def _sums(rows: Mapping[str, Leaf]) -> Sums:
    scopes = tuple(rows)
    names = dict.fromkeys(name for leaf in rows.values() for name in leaf)
    columns: dict[str, IntColumn] = {}
    for name in names:
        column = np.empty(len(scopes), dtype=object)
        column[:] = [rows[scope].get(name) or 0 for scope in scopes]
        columns[name] = column
    return Sums(scopes, columns)
