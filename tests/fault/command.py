"""The `jieyue` command in a child process that meets a fault: a disk without room, a database cut off."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from jieyue.config.home import Home
from tests.crash import context


@dataclass(frozen=True)
class Outcome:
    """What the person at the terminal sees."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document of `--json`."""
        return json.loads(self.stdout)


@dataclass
class Running:
    """A command that was started."""

    process: Any
    pipes: tuple[Connection, Connection]

    def end(self) -> Outcome:
        """Wait for its end."""
        self.process.join(60)
        texts = [_drain(pipe) for pipe in self.pipes]
        assert self.process.exitcode is not None, texts
        return Outcome(self.process.exitcode, *texts)


def start(
    home: Home | os.PathLike[str],
    arguments: Sequence[str],
    fault: Callable[..., None] | None = None,
    *told: Any,
) -> Running:
    """Start `jieyue --json ARGUMENTS` for the home; `fault(*told)` is called in the child just before."""
    path = home.path if isinstance(home, Home) else home
    out, out_end = context.Pipe(duplex=False)
    err, err_end = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(str(path), list(arguments), out_end, err_end, fault, told))
    process.start()
    out_end.close()
    err_end.close()
    return Running(process, (out, err))


def run(
    home: Home | os.PathLike[str],
    *arguments: str,
    fault: Callable[..., None] | None = None,
    told: Sequence[Any] = (),
) -> Outcome:
    """The same, and wait."""
    return start(home, arguments, fault, *told).end()


def _drain(pipe: Connection) -> str:
    parts = []
    while part := os.read(pipe.fileno(), 65536):
        parts.append(part)
    pipe.close()
    return b"".join(parts).decode()


def _work(
    path: str,
    arguments: list[str],
    out: Connection,
    err: Connection,
    fault: Callable[..., None] | None,
    told: Sequence[Any],
) -> None:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    out.close()
    err.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    sys.argv = ["jieyue", "--home", path, "--json", *arguments]
    if fault is not None:
        fault(*told)
    from jieyue.cli.main import run as command

    try:
        command()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
