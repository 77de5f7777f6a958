"""The tables of a plan folder: the row types are the schemas (see `strict`)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from jieyue.catalog.plan_model import Attribute, Owner, TargetOp, TaskKind, TaskOp


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """``units.csv``: one ``printed_unit`` is ``scale`` of ``unit``."""

    printed_unit: str
    unit: str
    scale: Fraction
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRow:
    """``indicators.csv``. ``path`` holds words ``2021:11.41|2022:11.30``, in the printed unit."""

    code: str
    clause: str = ""
    box: str = ""
    name_zh: str
    name_en: str
    printed_unit: str = ""
    unit: str
    scale: Fraction | None = None
    base: str = ""
    target: str = ""
    target_op: TargetOp
    change_pct: str = ""
    attribute: Attribute = ""
    also: str = ""
    path: tuple[str, ...] = ()
    verified: bool
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRow:
    """``issued.csv``: what was issued to a body for an indicator of the plan; ``scope`` as in an address
    (``line:CODE``). The unit is the indicator's."""

    scope: str
    code: str
    clause: str = ""
    printed_unit: str = ""
    scale: Fraction | None = None
    base: str = ""
    target: str = ""
    target_op: TargetOp
    change_pct: str = ""
    attribute: Attribute = ""
    path: tuple[str, ...] = ()
    verified: bool
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """``tasks.csv``."""

    code: str
    clause: str = ""
    box: str = ""
    heading: str = ""
    kind: TaskKind
    statement: str
    name_zh: str
    name_en: str
    op: TaskOp = ""
    number: str = ""
    printed_unit: str = ""
    unit: str = ""
    scale: Fraction | None = None
    due: date | None = None
    denominator_zh: str = ""
    denominator_en: str = ""
    owner: Owner
    indicator: str = ""
    countable: bool
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRow:
    """``clauses.csv``: the heading of a clause in the plan's own words."""

    clause: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRow:
    """``declared.csv`` and ``base_YEAR.csv``."""

    code: str
    clause: str = ""
    name_zh: str
    name_en: str
    printed: str
    printed_unit: str
    unit: str
    scale: Fraction
    verified: bool
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """``statements.csv``. ``arguments`` reads ``name=reference reference; name=reference``."""

    id: str
    clause: str = ""
    box: str = ""
    kind: Literal[
        "sum",
        "share",
        "ratio",
        "boundary",
        "change",
        "target",
        "unit",
        "same_limit",
        "implied_factor",
        "ratio_list",
        "implied_twice",
        "average_fall",
        "implied_denominator",
        "cap_in_line",
        "against_parent",
    ]
    name_zh: str
    name_en: str
    quote: str = ""
    subject: str = ""
    arguments: str
    unit: str
    unit_zh: str
    unit_scale: Fraction
    places: int
    verified: bool
    note: str = ""


#: Per kind of statement: has a subject, required arguments, optional arguments.
STATEMENT_KINDS: dict[str, tuple[bool, frozenset[str], frozenset[str]]] = {
    kind: (subject, frozenset(required.split()), frozenset(optional.split()))
    for kind, subject, required, optional in (
        ("sum", True, "parts", "less"),
        ("share", True, "part whole", ""),
        ("ratio", True, "total over", "total_printed less times"),
        ("boundary", True, "total less over", "times"),
        ("change", True, "now then", "then_less then_over then_times"),
        ("target", True, "base change", ""),
        ("unit", True, "total over", "total_printed less times"),
        ("same_limit", True, "other", ""),
        ("implied_factor", False, "share total energy", ""),
        ("ratio_list", False, "ratios shares energies", ""),
        ("implied_twice", False, "ratio share energy total by_ratios by_shares by_energies", ""),
        ("average_fall", True, "then shares energies total", "then_total rest_share rest_energy"),
        ("implied_denominator", True, "cap cap_base strength", "times"),
        ("cap_in_line", True, "base change other_cap other_base other_change", ""),
        ("against_parent", True, "parent", ""),
    )
}

#: Arguments of one statement that run in step and must be equally long.
PARALLEL: dict[str, tuple[tuple[str, ...], ...]] = {
    "ratio_list": (("ratios", "shares", "energies"),),
    "implied_twice": (("by_ratios", "by_shares", "by_energies"),),
    "average_fall": (("then", "shares", "energies"), ("then_total", "rest_share", "rest_energy")),
}
