"""`jieyue returns open|deadline|board`: who owes what until when, and how far it has come."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jieyue.cli.context import emit, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.obligations.services.open_periods import Opened

app = typer.Typer(
    no_args_is_help=True, help="收报：义务、截止日、进度 / collecting: obligations, deadlines, progress"
)
SHOWN = 50

Form = Annotated[str, typer.Option("--form", help="报表，默认 NY201")]
Node = Annotated[str, typer.Option("--node", help="报送关系上的单位代码，默认全部")]


@app.command("open")
@with_home
def open_(
    period: Annotated[
        str,
        typer.Option("--period", help="2026-10 | 2026-01..2026-10（其中各月）；默认应当开放而未开放的月份"),
    ] = "",
    form: Form = "NY201",
) -> None:
    """开放期间：生成报送义务；再做一次只补缺。 Open periods: make the obligations; again fills gaps only."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.obligations.services.open_periods import open_due, open_periods
    from jieyue.domain.period import Period

    if period:
        said = Period.parse(period)
        wanted = list(said.months()) if said.kind_letter not in "YQMH" else [said]
        done = open_periods(form, wanted, actor=operator_name())
    else:
        done = open_due(form, actor=operator_name())
    if options.json:
        emit([one.as_dict() for one in done])
        return
    _opened(done)


def _opened(done: "list[Opened]") -> None:
    for one in done:
        say(
            f"{one.form} {one.period}：应报 {one.due} 份，新增 {one.made}，改动 {one.changed}，取消 {one.ended}",
            f"{one.form} {one.period}: {one.due} due, {one.made} made, {one.changed} changed, {one.ended} ended",
        )
    if not done:
        say("没有要开放的期间", "no period is to be opened")


@app.command("deadline")
@with_home
def deadline(
    form: Form = "NY201",
    kind: Annotated[str, typer.Option("--kind", help="Y | Q | M | H：这种期间的一般规定")] = "",
    period: Annotated[str, typer.Option("--period", help="只对这一个期间")] = "",
    due_days: Annotated[int | None, typer.Option("--due-days", help="期间最后一日之后第几天截止")] = None,
    due_months: Annotated[int | None, typer.Option("--due-months", help="先数的整月数")] = None,
    opens_days: Annotated[int | None, typer.Option("--opens-days", help="期间最后一日之后第几天开放")] = None,
    due_on: Annotated[str, typer.Option("--due-on", help="截止日，YYYY-MM-DD，只对一个期间")] = "",
    opens_on: Annotated[str, typer.Option("--opens-on", help="开放日，只对一个期间")] = "",
    node: Annotated[str, typer.Option("--node", help="一组：树:代码，如 line:L-500103、type:021")] = "",
    institution: Annotated[str, typer.Option("--institution", help="一家机构的代码")] = "",
    valid_from: Annotated[str, typer.Option("--from", help="从这一天结束的期间起，默认今天")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="以前对它的规定不再有效")] = False,
    reason: Annotated[str, typer.Option("--reason")] = "",
) -> None:
    """设定截止日；不带选项则列出。 Set a deadline; without options list them."""
    from django.conf import settings

    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.obligations.services.set_deadline import Decision, set_deadline, set_for_period
    from jieyue.domain.period import Period

    if not kind and not period:
        _list(form)
        return
    if kind and period:
        raise typer.BadParameter("--kind | --period")
    decision = Decision(opens_days, due_months, due_days, _day(opens_on), _day(due_on), remove)
    target, actor = _target(node, institution), operator_name()
    if period:
        done = set_for_period(form, Period.parse(period), decision, actor=actor, target=target, reason=reason)
    else:
        first = _day(valid_from) or settings.JIEYUE_HOME.today()
        done = set_deadline(form, kind, decision, actor=actor, target=target, valid_from=first, reason=reason)
    if options.json:
        emit([one.as_dict() for one in done])
        return
    say("已设定", "set")
    _opened(done)


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise typer.BadParameter("YYYY-MM-DD") from error


def _target(node: str, institution: str) -> int | None:
    from jieyue.apps.obligations.targets import INSTITUTION, target_of
    from jieyue.apps.publication.errors import RefusedError
    from jieyue.apps.trees.queries import Tree

    if node and institution:
        raise typer.BadParameter("--node | --institution")
    tree, colon, code = node.partition(":")
    group = (tree if colon else Tree.LINE.value) if node else INSTITUTION if institution else ""
    try:
        return target_of(group, institution or (code if colon else tree))
    except RefusedError as error:
        raise typer.BadParameter(
            text(error.message_zh, error.message_en),
            param_hint="--institution" if institution else "--node",
        ) from error


def _list(form: str) -> None:
    from jieyue.apps.obligations.queries import deadlines
    from jieyue.catalog.due import default_rules

    rows = deadlines(form)
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    table(
        text(f"{form} 的截止日", f"Deadlines of {form}"),
        [text("期间", "period"), text("对谁", "for"), text("规定", "rule"), text("从", "from"), text("原因", "reason"),
         text("谁定的", "by")],
        [(row.period or row.kind, text("全部", "all") if row.everybody else text(row.target_zh, row.target_en),
          text(row.rule_zh, row.rule_en), row.valid_from, row.reason, row.actor) for row in rows],
    )  # fmt: skip
    for rule in default_rules().values():
        mark = text("未核实", "unverified") if rule.verified != "yes" else ""
        say(f"默认 {rule.kind}：{rule.note_zh} {mark}", f"default {rule.kind}: {rule.note_en} {mark}")


@app.command("checking")
@with_home
def checking(
    body: Annotated[str, typer.Option("--body", help="报送关系上的单位代码；不写则列出")] = "",
    valid_from: Annotated[str, typer.Option("--from", help="从哪一天起，YYYY-MM-DD，默认今天")] = "",
    end: Annotated[bool, typer.Option("--end", help="从这一天起不再只审核，自行核准")] = False,
    reason: Annotated[str, typer.Option("--reason")] = "",
) -> None:
    """只审核的单位：它先审，上一级核准；不带选项则列出。 Bodies that only check, the one above approves."""
    from django.conf import settings

    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.returns.checking import checking_bodies
    from jieyue.apps.returns.services.set_checking import set_checking

    if body:
        first = _day(valid_from) or settings.JIEYUE_HOME.today()
        set_checking(_target(body, "") or 0, not end, day=first, actor=operator_name(), reason=reason)
        say("已设定", "set")
    rows = checking_bodies(last_done())
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    table(
        text("只审核的单位", "Bodies that only check"),
        [
            text("代码", "code"),
            text("单位", "body"),
            text("从", "from"),
            text("到（不含）", "until (not included)"),
        ],
        [(row.code, text(row.name_zh, row.name_en or row.name_zh), row.first, row.end or "") for row in rows],
    )


@app.command("board")
@with_home
def board(
    period: Annotated[str, typer.Option("--period", help="期间，默认正在收的月份")] = "",
    form: Form = "NY201",
    node: Node = "",
    late: Annotated[bool, typer.Option("--late", help="列出逾期未报的机构")] = False,
) -> None:
    """报送进度。 How far the returns have come, body by body."""
    from django.conf import settings

    from jieyue.apps.obligations.board import board_of, line_of, name_rows
    from jieyue.domain.period import Period

    today = settings.JIEYUE_HOME.today()
    asked = Period.parse(period) if period else Period.of_month(today.year, today.month).previous()
    line = line_of(asked)
    top = line.nodes.get(_target(node, "") or 0) if node else line.root
    if top is None:
        raise typer.BadParameter(node, param_hint="--node")
    found = board_of(form, asked, today, top, line)
    if late:
        rows = name_rows(form, asked, found.progress.of_kind("overdue"), line)
        if options.json:
            emit([row.as_dict() for row in rows])
            return
        table(
            text(f"{form} {asked} 逾期未报 {len(rows)} 家", f"{form} {asked}: {len(rows)} overdue"),
            [text("代码", "code"), text("机构", "institution"), text("收报单位", "body"), text("状态", "state"),
             text("截止", "due")],
            [(row.code, row.name, row.body, text(*row.words), row.due) for row in rows[:SHOWN]],
        )  # fmt: skip
        if len(rows) > SHOWN:
            say(f"这里列出 {SHOWN} 家；用 --json 取全部", f"{SHOWN} listed here; --json gives all")
        return
    if options.json:
        emit([one.as_dict() for one in found.lines])
        return
    if not found.lines:
        _say_nobody(form, asked)
        return
    table(
        text(f"{form} {asked} 报送进度", f"{form} {asked}: progress"),
        [text("单位", "body"), text("应报", "due"), text("未录入", "not begun"), text("录入中", "in work"),
         text("已上报", "submitted"), text("已退回", "sent back"), text("已审核", "approved"),
         text("逾期", "overdue"), text("迟报", "late")],
        [(text(one.name_zh, one.name_en or one.name_zh), *one.numbers) for one in found.lines],
        right=range(1, 9),
    )  # fmt: skip


def _say_nobody(form: str, period: Any) -> None:
    """Nobody owes the form, and where to begin."""
    from jieyue.apps.registry.queries import count_in_being

    if count_in_being(period.last_day):
        words = f"jieyue returns open --form {form} --period {period}"
        say(
            f"{form} {period} 没有应报的机构；如尚未开放，先 {words}",
            f"{form} {period}: nobody owes it; if it is not open yet: {words}",
        )
    else:
        say(
            f"{form} {period} 没有应报的机构：名录库还是空的，先 jieyue import institutions 文件",
            f"{form} {period}: nobody owes it, the registry is empty; begin with: jieyue import institutions FILE",
        )
