"""`jieyue template`: the workbook that a body sends out to be filled in, and imports when it comes back."""

from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import REFUSED, emit, fail, options, say, with_home


def add(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("template")(with_home(template))


def template(
    form: Annotated[str, typer.Argument(help="报表，如 NY201；规划任务完成情况写 tasks")],
    output: Annotated[Path, typer.Option("--output", "-o", help="目标文件 .xlsx")],
    period: Annotated[str, typer.Option("--period", help="2026-10 | 2025 | 2025-Q1（报表必填）")] = "",
    scope: Annotated[str, typer.Option("--scope", help="city | line:节点 | 机构代码")] = "city",
    plan: Annotated[str, typer.Option("--plan", help="规划代码，tasks 用；默认本系统的规划")] = "",
) -> None:
    """生成填报工作簿：面积、人数等带出上期，流量留空。 A workbook to fill in, stocks carried over, flows blank."""
    if form == "tasks":
        _tasks(plan, output)
        return
    if not period:
        fail(REFUSED, "请用 --period 写明期间", "name the period with --period", code="period")
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns import template as book
    from jieyue.apps.returns.rooms import by_room
    from jieyue.apps.trees.queries import Tree, node_by_code
    from jieyue.domain.period import Period

    wanted = Period.parse(period)
    known = home_catalog().forms
    if form not in known or known[form].summary_of or not book.items_of(form, wanted):
        fail(
            REFUSED,
            f"报表 {form} 没有填报工作簿；可用：NY201、NY202、NY203",
            f"form {form} has no workbook to fill in; NY201, NY202 and NY203 have",
            code="form",
        )
    kind, _, code = scope.partition(":")
    if kind == "line" or scope == "city":
        node = node_by_code(Tree.LINE, code or "city", wanted.last_day)
        institutions = book.filers(node.id, wanted) if node is not None else []
    else:
        number = number_of(code or kind, wanted.last_day)
        institutions = [number] if number is not None else []
    if not institutions:
        fail(
            REFUSED,
            f"{scope} 在 {period} 没有应填报的机构",
            f"{scope} has no institution that owes a return for {period}",
            code="nobody",
        )
    rows = book.lines(form, wanted, institutions)
    if not rows:
        fail(
            REFUSED,
            f"{scope} 的机构在 {period} 没有登记机房；先在名录里登记",
            f"no institution of {scope} has a registered room in {period}; register rooms first",
            code="no_rooms",
        )
    book.write(output, form, wanted, rows, book.left_out(form, wanted, institutions))
    count = len({row.institution for row in rows})
    said = {"form": form, "period": period, "scope": scope, "institutions": count}
    if by_room(form):
        said["rooms"] = len(rows)
        say(
            f"{count} 家机构、{len(rows)} 个机房 → {output}",
            f"{len(rows)} rooms of {count} institutions → {output}",
        )
    else:
        say(f"{count} 家机构 → {output}", f"{count} institutions → {output}")
    if options.json:
        emit({**said, "file": str(output)})


def _tasks(plan: str, output: Path) -> None:
    """The workbook of a plan's countable tasks."""
    from jieyue.apps.publication.rules import home_plan
    from jieyue.apps.targets.task_workbook import write

    wanted = plan or home_plan().id
    count = write(output, wanted)
    if options.json:
        emit({"plan": wanted, "tasks": count, "file": str(output)})
    say(f"{count} 项任务 → {output}", f"{count} tasks → {output}")
