"""`jieyue compare take|list|show`: a file of the platform above beside what is published here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jieyue.cli import doors
from jieyue.cli.context import REFUSED, emit, fail, options, say, table, text, with_home
from jieyue.cli.importing import Encoding, content_of, profile_of, show_findings

if TYPE_CHECKING:
    from jieyue.apps.returns.theirs import SideRow

app = typer.Typer(no_args_is_help=True, help="平台对照：取平台导出的文件，看与本系统的差别 / theirs and ours")

Form = Annotated[str, typer.Option("--form", help="报表，如 NY201")]
PeriodName = Annotated[str, typer.Option("--period", help="2025 | 2025-Q1 | 2026-09")]
Body = Annotated[str, typer.Option("--body", help="收报机关的代码，默认全市 city")]

_KINDS = {
    "equal": ("相同", "equal"),
    "differs": ("不同", "differs"),
    "theirs": ("只有平台有", "only theirs"),
    "ours": ("只有我方有", "only ours"),
}
_STATES = {
    "not_used": ("不使用", "not used"),
    "not_reported": ("未填", "not reported"),
    "not_published": ("未公布", "not published"),
}
_SHOWN = 200


@app.command("take")
@with_home
def take(
    file: Annotated[Path, typer.Argument(help="平台导出的文件", exists=False)],
    period: PeriodName,
    form: Form = "NY201",
    profile: Annotated[str | None, typer.Option("--map", help="映射方案：文件或已保存的名称")] = None,
    body: Body = "city",
    encoding: Encoding = None,
) -> None:
    """取一份平台导出的文件留作对照，不存为报表。 Keep a file of the platform to compare; no return changes."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.returns.services.take_theirs import Taking, take_theirs

    known = profile_of(profile, "returns") if profile else None
    asked = Taking(form, period, doors.body(body), known, encoding)
    taken = take_theirs(content_of(file), file.name, asked, actor=operator_name())
    if options.json:
        emit(taken.result.as_json() | {"file": taken.file})
    else:
        read, used = taken.result.read, taken.result.accepted
        say(
            f"{file.name}：读 {read} 行，可对照 {used} 行",
            f"{file.name}: {read} rows read, {used} to be compared",
        )
    show_findings(taken.result.findings)
    if taken.file is None:
        say("没有留存", "nothing was kept")
        raise typer.Exit(REFUSED)
    say(f"已留存，编号 {taken.file}；见 compare show", f"kept as number {taken.file}; see compare show")


@app.command("list")
@with_home
def listing() -> None:
    """列出取过的文件。 The files that were taken."""
    from jieyue.apps.returns.theirs import every_file

    names = _bodies()
    rows = [_head(row, names) for row in every_file()]
    if options.json:
        emit(rows)
        return
    heads = ("id", "form", "period", "body", "file", "by", "at")
    table(text("取过的文件", "Files taken"), heads, [[row[head] for head in heads] for row in rows])


@app.command("show")
@with_home
def show(
    number: Annotated[int | None, typer.Argument(help="文件的编号，见 compare list；不写用最新的")] = None,
    period: Annotated[str, typer.Option("--period", help="不给编号时：期间")] = "",
    form: Form = "NY201",
    kind: Annotated[str, typer.Option("--kind", help="equal | differs | theirs | ours；默认全部差别")] = "",
    item: Annotated[str, typer.Option("--item", help="只看这个指标，如 110")] = "",
    body: Annotated[str, typer.Option("--body", help="只看这个收报机关及其下级")] = "",
) -> None:
    """平台与我方逐格对照；有差别时退出码 1。 Theirs and ours cell by cell; exit 1 when something differs."""
    from jieyue.apps.returns.theirs import compared

    row = _file(number, form, period)
    whole = compared(row)
    if kind and kind not in _KINDS:
        fail(REFUSED, f"--kind {kind} 不可用", f"--kind {kind} is not usable", code="kind")
    if item and item not in whole.codes:
        fail(REFUSED, f"文件里没有指标 {item}", f"the file has no item {item}", code="item")
    part = whole.part(bodies=_below(body, row.period) if body else None, item=item)
    counts = part.counts()
    lines = _lines(row, part.rows(kind))
    if options.json:
        emit({"file": _head(row, _bodies()), "counts": counts, "rows": lines})
    else:
        _print(counts, lines)
    if any(count for name, count in counts.items() if name != "equal"):
        raise typer.Exit(REFUSED)


def _file(number: int | None, form: str, period: str) -> Any:
    from jieyue.apps.returns.theirs import file_of, newest_file
    from jieyue.domain.period import Period

    if number is None and not period:
        fail(REFUSED, "请给出编号或 --period", "give a number or --period", code="file")
    found = file_of(number) if number is not None else newest_file(form, str(Period.parse(period)))
    if found is None:
        fail(
            REFUSED,
            "没有这份文件；先 compare take",
            "there is no such file; take one by compare take",
            code="file",
        )
    return found


def _below(code: str, period: str) -> set[int]:
    from jieyue.apps.trees.queries import tree
    from jieyue.domain.period import Period

    line, node = tree("line", Period.parse(period).last_day), doors.body(code)
    return set(line.subtree(node)) if node in line.nodes else set()


def _bodies() -> dict[int, str]:
    from jieyue.apps.trees.queries import every_node

    return {node.id: node.code for node in every_node("line")}


def _head(row: Any, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "form": row.form,
        "period": row.period,
        "body": names.get(row.body, ""),
        "file": row.batch.file_name,
        "sha256": row.batch.sha256,
        "by": row.batch.by,
        "at": row.batch.at.isoformat(),
    }


def _lines(row: Any, found: "list[SideRow]") -> list[dict[str, Any]]:
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.registry.queries import labels_of
    from jieyue.domain.period import Period

    labels = labels_of({one.subject for one in found}, Period.parse(row.period).last_day)
    units = {known.code: known.unit for known in home_catalog().items(row.form)}
    return [
        {
            "institution": labels[one.subject][0],
            "name": labels[one.subject][1],
            "instance": one.instance,
            "item": one.item,
            "kind": one.kind,
            "ours": one.ours.value,
            "ours_state": one.ours.state,
            "theirs": one.theirs.value,
            "theirs_state": one.theirs.state,
            "difference": one.difference,
            "unit": units[one.item],
        }
        for one in found
    ]


def _print(counts: dict[str, int], lines: list[dict[str, Any]]) -> None:
    heads = text(
        "机构|名称|指标|情况|我方|平台|差额|单位", "code|name|item|kind|ours|theirs|difference|unit"
    ).split("|")
    rows = [
        [line["institution"], line["name"], f"{line['item']} {line['instance']}".strip(), text(*_KINDS[line["kind"]]),
         _side(line, "ours"), _side(line, "theirs"), line["difference"], line["unit"]]
        for line in lines[:_SHOWN]
    ]  # fmt: skip
    table(text("平台与我方", "Theirs and ours"), heads, rows, right=[4, 5, 6])
    if len(lines) > _SHOWN:
        say(f"另有 {len(lines) - _SHOWN} 格，见 --json", f"{len(lines) - _SHOWN} more in --json")
    said = "，".join(f"{_KINDS[name][0]} {count}" for name, count in counts.items())
    say(said, ", ".join(f"{count} {_KINDS[name][1]}" for name, count in counts.items()))


def _side(line: dict[str, Any], which: str) -> str:
    state: str = line[f"{which}_state"]
    return str(line[which]) if state == "value" else text(*_STATES[state])
