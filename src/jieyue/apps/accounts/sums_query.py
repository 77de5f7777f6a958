"""The slots of `figures_sums.sql`, filled from the account form: identifiers checked, nothing typed by people.

The text of the query is one for the city, a node, one institution and the whole list of institutions; only
the grouping and the filter differ.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jieyue.domain.account_form import FLOW_ROLES, AccountForm
from jieyue.domain.period import Period

Grouping = Literal["trees", "institutions"]

_IDENTIFIER = re.compile(r"[A-Za-z0-9_]+")
_TREES = ("area", "department", "type", "line")
_MISSING = 0
NOT_USED = 9
#: What an institution must have for an amount of it to count: the groups of `domain.sums`.
FLAGS = ("e_ok", "w_ok", "f_ok", "has_area", "has_persons")
#: Months are kept as bits of whole numbers; so many fit into one.
MONTHS_IN_ONE = 60
#: Stock roles in the order the query carries them; the first three fall back to the registry.
STOCKS = ("floor_area", "persons", "vehicles", "petrol_vehicles", "diesel_vehicles")
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
    bits = {code: 1 << place for place, code in enumerate(form.flow_codes)}
    for code in (*bits, *form.stocks, *form.roles.values()):
        if not _IDENTIFIER.fullmatch(code):
            raise ValueError(f"not an item code: {code!r}")
    trees = grouping == "trees"
    filed = _OF_PERIOD.format(narrow=_narrow(institutions, "f."))
    slots = {
        "facts": f"cur_facts_{form.form}",
        "months": ", ".join(f"({index(m)}, DATE '{m.last_day.isoformat()}')" for m in months),
        "of_period_filed": filed,
        "of_period": f"{filed} {_NOT_DOUBLED}",
        "outside": ", ".join(str(int(node)) for node in outside) or "-1",
        "part": _PART,
        "masks": _masks(bits),
        "stock_facts": _stock_facts(form),
        "stock_rows": "" if form.means else "AND c.part_end = f.year * 12 + f.last_month - 1",
        "last_stocks": _last_stocks(form),
        "stock_months": "".join(f", g.{role}_months" for role in means(form)),
        "stock_values": _stock_values(form),
        "counted": "TRUE"
        if count_outside or not trees
        else "v.in_count = 1 AND COALESCE(p.is_outside, 0) = 0",
        "energy_ok": _energy_ok(form, bits),
        "water_ok": _all_known([form.water_item.code] if form.water_item else [], bits),
        "fuel_ok": _fuel_ok(form, bits),
        "narrow": _narrow(institutions),
        "narrow_m": _narrow(institutions, "m."),
        **_month_slots(len(months)),
    }
    params: dict[str, object] = {
        "seq": sequence,
        "period": str(period),
        "from_month": index(months[0]),
        "to_month": index(months[-1]),
        "first_day": period.start,
        "first_end": months[0].last_day,
        "last_day": period.last_day,
        "day": day,
    }
    return SumsQuery(slots, params)


def items_known(form: AccountForm, choices: Sequence[Sequence[str]]) -> str:
    """A condition on `graded g`: of each list of flow items at least one is stated in every return."""
    bits = {code: 1 << place for place, code in enumerate(form.flow_codes)}
    masks = [sum(bits.get(code, 0) for code in codes) for codes in choices]
    return " AND ".join(f"(g.known_all & {mask}) <> 0" for mask in masks)


def index(month: Period) -> int:
    return month.start.year * 12 + month.start.month - 1


def _narrow(institutions: Sequence[int] | None, prefix: str = "") -> str:
    if institutions is None:
        return ""
    if len(institutions) == 1:
        return f"AND {prefix}institution = {int(institutions[0])}"
    listed = ", ".join(str(int(i)) for i in institutions) or "NULL"
    return f"AND {prefix}institution IN ({listed})"


def _masks(bits: dict[str, int]) -> str:
    """Known items of a row; a column that is younger than the row is null, which is not known."""
    terms = (f"CAST(COALESCE(f.o{code} > {_MISSING}, FALSE) AS BIGINT) * {bit}" for code, bit in bits.items())
    return " + ".join(terms)


def _month_slots(count: int) -> dict[str, str]:
    """Months as bits: `m<n>` those filed, `d<n>` those owed; sixty to a number."""
    slots = {"filed_bits": "", "month_bits": "", "owed_bits": "", "due_bits": "", "month_count": str(count)}
    both = []
    for place, base in enumerate(range(0, count, MONTHS_IN_ONE)):
        size = min(MONTHS_IN_ONE, count - base)
        low = f"GREATEST(f.year * 12 + f.first_month - 1 - $from_month - {base}, 0)"
        high = f"LEAST(f.year * 12 + f.last_month - 1 - $from_month - {base}, {size - 1})"
        span = f"(CAST(1 AS BIGINT) << ({high} - {low} + 1)) - 1"
        slots["filed_bits"] += (
            f", bit_or(CASE WHEN {low} <= {high} THEN ({span}) << {low} ELSE 0 END) AS m{place}"
        )
        slots["month_bits"] += f", p.m{place}"
        here = f"month_index - $from_month BETWEEN {base} AND {base + size - 1}"
        slots["owed_bits"] += (
            f", bit_or(CASE WHEN {here} THEN CAST(1 AS BIGINT) << (month_index - $from_month - {base}) ELSE 0 END)"
            f" AS d{place}"
        )
        every = (1 << size) - 1
        slots["due_bits"] += (
            f", COALESCE(o.d{place}, CASE WHEN s.throughout THEN {every} ELSE 0 END) AS d{place}"
        )
        both.append(f"bit_count(c.m{place} & d.d{place})")
    return {**slots, "months_in": " + ".join(both)}


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


def means(form: AccountForm) -> list[str]:
    """Stock roles whose rule is the mean of the periods stated."""
    return [role for role in STOCKS if role in form.means]


def _stock_facts(form: AccountForm) -> str:
    """Where stocks are read: the facts; for a mean one row a period, the larger of two that say the same one."""
    facts = f"cur_facts_{form.form}"
    if not form.means:
        return facts
    keys = "institution, period, kind, year, first_month, last_month"
    codes = dict.fromkeys(form.roles[role] for role in STOCKS if role in form.roles)
    stated = ", ".join(f"MAX(c{code}) AS c{code}" for code in codes)
    return f"(SELECT {keys}, {stated} FROM {facts} WHERE institution IS NOT NULL GROUP BY {keys})"  # noqa: S608 (checked names)


def _last_stocks(form: AccountForm) -> str:
    """One column per role the form has: the stock of the last return used.

    For a mean two: the stocks stated × the months that each stands for, added up, and these months. A return of
    the whole period stands for it all.
    """
    at_end = " FILTER (WHERE c.part_end = f.year * 12 + f.last_month - 1)" if form.means else ""
    months = "CASE WHEN c.part = 0 THEN 1 ELSE f.last_month - f.first_month + 1 END"
    terms = ""
    for role in STOCKS:
        if role in form.means:
            value = f"f.c{form.roles[role]}"
            terms += f", SUM({value} * ({months})) AS {role}"
            terms += (
                f", CAST(SUM(CASE WHEN {value} IS NOT NULL THEN {months} END) AS BIGINT) AS {role}_months"
            )
        elif role in form.roles:
            terms += f", MAX(f.c{form.roles[role]}){at_end} AS {role}"
    return terms


#: Which part of the period a row is: the whole of it, a month, a quarter.
_PART = "CASE WHEN f.period = $period THEN 0 WHEN f.kind = 'M' THEN 1 ELSE 2 END"
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
    files for it. `<role>_from`: 1 the return of the period, 2 the last of its months or quarters, 3 the registry,
    4 the mean of its months or quarters. A mean stays a sum, and `<role>_months` what it is to be divided by.
    """
    lines: list[str] = []
    for role in STOCKS:
        filed = f"l.{role}" if role in form.roles else "NULL"
        if role in _REGISTRY:
            own = f"CASE WHEN w.institution IS NULL THEN v.{role} END"
            lines.append(f"COALESCE({filed}, {own}) AS {role},")
            of_parts = 4 if role in form.means else 2
            lines.append(
                f"CASE WHEN {filed} IS NOT NULL THEN CASE WHEN f.part = 0 THEN 1 ELSE {of_parts} END"
                f" WHEN {own} IS NOT NULL THEN 3 ELSE 0 END AS {role}_from,"
            )
        else:
            digits = 38 if role in form.means else 18
            lines.append(f"CAST({filed} AS DECIMAL({digits},4)) AS {role},")
        if role in form.means:
            lines.append(f"CASE WHEN {filed} IS NULL THEN 1 ELSE l.{role}_months END AS {role}_months,")
    return "\n    ".join(lines)


def stock_roles(form: AccountForm) -> list[str]:
    """Roles of stocks that are read from the facts: those that the figures know, and others of a form (`stock_…`)."""
    more = (role for role in form.roles if role.startswith("stock_"))
    return [*(role for role in STOCKS if role in form.roles), *more]


def summed(form: AccountForm) -> list[str]:
    """Items whose amounts are added up, each once."""
    flows = [form.roles[role] for role in FLOW_ROLES if role in form.roles]
    codes = [*(item.code for item in form.carriers), *flows, *form.costs.values()]
    return list(dict.fromkeys(code for code in codes if code in form.flow_codes))
