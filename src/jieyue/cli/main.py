"""The `jieyue` command. Each command is a thin door: it asks services and queries and prints what they say."""

from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli import catalog, exporting, figures, homes, importing, logs, plans, receipts, tokens
from jieyue.cli.context import options

app = typer.Typer(
    name="jieyue",
    help="节约：公共机构节能降碳统计核算 / the energy, water and carbon figures of a city's public institutions",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def before(
    home: Annotated[Path | None, typer.Option("--home", help="HOME 目录，默认 ./var 或 JIEYUE_HOME")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="stdout 只输出一个 JSON 文档")] = False,
    language: Annotated[str, typer.Option("--lang", help="zh | en")] = "zh",
) -> None:
    """Read the options that stand before the command."""
    if language not in ("zh", "en"):
        raise typer.BadParameter("--lang zh | en")
    options.home, options.json, options.language = home, as_json, language


for module in (homes, figures, logs):
    module.add(app)
app.add_typer(catalog.app, name="catalog")
app.add_typer(importing.app, name="import")
app.add_typer(plans.app, name="plan")
app.add_typer(receipts.app, name="receipt")
app.add_typer(exporting.app, name="export")
app.add_typer(tokens.app, name="token")


def run() -> None:
    """Entry point of the console script."""
    app()
