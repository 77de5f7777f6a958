"""`jieyue import meters|readings` and `jieyue readings clean|rebuild|retain|export|show|quality`."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import REFUSED, UNAVAILABLE, emit, fail, options, say, table, text, with_home
from jieyue.cli.importing import (
    Dry,
    Encoding,
    Files,
    Map,
    Marked,
    Restate,
    Valid,
    content_of,
    finish,
    mark,
    profile_of,
)
from jieyue.cli.rows_file import write_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from jieyue.apps.metering.edits import EditRow
    from jieyue.apps.metering.queries import Uses
    from jieyue.apps.metering.readings_profile import ReadingsProfile

app = typer.Typer(no_args_is_help=True, help="读数 / readings of meters")
SHOWN = 200

Grain = Annotated[str, typer.Option("--grain", help="raw | hour | day | month")]
Meters = Annotated[list[str] | None, typer.Option("--meter", help="只要这些计量点，可重复")]
From = Annotated[str, typer.Option("--from", help="起始日 2025-01-01（含）")]
To = Annotated[str, typer.Option("--to", help="截止日（含）")]

Scope = Annotated[
    str, typer.Option("--scope", help="口径：机构代码、city、area:、department:、type:、line:；按品种和分项")
]


def add_imports(group: typer.Typer) -> None:
    """The two verbs of `jieyue import`."""
    group.command("meters")(meters)
    group.command("readings")(readings)


@with_home
def meters(
    files: Files,
    profile: Map = None,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    restate: Restate = "",
    encoding: Encoding = None,
    marked: Marked = None,
) -> None:
    """导入表计台账。 Import meters."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.import_meters import import_meters

    outcomes = []
    for file in files:
        content = content_of(file)
        outcome = import_meters(
            content,
            file.name,
            actor=operator_name(),
            profile=None if profile is None else profile_of(profile),
            encoding=encoding,
            dry_run=dry_run,
            valid_rows_only=valid_rows_only,
            restate=restate,
        )
        outcomes.append((file, outcome.result))
        mark(marked, outcome.content, content, outcome.result)
    finish(outcomes)


@with_home
def readings(
    files: Files,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    as_of: Annotated[str, typer.Option("--as-of", help="收到读数的时刻（ISO 8601，带时区），默认现在")] = "",
    correction: Annotated[bool, typer.Option("--correction", help="这是更正：胜过其他来源")] = False,
    layout: Annotated[
        Path | None, typer.Option("--map", help="外来格式的方案（TOML）：一列一个计量点、时区、表号前缀")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="列名=含义，如 电表号=meter，可重复")
    ] = None,
) -> None:
    """导入读数（CSV、Excel、Parquet；列 meter, ts, value）。 Import readings."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.import_readings import import_readings

    said = _layout_of(layout)
    words = dict(pair.rpartition("=")[::2] for pair in column or [])
    said = replace(said, columns={**said.columns, **words})
    outcomes = []
    for file in files:
        if not file.is_file():
            fail(UNAVAILABLE, f"{file} 读不到", f"{file} cannot be read", code="file")
        outcome = import_readings(
            file,
            file.name,
            actor=operator_name(),
            kind="correction" if correction else "file",
            as_of=_instant(as_of) if as_of else None,
            profile=said,
            dry_run=dry_run,
            valid_rows_only=valid_rows_only,
        )
        outcomes.append((file, outcome.result))
    finish(outcomes)


def _layout_of(path: Path | None) -> "ReadingsProfile":
    from jieyue.apps.metering.readings_profile import (
        ReadingsProfile,
        ReadingsProfileError,
        load_readings_profile,
    )

    if path is None:
        return ReadingsProfile()
    try:
        return load_readings_profile(path)
    except OSError:
        fail(UNAVAILABLE, f"{path} 读不到", f"{path} cannot be read", code="profile")
    except ReadingsProfileError as error:
        fail(REFUSED, f"方案 {path.name}：{error.zh}", f"the profile {path.name}: {error}", code="profile")


@app.command("clean")
@with_home
def clean() -> None:
    """推导新读数和新记录涉及的区间用量。 Derive the uses of what has changed."""
    _derive(rebuild=False)


@app.command("rebuild")
@with_home
def rebuild(
    first: Annotated[str, typer.Option("--from", help="从这个月起 2025-01，默认全部")] = "",
) -> None:
    """从原始读数重新推导，全部或从某月起。 Derive again from the raw readings, everything or from a month on."""
    _derive(rebuild=True, first=_month(first, "--from") if first else None)


def _derive(*, rebuild: bool, first: int | None = None) -> None:
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.clean import clean as derive
    from jieyue.apps.publication.errors import RefusedError

    begun = time.monotonic()
    try:
        found = derive(actor=operator_name(), rebuild=rebuild, first=first)
    except RefusedError as error:
        gone = error.code == "raw_gone"
        fail(UNAVAILABLE if gone else REFUSED, error.message_zh, error.message_en, code=error.code)
    if options.json:
        emit({"months": found.months, "points": found.points, "intervals": found.intervals})
    say(
        f"推导 {found.months} 个月、{found.points} 点月，{found.intervals} 个区间，{time.monotonic() - begun:.1f} 秒",
        f"derived {found.months} months, {found.points} point-months, {found.intervals} intervals in "
        f"{time.monotonic() - begun:.1f} s",
    )


def _month(said: str, option: str) -> int:
    try:
        day = date.fromisoformat(f"{said}-01")
    except ValueError:
        raise typer.BadParameter("2025-01", param_hint=option) from None
    return day.year * 100 + day.month


@app.command("retain")
@with_home
def retain(
    months: Annotated[
        int | None,
        typer.Option("--months", help="保存多少个整月的原始读数，默认按主管机构的规定（没有规定就永久保存）"),
    ] = None,
    dry_run: Dry = False,
    accept_open: Annotated[
        str, typer.Option("--accept-open", help="月份里还有待办也清除的理由；记入操作日志")
    ] = "",
) -> None:
    """清除过了保存期、已是终值的月份的原始读数；用量不变。 Let old raw readings go; uses stay as they are."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.kept import month_said
    from jieyue.apps.metering.services.retain_readings import retain_readings
    from jieyue.apps.publication.errors import RefusedError

    try:
        found = retain_readings(
            actor=operator_name(), months=months, accept_open=accept_open, dry_run=dry_run
        )
    except RefusedError as error:
        fail(REFUSED, error.message_zh, error.message_en, code=error.code)
    waits = found.waits
    if options.json:
        emit({**vars(found), "waits": vars(waits) if waits else None})
    if not found.rows:
        say("没有可清除的原始读数", "no raw readings to let go")
    else:
        done = ("已清除", "let go") if found.applied else ("将清除", "would let go")
        said = month_said(found.first or 0)
        say(
            f"{done[0]} {len(found.months)} 个月的 {found.rows} 个原始读数，{found.stay} 个因后面的月份还要看而保留；"
            f"{said} 起的月份仍可重新推导",
            f"{done[1]} {found.rows} raw readings of {len(found.months)} months, {found.stay} stay as later months look"
            f" at them; months from {said} on can be derived again",
        )
    if waits:
        say(
            f"{month_said(waits.month)} 起保留：{waits.unpublished} 行月用量未按现状公布，{waits.open} 项待办",
            f"kept from {month_said(waits.month)} on: {waits.unpublished} monthly uses are not published as they stand,"
            f" {waits.open} items are open",
        )


@app.command("publish")
@with_home
def publish(
    month: Annotated[str, typer.Option("--month", help="月份 2025-01")],
    restate: Annotated[str, typer.Option("--restate", help="已公布的数有变化时重新公布的理由")] = "",
) -> None:
    """公布一个月的表计用量，供填报时取用。 Publish a month's uses by meter, to fill returns from."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.clean import clean as derive
    from jieyue.apps.metering.services.publish_metered import publish_metered
    from jieyue.apps.publication.errors import RefusedError

    try:
        number = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise typer.BadParameter("2025-01", param_hint="--month") from None
    derive(actor=operator_name())
    try:
        found = publish_metered(number.year * 100 + number.month, actor=operator_name(), restate=restate)
    except RefusedError as error:
        fail(REFUSED, error.message_zh, error.message_en, code=error.code)
    if options.json:
        emit(vars(found))
    say(
        f"公布 {found.published} 行，{found.same} 行不变，{found.waiting} 行与已公布的不同（--restate 理由 重新公布）",
        f"{found.published} rows published, {found.same} as they were, {found.waiting} differ from what is published "
        "(--restate REASON publishes them anew)",
    )


@app.command("export")
@with_home
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV 或 Parquet 文件")],
    grain: Grain = "hour",
    meter: Meters = None,
    first: From = "",
    last: To = "",
    scope: Scope = "",
) -> None:
    """导出读数或用量：meter, ts, value, quality；或一个口径的用量。 Export readings, uses, or uses of a scope."""
    rows = (
        _read_scope(scope, grain, meter, first, last) if scope else _read(grain, meter, first, last).table()
    )
    write_rows(rows, output)


@app.command("show")
@with_home
def show(
    grain: Grain = "day", meter: Meters = None, first: From = "", last: To = "", scope: Scope = ""
) -> None:
    """看读数或用量，或一个口径的用量。 Show readings, uses, or uses of a scope."""
    if scope:
        found, heads = _read_scope(scope, grain, meter, first, last), _SCOPE_HEADS
    else:
        found, heads = _read(grain, meter, first, last).table(), _USE_HEADS
    if options.json:
        emit([{name: _plain(value) for name, value in row.items()} for row in found.to_pylist()])
        return
    rows = found.slice(0, SHOWN).to_pylist()
    table(
        text("读数和用量", "Readings and uses"),
        [text(*heads[name]) for name in found.column_names],
        [[_local(value) if name == "ts" else value for name, value in row.items()] for row in rows],
        right=[found.column_names.index("value")],
    )
    if found.num_rows > SHOWN:
        say(f"共 {found.num_rows} 行，这里列出 {SHOWN} 行", f"{found.num_rows} rows, {SHOWN} shown")


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


_USE_HEADS = {
    "meter": ("计量点", "meter"),
    "ts": ("时间", "time"),
    "value": ("值", "value"),
    "quality": ("质量", "quality"),
}
_SCOPE_HEADS = {
    "scope": ("口径", "scope"),
    "carrier": ("品种", "carrier"),
    "end_use": ("分项", "end use"),
    "ts": ("时间", "time"),
    "value": ("用量", "use"),
    "completeness": ("完整率", "completeness"),
    "estimated": ("推算率", "estimated"),
}


@app.command("quality")
@with_home
def quality(first: From = "", last: To = "") -> None:
    """各计量点的完整率、推算率和待办。 Completeness, estimates and what is open, point by point."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.queries import quality_of, span_of
    from jieyue.apps.metering.services.clean import clean as derive

    derive(actor=operator_name())
    rows = quality_of(span_of(_day(first), _day(last)))
    if options.json:
        emit([{**vars(row), "work": list(row.work)} for row in rows])
        return
    table(
        text("数据质量", "Quality"),
        [text(*pair) for pair in _HEADS],
        [
            (row.meter, row.hours, f"{row.complete:.1%}", f"{row.estimated:.1%}", f"{row.missing:.1%}",
             f"{row.suspect:.1%}", "、".join(row.work))
            for row in rows[:SHOWN]
        ],
        right=[1, 2, 3, 4, 5],
    )  # fmt: skip


@app.command("edit")
@with_home
def edit(
    kind: Annotated[str, typer.Argument(help="exclude | use | swap | reset")],
    meter: Annotated[str, typer.Argument(help="计量点")],
    begins: Annotated[str, typer.Option("--from", help="起始时刻 2025-01-01T08:00:00+08:00")],
    reason: Annotated[str, typer.Option("--reason", help="理由")],
    ends: Annotated[str, typer.Option("--to", help="截止时刻；exclude 含，use 不含")] = "",
    use: Annotated[str, typer.Option("--use", help="这段的用量")] = "",
    last: Annotated[str, typer.Option("--last", help="旧表止码")] = "",
    first: Annotated[str, typer.Option("--first", help="新表起码")] = "",
) -> None:
    """人工修正：剔除读数、设定用量、补记换表、确认重新起数；读数不动。 Edit: readings stay as they are."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.edit_reading import Edit, edit_reading

    begin = int(_instant(begins, "--from").timestamp())
    end = int(_instant(ends, "--to").timestamp()) if ends else begin
    (point,) = points_of([meter])
    numbers = (_decimal(use, "--use"), _decimal(first, "--first"), _decimal(last, "--last"))
    made = edit_reading(Edit(point, kind, begin, end, reason, *numbers), actor=operator_name(), at_once=True)
    if options.json:
        emit({"edit": made.pk})
    say(f"第 {made.pk} 号修正已存入，用量已重新推导", f"edit {made.pk} is stored, the uses are derived again")


@app.command("withdraw")
@with_home
def withdraw(
    number: Annotated[int, typer.Argument(help="修正的编号")],
    reason: Annotated[str, typer.Option("--reason", help="理由")],
) -> None:
    """撤回一项人工修正；记录保留。 Withdraw an edit; it stays on record."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering.services.withdraw_edit import withdraw_edit

    withdraw_edit(number, reason, actor=operator_name(), at_once=True)
    if options.json:
        emit({"withdrawn": number})
    say(f"第 {number} 号修正已撤回", f"edit {number} is withdrawn")


@app.command("edits")
@with_home
def edits(meter: Meters = None) -> None:
    """列出人工修正：谁、何时、为什么。 List the edits: who, when, why."""
    from jieyue.apps.metering.edits import edits as read

    rows = read(points_of(meter) if meter else None)
    if options.json:
        emit([_edit_document(row) for row in rows])
        return
    heads = (("编号", "no."), ("计量点", "meter"), ("修正", "edit"), ("起", "from"), ("止", "to"), ("用量", "use"),
             ("理由", "reason"), ("谁", "by"), ("撤回", "withdrawn"))  # fmt: skip
    table(
        text("人工修正", "Edits"),
        [text(*pair) for pair in heads],
        [
            (row.edit.pk, row.edit.point.code, row.edit.kind, _local(row.edit.begins), _local(row.edit.ends),
             row.edit.use, row.edit.reason, row.edit.actor, row.end.reason if row.end else "")
            for row in rows
        ],
        right=[5],
    )  # fmt: skip


def _edit_document(row: "EditRow") -> dict[str, object]:
    own, end = row.edit, row.end
    numbers = {name: _shown(getattr(own, name)) for name in ("use", "first", "last")}
    return {
        "edit": own.pk, "meter": own.point.code, "kind": own.kind, "begins": own.begins, "ends": own.ends, **numbers,
        "reason": own.reason, "by": own.actor, "at": own.at.isoformat(),
        "withdrawn": None if end is None else {"reason": end.reason, "by": end.actor, "at": end.at.isoformat()},
    }  # fmt: skip


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def _decimal(said: str, option: str) -> Decimal | None:
    if not said:
        return None
    try:
        return Decimal(said)
    except InvalidOperation:
        raise typer.BadParameter("12.5", param_hint=option) from None


_HEADS = (
    ("计量点", "meter"),
    ("小时数", "hours"),
    ("完整", "complete"),
    ("推算", "estimated"),
    ("缺", "missing"),
    ("可疑", "suspect"),
    ("待办", "to look at"),
)


def _read(grain: str, meter: list[str] | None, first: str, last: str) -> "Uses":
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering import queries
    from jieyue.apps.metering.kept import kept_said, month_said
    from jieyue.apps.metering.months import begin_of
    from jieyue.apps.metering.services.clean import clean as derive

    if grain not in queries.GRAINS:
        raise typer.BadParameter(" | ".join(queries.GRAINS), param_hint="--grain")
    points = points_of(meter) if meter else None
    span = queries.span_of(_day(first), _day(last))
    if grain == "raw":
        kept = kept_said()
        if kept is not None and span[0] < begin_of(kept):
            since = month_said(kept)
            say(f"{since} 以前的原始读数已按保存期清除", f"the raw readings before {since} were let go")
        return queries.readings(points, span)
    derive(actor=operator_name())
    return queries.uses(grain, points, span)


def _read_scope(scope: str, grain: str, meter: list[str] | None, first: str, last: str) -> "pa.Table":
    """Rows of one scope: scope, carrier, end_use, ts, value, completeness, estimated."""
    from django.conf import settings

    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.metering import institution_uses, queries
    from jieyue.apps.metering.services.clean import clean as derive

    if grain not in institution_uses.TABLES:
        raise typer.BadParameter(" | ".join(institution_uses.TABLES), param_hint="--grain")
    if meter:
        raise typer.BadParameter("--meter | --scope", param_hint="--scope")
    derive(actor=operator_name())
    begin, end = _day(first), _day(last)
    found = institution_uses.scope_uses(
        grain, scope, queries.span_of(begin, end), end or settings.JIEYUE_HOME.today()
    )
    if found is None:
        zh = f"没有“{scope}”这个口径；可写 city、area:代码、department:代码、type:代码、line:代码、机构代码"
        fail(REFUSED, zh, f"no scope {scope}; write city, area:CODE, department:CODE, type:CODE, line:CODE or a code",
             code="unknown_scope")  # fmt: skip
    return found.table(scope)


def points_of(meters: list[str]) -> list[int]:
    """The points of codes; one that is not registered ends the command."""
    from jieyue.apps.metering.points import numbers_of

    known = numbers_of(meters)
    if unknown := sorted(set(meters) - set(known)):
        fail(REFUSED, f"没有计量点 {unknown}", f"no meters {unknown}", code="meter")
    return list(known.values())


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter("2025-01-01") from None


def _instant(said: str, option: str = "--as-of") -> datetime:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter("2025-01-01T08:00:00+08:00", param_hint=option) from None
    if found.tzinfo is None:
        raise typer.BadParameter("2025-01-01T08:00:00+08:00", param_hint=option)
    return found


def _local(ts: int) -> str:
    from jieyue.apps.metering.months import offset_seconds

    moved = datetime.fromtimestamp(ts + offset_seconds(), tz=UTC)
    return moved.strftime("%Y-%m-%d %H:%M:%S")
