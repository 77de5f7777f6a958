"""What every command shares: the home, the language, JSON or tables, and the exit codes."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
STATUS = {"final": ("终值", "final"), "provisional": ("初步", "provisional"), "missing": ("缺", "missing")}
#: From this width on a table has room for a receipt's number on one line, to be copied.
_WIDE = 140


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
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
) -> None:
    """A table for people, on stdout; columns in `right` are numbers, those in `whole` stay on one line if they can."""
    from rich.console import Console
    from rich.table import Table

    console = Console() if sys.stdout.isatty() else Console(width=160)
    wide = console.width >= _WIDE
    view = Table(title=title, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        view.add_column(
            column,
            justify="right" if place in right else "left",
            overflow="fold",
            no_wrap=wide and place in whole,
        )
    for row in rows:
        view.add_row(*("" if value is None else str(value) for value in row))
    console.print(view)


def fail(status: int, zh: str, en: str, **data: Any) -> NoReturn:
    """Say what is wrong and end with the exit code; with `--json` the document says it too."""
    say(zh, en)
    if options.json:
        emit({"error": {"message_zh": zh, "message_en": en, **data}})
    raise typer.Exit(status)


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """A file that somebody names is written in it; a place that cannot be written to is refused with its reason."""
    try:
        yield
    except OSError as error:
        fail(UNAVAILABLE, *_unwritable(output, error), code="file")


def _fail_if_unwritable(error: Exception, output: object) -> None:
    """The file that somebody named by -o cannot be written: the fault is of the place, whichever writer met it."""
    from xlsxwriter.exceptions import FileCreateError

    if not isinstance(output, Path) or not isinstance(error, OSError | FileCreateError):
        return
    if _is_of(output, error):
        fail(UNAVAILABLE, *_unwritable(output, error), code="file")


def _is_of(output: Path, error: Exception) -> bool:
    """Whether the fault is of this file, or of one that is written beside it and then takes its name."""
    inner = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    named = getattr(inner, "filename", None)
    if named is None:  # a long folder is shortened by some writers
        return bool(output.name) and output.name in str(error)
    place, wanted = Path(os.fsdecode(named)).absolute(), output.absolute()
    beside = bool(wanted.name) and place.parent == wanted.parent and place.name.startswith(wanted.name)
    return place == wanted or beside


def fail_if_folder(output: Path) -> None:
    """A folder stands where a file is to be named."""
    if output.is_dir():
        fail(UNAVAILABLE, *_folder(output), code="file")


def _folder(output: Path) -> tuple[str, str]:
    named = output / "..."
    return (
        f"写不了 {output}：这是文件夹，这里要写一个文件；请在 -o 后面写上文件名，如 {named}",
        f"cannot write {output}: it is a folder and a file is to be written; name the file after -o, as {named}",
    )


def _unwritable(output: Path, error: Exception) -> tuple[str, str]:
    if output.is_dir():
        return _folder(output)
    return f"写不了 {output}：{error}", f"cannot write {output}: {error}"


def with_home(command: Callable[P, R]) -> Callable[P, R]:
    """Open the home, start the office, finish what a crash left; turn typed errors into exit codes."""

    @wraps(command)
    def opened(*args: P.args, **kwargs: P.kwargs) -> R:
        from jieyue.config.home import Home, HomeError
        from jieyue.config.initialise import check_address

        try:
            home = Home.open(options.home)
            check_address(home.database)
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


def _fail_if_known(error: Exception) -> None:
    """Damage and what is not available just now have exit codes of their own; anything else is our mistake."""
    from django.conf import settings

    if not settings.configured:  # a command that needs no home, or a home that could not be made
        if isinstance(error, OSError):
            place, why = error.filename or "", error.strerror or str(error)
            fail(
                UNAVAILABLE,
                f"系统拒绝读写 {place}：{why}",
                f"the system refuses to read or write {place}: {why}",
                code="unavailable",
            )
        return
    from jieyue.apps.publication.services.publish import PublicationDamagedError, PublicationPendingError
    from jieyue.apps.publication.unavailable import why_unavailable
    from jieyue.store.errors import LakeCorrupt, LakeError

    for damage in (error, error.__cause__):
        if isinstance(damage, LakeCorrupt):
            fail(BROKEN, damage.zh, damage.en, code="lake_corrupt")
        if isinstance(damage, PublicationDamagedError):
            fail(BROKEN, damage.zh, damage.en, code="publication_damaged")
    reason = why_unavailable(error)
    if reason is not None:
        lake = isinstance(error, LakeError | PublicationPendingError)
        fail(UNAVAILABLE, *reason, code="lake" if lake else "unavailable")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Typed errors become a sentence and an exit code, never a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from jieyue.catalog.errors import UnknownRuleError
        from jieyue.catalog.strict import CatalogError
        from jieyue.domain.errors import DomainError

        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except DomainError as error:
            fail(REFUSED, error.message_zh, error.message_en, code=error.code)
        except CatalogError as error:
            fail(REFUSED, str(error), str(error), code="catalog")
        except UnknownRuleError as error:
            fail(REFUSED, error.reason_zh, error.reason_en, code="unknown_rule")
        except Exception as error:
            _fail_if_unwritable(error, kwargs.get("output"))
            _fail_if_known(error)
            raise

    return run
