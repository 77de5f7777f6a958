"""The `jieyue` command. Each command is a thin door: it asks services and queries and prints what they say."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from jieyue.cli import (
    batching,
    catalog,
    collecting,
    comparing,
    exporting,
    figures,
    homes,
    importing,
    jointly,
    logs,
    metering,
    metering_lists,
    owning,
    people,
    plan_lists,
    plans,
    receipts,
    reporting,
    reviewing,
    spotchecking,
    summarising,
    templates,
    tokens,
    verifying,
    working,
)
from jieyue.cli.context import options
from jieyue.cli.usage import said_in_words

_FLAGS, _WITH_VALUE = ("--json",), ("--home", "--lang")


class CommonOptions(TyperGroup):
    """The command with its common options: they may stand before the verb or after it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Bring the common options to the front; what stands behind `--` is not ours."""
        words = common_first(args)
        # what is wrong with the words may be said before the option is read
        options.language = "en" if _says_english(words) else "zh"
        return super().parse_args(ctx, words)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words before the verb."""
        with said_in_words():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Read the words behind it, and do it."""
        with said_in_words(_path_of(ctx)):
            return super().invoke(ctx)


def _path_of(ctx: Any) -> str:
    """The command that the words name, as far as they name one."""
    path, command = [str(ctx.command_path)], ctx.command
    # Click before 8.2, under an older version of the library, has it without the underscore.
    first = ctx._protected_args if hasattr(ctx, "_protected_args") else ctx.protected_args
    for word in (*first, *ctx.args):
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        path.append(word)
    return " ".join(path)


def _says_english(words: list[str]) -> bool:
    return "--lang=en" in words or ("--lang", "en") in pairwise(words)


def common_first(words: list[str]) -> list[str]:
    """The words with `--home DIR`, `--json` and `--lang L` before all others.

    >>> common_first(["figures", "--json", "--period", "2025", "--home", "var"])
    ['--json', '--home', 'var', 'figures', '--period', '2025']
    """
    end = words.index("--") if "--" in words else len(words)
    common: list[str] = []
    others: list[str] = []
    ours = iter(words[:end])
    for word in ours:
        if word in _FLAGS or word.partition("=")[0] in _WITH_VALUE:
            common.append(word)
            if word in _WITH_VALUE:
                common += [value for value in [next(ours, None)] if value is not None]
        else:
            others.append(word)
    return [*common, *others, *words[end:]]


app = typer.Typer(
    name="jieyue",
    cls=CommonOptions,
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


for module in (homes, logs, templates, working):
    module.add(app)
app.add_typer(figures.app, name="figures")
app.add_typer(catalog.app, name="catalog")
app.add_typer(importing.app, name="import")
app.add_typer(people.app, name="people")
app.add_typer(plans.app, name="plan")
app.add_typer(receipts.app, name="receipt")
app.add_typer(exporting.app, name="export")
verifying.attach(collecting.app)
app.add_typer(collecting.app, name="returns")
app.add_typer(comparing.app, name="compare")
batching.add_to(metering.app)
app.add_typer(metering.app, name="readings")
metering.add_imports(importing.app)
metering_lists.add_imports(importing.app)
plan_lists.add_imports(importing.app)
owning.add_imports(importing.app)
owning.add_exports(exporting.app)
app.add_typer(reviewing.app, name="review")
app.add_typer(summarising.app, name="summary")
app.add_typer(reporting.app, name="report")
app.add_typer(spotchecking.app, name="spotcheck")
app.add_typer(jointly.app, name="joint")
app.add_typer(tokens.app, name="token")


def run() -> None:
    """Entry point of the console script."""
    app()
