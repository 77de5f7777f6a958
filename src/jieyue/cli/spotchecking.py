"""`jieyue spotcheck draw|list|show|coverage`: a reproducible sample of returns, and what was found in it."""

from typing import Annotated, Any

import typer

from jieyue.cli import doors
from jieyue.cli.context import REFUSED, emit, fail, options, say, table, text, with_home
from jieyue.cli.state_words import MEETING, METHOD, OUTCOME, said

app = typer.Typer(no_args_is_help=True, help="质量抽查：抽样、列出 / spot checks: draw, list")


@app.command("draw")
@with_home
def draw(
    period: Annotated[str, typer.Option("--period", help="2025 | 2026-10")],
    form: Annotated[str, typer.Option("--form", help="NY201")] = "NY201",
    body: Annotated[str, typer.Option("--body", help="机关的代码，默认全市 city")] = "city",
    method: Annotated[str, typer.Option("--method", help="risk | random")] = "risk",
    share: Annotated[str, typer.Option("--share", help="每个机关抽几成，至少 0.05")] = "0.05",
    seed: Annotated[str, typer.Option("--seed", help="种子；不写就生成一个")] = "",
    strata: Annotated[
        str, typer.Option("--strata", help="body 按收报机关 | type 再按机构类型；每层至少抽这个比例")
    ] = "body",
) -> None:
    """抽取样本；同一名单、同一种子抽出同样的机构。 Draw a sample; list and seed give it again."""
    from jieyue.apps.spotchecks.services.draw import draw_check

    made = draw_check(
        doors.operator(), doors.body(body), form, period, method=method, share=share, seed=seed, strata=strata
    )
    shown = _shown(made)
    if options.json:
        emit(shown)
        return
    _table(shown)
    say(
        f"抽查 {made.pk}：{made.frame_size} 家中抽 {len(shown['items'])} 家，种子 {made.seed}，"
        f"名单摘要 {made.frame_digest}",
        f"spot check {made.pk}: {len(shown['items'])} of {made.frame_size} drawn, seed {made.seed}, "
        f"digest of the list {made.frame_digest}",
    )


@app.command("list")
@with_home
def listing() -> None:
    """列出抽查和质量分。 The spot checks and their scores."""
    from jieyue.apps.spotchecks.queries import every_check, head_of

    if options.json:
        emit([_shown(row) for row in every_check()])
        return
    codes = _codes()
    rows = [head_of(row, codes[row.body]) for row in every_check()]
    heads = text(
        "编号|报表|期间|机关|抽法|种子|状态|可抽机构|质量分",
        "id|form|period|body|method|seed|state|institutions|score",
    ).split("|")
    table(
        text("质量抽查", "Spot checks"),
        heads,
        [
            [
                *(row[key] for key in ("id", "form", "period", "body")),
                said(METHOD, row["method"]),
                row["seed"],
                said(MEETING, row["state"]),
                row["frame_size"],
                row["scores"].get("*", {}).get("value"),
            ]
            for row in rows
        ],
        right=[7, 8],
    )


@app.command("show")
@with_home
def show(number: Annotated[int, typer.Argument(help="抽查的编号，见 spotcheck list")]) -> None:
    """一次抽查；--json 带全部名单和权重，可自行重抽。 One check; with --json the whole list, to draw it again."""
    from jieyue.apps.spotchecks.queries import check_of

    found = check_of(number)
    if found is None:
        fail(REFUSED, "没有这次抽查", "there is no such spot check", code="spot_unknown")
    shown = _shown(found, frame=True)
    if options.json:
        emit(shown)
        return
    _table(shown)


@app.command("coverage")
@with_home
def coverage(
    year: Annotated[int, typer.Option("--year", help="年份，如 2026", min=2001, max=2100)],
    form: Annotated[str, typer.Option("--form", help="NY201")] = "NY201",
) -> None:
    """一年里各收报机关查到了几家，够不够比例；不够时退出码 1。 The year's checks by body; exit 1 if one falls short."""
    from jieyue.apps.spotchecks.coverage import coverage_of

    found = coverage_of(form, year)
    rows = [
        {
            "body": one.body.code,
            "institutions": one.institutions,
            "drawn": one.drawn,
            "looked": one.looked,
            "needed": one.needed,
            "met": one.met,
        }
        for one in found
    ]
    if options.json:
        emit(rows)
    else:
        names = {one.body.code: text(one.body.name_zh, one.body.name_en) for one in found}
        heads = text(
            "机关|名称|机构|抽中|查过|至少|够", "body|name|institutions|drawn|looked|needed|met"
        ).split("|")
        shown = [[row["body"], names[str(row["body"])], *list(row.values())[1:]] for row in rows]
        table(text(f"{year} 年抽查覆盖", f"Coverage of {year}"), heads, shown, right=[2, 3, 4, 5])
    if not all(one.met for one in found):
        raise typer.Exit(REFUSED)


def _table(shown: dict[str, Any]) -> None:
    heads = text("机构|名称|层|类型|权重|结果", "institution|name|stratum|type|weight|outcome").split("|")
    keys = ("institution", "name", "stratum", "type", "weight")
    rows = [[*(row[key] for key in keys), said(OUTCOME, row["outcome"])] for row in shown["items"]]
    table(text("抽中的机构", "Drawn institutions"), heads, rows, right=[4])


def _shown(row: Any, *, frame: bool = False) -> dict[str, Any]:
    from jieyue.apps.spotchecks.queries import as_dict

    return as_dict(row, _codes()[row.body], frame=frame)


def _codes() -> dict[int, str]:
    from jieyue.apps.trees.queries import every_node

    return {node.id: node.code for node in every_node("line")}
