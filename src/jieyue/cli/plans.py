"""`jieyue plan status|check`: indicators against targets, and a plan against itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import REFUSED, emit, guarded, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.targets.queries import PlanStatusRow

app = typer.Typer(
    no_args_is_help=True, help="规划：指标进展与文本核对 / a plan's status and its own contradictions"
)


@app.command("status")
@with_home
def status(
    plan: Annotated[str, typer.Argument(help="规划代码或目录")],
    year: Annotated[int, typer.Option("--year", help="年份")],
    scope: Annotated[str, typer.Option("--scope")] = "city",
    factor_set: Annotated[
        str | None, typer.Option("--factor-set", help="另选碳排放因子组；结论注明非规划口径")
    ] = None,
    electricity_factor: Annotated[
        str | None,
        typer.Option("--electricity-factor", help="plan | of-year | 年份 | 数值 | 名称；结论注明非规划口径"),
    ] = None,
) -> None:
    """各项指标的基期、目标、路径、实际与结论。 Base, target, path, actual and verdict of each indicator."""
    from jieyue.apps.publication.rules import plan as plan_by_name
    from jieyue.apps.targets.issued import issued_to_nobody
    from jieyue.apps.targets.queries import plan_status

    choice = {"factor_set": factor_set, "electricity_factor": electricity_factor}
    rows = plan_status(plan, year, scope=scope, choice=choice)
    for wrong in issued_to_nobody(plan_by_name(plan)):
        say(
            f"{wrong.file} 第 {wrong.row} 行 {wrong.column} 列：{wrong.reason_zh}",
            f"{wrong.file}, row {wrong.row}, column {wrong.column}: {wrong.reason_en}",
        )
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    table(
        text(f"{plan} {year} 年指标进展", f"{plan}: indicators in {year}"),
        [text(*pair) for pair in _HEADS],
        [
            (
                text(row.name_zh, row.name_en),
                text("约束性", "binding") if row.binding else text("预期性", "expected"),
                row.shown_base,
                f"{row.target_op if row.target_op != '=' else ''}{row.shown_target}",
                row.shown_path,
                row.shown_actual,
                _unit(row),
                text(row.words_zh, row.words_en),
                row.receipt,
            )
            for row in rows
        ],
        right=[2, 3, 4, 5],
        whole=[8],
    )


def _unit(row: "PlanStatusRow") -> str:
    """The unit of the numbers shown: the printed one, or the one that is meant where the plan misprints it."""
    from jieyue.apps.publication.rules import home_catalog

    return home_catalog().unit_symbol(row.unit, options.language) if row.unit_misprinted else row.printed_unit


@app.command("tasks")
@with_home
def tasks(plan: Annotated[str, typer.Argument(help="规划代码或目录")]) -> None:
    """各项任务的目标、完成数与结论；没有数据的不作结论。 The tasks of a plan and what was declared about each."""
    from jieyue.apps.targets.task_list import task_rows

    rows = task_rows(plan)
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    table(
        text(f"{plan} 任务进展", f"{plan}: tasks"),
        [text(*pair) for pair in _TASK_HEADS],
        [
            (
                row.task.clause,
                text(row.task.name_zh, row.task.name_en),
                f"{row.target} {row.unit}".strip(),
                row.as_dict()["value"],
                row.result.on if row.result else "",
                text(*TASK_WORDS[row.status]),
            )
            for row in rows
        ],
        right=[3],
    )


@app.command("check")
@guarded
def check(plan: Annotated[str, typer.Argument(help="规划代码或目录")]) -> None:
    """用规划自己的数重算其所载各数。 Recompute a plan's printed statements from its own numbers."""
    from jieyue.catalog.plan import load_plan, parent_of
    from jieyue.domain.plan_check import check_plan

    wanted = load_plan(plan)
    findings = check_plan(wanted, parent=parent_of(wanted))
    if options.json:
        emit([finding.as_dict() for finding in findings])
    else:
        table(
            text(f"{plan} 文本核对", f"{plan}: the text against itself"),
            [text(*pair) for pair in _CHECK_HEADS],
            [
                (
                    f.check,
                    f.finding.severity,
                    f.declared,
                    f.recomputed,
                    f.unit,
                    text(f.finding.message_zh, f.finding.message_en),
                )
                for f in findings
            ],
            right=[2, 3],
        )
    if any(finding.finding.severity == "error" for finding in findings):
        raise typer.Exit(REFUSED)


_HEADS = (
    ("指标", "indicator"),
    ("属性", "attribute"),
    ("基期", "base"),
    ("目标", "target"),
    ("路径", "path"),
    ("实际", "actual"),
    ("单位", "unit"),
    ("结论", "verdict"),
    ("回执", "receipt"),
)
_TASK_HEADS = (
    ("条款", "clause"),
    ("任务", "task"),
    ("目标", "target"),
    ("完成数", "value"),
    ("截至", "as of"),
    ("结论", "verdict"),
)
TASK_WORDS = {"done": ("完成", "done"), "not_done": ("未完成", "not done"), "no_data": ("无数据", "no data")}
_CHECK_HEADS = (
    ("编号", "check"),
    ("级别", "severity"),
    ("所载", "declared"),
    ("重算", "recomputed"),
    ("单位", "unit"),
    ("说明", "explanation"),
)
