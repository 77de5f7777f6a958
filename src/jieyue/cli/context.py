"""What every command shares: the home, the language, JSON or tables, and the exit codes."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

P = ParamSpec("P")
R = TypeVar("R")

DONE, REFUSED, USAGE, UNAVAILABLE, BROKEN = 0, 1, 2, 3, 4

#: The name of the command line in the action log: the operator, who has every role at desk size.
OPERATOR = "operator"


@dataclass
class Options:
    """The options before the command."""

    home: Path | None = None
    json: bool = False
    language: str = "zh"


options = Options()


def say(zh: str, en: str) -> None:
    """One line for people, on stderr."""
    sys.stderr.write((zh if options.language == "zh" else en) + "\n")


def text(zh: str, en: str) -> str:
    """The text in the chosen language."""
    return zh if options.language == "zh" else en


def emit(document: object) -> None:
    """The one JSON document of `--json`, on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[int] = ()
) -> None:
    """A table for people, on stdout; columns named in `right` are numbers."""
    from rich.console import Console
    from rich.table import Table

    view = Table(title=title, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        view.add_column(column, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        view.add_row(*("" if value is None else str(value) for value in row))
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(view)


def fail(status: int, zh: str, en: str, **data: Any) -> NoReturn:
    """Say what is wrong and end with the exit code; with `--json` the document says it too."""
    say(zh, en)
    if options.json:
        emit({"error": {"message_zh": zh, "message_en": en, **data}})
    raise typer.Exit(status)


def with_home(command: Callable[P, R]) -> Callable[P, R]:
    """Open the home, start the office, finish what a crash left; turn typed errors into exit codes."""

    @wraps(command)
    def opened(*args: P.args, **kwargs: P.kwargs) -> R:
        from jieyue.config.home import Home, HomeError

        try:
            home = Home.open(options.home)
        except HomeError as error:
            fail(UNAVAILABLE, error.message_zh, error.message_en, code="home")
        from jieyue.config import boot

        boot.setup(home)
        return guarded(_finished)(command, *args, **kwargs)

    return opened


def _finished(command: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    from jieyue.apps.publication.services.publish import finish_pending

    finish_pending()
    return command(*args, **kwargs)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Typed errors become a sentence and an exit code, never a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from jieyue.catalog.strict import CatalogError
        from jieyue.domain.errors import DomainError

        try:
            return command(*args, **kwargs)
        except DomainError as error:
            fail(REFUSED, error.message_zh, error.message_en, code=error.code)
        except CatalogError as error:
            fail(REFUSED, str(error), str(error), code="catalog")
        except Exception as error:
            from jieyue.store.errors import LakeCorrupt, LakeError

            if isinstance(error, LakeCorrupt):
                fail(BROKEN, error.zh, error.en, code="lake_corrupt")
            if isinstance(error, LakeError):
                fail(UNAVAILABLE, error.zh, error.en, code="lake")
            raise

    return run
