"""`jieyue worker`: publishing, numbering the log, passing the rules, one process for all of it."""

from typing import Annotated

import typer

from jieyue.cli.context import DONE, UNAVAILABLE, emit, options, say, table, text, with_home


def add(app: typer.Typer) -> None:
    """Put the command on the app."""
    app.command("worker")(with_home(worker))


def worker(
    once: Annotated[bool, typer.Option("--once", help="做完到期的事就结束")] = False,
) -> None:
    """后台工作：发布已审核的报表、给日志编号和签检查点、夜间审核。 Do the work behind the pages, until stopped.

    --once 有一件没做成，退出码 3。With --once: exit 3 if one of them failed.
    """
    from jieyue.jobs.worker import Worker

    if not once:
        made = Worker()
        made.obey_signals()
        say(f"后台工作 {made.name} 已启动", f"worker {made.name} has started")
        made.run()
        say("后台工作已停", "the worker has stopped")
        return
    done = Worker().once()
    failed = {name: error for name, error in done.items() if error}
    if options.json:
        emit([{"job": name, "ok": not error, "error": error} for name, error in done.items()])
    else:
        table(
            text("做了的事", "What was done"),
            [text("事项", "job"), text("结果", "result")],
            [(name, error or text("完成", "done")) for name, error in done.items()],
        )
    raise typer.Exit(UNAVAILABLE if failed else DONE)
