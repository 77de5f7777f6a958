"""`jieyue import holdings`, `jieyue export holdings`: what institutions own, in and out by the same columns."""

from typing import Annotated

import typer

from jieyue.cli.context import REFUSED, fail, with_home
from jieyue.cli.exporting import Output, done, write
from jieyue.cli.importing import Dry, Encoding, Files, Map, Marked, Restate, Valid
from jieyue.cli.metering_lists import list_choice, take_lists


def add_imports(group: typer.Typer) -> None:
    """The verb of `jieyue import`."""
    group.command("holdings")(take_in)


def add_exports(group: typer.Typer) -> None:
    """The verb of `jieyue export`."""
    group.command("holdings")(take_out)


@with_home
def take_in(
    files: Files,
    profile: Map = None,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    restate: Restate = "",
    encoding: Encoding = None,
    marked: Marked = None,
) -> None:
    """导入建筑与设施清单（机构、类别、设施编号、名称、各登记项、启用日期）。 Import what institutions own."""
    from jieyue.apps.holdings.services.import_holdings import import_holdings

    take_lists(
        files, import_holdings, list_choice(profile, dry_run, valid_rows_only, restate, encoding), marked
    )


@with_home
def take_out(
    output: Output,
    kind: Annotated[
        str, typer.Option("--kind", help="类别代码，如 canteen；默认全部 / a kind, default all")
    ] = "",
    gb18030: Annotated[bool, typer.Option("--gb18030", help="CSV 用 GB 18030")] = False,
) -> None:
    """导出建筑与设施清单，列与导入相同。 Export what institutions own by the columns of the import."""
    from jieyue.apps.holdings.outward import every_span, file_rows, titles
    from jieyue.apps.holdings.rules import home_holdings

    rules = home_holdings()
    known = [row.code for row in rules.kind_rows]
    if kind and kind not in known:
        shown = ", ".join(known)
        fail(
            REFUSED,
            f"没有类别 {kind}；可用：{shown}",
            f"there is no kind {kind}; known: {shown}",
            code="kind",
        )
    rows = file_rows(every_span(kind), rules, kind)
    write(output, titles(rules, kind), rows, "gb18030" if gb18030 else "utf-8-sig")
    done(output, len(rows))
