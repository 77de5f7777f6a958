"""Reads of the accounts: figures by scope, and the scopes there are."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.conf import settings

from jieyue.apps.accounts.collect import trees_of
from jieyue.apps.accounts.frame import Frame, FrameFigure, missing
from jieyue.apps.accounts.institutions import codes_on, institution_of
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.nodes import ROOT, RunTrees
from jieyue.apps.accounts.services.compute_run import (
    DECLARED,
    IN_COUNT,
    LISTED,
    NODES,
    RunPlan,
    declared_frame,
    few_frame,
    institution_frame,
    institutions_frame,
    node_frame,
    outside_run,
    plan_run,
    stored_frames,
    stored_listed,
)
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import EXPECTED, indicator_codes
from jieyue.domain.period import Period
from jieyue.domain.receipt import ReceiptId
from jieyue.domain.rounding import display, exact_text

PREFIXES = ("line", "area", "department", "type")
#: A reason why a figure is missing: the node was not there yet 新设.
NOT_FOUNDED = "not_founded"


class ScopeError(DomainError):
    """A scope that does not exist, or an indicator the account does not give."""


@dataclass(frozen=True)
class FigureRow:
    """One figure as people and programs get it; the fields of the figures JSON in their order."""

    indicator: str
    scope: str
    period: str
    value: str | None
    display: str | None
    unit: str
    basis: str
    factor_set: str
    vehicle_boundary: str
    completeness: str | None
    origin: str | None
    status: str
    receipt: str
    reasons: tuple[str, ...] = ()
    exact: Fraction | None = None

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        row = asdict(self)
        row["reasons"] = list(self.reasons)
        del row["exact"]
        return row


@dataclass(frozen=True)
class ScopeInfo:
    """A scope a person can choose."""

    scope: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent_scope: str
    in_being: bool


def method_choice(
    choice: Mapping[str, str | None] | None = None, boundaries: str | None = None
) -> MethodChoice:
    """The plan's method with what the caller says instead."""
    return MethodChoice.of_plan(home_plan()).changed(**dict(choice or {}), boundaries=boundaries)


def run_for(
    period: str,
    *,
    choice: Mapping[str, str | None] | None = None,
    boundaries: str | None = None,
    sequence: int | None = None,
) -> RunPlan:
    """The run of a period: by the home's plan, as of the last finished publication."""
    seq = last_done() if sequence is None else sequence
    return plan_run(method_choice(choice, boundaries), Period.parse(period), sequence=seq)


def figures(
    scopes: Sequence[str],
    period: str,
    *,
    indicators: Sequence[str] | None = None,
    choice: Mapping[str, str | None] | None = None,
    boundaries: str | None = None,
    sequence: int | None = None,
) -> list[FigureRow]:
    """Figures of scopes, all from one run. A bare code is an institution.

    A body outside this authority's count, asked for by name, has figures too, with the reason `outside_count`;
    they are of a run of their own, and no total holds them.
    Raises ScopeError for a scope or indicator that does not exist, PeriodError, MethodError.
    """
    plan = run_for(period, choice=choice, boundaries=boundaries, sequence=sequence)
    return figures_of(plan, scopes, indicators)


def figures_by(
    choice: MethodChoice,
    scopes: Sequence[str],
    period: str,
    *,
    indicators: Sequence[str] | None = None,
    sequence: int | None = None,
) -> list[FigureRow]:
    """Figures by a whole method choice: a plan that is not the home's default one."""
    seq = last_done() if sequence is None else sequence
    return figures_of(plan_run(choice, Period.parse(period), sequence=seq), scopes, indicators)


def figures_of(plan: RunPlan, scopes: Sequence[str], indicators: Sequence[str] | None) -> list[FigureRow]:
    """Figures of a run."""
    codes = codes_of(plan, indicators)
    rows: list[FigureRow] = []
    for asked in scopes:
        own = run_of(asked, plan)
        scope, frame, inside = _frame_of(own, asked)
        given = codes if indicators is not None else _given(codes, inside)
        rows += [row_of(own, scope, frame.get(inside, code) or missing(inside, code)) for code in given]
    return rows


def _given(codes: tuple[str, ...], inside: str) -> tuple[str, ...]:
    """Of a single institution nothing that only a group of them has."""
    if not inside.startswith("institution:"):
        return codes
    return tuple(code for code in codes if code != EXPECTED)


def declared_figures(
    period: str,
    *,
    scopes: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    choice: Mapping[str, str | None] | None = None,
    sequence: int | None = None,
) -> list[FigureRow]:
    """Figures of printed totals alone, scopes as `declared:city`: they stand beside and are never added.

    scopes: nodes (None = all that declare something for the period); one without a declaration gives no row.
    """
    plan = run_for(period, choice=choice, sequence=sequence)
    frame = declared_frame(plan)
    wanted = frame.scopes if scopes is None else [scope for scope in scopes if scope in frame.scopes]
    found = (frame.get(scope, code) for scope in wanted for code in codes_of(plan, indicators))
    return [row_of(plan, f"{DECLARED}:{row.scope}", row) for row in found if row is not None]


def all_institutions(
    period: str,
    *,
    indicators: Sequence[str] | None = None,
    choice: Mapping[str, str | None] | None = None,
    boundaries: str | None = None,
) -> list[FigureRow]:
    """Figures of every institution with something in the period, scopes by code."""
    plan = run_for(period, choice=choice, boundaries=boundaries)
    wanted = set(codes_of(plan, indicators))
    frame = institutions_frame(plan)
    names = codes_on([int(scope.partition(":")[2]) for scope in frame.scopes], plan.period.last_day)
    return [
        row_of(plan, f"institution:{names[int(figure.scope.partition(':')[2])]}", figure)
        for figure in frame.figures()
        if figure.indicator in wanted
    ]


def institutions_of(
    ids: Sequence[int], period: str, *, indicators: Sequence[str], sequence: int | None = None
) -> dict[int, dict[str, FigureRow]]:
    """Figures of some institutions by identifier and indicator: from what is kept ready, else in one computation;
    nothing is stored."""
    if not ids:
        return {}
    plan = run_for(period, sequence=sequence)
    names = codes_on(list(ids), plan.period.last_day)
    asked = codes_of(plan, indicators)

    def rows() -> dict[int, dict[str, FigureRow]]:
        scopes = [f"institution:{number}" for number in ids]
        ready = stored_listed(plan) if set(asked) <= set(LISTED) else None
        frame = (ready or few_frame(plan, ids)).some(scopes, asked)
        return {
            number: {
                code: row_of(plan, f"institution:{names[number]}", row)
                for code in asked
                if (row := frame.get((scope, code)))
            }
            for number, scope in zip(ids, scopes, strict=True)
        }

    return _pages.get((plan.id, asked, tuple(names.items())), rows, keep=len(ids) <= _PAGE)


#: Pages of institutions that were looked at last, for those who come back to them.
_pages = LastFew[dict[int, dict[str, FigureRow]]](32)
_PAGE = 50


def institution_history(
    number: int,
    indicators: Sequence[str],
    periods: Sequence[str],
    *,
    sequence: int | None = None,
    compute: bool = True,
    code: str = "",
) -> list[FigureRow] | None:
    """Figures of one institution over several periods, in the order asked for.

    compute False: only if every period was computed before, else None; the caller says that it takes a while.
    code: the institution's code today, where the caller has it.
    """
    seq = last_done() if sequence is None else sequence
    plans = [run_for(period, sequence=seq) for period in periods]
    frames = stored_frames([plan.id for plan in plans], f"institution:{number}")
    if not compute and len(frames) < len(plans):
        return None
    name = code or next(iter(codes_on([number], settings.JIEYUE_HOME.today()).values()))
    rows = []
    for plan in plans:
        frame = frames.get(plan.id) or institution_frame(plan, number)
        found = (frame.get(f"institution:{number}", one) for one in codes_of(plan, indicators))
        rows += [row_of(plan, f"institution:{name}", figure) for figure in found if figure is not None]
    return rows


def scopes(
    period: str, tree: str | None = None, *, boundaries: str | None = None, sequence: int | None = None
) -> list[ScopeInfo]:
    """The nodes of a tree (default: all four trees) on the day of the period's boundaries."""
    plan = run_for(period, boundaries=boundaries, sequence=sequence)
    trees = run_trees(plan)
    found = []
    for node in trees.nodes.values():
        if (tree is None or node.tree == tree) and node.in_being:
            parent = trees.nodes.get(node.parent) if node.parent is not None else None
            found.append(
                ScopeInfo(
                    scope=node.scope,
                    code=node.code,
                    name_zh=node.name_zh,
                    name_en=node.name_en,
                    kind=node.kind,
                    parent_scope=parent.scope if parent else "",
                    in_being=node.in_being,
                )
            )
    return found


def run_trees(plan: RunPlan) -> RunTrees:
    """The trees of a run; read once per publication and day."""
    return _trees(settings.JIEYUE_HOME.lake, plan.key.sequence, plan.key.boundaries)


@lru_cache(maxsize=64)
def _trees(_lake: str, sequence: int, day: str) -> RunTrees:
    return trees_of(open_lake(), sequence, date.fromisoformat(day))


def run_of(scope: str, plan: RunPlan) -> RunPlan:
    """The run that has the scope's figures: for a body outside the count the run of those, else the run itself."""
    if plan.key.population != IN_COUNT or scope.partition(":")[0] not in PREFIXES:
        return plan
    return outside_run(plan) if scope in run_trees(plan).outside_scopes else plan


def part_of(scope: str, plan: RunPlan) -> tuple[str, str]:
    """Scope as named in a receipt or by a person → (part of the run, scope inside its frame)."""
    kind, _, code = scope.partition(":")
    if kind == DECLARED:
        return DECLARED, code
    if scope == ROOT or kind in PREFIXES:
        return NODES, scope
    number = institution_of(code if kind == "institution" else scope, plan.period.last_day)
    return f"institution:{number}", f"institution:{number}"


def codes_of(plan: RunPlan, indicators: Sequence[str] | None) -> tuple[str, ...]:
    """The indicators asked for, all that the account gives by default. Raises ScopeError."""
    known = indicator_codes(plan.method.account.form)
    if indicators is None:
        return known
    unknown = [code for code in indicators if code not in known]
    if unknown:
        raise ScopeError(
            "unknown_indicator",
            zh=f"没有指标 {', '.join(unknown)}；可用：{', '.join(known)}",
            en=f"no indicator {', '.join(unknown)}; known: {', '.join(known)}",
        )
    return tuple(indicators)


def _frame_of(plan: RunPlan, asked: str) -> tuple[str, Frame, str]:
    """(scope as it is named, frame, scope inside the frame)."""
    kind, _, code = asked.partition(":")
    if asked == "city" or kind in PREFIXES:
        frame = kept_node_frame(plan)
        name = "city" if code in ("", "city") else asked
        if asked != "city" and name != "city" and asked not in run_trees(plan).by_scope():
            raise _no_scope(asked)
        return name, frame, name
    wanted = code if kind == "institution" else asked
    found = institution_of(wanted, plan.period.last_day)
    if found is None:
        raise _no_scope(asked)
    return f"institution:{wanted}", institution_frame(plan, found), f"institution:{found}"


_kept = LastFew[Frame](16)


def kept_node_frame(plan: RunPlan) -> Frame:
    """The node frame of a run; a stored frame never changes, so a process keeps the last few it read."""
    return _kept.get(plan.id, lambda: node_frame(plan))


def _no_scope(asked: str) -> ScopeError:
    return ScopeError(
        "unknown_scope",
        zh=f"没有“{asked}”这个口径；可写 city、line:代码、area:代码、department:代码、type:代码、机构代码",
        en=f"no scope {asked!r}; write city, line:CODE, area:CODE, department:CODE, type:CODE or an institution's code",
    )


def _why_missing(plan: RunPlan, scope: str, value: Fraction | None) -> tuple[str, ...]:
    """A region that was founded later has no figure for another reason than one that did not report."""
    return (NOT_FOUNDED,) if value is None and is_not_founded(plan, scope) else ()


def is_not_founded(plan: RunPlan, scope: str) -> bool:
    """Whether a node came to be only after the day of the run's boundaries."""
    node = run_trees(plan).by_scope().get(scope) if scope.partition(":")[0] in PREFIXES else None
    return node is not None and not node.begun


def row_of(plan: RunPlan, scope: str, figure: FrameFigure) -> FigureRow:
    """A figure of a run's frame as people and programs get it."""
    definition = home_catalog().indicator(figure.indicator)
    value = figure.value
    share = figure.completeness
    return FigureRow(
        indicator=figure.indicator,
        scope=scope,
        period=plan.key.period,
        value=None if value is None else exact_text(value),
        display=None if value is None else display(value, definition.decimals),
        unit=definition.unit,
        basis=plan.method.basis,
        factor_set=plan.method.factor_set_label,
        vehicle_boundary=plan.key.vehicle_boundary,
        completeness=None if share is None else exact_text(share),
        origin=figure.origin or None,
        status=figure.status,
        receipt=str(ReceiptId(plan.id, scope, figure.indicator)),
        reasons=figure.reasons or _why_missing(plan, scope, value),
        exact=value,
    )
