"""Rehearsed crashes: a function runs in a child process that a failpoint kills.

The child is forked from a server that has everything loaded but has started neither delta-rs nor DuckDB, whose
threads do not survive a fork. A kill takes a few hundredths of a second.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from jieyue.config.home import Home

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.crash_preload"])


def crash(home: Home, failpoint: str, function: Callable[..., object], *arguments: Any) -> None:
    """Run `function(*arguments)` for the home in a child; fails unless the failpoint killed it.

    The function must stand at the top of its module; it finds Django turned to the home.
    """
    code = _run(home, failpoint, function, arguments)
    assert code == -signal.SIGKILL, f"{failpoint} was not reached: the child ended with {code}"


def run_in_child(home: Home, function: Callable[..., object], *arguments: Any) -> int:
    """The same without a failpoint; the child's exit code."""
    return _run(home, "", function, arguments)


def _run(home: Home, failpoint: str, function: Callable[..., object], arguments: tuple[Any, ...]) -> int:
    child = context.Process(target=_work, args=(str(home.path), failpoint, function, arguments))
    child.start()
    child.join()
    assert child.exitcode is not None
    code = child.exitcode
    child.close()
    return code


def _work(path: str, failpoint: str, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    from jieyue.config import boot

    boot.setup(Home.open(path))
    if failpoint:
        os.environ["JIEYUE_FAILPOINT"] = failpoint
    function(*arguments)
