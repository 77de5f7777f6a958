"""What a figure rests on, row by row: institutions with their groups, and the cells of their returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jieyue.apps.accounts.institutions import codes_on
from jieyue.apps.accounts.scope_query import scope_query
from jieyue.apps.accounts.services.compute_run import DECLARED, RunPlan
from jieyue.apps.accounts.sums_query import SumsQuery
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.returns.queries import digests_of
from jieyue.domain.account_form import AccountForm
from jieyue.domain.sums import ORIGINS

_ORIGIN_NAMES = {number: name for name, number in ORIGINS.items()} | {9: "not_used"}


@dataclass(frozen=True)
class InputRow:
    """One cell behind a figure."""

    institution: str
    period: str
    item: str
    value: str
    unit: str
    origin: str
    version: int
    digest: str

    @staticmethod
    def heads() -> list[str]:
        """Column heads of inputs.csv."""
        return ["institution", "period", "item", "value", "unit", "origin", "version", "digest"]

    def cells(self) -> list[str]:
        """The row as text."""
        return [
            self.institution,
            self.period,
            self.item,
            self.value,
            self.unit,
            self.origin,
            str(self.version),
            self.digest,
        ]


@dataclass(frozen=True)
class Inputs:
    """The rows of a scope: institutions (ascending), returns (by institution, then period), both as mappings.

    A declared total is one institution-like row named by its scope. roles: stock → the item that states it;
    flow_codes: the items in the order of the bits of `known_all`. means: stocks that are the mean of the returns.
    """

    names: Mapping[int, str]
    institutions: Sequence[Mapping[str, Any]]
    returns: Sequence[Mapping[str, Any]]
    codes: tuple[str, ...]
    roles: Mapping[str, str]
    flow_codes: tuple[str, ...]
    declared: bool = False
    means: frozenset[str] = frozenset()

    def states(self, row: Mapping[str, Any], code: str) -> bool:
        """Whether all returns of the institution state the item; without a return it states nothing."""
        return bool((row["known_all"] or 0) >> self.flow_codes.index(code) & 1)


def inputs_of(plan: RunPlan, part: str, scope: str) -> Inputs:
    """Read the rows behind a scope of a run."""
    form = plan.method.account.form
    codes = tuple(
        dict.fromkeys([*form.flow_codes, *(form.roles[r] for r in _STOCK_ROLES if r in form.roles)])
    )
    asked = scope_query(plan, part, scope)
    query, node, trees = asked.query, asked.node, asked.trees
    found = open_lake().steps(
        "receipt_inputs",
        query.params,
        slots={**query.slots, "in_scope": asked.in_scope, "columns": _columns(codes)},
        partitions=asked.partitions,
    )
    institutions = found["institutions"].to_pylist()
    returns = found["returns"].to_pylist()
    if node is not None and (part == DECLARED or not returns):
        nodes = [n.node for n in trees.nodes.values() if n.scope == scope]
        return _declared(plan, form, codes, query, scope=scope, nodes=nodes)
    ids = [row["institution"] for row in institutions]
    names = codes_on(ids, plan.period.last_day)
    return Inputs(
        names, institutions, returns, codes, form.roles, form.flow_codes, means=_averaged(form, institutions)
    )


def cell_rows(plan: RunPlan, inputs: Inputs) -> list[InputRow]:
    """Every stated cell as a row of inputs.csv."""
    from jieyue.apps.publication.rules import catalog_by_digest

    catalog = catalog_by_digest(plan.key.catalog_digest)
    form = plan.key.form
    units = {code: catalog.item(f"{form}:{code}").unit for code in inputs.codes}
    digests = digests_of([row["version"] for row in inputs.returns])
    rows = []
    for row in inputs.returns:
        for code in inputs.codes:
            origin = row[f"o{code}"]
            if not origin:
                continue
            value = row[f"c{code}"]
            rows.append(
                InputRow(
                    institution=inputs.names[row["institution"]],
                    period=row["period"],
                    item=f"{form}:{code}",
                    value="" if value is None else f"{value.normalize():f}",
                    unit=units[code],
                    origin=_ORIGIN_NAMES.get(origin, str(origin)),
                    version=row["version"],
                    digest=digests.get(row["version"], ""),
                )
            )
    return rows


def _averaged(form: AccountForm, institutions: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Means that have something to average; a return of the whole period states the value itself."""
    return form.means if any((row["part"] or 0) > 0 for row in institutions) else frozenset()


_STOCK_ROLES = ("floor_area", "persons", "vehicles", "petrol_vehicles", "diesel_vehicles")


def _columns(codes: Sequence[str]) -> str:
    return "".join(f", f.c{code}, f.o{code}" for code in codes)


def _declared(
    plan: RunPlan,
    form: AccountForm,
    codes: tuple[str, ...],
    query: SumsQuery,
    *,
    scope: str,
    nodes: Sequence[int],
) -> Inputs:
    """A declared total in the same shape: one row in every group whose parts it states."""
    table = open_lake().query(
        "figures_declared",
        {"seq": plan.key.sequence, "period": str(plan.period)},
        slots={"facts": query.slots["facts"], "columns": ", f.version, f.period" + _columns(codes)},
        partitions={f"facts_{form.form}": {"year": [plan.period.year]}},
    )
    rows = [row for row in table.to_pylist() if row["node"] in nodes][:1]
    returns = [{**row, "institution": 0} for row in rows]
    stocks = {
        role: rows[0].get(f"c{form.roles[role]}") if rows and role in form.roles else None
        for role in _STOCK_ROLES
    }
    water = form.water_item
    institution: dict[str, Any] = {
        "institution": 0,
        "at_end": True,
        "days": plan.period.days,
        "complete": True,
        "e_ok": bool(rows),
        "w_ok": bool(rows) and water is not None and bool(rows[0][f"o{water.code}"]),
        "f_ok": all(value is not None for value in stocks.values()),
        "has_area": stocks["floor_area"] is not None,
        "has_persons": stocks["persons"] is not None,
        "expected": 1,
        "present": 1,
        "known_all": -1,  # every bit: what the total does not state has no value to add
        **stocks,
    }
    stated = {f"{role}_from": int(value is not None) for role, value in stocks.items()}
    institution |= stated
    return Inputs({0: scope}, [institution], returns, codes, form.roles, form.flow_codes, declared=True)
