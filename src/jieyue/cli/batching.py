"""`jieyue readings rollup`: a month's sums made anew, compared with what is stored or written out."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import BROKEN, REFUSED, emit, fail, options, say, table, text, with_home

Months = Annotated[list[str], typer.Option("--month", help="月份 2025-01，可重复")]
Folder = Annotated[
    Path | None, typer.Option("-o", "--output", help="写出各项合计（Parquet）的文件夹；不写则与已存的比较")
]


def add_to(group: typer.Typer) -> None:
    """The verb of `jieyue readings`."""
    group.command("rollup")(rollup)


@with_home
def rollup(month: Months, output: Folder = None) -> None:
    """重算一个月的合计：与已存的比较，或写成 Parquet。 A month's sums, made anew by the engine of the queries."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.clean import clean as derive

    numbers = [_number(said) for said in dict.fromkeys(month)]
    derive(actor=operator_name())
    if output is None:
        _compare(numbers)
    else:
        _write(dict(zip(dict.fromkeys(month), numbers, strict=True)), output)


def _write(months: dict[str, int], folder: Path) -> None:
    from jieyue.apps.metering.batch import write_month

    if there := [said for said in months if (folder / said).exists()]:
        zh = f"{folder} 里已有 {'、'.join(there)}；请换一个文件夹，或先移走"
        fail(REFUSED, zh, f"{folder} holds {', '.join(there)} already; name another folder, or move it away",
             code="output")  # fmt: skip
    rows = {said: write_month(number, folder / said) for said, number in months.items()}
    if options.json:
        emit({"folder": str(folder), "rows": rows})
    for said, found in rows.items():
        counts = "，".join(f"{name} {count}" for name, count in found.items())
        say(f"已写出 {folder / said}：{counts} 行", f"wrote {folder / said}: {counts} rows")


def _compare(months: list[int]) -> None:
    from jieyue.apps.metering.batch import compared

    found = [(month, one) for month in months for one in compared(month)]
    if options.json:
        emit([{"month": month, **vars(one), "same": one.same} for month, one in found])
    else:
        table(
            text("重算与已存", "Made anew and stored"),
            [text(*pair) for pair in _HEADS],
            [(month, *vars(one).values()) for month, one in found],
            right=[2, 3, 4, 5],
        )
    if wrong := sorted({one.name for _, one in found if not one.same}):
        say(
            f"重算的与已存的不同：{'、'.join(wrong)}；运行 jieyue readings rebuild，再比较；仍不同请报告",
            f"made anew and stored differ: {', '.join(wrong)}; run jieyue readings rebuild and compare again; "
            "if they still differ, report it",
        )
        raise typer.Exit(BROKEN)


_HEADS = (
    ("月份", "month"),
    ("表", "table"),
    ("重算行数", "made"),
    ("已存行数", "stored"),
    ("仅重算有", "only made"),
    ("仅已存有", "only stored"),
)


def _number(said: str) -> int:
    try:
        first = date.fromisoformat(f"{said}-01")
    except ValueError:
        raise typer.BadParameter("2025-01", param_hint="--month") from None
    return first.year * 100 + first.month
