"""The slots of `figures_sums.sql`, filled from the account form: identifiers checked, nothing typed by people.

The text of the query is one for the city, a node, one institution and the whole list of institutions; only
the grouping and the filter differ.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jieyue.domain.account_form import BOUGHT_ROLES, FLOW_ROLES, AccountForm
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS

Grouping = Literal["trees", "institutions"]

_IDENTIFIER = re.compile(r"[A-Za-z0-9_]+")
_TREES = ("area", "department", "type", "line")
_MISSING = 0
_NOT_USED = 9
#: Stock roles in the order the query carries them; the first three fall back to the registry.
_STOCKS = ("floor_area", "persons", "vehicles", "petrol_vehicles", "diesel_vehicles")
_REGISTRY = ("floor_area", "persons", "vehicles")


@dataclass(frozen=True)
class SumsQuery:
    """Slots and parameters of one execution."""

    slots: dict[str, str]
    params: dict[str, object]


def build(
    form: AccountForm,
    period: Period,
    *,
    sequence: int,
    day: date,
    grouping: Grouping = "trees",
    institutions: Sequence[int] | None = None,
    outside: Sequence[int] = (),
    count_outside: bool = False,
) -> SumsQuery:
    """Fill the query for a form and period.

    day: the day whose memberships place an institution. institutions: only these (None = all).
    outside: line nodes whose institutions are not in this authority's count; count_outside: count them.
    """
    months = period.months()
    first, last = months[0], months[-1]
    bits = {code: 1 << place for place, code in enumerate(form.flow_codes)}
    for code in (*bits, *form.stocks, *form.roles.values()):
        if not _IDENTIFIER.fullmatch(code):
            raise ValueError(f"not an item code: {code!r}")
    trees = grouping == "trees"
    flows = _flows(form, bits)
    keys = _TREES if trees else ("institution",)
    filed = _OF_PERIOD.format(narrow=_narrow(institutions, "f."))
    slots = {
        "facts": f"cur_facts_{form.form}",
        "months": ", ".join(f"({_index(m)}, DATE '{m.last_day.isoformat()}')" for m in months),
        "of_period_filed": filed,
        "of_period": f"{filed} {_NOT_DOUBLED}",
        "outside": ", ".join(str(int(node)) for node in outside) or "-1",
        "masks": _masks(bits),
        "head_stocks": _head_stocks(form),
        "stocks": _stocks(form),
        "stock_values": _stock_values(form),
        "counted": "TRUE" if count_outside or not trees else "v.in_count = 1 AND p.is_outside = 0",
        "energy_ok": _energy_ok(form, bits),
        "water_ok": _all_known([form.water_item.code] if form.water_item else [], bits),
        "fuel_ok": _fuel_ok(form, bits),
        "stock_sums": _stock_sums(),
        "stated": _stated(form, bits),
        "flows": "".join(f", {text} AS {name}" for name, text in flows.items()),
        "totals": "".join(f", SUM(g.{name}) AS {name}" for name in flows),
        "cell_keys": ", ".join(f"g.{key}" for key in keys),
        "keys": "t.tree, CASE " + " ".join(f"WHEN t.tree = '{k}' THEN g.{k}" for k in keys) + " END AS node"
        if trees
        else "g.institution",
        "spread": "CROSS JOIN (VALUES ('area'), ('department'), ('type'), ('line')) AS t(tree)"
        if trees
        else "",
        "group_keys": "1, 2" if trees else "1",
        "narrow": _narrow(institutions),
    }
    params: dict[str, object] = {
        "seq": sequence,
        "period": str(period),
        "from_month": _index(first),
        "to_month": _index(last),
        "first_day": period.start,
        "last_day": period.last_day,
        "day": day,
    }
    return SumsQuery(slots, params)


def items_known(form: AccountForm, choices: Sequence[Sequence[str]]) -> str:
    """A condition on `graded g`: of each list of flow items at least one is stated in every return."""
    bits = {code: 1 << place for place, code in enumerate(form.flow_codes)}
    masks = [sum(bits.get(code, 0) for code in codes) for codes in choices]
    return " AND ".join(f"(g.known_all & {mask}) <> 0" for mask in masks)


def _index(month: Period) -> int:
    return month.start.year * 12 + month.start.month - 1


def _narrow(institutions: Sequence[int] | None, prefix: str = "") -> str:
    if institutions is None:
        return ""
    listed = ", ".join(str(int(i)) for i in institutions) or "NULL"
    return f"AND {prefix}institution IN ({listed})"


def _masks(bits: dict[str, int]) -> str:
    terms = (f"CAST(f.o{code} > {_MISSING} AS BIGINT) * {bit}" for code, bit in bits.items())
    return " + ".join(terms)


def _known(code: str, bits: dict[str, int], prefix: str = "") -> str:
    return f"({prefix}known_all & {bits[code]}) <> 0"


def _all_known(codes: Sequence[str], bits: dict[str, int], prefix: str = "") -> str:
    mask = sum(bits[code] for code in codes)
    return f"({prefix}known_all & {mask}) = {mask}" if mask else "FALSE"


def _energy_ok(form: AccountForm, bits: dict[str, int]) -> str:
    """Every required carrier known, none known in some months only, at least one known."""
    every = sum(bits[item.code] for item in form.energy_carriers)
    required = sum(bits[item.code] for item in form.energy_carriers if item.required)
    return (
        f"((known_all & {required}) = {required} AND (known_all & {every}) <> 0"
        f" AND (known_any & {every}) = (known_all & {every}))"
    )


def _fuel_ok(form: AccountForm, bits: dict[str, int], prefix: str = "") -> str:
    codes = [form.roles[role] for role in ("vehicle_petrol", "vehicle_diesel") if role in form.roles]
    if not codes or not {"petrol_vehicles", "diesel_vehicles"} <= set(form.roles):
        return "FALSE"
    return (
        f"({prefix}complete AND {_all_known(codes, bits, prefix)}"
        f" AND {prefix}petrol_vehicles IS NOT NULL AND {prefix}diesel_vehicles IS NOT NULL)"
    )


def _head_stocks(form: AccountForm) -> str:
    return "".join(f", f.c{form.roles[role]} AS {role}" for role in _STOCKS if role in form.roles)


def _stocks(form: AccountForm) -> str:
    """The stock of the last return used: one column per role the form has."""
    last = "CASE WHEN c.whole = 1 THEN c.whole_end WHEN c.part = 'M' THEN c.month_end ELSE c.part_end END"
    return "".join(
        f", MAX(CASE WHEN h.month_to = {last} THEN h.{role} END) AS {role}"
        for role in _STOCKS
        if role in form.roles
    )


#: Rows of the period itself, or of months and quarters inside it.
_OF_PERIOD = """f.institution IS NOT NULL
    AND (f.period = $period OR (f.kind IN ('M', 'Q')
      AND f.year * 12 + f.first_month - 1 >= $from_month AND f.year * 12 + f.last_month - 1 <= $to_month))
    {narrow}"""
#: But for those of a member for a time that another's return covers.
_NOT_DOUBLED = (
    "AND NOT EXISTS (SELECT 1 FROM doubled d WHERE d.institution = f.institution AND d.period = f.period)"
)


def _stock_values(form: AccountForm) -> str:
    """Stock per institution, and where it comes from: the return's, else the registry's unless another unit
    files for it. `<role>_from`: 1 the return of the period, 2 the last of its months or quarters, 3 the registry.
    """
    lines: list[str] = []
    for role in _STOCKS:
        filed = f"f.{role}" if role in form.roles else "NULL"
        if role in _REGISTRY:
            own = f"CASE WHEN w.institution IS NULL THEN v.{role} END"
            lines.append(f"COALESCE({filed}, {own}) AS {role},")
            lines.append(
                f"CASE WHEN {filed} IS NOT NULL THEN CASE WHEN f.whole = 1 THEN 1 ELSE 2 END"
                f" WHEN {own} IS NOT NULL THEN 3 ELSE 0 END AS {role}_from,"
            )
        else:
            lines.append(f"CAST({filed} AS DECIMAL(18,4)) AS {role},")
    return "\n    ".join(lines)


def _stock_sums() -> str:
    return "".join(
        f", SUM(CASE WHEN at_end THEN {role} END) AS s_{role},"
        f" SUM(CASE WHEN at_end AND {role} IS NOT NULL AND expected > 0 THEN 1 ELSE 0 END) AS n_{role}"
        for role in _REGISTRY
    )


def _flows(form: AccountForm, bits: dict[str, int]) -> dict[str, str]:
    """Sums over the rows of a group of institutions: column name to expression.

    Energy and water items need no mask of their own: a group with `e_ok` or `w_ok` has them whole or not at
    all. Costs, and prices (quantity and money of the same institutions), carry theirs.
    """
    fuel = [form.roles[r] for r in FLOW_ROLES if r in form.roles and form.roles[r] in bits]
    sums = {f"c{code}": f"SUM(f.c{code})" for code in [*(i.code for i in form.carriers), *fuel]}
    for item in form.energy_carriers:
        for number in ORIGINS.values():
            sums[f"o{number}_{item.code}"] = (
                f"SUM(CASE WHEN f.o{item.code} = {number} THEN f.c{item.code} END)"
            )
    for item in form.carriers:
        cost = form.costs.get(item.carrier)
        if cost is not None:
            known = f"g.complete AND {_known(cost, bits, 'g.')}"
            both = f"{known} AND {_known(item.code, bits, 'g.')} AND f.o{item.code} <> {_NOT_USED}"
            sums[f"t_{cost}"] = f"SUM(CASE WHEN {known} THEN f.c{cost} END)"
            sums[f"q_{item.code}"] = f"SUM(CASE WHEN {both} THEN f.c{item.code} END)"
            sums[f"m_{item.code}"] = f"SUM(CASE WHEN {both} THEN f.c{cost} END)"
    return sums


def _stated(form: AccountForm, bits: dict[str, int]) -> str:
    """How many institutions state an item: a use of zero is not a missing one."""
    counts = [(f"k_{item.code}", f"e_ok AND {_known(item.code, bits)}") for item in form.energy_carriers]
    counts += [
        (f"k_{form.roles[role]}", f"e_ok AND {_known(form.roles[role], bits)}")
        for role in BOUGHT_ROLES
        if role in form.roles
    ]
    counts += [(f"kt_{cost}", f"complete AND {_known(cost, bits)}") for cost in form.costs.values()]
    return "".join(f", SUM(CASE WHEN {test} THEN 1 ELSE 0 END) AS {name}" for name, test in counts)
