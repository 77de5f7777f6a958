"""`jieyue summary show|list|send|recall|accept|return|take|compare`: a body's table S001–S010, and its way upward."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jieyue.cli import doors
from jieyue.cli.context import REFUSED, emit, fail, options, say, table, text, with_home
from jieyue.cli.importing import content_of, profile_of, show_findings
from jieyue.cli.table_sides import beside_document, show_beside

app = typer.Typer(
    no_args_is_help=True, help="综合表：汇总、上报、接受、退回 / summary tables and their way upward"
)

Form = Annotated[str, typer.Option("--form", help="NY301 | NY302 | NY303")]
When = Annotated[str, typer.Option("--period", help="2025 | 2026-10 | 2026-Q3 | 2026-01..2026-10（只看）")]
Body = Annotated[str, typer.Option("--body", help="汇总机构的代码，默认全市 city")]
Which = Annotated[int, typer.Argument(help="综合表的编号，见 summary list")]


@app.command("show")
@with_home
def show(
    period: When,
    form: Form = "NY301",
    body: Body = "city",
    unapproved: Annotated[bool, typer.Option("--unapproved", help="含已上报未审核的数")] = False,
) -> None:
    """一个机构的综合表，各口径是否一致，谁未报齐。 A body's table, the roll-ups, and who is missing."""
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.summaries.document import document
    from jieyue.apps.summaries.ledger import ledger_of
    from jieyue.domain.period import Period

    _form(form)
    node = doors.body(body)
    found = ledger_of(node, form, Period.parse(period), sequence=last_done(), unapproved=unapproved)
    shown = document(found, node, home_catalog().forms[form])
    if options.json:
        emit(shown)
        return
    columns = list(shown["items"][0]["cells"])
    table(
        f"{form} {body} {period}" + ("" if shown["official"] else text("（内部汇总）", " (not official)")),
        [text("指标", "item"), text("代码", "code"), text("单位", "unit"), *columns],
        [
            (text(row["name_zh"], row["name_en"]), row["item"], row["unit"], *row["cells"].values())
            for row in shown["items"]
            if any(value is not None for value in row["cells"].values())
        ],
        right=range(3, 3 + len(columns)),
    )
    for one in shown["roll_ups"]:
        if not one["agrees"]:
            say(
                f"{one['tree']} 口径有 {len(one['differs'])} 项不一致：{'、'.join(one['institutions'][:20])}",
                f"by {one['tree']} {len(one['differs'])} items differ: {', '.join(one['institutions'][:20])}",
            )
    say(
        f"应报 {shown['filers']} 家，报齐 {shown['complete']} 家",
        f"{shown['complete']} of {shown['filers']} institutions are wholly in",
    )


@app.command("list")
@with_home
def listing(form: Form = "", period: Annotated[str, typer.Option("--period")] = "") -> None:
    """列出上报过的综合表。 The summaries that were sent upward."""
    from jieyue.apps.summaries.queries import sent_ones
    from jieyue.apps.summaries.refusals import STATES
    from jieyue.domain.summary import SummaryState

    rows = [_shown(row) for row in sent_ones(form, period)]
    if options.json:
        emit(rows)
        return
    heads = text(
        "编号|机关|报表|期间|第几次|状态|上报人|处理人|摘要",
        "id|body|form|period|number|state|sent by|decided by|digest",
    ).split("|")
    shown = [
        [
            *(row[key] for key in ("id", "body", "form", "period", "number")),
            text(*STATES[SummaryState(row["state"])]),
            *(row[key] for key in ("sent_by", "decided_by", "digest")),
        ]
        for row in rows
    ]
    table(text("综合表", "Summaries"), heads, shown, whole=[8])


@app.command("send")
@with_home
def send(period: When, form: Form = "NY301", body: Body = "city") -> None:
    """上报一个机构的综合表。 Send a body's summary upward."""
    from jieyue.apps.summaries.services.send import send as send_upward

    _done(send_upward(doors.operator(), doors.body(body), form, period))


@app.command("recall")
@with_home
def recall(number: Which) -> None:
    """撤回。 Recall it."""
    from jieyue.apps.summaries.services import decide

    _done(decide.recall(doors.operator(), number))


@app.command("accept")
@with_home
def accept(number: Which) -> None:
    """接受；上报的人不能自己接受。 Accept it; not by the person who sent it."""
    from jieyue.apps.summaries.services import decide

    _done(decide.accept(doors.operator(), number))


@app.command("return")
@with_home
def send_back(
    number: Which,
    reason: Annotated[str, typer.Option("--reason", help="退回的原因")],
    comment: Annotated[list[str] | None, typer.Option("--comment", help="单位:指标:意见，可重复")] = None,
) -> None:
    """退回，可指明单位和指标。 Send it back, naming units and items."""
    from jieyue.apps.summaries.services import decide

    said = []
    for one in comment or []:
        parts = one.split(":", 2)
        if len(parts) != 3:
            raise typer.BadParameter("UNIT:ITEM:TEXT", param_hint="--comment")
        said.append(decide.Comment(parts[2], parts[0], parts[1]))
    _done(decide.send_back(doors.operator(), number, reason, said))


@app.command("take")
@with_home
def take(
    file: Annotated[Path, typer.Argument(help="上级印出的综合表", exists=False)],
    period: When,
    layout: Annotated[str, typer.Option("--map", help="表式：文件或已保存的名称")],
    body: Body = "city",
    keep: Annotated[bool, typer.Option("--keep", help="看过以后留存；不写只看")] = False,
) -> None:
    """上级印出的综合表与我方对照；--keep 留存。 A summary table printed above beside ours; --keep keeps it."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.summaries.services import take_their_table as service

    asked = service.Asked(profile_of(layout, "summaries"), doors.body(body), period)
    content = content_of(file)
    if not keep:
        looked = service.look_at_table(content, file.name, asked)
    else:
        looked = service.take_their_table(content, file.name, asked, actor=operator_name())
        if looked.table is not None:
            service.keep_their_table(looked.table, by=None, actor=operator_name())
    if options.json:
        emit(looked.result.as_json() | {"table": looked.table} | beside_document(looked.beside))
    show_findings(looked.result.findings)
    if looked.beside is None or looked.result.has_errors:
        say("没有留存", "nothing was kept")
        raise typer.Exit(REFUSED)
    show_beside(looked.beside)
    if looked.table is not None:
        say(f"已留存，编号 {looked.table}", f"kept as number {looked.table}")


@app.command("compare")
@with_home
def compare(number: Annotated[int, typer.Argument(help="留存的编号")]) -> None:
    """留存的综合表与现在公布的数逐格对照；有差别时退出码 1。 A kept table beside ours now; exit 1 when cells differ."""
    from jieyue.apps.summaries.theirs import beside_of, their_table

    row = their_table(number)
    if row is None:
        fail(REFUSED, "没有这份表", "there is no such table", code="table")
    found = beside_of(row)
    if options.json:
        emit({"table": row.pk, "form": row.form, "period": row.period} | beside_document(found))
    else:
        show_beside(found)
    if found.rows():
        raise typer.Exit(REFUSED)


def _form(form: str) -> None:
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.summaries.refusals import wrong_form

    known = home_catalog().forms
    if form not in known or not known[form].summary_of:
        raise wrong_form(form)


def _shown(row: Any) -> dict[str, Any]:
    from jieyue.apps.summaries.queries import as_dict
    from jieyue.apps.trees.queries import every_node

    codes = {node.id: node.code for node in every_node("line")}
    return as_dict(row, codes[row.body])


def _done(row: Any) -> None:
    if options.json:
        emit(_shown(row))
    from jieyue.apps.summaries.refusals import STATES
    from jieyue.domain.summary import SummaryState

    zh, en = STATES[SummaryState(row.state)]
    say(
        f"综合表 {row.pk}（第 {row.number} 号）：{zh}；未报齐 {len(row.unmet)} 家；{row.digest}",
        f"summary {row.pk} (number {row.number}): {en}; {len(row.unmet)} not wholly in; {row.digest}",
    )
