"""`jieyue figures`: computed numbers, each with its receipt."""

from typing import Annotated

import typer

from jieyue.cli.context import emit, options, table, text, with_home


def add(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("figures")(with_home(figures))


def figures(
    period: Annotated[str, typer.Option("--period", help="2025 | 2025-Q1 | 2025-03 | 2026-01..2026-10")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="city, line:, area:, department:, type:, 机构代码")
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
) -> None:
    """按口径、期间计算指标。 Compute figures of scopes for a period."""
    from jieyue.apps.accounts.queries import figures as compute

    choice = {
        "factor_set": factor_set,
        "electricity_factor": electricity_factor,
        "vehicle_boundary": vehicle_boundary,
    }
    rows = compute(scope or ["city"], period, indicators=indicator, choice=choice, boundaries=boundaries)
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    from jieyue.apps.publication.rules import home_catalog

    catalog = home_catalog()
    missing = text("缺", "missing")
    words = {"final": text("终值", "final"), "provisional": text("初步", "provisional"), "missing": missing}
    table(
        text(f"{period} 指标", f"Figures of {period}"),
        [text(*pair) for pair in _HEADS],
        [
            (
                row.scope,
                getattr(catalog.indicator(row.indicator), text("name_zh", "name_en")),
                row.display,
                row.unit,
                words[row.status],
                row.factor_set,
                row.receipt,
            )
            for row in rows
            if row.value is not None or indicator
        ],
        right=[2],
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
