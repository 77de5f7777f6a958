"""`jieyue receipt show|replay|export`: where a figure comes from, and whether it comes out again."""

from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import BROKEN, emit, options, say, table, text, with_home

app = typer.Typer(no_args_is_help=True, help="回执：数字的出处 / where a figure comes from")


@app.command("show")
@with_home
def show(receipt: Annotated[str, typer.Argument(help="回执编号")]) -> None:
    """数值、公式、因子与文号、口径。 Value, formula, factors with their documents, method."""
    from jieyue.apps.accounts.receipts import view

    found = view(receipt)
    if options.json:
        emit(found.as_dict())
        return
    from jieyue.domain.rounding import display

    value = found.figure.value
    shown = text("缺", "missing") if value is None else display(value, found.decimals)
    rows = [
        (text("指标", "indicator"), text(found.indicator_zh, found.indicator_en)),
        (text("口径", "scope"), found.figure.scope),
        (text("数值", "value"), f"{shown} {found.unit}"),
        (text("公式", "formula"), text(found.formula_zh, found.formula_en)),
        (text("状态", "status"), found.figure.status),
        *((name, value) for name, value in found.key.items()),
        *((text("说明", "note"), text(note["zh"], note["en"])) for note in found.notes),
    ]
    table(found.id, [text("项目", "field"), text("内容", "content")], rows)
    table(
        text("所用因子", "Factors"),
        [text(*pair) for pair in _HEADS],
        [
            (
                f.use,
                text(f.name_zh, f.name_en),
                f.value,
                f.unit,
                f.document or f.source,
                text("已核实", "verified") if f.verified else text("未核实", "unverified"),
            )
            for f in found.factors
        ],
        right=[2],
    )


@app.command("replay")
@with_home
def replay(receipt: Annotated[str, typer.Argument(help="回执编号")]) -> None:
    """按当日的数据、规则和方法重算并比对；不同则退出码 4。 Compute again and compare; exit 4 if it differs."""
    from jieyue.apps.accounts.receipts import replay as again

    result = again(receipt)
    if options.json:
        emit(
            {
                "receipt": result.receipt,
                "equal": result.equal,
                "compared": result.compared,
                "different": list(result.different),
            }
        )
    if result.equal:
        say(f"一致：{result.compared} 个数逐一相同", f"equal: {result.compared} figures, each the same")
        return
    say(
        f"不一致：{len(result.different)} 个数不同，如 {', '.join(result.different[:5])}",
        f"different: {len(result.different)} figures, such as {', '.join(result.different[:5])}",
    )
    raise typer.Exit(BROKEN)


@app.command("export")
@with_home
def export(
    receipt: Annotated[str, typer.Argument(help="回执编号")],
    folder: Annotated[Path | None, typer.Option("--output", "-o", help="目标目录")] = None,
) -> None:
    """导出为文件夹：输入、因子、公式与可重算的工作簿。 A folder with inputs, factors, formula and a live workbook."""
    from jieyue.apps.accounts.services.export_receipt import export_receipt

    target = folder or Path("receipt-" + receipt.replace("/", "_").replace(":", "-"))
    made = export_receipt(receipt, target)
    if options.json:
        emit({"folder": str(made.folder), "files": made.files})
    say(f"已导出到 {made.folder}", f"exported to {made.folder}")


_HEADS = (
    ("用途", "use"),
    ("品种", "carrier"),
    ("数值", "value"),
    ("单位", "unit"),
    ("文件", "document"),
    ("核实", "verified"),
)
