"""`jieyue import tasks`: what was declared about the tasks of a plan."""

from functools import partial
from typing import Annotated

import typer

from jieyue.cli.context import with_home
from jieyue.cli.importing import Dry, Encoding, Files, Map, Marked, Restate, Valid
from jieyue.cli.metering_lists import list_choice, take_lists


def add_imports(group: typer.Typer) -> None:
    """The verb of `jieyue import`."""
    group.command("tasks")(tasks)


@with_home
def tasks(
    files: Files,
    plan: Annotated[str, typer.Option("--plan", help="规划代码；默认本系统的规划")] = "",
    profile: Map = None,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    restate: Restate = "",
    encoding: Encoding = None,
    marked: Marked = None,
) -> None:
    """导入规划任务完成情况（用 template tasks 生成的表）。 Import declared results of a plan's tasks."""
    from jieyue.apps.targets.services.import_tasks import import_tasks

    take = partial(import_tasks, plan_id=plan or None)
    take_lists(files, take, list_choice(profile, dry_run, valid_rows_only, restate, encoding), marked)
