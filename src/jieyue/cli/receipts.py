"""`jieyue receipt show|replay|export`: where a figure comes from, and whether it comes out again."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import BROKEN, STATUS, emit, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.accounts.derived_receipts import DerivedView
    from jieyue.apps.accounts.parts import Part

app = typer.Typer(no_args_is_help=True, help="回执：数字的出处 / where a figure comes from")


@app.command("show")
@with_home
def show(receipt: Annotated[str, typer.Argument(help="回执编号")]) -> None:
    """数值、公式、因子与文号、口径。 Value, formula, factors with their documents, method."""
    from jieyue.apps.accounts.derived_receipts import DerivedView, view_any

    found = view_any(receipt)
    if options.json:
        emit(found.as_dict())
        return
    if isinstance(found, DerivedView):
        _derived(found)
        return
    from jieyue.domain.rounding import display

    value = found.figure.value
    shown = text("缺", "missing") if value is None else display(value, found.decimals)
    rows = [
        (text("指标", "indicator"), text(found.indicator_zh, found.indicator_en)),
        (text("口径", "scope"), found.figure.scope),
        (text("数值", "value"), f"{shown} {found.unit}"),
        (text("公式", "formula"), text(found.formula_zh, found.formula_en)),
        (text("状态", "status"), text(*STATUS[found.figure.status])),
        *((text(*_KEYS.get(name, (name, name))), value) for name, value in found.key.items()),
        *(
            (text("未计入", "left out"), f"{text(*_WHY[why])}: {n}")
            for why, n in found.behind.missing.items()
        ),
        *((text("说明", "note"), text(note["zh"], note["en"])) for note in found.notes),
    ]
    table(found.id, [text("项目", "field"), text("内容", "content")], rows)
    if found.parts is not None:
        _parts(text("各品种数量", "By carrier"), found.parts.above)
        _parts(text("除以", "Divided by"), found.parts.below)
    table(
        text("所用因子", "Factors"),
        [text(*pair) for pair in _HEADS],
        [
            (
                text(*_USES[f.use]),
                text(f.name_zh, f.name_en),
                _decimal(f.value),
                f.unit,
                f.document or f.source,
                text("已核实", "verified") if f.verified else text("未核实", "unverified"),
            )
            for f in found.factors
        ],
        right=[2],
    )


def _derived(found: "DerivedView") -> None:
    """A derived figure and the figures that it is made of."""
    from jieyue.apps.accounts.derived_words import words

    made = found.derived
    table(
        found.id,
        [text("项目", "field"), text("内容", "content")],
        [
            (text("数值", "value"), text(*words(made))),
            (text("口径", "scope"), made.scope),
            (text("公式", "formula"), text(found.formula_zh, found.formula_en)),
            (text("状态", "status"), text(*STATUS[made.status])),
            (text("方法", "method"), found.method),
        ],
    )
    table(
        text("由这些数得出", "Made of"),
        [text(*pair) for pair in _MADE_OF],
        [
            (text(row.name_zh, row.name_en), row.scope, row.period, row.display or "", row.unit, row.receipt)
            for row in found.rows
        ],
        right=[3],
    )


_MADE_OF = (
    ("指标", "indicator"),
    ("口径", "scope"),
    ("期间", "period"),
    ("数值", "value"),
    ("单位", "unit"),
    ("回执", "receipt"),
)


def _parts(title: str, lines: "Sequence[Part]") -> None:
    """What is added up, line by line."""
    from jieyue.apps.accounts.parts import factor_text
    from jieyue.domain.rounding import exact_text

    if not lines:
        return
    table(
        title,
        [text(*pair) for pair in _PARTS],
        [
            (
                text(line.name_zh, line.name_en),
                exact_text(line.quantity),
                line.unit,
                "" if line.factor is None else _decimal(factor_text(line.factor)),
                line.factor_unit,
                _decimal(factor_text(line.amount)),
                line.amount_unit,
            )
            for line in lines
        ],
        right=[1, 3, 5],
    )


_PARTS = (
    ("品种", "carrier"),
    ("数量", "quantity"),
    ("单位", "unit"),
    ("系数或因子", "coefficient or factor"),
    ("单位", "unit"),
    ("折算", "amount"),
    ("单位", "unit"),
)


@app.command("replay")
@with_home
def replay(receipt: Annotated[str, typer.Argument(help="回执编号")]) -> None:
    """按当日的数据、规则和方法重算并比对；不同则退出码 4。 Compute again and compare; exit 4 if it differs."""
    from jieyue.apps.accounts.derived_receipts import replay_any as again

    result = again(receipt)
    if options.json:
        emit(
            {
                "receipt": result.receipt,
                "equal": result.equal,
                "own": result.own,
                "compared": result.compared,
                "different": list(result.different),
            }
        )
    if result.equal:
        say(f"一致：{result.compared} 个数逐一相同", f"equal: {result.compared} figures, each the same")
        return
    number, such = len(result.different), ", ".join(result.different[:5])
    own_zh, own_en = ("本身相同", "itself is the same") if result.own else ("也在其中", "is one of them")
    say(
        f"不一致：{number} 个数不同，这个数{own_zh}；如 {such}",
        f"different: {number} figures, this one {own_en}; such as {such}",
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


def _decimal(value: str) -> str:
    """A factor for people: exact, or to six decimals where no decimal is exact."""
    from fractions import Fraction

    from jieyue.domain.rounding import display

    return f"≈ {display(Fraction(value), 6)}" if "/" in value else value


_USES = {"standard_coal": ("折标准煤", "standard coal"), "co2": ("碳排放", "CO2")}
_WHY = {
    "no_return": ("没有报表", "no return"),
    "months_missing": ("缺月份", "months missing"),
    "item_missing": ("缺指标", "item missing"),
    "stock_missing": ("缺面积、人数或车辆", "floor area, persons or vehicles missing"),
}
_KEYS = {
    "method": ("方法", "method"),
    "period": ("期间", "period"),
    "form": ("报表", "form"),
    "tce_set": ("折标系数组", "standard-coal set"),
    "factor_set": ("因子组", "factor set"),
    "electricity_factor": ("电力因子", "electricity factor"),
    "vehicle_boundary": ("车辆口径", "vehicle boundary"),
    "boundaries": ("区划、归属以此日为准", "boundaries of"),
    "population": ("统计范围", "population"),
    "completeness": ("终值所需完整率", "completeness of a final figure"),
    "sequence": ("发布序号", "publication"),
    "catalog_digest": ("规则摘要", "digest of the rules"),
}
_HEADS = (
    ("用途", "use"),
    ("品种", "carrier"),
    ("数值", "value"),
    ("单位", "unit"),
    ("文件", "document"),
    ("核实", "verified"),
)
