"""`jieyue import calibrations|to-be-metered`: lists of metering."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jieyue.cli.context import with_home
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

if TYPE_CHECKING:
    from jieyue.apps.exchange.list_import import ListChoice, ListOutcome


def add_imports(group: typer.Typer) -> None:
    """The two verbs of `jieyue import`."""
    group.command("calibrations")(calibrations)
    group.command("to-be-metered")(to_be_metered)


@with_home
def calibrations(
    files: Files,
    profile: Map = None,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    restate: Restate = "",
    encoding: Encoding = None,
    marked: Marked = None,
) -> None:
    """导入表计检定清单（计量点、出厂编号、检定日期、有效期至、证书编号、检定机构）。 Import calibrations."""
    from jieyue.apps.metering.services.import_calibrations import import_calibrations

    take_lists(
        files, import_calibrations, list_choice(profile, dry_run, valid_rows_only, restate, encoding), marked
    )


@with_home
def to_be_metered(
    files: Files,
    profile: Map = None,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    restate: Restate = "",
    encoding: Encoding = None,
    marked: Marked = None,
) -> None:
    """导入应装计量器具清单（机构、类别、部位、计量点），算配备率用。 Import places that should be metered."""
    from jieyue.apps.metering.services.import_to_be_metered import import_to_be_metered

    take_lists(
        files, import_to_be_metered, list_choice(profile, dry_run, valid_rows_only, restate, encoding), marked
    )


def list_choice(
    profile: str | None, dry: bool, valid: bool, restate: str, encoding: str | None
) -> "ListChoice":
    from jieyue.apps.exchange.list_import import ListChoice

    return ListChoice(None if profile is None else profile_of(profile), encoding, dry, valid, restate)


def take_lists(
    files: list[Path], take: "Callable[..., ListOutcome]", choice: "ListChoice", marked: Path | None
) -> None:
    from jieyue.apps.identity.services.make_operator import operator_name

    outcomes = []
    for file in files:
        content = content_of(file)
        outcome = take(content, file.name, choice, actor=operator_name())
        outcomes.append((file, outcome.result))
        mark(marked, outcome.content, content, outcome.result)
    finish(outcomes)
