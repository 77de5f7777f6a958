"""`jieyue report`: bulletins, evaluation, progress, work plan, tables, forms and statements as files; `check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import emit, fail_if_folder, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.papers.content import Paper
    from jieyue.apps.papers.returned import Check

app = typer.Typer(
    no_args_is_help=True,
    help="公文报告：月度通报、年度通报、报送质量、规划评估和进展、工作要点、一页纸，打印综合表和报表 / official papers",
)

Output = Annotated[Path, typer.Option("--output", "-o", help="写到 .docx .pdf .xlsx")]


@app.callback()
def _family() -> None:
    """Official papers."""


@app.command("bulletin")
@with_home
def bulletin(
    period: Annotated[str, typer.Option("--period", help="2026-10")],
    output: Output,
    scope: Annotated[str, typer.Option("--scope", help="city 或 line:代码")] = "city",
) -> None:
    """一个单位一个月的通报，每个数附出处。 A body's monthly bulletin, every number with its source."""
    from jieyue.apps.papers.make import bulletin_for
    from jieyue.apps.publication.queries import last_done

    paper = bulletin_for(scope, period, sequence=last_done())
    _write(paper, output)


@app.command("yearly")
@with_home
def yearly(
    period: Annotated[str, typer.Option("--period", help="2025")],
    output: Output,
    scope: Annotated[str, typer.Option("--scope", help="city 或 line:代码")] = "city",
) -> None:
    """年度通报：全市和每区县一页，或一个单位的。 The yearly bulletin, with a page for each district."""
    from jieyue.apps.papers.make import yearly_for
    from jieyue.apps.publication.queries import last_done

    _write(yearly_for(scope, period, sequence=last_done()), output)


@app.command("quality")
@with_home
def quality(
    period: Annotated[str, typer.Option("--period", help="2026-10 或 2026")],
    output: Output,
    scope: Annotated[str, typer.Option("--scope", help="city 或 line:代码")] = "city",
) -> None:
    """报送质量通报：完整、及时、退回、抽查、更正。 The circular on the quality of reporting."""
    from jieyue.apps.papers.make import circular_for
    from jieyue.apps.publication.queries import last_done

    _write(circular_for(scope, period, sequence=last_done()), output)


@app.command("evaluation")
@with_home
def evaluation(
    output: Output,
    plan: Annotated[str, typer.Option("--plan", help="规划代码；默认本系统的规划")] = "",
    year: Annotated[
        int | None, typer.Option("--year", help="评估到哪一年；默认规划目标年，以前的年份为中期评估")
    ] = None,
) -> None:
    """规划的终期或中期评估报告。 The final or mid-term evaluation of a plan."""
    from jieyue.apps.papers.make import evaluation_for
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.publication.rules import home_plan

    _write(evaluation_for(plan or home_plan().id, year, sequence=last_done()), output)


@app.command("brief")
@with_home
def brief(
    output: Output,
    plan: Annotated[str, typer.Option("--plan", help="规划代码；默认本系统的规划")] = "",
    year: Annotated[int | None, typer.Option("--year", help="年份；默认规划目标年")] = None,
) -> None:
    """负责人的一页纸：结论、把握、什么会改变结论。 The director's one page on a plan."""
    from jieyue.apps.papers.make import brief_for
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.publication.rules import home_plan

    _write(brief_for(plan or home_plan().id, year, sequence=last_done()), output)


@app.command("progress")
@with_home
def progress(
    output: Output,
    plan: Annotated[str, typer.Option("--plan", help="规划代码；默认本系统的规划")] = "",
    year: Annotated[int | None, typer.Option("--year", help="年份；默认上一年")] = None,
) -> None:
    """规划进展报告：指标位置、差距、任务、可信度、需要决定的事项。 The progress report of a plan."""
    from jieyue.apps.papers.make import progress_for
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.publication.rules import home_plan

    _write(progress_for(plan or home_plan().id, year, sequence=last_done()), output)


@app.command("work-plan")
@with_home
def work_plan(
    output: Output,
    plan: Annotated[str, typer.Option("--plan", help="规划代码；默认本系统的规划")] = "",
    year: Annotated[int | None, typer.Option("--year", help="哪一年的要点；默认本年")] = None,
) -> None:
    """年度工作要点：上年结果、本年控制数、任务分工、报送时间。 The yearly work plan."""
    from jieyue.apps.papers.make import work_plan_for
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.publication.rules import home_plan

    _write(work_plan_for(plan or home_plan().id, year, sequence=last_done()), output)


@app.command("summary")
@with_home
def summary(
    period: Annotated[str, typer.Option("--period", help="2025")],
    output: Output,
    form: Annotated[str, typer.Option("--form", help="NY301、NY302 或 NY303")] = "NY301",
    scope: Annotated[str, typer.Option("--scope", help="city 或 line:代码")] = "city",
) -> None:
    """综合表按报送的样子打印，横排。 A summary table as it is filed, on wide pages."""
    from jieyue.apps.papers.make import summary_for
    from jieyue.apps.publication.queries import last_done

    _write(summary_for(form, period, scope, sequence=last_done()), output)


@app.command("form")
@with_home
def form(
    period: Annotated[str, typer.Option("--period", help="2025 或 2026-10")],
    output: Output,
    code: Annotated[str, typer.Option("--form", help="NY201 等")] = "NY201",
    institution: Annotated[str, typer.Option("--institution", help="机构代码；不写得到空表")] = "",
) -> None:
    """一家机构的报表，或空表，按表样打印。 A form of an institution, or blank, as on paper."""
    from jieyue.apps.papers.make import form_for
    from jieyue.apps.publication.queries import last_done

    _write(form_for(code, period, institution, sequence=last_done()), output)


@app.command("statement")
@with_home
def statement(
    institution: Annotated[str, typer.Argument(help="机构代码")],
    period: Annotated[str, typer.Option("--period", help="2025")],
    output: Output,
    address: Annotated[str, typer.Option("--address", help="系统网址，印在方码里；不写则方码是回执号")] = "",
) -> None:
    """一家机构一年的两页说明：结论、位置、变化、原因、可信度、下一步。 An institution's two-page statement."""
    from jieyue.apps.papers.make import statement_for
    from jieyue.apps.publication.queries import last_done

    place = f"{address.rstrip('/')}/receipt/" if address else ""
    _write(statement_for(institution, period, sequence=last_done(), address=place, peers=True), output)


@app.command("check")
@with_home
def check(
    file: Annotated[Path, typer.Argument(help="改过以后交回的 .docx", exists=True, dir_okay=False)],
    number: Annotated[
        int | None, typer.Option("--paper", help="是第几号公文（网址里的号）；默认按文件里的稿件标记或标题认")
    ] = None,
) -> None:
    """交回的 Word 里每个数与公文核对，不改动任何数。 Every number of a returned Word file against its paper."""
    from jieyue.apps.papers.returned_file import check_of, paper_numbered, paper_of, returned_in

    returned = returned_in(file.read_bytes(), file.name)
    mend = ("请用 --paper 指明是第几号公文", "say with --paper which paper it is")
    row = paper_of(returned, mend=mend) if number is None else paper_numbered(number)
    _say_check(check_of(row, returned.paragraphs, returned.mark), row.pk, row.title)


def _say_check(found: "Check", paper: int, title: str) -> None:
    """The list and how many of each class."""
    from dataclasses import asdict

    from jieyue.apps.papers.returned_words import VERDICTS, WHY

    gone = [{"no": row.no, "place": row.place.said, "printed": row.number.said} for row in found.gone]
    if options.json:
        lines = [asdict(line) for line in found.lines]
        emit({"paper": paper, "title": title, "counts": found.counts, "lines": lines, "gone": gone})
        return
    say(f"公文 {paper}：{title}", f"paper {paper}: {title}")
    table(
        text("逐数核对", "Every number"),
        [text(*names) for names in (("位置", "place"), ("文件里", "in the file"), ("结论", "class"),
                                    ("序号", "no."), ("公文里", "in the paper"), ("出处", "source"))],
        [
            (line.place, line.text, text(*VERDICTS[line.verdict]), line.no or "", line.printed,
             line.source or (text(*WHY[line.why]) if line.why else ""))
            for line in found.lines
            if line.verdict != "not_data"
        ],
    )  # fmt: skip
    said = {kind: found.counts[kind] for kind in VERDICTS}
    zh = "，".join(f"{VERDICTS[kind][0]} {count}" for kind, count in said.items())
    en = ", ".join(f"{count} {VERDICTS[kind][1]}" for kind, count in said.items())
    say(
        f"{zh}；公文里有而文件里没有的数 {len(gone)} 个",
        f"{en}; {len(gone)} numbers of the paper not in the file",
    )


def _write(paper: "Paper", output: Path) -> None:
    """Write a paper to the kind of file that the name says, and say what it holds."""
    from jieyue.apps.papers.binding import annex_of, blanks_of, provisional_of
    from jieyue.apps.papers.make import written

    fail_if_folder(output)
    output.write_bytes(written(paper, output.suffix.lstrip(".").lower()))
    counts = {
        "numbers": len(annex_of(paper)),
        "blanks": len(blanks_of(paper)),
        "provisional": len(provisional_of(paper)),
    }
    if options.json:
        emit(
            {
                "file": str(output),
                "title": paper.title.replace("\n", ""),
                "sequence": paper.sequence,
                **counts,
            }
        )
        return
    say(
        f"已写 {output}：{counts['numbers']} 个数各有出处，{counts['provisional']} 个初步，{counts['blanks']} 处待填写",
        f"{output} written: {counts['numbers']} numbers with their sources, {counts['provisional']} provisional, "
        f"{counts['blanks']} left to be filled in",
    )
