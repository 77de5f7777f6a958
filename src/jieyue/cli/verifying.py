"""`jieyue returns verify`: whether the stored returns still are what was published."""

from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import BROKEN, REFUSED, emit, fail, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.returns.verify import Altered

SHOWN = 50


def attach(app: typer.Typer) -> None:
    """Put `verify` into the group `returns`."""
    app.command("verify")(verify)


@with_home
def verify(
    period: Annotated[str, typer.Option("--period", help="2025 | 2026-10 | 2026-01..2026-10；默认全部")] = "",
    form: Annotated[str, typer.Option("--form", help="报表，默认 NY201")] = "NY201",
) -> None:
    """数据湖、数据库与日志逐份核对；有改动则列出，退出码 4。 Hold lake, office and log together; exit 4: differ."""
    from jieyue.apps.returns.lake import forms
    from jieyue.apps.returns.queries import periods as published
    from jieyue.apps.returns.verify import altered
    from jieyue.apps.summaries.open_rows import periods_within
    from jieyue.domain.period import Period

    if form not in forms():
        raise typer.BadParameter(form, param_hint="--form")
    said = Period.parse(period) if period else None
    periods = [] if said is None else [Period.parse(one) for one in periods_within(said)]
    found = altered(form, periods)
    if said is not None and not found and not set(published(form)) & {str(one) for one in periods}:
        fail(
            REFUSED,
            f"{form} {period}：没有公布过的报表",
            f"{form} {period}: nothing was published",
            code="period",
        )
    if options.json:
        emit([one.as_dict() for one in found])
    if not found:
        say(f"{form}：与公布时一致", f"{form}: as it was published")
        return
    _table(form, found)
    raise typer.Exit(BROKEN)


def _cells(one: "Altered") -> str:
    """The published number before the stored one, whichever side was altered."""
    pairs = [(cell.item, cell.office or "—", cell.lake or "—") for cell in one.cells]
    if one.where == "office":
        pairs = [(item, lake, office) for item, office, lake in pairs]
    return "；".join(f"{item}: {then} → {now}" for item, then, now in pairs)


def _table(form: str, found: "list[Altered]") -> None:
    words = {
        "lake": text("数据湖里的数被改", "the lake's row was changed"),
        "office": text("数据库里的版本被改", "the office's version was changed"),
        "lost": text("数据湖里缺这一份", "the lake has no such row"),
        "added": text("数据湖里多出这一份", "the lake has a row that nobody published"),
        "file": text("数据湖的文件读不出", "a file of the lake cannot be read"),
        "root": text("整次发布与日志所记的根不符", "the publication is not what the log's root was made of"),
    }
    if not options.json:
        table(
            text(f"{form} 与公布时不符 {len(found)} 处", f"{form}: {len(found)} not as published"),
            [text("机构代码", "code"), text("机构", "institution"), text("期间", "period"), text("怎样", "how"),
             text("项目：公布的 → 现存的", "item: published → stored"), text("发布序号", "publication"),
             text("发布时间", "published at")],
            [(one.code, one.name, one.period, words[one.where],
              _cells(one), one.seq, one.at)
             for one in found[:SHOWN]],
        )  # fmt: skip
    if len(found) > SHOWN:
        say(f"这里列出 {SHOWN} 处；用 --json 取全部", f"{SHOWN} listed here; --json gives all")
