"""From the lake to sums by scope: the query, the roll-up of the trees, the declared totals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from jieyue.apps.accounts import nodes as run_nodes
from jieyue.apps.accounts.nodes import TREES, RunTrees
from jieyue.apps.accounts.sums_query import SumsQuery, build
from jieyue.domain.account_form import BOUGHT_ROLES, AccountForm
from jieyue.domain.exact import IntColumn
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS, Sums
from jieyue.domain.tree import roll_up
from jieyue.store.port import Lake

#: The flags of a group of institutions, and the amounts that count under them.
_FLAGS = ("e_ok", "w_ok", "f_ok", "has_area", "has_persons")
Leaf = dict[str, int | None]


@dataclass(frozen=True)
class Collected:
    """Sums of all scopes of a run, and the trees they stand in."""

    sums: Sums
    trees: RunTrees
    declared: frozenset[str]
    unplaced: Mapping[str, int]


def trees_of(lake: Lake, sequence: int, day: date) -> RunTrees:
    """The trees as of a publication, as they stood on a day."""
    return run_nodes.read(lake.query("figures_nodes", {"seq": sequence}).to_pylist(), day)


def collect_nodes(
    lake: Lake,
    form: AccountForm,
    period: Period,
    *,
    sequence: int,
    day: date,
    count_outside: bool = False,
) -> Collected:
    """Sums of every node of the four trees; declared totals where a node has no institution's facts."""
    trees = trees_of(lake, sequence, day)
    query = build(
        form, period, sequence=sequence, day=day, outside=trees.outside(), count_outside=count_outside
    )
    people, amounts = _run(lake, query, form, period)
    leaves = _merge(people, amounts, form, ("tree", "node"))
    rows: dict[str, Leaf] = {}
    unplaced: dict[str, int] = {}
    for tree in TREES:
        _roll(tree, leaves, trees, rows, unplaced)
    declared = _show_declared(
        declared_rows(lake, form, period, sequence=sequence), trees, rows, form=form, period=period
    )
    return Collected(_sums(rows), trees, frozenset(declared), unplaced)


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
) -> tuple[list[int], Sums]:
    """Sums of single institutions (None = all), in ascending order of their identifiers."""
    query = build(
        form,
        period,
        sequence=sequence,
        day=period.last_day,
        grouping="institutions",
        institutions=institutions,
        count_outside=True,
    )
    people, amounts = _run(lake, query, form, period, institutions)
    leaves = _merge(people, amounts, form, ("institution",))
    found = {int(str(key[0])): leaf for key, leaf in leaves.items()}
    ids = sorted(found)
    rows = {str(i): found[i] for i in ids}
    return ids, _sums(rows)


def _run(
    lake: Lake,
    query: SumsQuery,
    form: AccountForm,
    period: Period,
    institutions: Sequence[int] | None = None,
) -> tuple[pa.Table, pa.Table]:
    facts: dict[str, Sequence[int | str]] = {"year": sorted({m.year for m in period.months()})}
    partitions: dict[str, dict[str, Sequence[int | str]]] = {f"facts_{form.form}": facts}
    if institutions is not None:
        facts["institution"] = list(institutions)
    result = lake.steps("figures_sums", query.params, slots=query.slots, partitions=partitions)
    return result["people"], result["amounts"]


def _merge(
    people: pa.Table, amounts: pa.Table, form: AccountForm, keys: tuple[str, ...]
) -> dict[tuple[object, ...], Leaf]:
    """Key to columns: counts as they come, amounts under the flags that admit them."""
    leaves: dict[tuple[object, ...], Leaf] = {}
    names = [n for n in people.column_names if n not in keys]
    columns = {n: _integers(people.column(n)) for n in names}
    for place, key in enumerate(_keys(people, keys)):
        leaves[key] = {n: columns[n][place] for n in names}
    flags = {n: amounts.column(n).to_pylist() for n in _FLAGS}
    values = {n: _integers(amounts.column(n)) for n in amounts.column_names if n not in (*keys, *_FLAGS)}
    plan = _admitted(form)
    for place, key in enumerate(_keys(amounts, keys)):
        leaf = leaves[key]
        for condition, pairs in plan.items():
            if all(flags[flag][place] for flag in condition):
                for source, target in pairs:
                    value = values[source][place]
                    if value is not None:
                        leaf[target] = (leaf.get(target) or 0) + value
    return leaves


def _admitted(form: AccountForm) -> dict[tuple[str, ...], list[tuple[str, str]]]:
    """Flags to (column of the query, column of the sums)."""
    energy = [item.code for item in form.energy_carriers]
    own = {"petrol_vehicles", "diesel_vehicles", "floor_area", "persons", "vehicles"}
    costs = set(form.costs.values())
    extra = [code for role, code in form.roles.items() if role not in own and code not in energy]
    carried = [code for code in (*energy, *extra) if code in form.flow_codes and code not in costs]
    water = [form.water_item.code] if form.water_item else []
    fuel = [form.roles[r] for r in ("vehicle_petrol", "vehicle_diesel") if r in form.roles]
    origins = [(f"o{n}_{code}", f"o{n}_{code}") for code in energy for n in ORIGINS.values()]
    money = [(f"t_{cost}", f"t_{cost}") for cost in form.costs.values()]
    for item in form.carriers:
        if item.carrier in form.costs:
            money += [(f"q_{item.code}", f"q_{item.code}"), (f"m_{item.code}", f"m_{item.code}")]
    return {
        ("e_ok",): [(f"c{code}", f"e_{code}") for code in carried] + origins,
        ("e_ok", "has_area"): [(f"c{code}", f"a_{code}") for code in carried],
        ("e_ok", "has_persons"): [(f"c{code}", f"p_{code}") for code in carried],
        ("w_ok",): [(f"c{code}", f"w_{code}") for code in water],
        ("w_ok", "has_persons"): [(f"c{code}", f"x_{code}") for code in water],
        ("f_ok",): [(f"c{code}", f"f_{code}") for code in fuel],
        (): money,
    }


def _keys(table: pa.Table, names: tuple[str, ...]) -> Iterable[tuple[object, ...]]:
    return zip(*(table.column(name).to_pylist() for name in names), strict=True)


def _integers(column: pa.ChunkedArray) -> list[int | None]:
    """Sums as Python integers; decimals in ten-thousandths, null stays None."""
    if pa.types.is_decimal(column.type):
        scale = column.type.scale  # whole sums come as DECIMAL(38,0), quantities as DECIMAL(38,4)
        return [None if v is None else int(v.scaleb(scale)) for v in column.to_pylist()]
    return [None if v is None else int(v) for v in column.to_pylist()]


def _roll(
    tree: str,
    leaves: Mapping[tuple[object, ...], Leaf],
    trees: RunTrees,
    rows: dict[str, Leaf],
    unplaced: dict[str, int],
) -> None:
    parents = trees.parents(tree)
    root = trees.root(tree)
    own: dict[int, Leaf] = {}
    for (name, node), leaf in leaves.items():
        if name != tree:
            continue
        place = node if isinstance(node, int) and node in parents else root
        if place is None:
            continue
        if place is root and node != root:
            unplaced[tree] = unplaced.get(tree, 0) + int(leaf.get("institutions") or 0)
        target = own.setdefault(place, {})
        for column, value in leaf.items():
            if value is not None:
                target[column] = (target.get(column) or 0) + value
    for node, summed in roll_up(own, parents).items():
        scope = trees.nodes[node].scope
        if scope not in rows or trees.nodes[node].in_being:
            rows[scope] = dict(summed)


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


def _show_declared(
    declared: Sequence[Mapping[str, Any]],
    trees: RunTrees,
    rows: dict[str, Leaf],
    *,
    form: AccountForm,
    period: Period,
) -> list[str]:
    """Show a declared total at its node where no institution of the node has facts for the period."""
    shown = []
    for row in declared:
        node = trees.nodes.get(row["node"])
        if node is None:
            continue
        counted = rows.get(node.scope) or {}
        if any(counted.get(facts) for facts in ("present", "n_e", "n_w")):
            continue
        rows[node.scope] = _as_leaf(row, form, period, counted)
        shown.append(node.scope)
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
    stock = {role: amount.get(form.roles[role]) for role in form.roles}
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
        leaf |= {f"f_{r}": amount[form.roles[r]] for r in _FUEL[2:]}
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
