"""What the engine of the queries makes of whole months: `jieyue readings rollup`, sums made anew and compared with what
is stored or written out; `jieyue readings city`, the city by day, type and district."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import BROKEN, REFUSED, emit, fail, options, say, table, text, with_home
from jieyue.cli.rows_file import write_rows

Months = Annotated[list[str], typer.Option("--month", help="月份 2025-01，可重复")]
Folder = Annotated[
    Path | None, typer.Option("-o", "--output", help="写出各项合计（Parquet）的文件夹；不写则与已存的比较")
]


def add_to(group: typer.Typer) -> None:
    """The verbs of `jieyue readings`."""
    group.command("rollup")(rollup)
    group.command("city")(city)


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


@with_home
def city(
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV 或 Parquet 文件")],
    first: Annotated[str, typer.Option("--from", help="从哪个月 2025-01")],
    last: Annotated[str, typer.Option("--to", help="到哪个月，含；不写就是一个月")] = "",
    boundaries: Annotated[
        str, typer.Option("--boundaries", help="区划、类型以哪天为准：then 当天 | now | 日期")
    ] = "then",
) -> None:
    """全市逐日用量，按品种、类型、地区，由区间算出。 The city by day, carrier, type and district, from intervals."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.city_days import city_days
    from jieyue.apps.metering.services.clean import clean as derive

    begin, end = _number(first, "--from"), _number(last or first, "--to")
    if end < begin:
        fail(
            REFUSED,
            f"--to {last} 早于 --from {first}",
            f"--to {last} lies before --from {first}",
            code="months",
        )
    placed = _placed(boundaries)
    derive(actor=operator_name())
    write_rows(city_days(begin, end, placed).drop_columns(["ym"]).rename_columns(_CITY), output)


def _placed(said: str) -> date | None:
    """The day whose districts and types all days are told by; None: each by its own."""
    if said == "then":
        return None
    if said == "now":
        from django.conf import settings

        today: date = settings.JIEYUE_HOME.today()
        return today
    try:
        return date.fromisoformat(said)
    except ValueError:
        zh = f"区划口径“{said}”不可用；可写 then（当天）、now（现行）或日期 2025-12-31"
        en = f"boundaries {said!r} are not usable; write then, now or a day such as 2025-12-31"
        fail(REFUSED, zh, en, code="boundaries")


_CITY = ["ts", "carrier", "type", "area", "value", "hours", "complete", "estimated", "missing"]


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


def _number(said: str, option: str = "--month") -> int:
    try:
        first = date.fromisoformat(f"{said}-01")
    except ValueError:
        raise typer.BadParameter("2025-01", param_hint=option) from None
    return first.year * 100 + first.month
