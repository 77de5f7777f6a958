"""`jieyue report bulletin`: official papers as files."""

from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import emit, options, say, with_home

app = typer.Typer(no_args_is_help=True, help="公文报告：月度通报 / official papers: the monthly bulletin")

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
    from jieyue.apps.papers.binding import annex_of, blanks_of, provisional_of
    from jieyue.apps.papers.make import bulletin_for, written
    from jieyue.apps.publication.queries import last_done

    paper = bulletin_for(scope, period, sequence=last_done())
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
