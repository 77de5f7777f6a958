"""`jieyue export figures|returns|institutions|summary|duties`: tables out, safe to open in a spreadsheet."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import REFUSED, emit, fail, fail_if_folder, options, say, with_home

if TYPE_CHECKING:
    from jieyue.apps.exchange.outward import Written
    from jieyue.apps.exchange.profile import MappingProfile

app = typer.Typer(no_args_is_help=True, help="导出 / tables out")

Map = Annotated[
    str | None, typer.Option("--map", "--profile", help="映射方案（文件或已保存的名称）：按外来表式写")
]
Output = Annotated[Path, typer.Option("--output", "-o", help="目标文件 .csv .xlsx .parquet")]


@app.command("figures")
@with_home
def figures(
    period: Annotated[str, typer.Option("--period")],
    output: Output,
    by: Annotated[str, typer.Option("--by", help="institution | area | department | type | line")] = "area",
    indicator: Annotated[list[str] | None, typer.Option("--indicator")] = None,
    factor_set: Annotated[str | None, typer.Option("--factor-set")] = None,
    electricity_factor: Annotated[str | None, typer.Option("--electricity-factor")] = None,
    gb18030: Annotated[bool, typer.Option("--gb18030", help="CSV 用 GB 18030")] = False,
) -> None:
    """导出指标，一行一个数，各带回执。 Figures, one a row, each with its receipt."""
    from jieyue.apps.accounts import queries

    choice = {"factor_set": factor_set, "electricity_factor": electricity_factor}
    if by == "institution":
        rows = queries.all_institutions(period, indicators=indicator, choice=choice)
    elif by in queries.PREFIXES:
        scopes = [scope.scope for scope in queries.scopes(period, by)]
        rows = queries.figures(scopes, period, indicators=indicator, choice=choice)
    else:
        known = "institution | area | department | type | line"
        fail(REFUSED, f"--by {by} 不可用；{known}", f"--by {by} is not usable; {known}", code="by")
    heads = list(rows[0].as_dict()) if rows else []
    write(
        output, heads, (_flat(row.as_dict().values()) for row in rows), "gb18030" if gb18030 else "utf-8-sig"
    )
    done(output, len(rows))


@app.command("returns")
@with_home
def returns(
    period: Annotated[list[str], typer.Option("--period", help="期间；外来表式可给几个")],
    output: Output,
    form: Annotated[str, typer.Option("--form", help="报表，如 NY201；方案里有则不必")] = "",
    profile: Map = None,
    gb18030: Annotated[bool, typer.Option("--gb18030", help="CSV 用 GB 18030")] = False,
) -> None:
    """导出已发布的报表，长表；给出映射方案则按它的外来表式。 Published returns, long or in a profile's layout."""
    if profile is not None:
        _returns_by(profile, form, period, output)
        return
    if len(period) != 1 or not form:
        fail(
            REFUSED,
            "请给出 --form 和一个 --period",
            "name --form and one --period",
            code="form" if not form else "period",
        )
    from jieyue.apps.returns.export import long_rows

    heads, rows = long_rows(form, period[0])
    listed = list(rows)
    write(output, heads, listed, "gb18030" if gb18030 else "utf-8-sig")
    done(output, len(listed))


@app.command("institutions")
@with_home
def institutions(
    profile: Annotated[str, typer.Option("--map", "--profile", help="映射方案：文件或已保存的名称")],
    output: Output,
    on: Annotated[str | None, typer.Option("--on", help="哪一天的名录，默认今天 / the day")] = None,
) -> None:
    """导出机构名录，按映射方案的外来表式。 The registry in the layout of a mapping profile."""
    from datetime import date

    from django.conf import settings

    from jieyue.apps.registry.outward import institutions_outward
    from jieyue.cli.importing import profile_of

    found = profile_of(profile, "institutions")
    try:
        day = date.fromisoformat(on) if on else settings.JIEYUE_HOME.today()
    except ValueError:
        fail(REFUSED, f"--on {on} 不是日期", f"--on {on} is no day", code="date")
    text = _text_kind(output)
    _write_layout(output, institutions_outward(found, day, text=text), found)


@app.command("summary")
@with_home
def summary(
    profile: Annotated[
        str | None,
        typer.Option("--map", "--profile", help="映射方案（文件或已保存的名称），kind = summaries"),
    ] = None,
    period: Annotated[str, typer.Option("--period", help="2025 | 2026-10")] = "",
    body: Annotated[str, typer.Option("--body", help="汇总机构的代码，默认全市 city")] = "city",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="目标文件 .csv .xlsx")] = None,
    suggest: Annotated[
        Path | None, typer.Option("--suggest-map", help="为样表录一份映射方案，输出到 stdout")
    ] = None,
    form: Annotated[str, typer.Option("--form", help="录方案时：哪张综合表")] = "NY301",
) -> None:
    """导出综合表，按映射方案的外来表式；或从样表录方案。 A summary table in a foreign layout; or record one."""
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.summaries.outward import table_outward
    from jieyue.cli import doors
    from jieyue.cli.importing import profile_of
    from jieyue.domain.period import Period

    if suggest is not None:
        _record_table(suggest, form)
        return
    if profile is None or output is None or not period:
        fail(REFUSED, "请给出 --map、--period 和 -o", "name --map, --period and -o", code="summary_options")
    found, text = profile_of(profile, "summaries"), _text_kind(output)
    written = table_outward(
        found, doors.body(body), found.form, Period.parse(period), sequence=last_done(), text=text
    )
    _write_layout(output, written, found)


def _record_table(sample: Path, form: str) -> None:
    """The layout of a sample of a summary table, as TOML."""
    from jieyue.apps.exchange.profile import dump
    from jieyue.apps.exchange.reader import read_bytes
    from jieyue.apps.summaries.services.take_out_table import layout_of
    from jieyue.cli.importing import content_of

    read = read_bytes(content_of(sample), sample.name)
    made = layout_of(read, form, sample.stem)
    if blank := [line.word or line.code or "—" for line in made.rows if not line.item]:
        typer.echo(f"留空的行 rows that stay blank: {'、'.join(blank)}", err=True)
    typer.echo(dump(made), nl=False)


def _returns_by(profile: str, form: str, periods: Sequence[str], output: Path) -> None:
    """Returns in the layout of a profile."""
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.returns.outward import all_returns, returns_outward
    from jieyue.cli.importing import profile_of
    from jieyue.domain.period import Period

    found = profile_of(profile, "returns")
    wanted = form or found.form
    if wanted not in home_catalog().forms:
        fail(REFUSED, "请给出 --form", "name --form", code="form")
    named = [str(Period.parse(one)) for one in periods]
    written = returns_outward(found, wanted, named, all_returns(), text=_text_kind(output))
    _write_layout(output, written, found)


def _text_kind(output: Path) -> bool:
    """Whether the file is one of text; refuses what has no cells."""
    if output.suffix not in (".xlsx", ".csv"):
        fail_if_folder(output)
        fail(REFUSED, f"{output} 的格式不支持；用 .csv .xlsx", f"{output}: use .csv .xlsx", code="suffix")
    return output.suffix == ".csv"


def _write_layout(output: Path, written: "Written", profile: "MappingProfile") -> None:
    """The file and what is to be said of it; an error among that, and nothing is written."""
    from django.conf import settings

    from jieyue.apps.exchange.outward_file import content
    from jieyue.cli.importing import show_findings

    if not written.refused:
        output.write_bytes(content(written, profile, synthetic=settings.JIEYUE_HOME.synthetic))
    if options.json:
        emit(
            {
                "file": None if written.refused else str(output),
                "rows": written.count,
                "findings": [finding.as_dict() for finding in written.findings],
            }
        )
    show_findings(written.findings)
    if written.refused:
        say("没有写出", "nothing was written")
        raise typer.Exit(REFUSED)
    say(f"已写出 {output}，{written.count} 行", f"wrote {output}, {written.count} rows")


@app.command("meters")
@with_home
def meters(
    output: Output,
    meter: Annotated[list[str] | None, typer.Option("--meter", help="只要这些计量点，可重复")] = None,
    gb18030: Annotated[bool, typer.Option("--gb18030", help="CSV 用 GB 18030")] = False,
) -> None:
    """导出表计台账，列与 import meters 相同，可再导入。 The register of meters, as `import meters` takes it."""
    from jieyue.apps.metering.outward import HEADS, meter_rows
    from jieyue.cli.metering import points_of

    rows = meter_rows(points_of(meter) if meter else None)
    write(output, HEADS, rows, "gb18030" if gb18030 else "utf-8-sig")
    done(output, len(rows))


@app.command("duties")
@with_home
def duties(
    output: Output,
    year: Annotated[int | None, typer.Option("--year", help="年份，默认全部 / all by default")] = None,
    gb18030: Annotated[bool, typer.Option("--gb18030", help="CSV 用 GB 18030")] = False,
) -> None:
    """导出机构变动年度的填报责任：谁填报哪几个月。 Who files which months of years that a reorganisation broke."""
    from jieyue.apps.registry.duties import duty_table

    heads, rows = duty_table(year)
    write(output, heads, rows, "gb18030" if gb18030 else "utf-8-sig")
    done(output, len(rows))


def _flat(values: Iterable[object]) -> list[object]:
    return [";".join(map(str, value)) if isinstance(value, list) else value for value in values]


def write(output: Path, heads: Sequence[str], rows: Iterable[Sequence[object]], encoding: str) -> None:
    """Rows to a file, by its suffix; a synthetic home's banner comes first."""
    from jieyue.apps.exchange.export_gate import csv_bytes, write_xlsx

    mark = _synthetic()
    if output.suffix == ".csv":
        output.write_bytes(csv_bytes([*mark, heads, *rows], encoding=encoding))  # type: ignore[arg-type, list-item]
    elif output.suffix == ".xlsx":
        write_xlsx(str(output), [("数据", [*mark, heads, *rows])])  # type: ignore[list-item]
    elif output.suffix == ".parquet":
        import polars as pl

        frame = pl.DataFrame([dict(zip(heads, row, strict=True)) for row in rows])
        frame.write_parquet(output, metadata={"jieyue.note": mark[0][0]} if mark else None)
    else:
        fail_if_folder(output)
        fail(
            REFUSED,
            f"{output} 的格式不支持；用 .csv .xlsx .parquet",
            f"{output}: use .csv .xlsx .parquet",
            code="suffix",
        )


def _synthetic() -> list[list[str]]:
    """The banner of a synthetic home's exports."""
    from django.conf import settings

    return [["样例数据，非真实机构 / synthetic data"]] if settings.JIEYUE_HOME.synthetic else []


def done(output: Path, count: int) -> None:
    """Say which file was written."""
    if options.json:
        emit({"file": str(output), "rows": count})
    say(f"已写出 {output}，{count} 行", f"wrote {output}, {count} rows")
