"""`jieyue figures`: computed numbers, each with its receipt."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli import changing
from jieyue.cli.context import REFUSED, STATUS, emit, fail, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.accounts.queries import FigureRow

#: Before a node's scope: the printed total of that node alone, which stands beside its institutions.
DECLARED = "declared:"
#: The versions in force 现行数, and what was reported first 首报数.
PRESENT, FIRST = VERSIONS = ("present", "first")


app = typer.Typer(invoke_without_command=True, help="指标、变化、重述 / figures, what changed, restatements")
changing.add(app)


@app.callback()
def figures(
    context: typer.Context,
    period: Annotated[
        str | None, typer.Option("--period", help="2025 | 2025-Q1 | 2025-03 | 2026-01..2026-10")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="city, line:, area:, department:, type:, declared:…, 机构代码"),
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option("--indicator", help="指标代码，可重复；默认全部")
    ] = None,
    factor_set: Annotated[str | None, typer.Option("--factor-set", help="因子组，默认用规划的")] = None,
    electricity_factor: Annotated[
        str | None, typer.Option("--electricity-factor", help="plan | of-year | 年份 | 数值 | 名称")
    ] = None,
    vehicle_boundary: Annotated[
        str | None, typer.Option("--vehicle-boundary", help="all_oil | official_vehicles")
    ] = None,
    boundaries: Annotated[str | None, typer.Option("--boundaries", help="then | now | 日期")] = None,
    version: Annotated[str, typer.Option("--version", help="present 现行数 | first 首报数")] = PRESENT,
) -> None:
    """按口径、期间计算指标。 Compute figures of scopes for a period."""
    if context.invoked_subcommand is not None:
        return
    if period is None:
        raise typer.BadParameter(
            text("缺 --period，例如 --period 2025", "--period is missing, such as --period 2025")
        )
    if version not in VERSIONS:
        raise typer.BadParameter(
            text(f"{version}；应为 present 或 first", f"{version}: present or first"), param_hint="--version"
        )
    method = {
        "factor_set": factor_set,
        "electricity_factor": electricity_factor,
        "vehicle_boundary": vehicle_boundary,
    }
    with_home(_figures)(period, scope or ["city"], indicator, method, boundaries, version)


def _figures(
    period: str,
    asked: Sequence[str],
    indicator: Sequence[str] | None,
    choice: Mapping[str, str | None],
    boundaries: str | None,
    version: str,
) -> None:
    """Print the figures, the printed totals among them."""
    own = [one for one in asked if not one.startswith(DECLARED)]
    rows = _computed(own, period, indicator, choice, boundaries, version) if own else []
    printed = [one.removeprefix(DECLARED) for one in asked if one.startswith(DECLARED)]
    if printed and version == FIRST:
        fail(
            REFUSED,
            f"印出的总数没有首报数：{'、'.join(printed)}；去掉 {DECLARED} 或 --version first",
            f"a printed total has no first-reported form: {', '.join(printed)}; leave it or --version first out",
            code="no_first_reported",
        )
    rows += _declared(printed, period, indicator, choice)
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    from jieyue.apps.publication.rules import home_catalog

    if version == PRESENT:
        _tell_beside(rows, own, period, choice)
    _tell_outside(rows)
    catalog = home_catalog()
    table(
        _title(period, version),
        [text(*pair) for pair in _HEADS],
        [
            (
                row.scope,
                getattr(catalog.indicator(row.indicator), text("name_zh", "name_en")),
                row.display,
                row.unit,
                text(*STATUS[row.status]),
                row.factor_set,
                row.receipt,
            )
            for row in rows
            if row.value is not None or indicator
        ],
        right=[2],
        whole=[6],
    )


def _computed(
    scopes: Sequence[str],
    period: str,
    indicators: Sequence[str] | None,
    choice: Mapping[str, str | None],
    boundaries: str | None,
    version: str,
) -> "list[FigureRow]":
    from jieyue.apps.accounts.queries import figures
    from jieyue.apps.insights.first_reported import FirstReported

    if version == FIRST:
        first = FirstReported.asked(scopes, period)
        return first.figures(indicators=indicators, choice=choice, boundaries=boundaries)
    return figures(scopes, period, indicators=indicators, choice=choice, boundaries=boundaries)


def _title(period: str, version: str) -> str:
    if version == FIRST:
        return text(f"{period} 指标（首报数）", f"Figures of {period} as first reported")
    return text(f"{period} 指标", f"Figures of {period}")


def _declared(
    nodes: Sequence[str], period: str, indicators: Sequence[str] | None, choice: Mapping[str, str | None]
) -> "list[FigureRow]":
    """The figures of printed totals, as asked for by `declared:SCOPE`."""
    from jieyue.apps.accounts.queries import declared_figures

    if not nodes:
        return []
    rows = declared_figures(period, scopes=nodes, indicators=indicators, choice=choice)
    there = {row.scope.removeprefix(DECLARED) for row in rows}
    if absent := [node for node in nodes if node not in there]:
        names = ", ".join(absent)
        fail(
            REFUSED,
            f"{names} 在 {period} 没有申报总数",
            f"{names} has no declared total for {period}",
            code="no_declared_total",
        )
    return rows


def _tell_beside(
    rows: "Sequence[FigureRow]", scopes: Sequence[str], period: str, choice: Mapping[str, str | None]
) -> None:
    """Say that a printed total stands beside a node's institutions: one line a node, with its first figure."""
    from jieyue.apps.accounts.queries import declared_figures
    from jieyue.catalog.findings import make

    found = declared_figures(period, scopes=list(scopes), choice=choice)
    beside = {(row.scope.removeprefix(DECLARED), row.indicator): row.display for row in found if row.value}
    told: set[str] = set()
    for row in rows:
        declared = beside.get((row.scope, row.indicator))
        if declared and row.value is not None and row.origin != "declared" and row.scope not in told:
            told.add(row.scope)
            note = make(
                "declared_beside",
                scope=f"{row.scope} {row.indicator}",
                declared=f"{declared} {row.unit}",
                summed=f"{row.display} {row.unit}",
            )
            say(
                f"{note.message_zh}（--scope {DECLARED}{row.scope}）",
                f"{note.message_en} (--scope {DECLARED}{row.scope})",
            )


def _tell_outside(rows: "Sequence[FigureRow]") -> None:
    """Say of which bodies the figures are in no total."""
    from jieyue.apps.accounts.services.compute_run import OUTSIDE_COUNT

    for scope in dict.fromkeys(row.scope for row in rows if OUTSIDE_COUNT in row.reasons):
        say(
            f"{scope} 不在本级统计范围：以下各数不计入任何合计",
            f"{scope} is outside this authority's count: no total holds these figures",
        )


_HEADS = (
    ("口径", "scope"),
    ("指标", "indicator"),
    ("数值", "value"),
    ("单位", "unit"),
    ("状态", "status"),
    ("因子组", "factor set"),
    ("回执", "receipt"),
)
