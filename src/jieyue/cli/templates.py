"""`jieyue template`: the workbook that a body sends out to be filled in, and imports when it comes back."""

from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import REFUSED, emit, fail, options, say, with_home


def add(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("template")(with_home(template))


def template(
    form: Annotated[str, typer.Argument(help="报表，如 NY201")],
    period: Annotated[str, typer.Option("--period", help="2026-10 | 2025 | 2025-Q1")],
    output: Annotated[Path, typer.Option("--output", "-o", help="目标文件 .xlsx")],
    scope: Annotated[str, typer.Option("--scope", help="city | line:节点 | 机构代码")] = "city",
) -> None:
    """生成填报工作簿：面积、人数等带出上期，流量留空。 A workbook to fill in, stocks carried over, flows blank."""
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns import template as book
    from jieyue.apps.trees.queries import Tree, node_by_code
    from jieyue.domain.period import Period

    wanted = Period.parse(period)
    known = home_catalog().forms
    if (
        form not in known
        or known[form].summary_of
        or known[form].instance != "none"
        or not book.items_of(form, wanted)
    ):
        fail(
            REFUSED,
            f"报表 {form} 没有填报工作簿；可用：NY201、NY203",
            f"form {form} has no workbook to fill in; NY201 and NY203 have",
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
    book.write(output, form, wanted, rows)
    if options.json:
        emit({"form": form, "period": period, "scope": scope, "institutions": len(rows), "file": str(output)})
    say(f"{len(rows)} 家机构 → {output}", f"{len(rows)} institutions → {output}")
