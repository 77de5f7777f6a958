"""Parse a file in a child process with limits; whatever happens to the child is a finding here.

The parent hands over a path and reads one JSON document from a temporary file. A child that crashes, runs
out of memory or time, or writes too much harms nobody.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

import orjson

from jieyue.apps.exchange.limits import DEFAULT, MEBIBYTE, Limits
from jieyue.catalog.findings import Finding, make

_MODULE = "jieyue.apps.exchange.reader_child"
_SOURCE = str(Path(__file__).resolve().parents[3])


def parse(
    path: Path,
    kind: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits = DEFAULT,
    module: str = _MODULE,
) -> tuple[dict[str, Any] | None, Finding | None]:
    """The child's document, or the finding that says why there is none. `module` parses another kind of file."""
    job = {
        "path": str(path.resolve()),
        "kind": kind,
        "encoding": encoding,
        "delimiter": delimiter,
        "rows": limits.rows,
        "cells": limits.cells,
        "cell_characters": limits.cell_characters,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "output_bytes": limits.output_bytes,
    }
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = _run(module, job, output, errors, limits.wall_seconds)
        output.seek(0)
        errors.seek(0)
        if code == errno.ENOSPC:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), tempfile.gettempdir())
        if code == 0:
            return _understood(output.read())
        return None, _why(code, errors.read(4096), limits)


def _run(module: str, job: dict[str, Any], output: IO[bytes], errors: IO[bytes], wall: float) -> int | None:
    """The child's exit code; None if it was stopped for taking too long."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join([_SOURCE, *filter(None, sys.path)]),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    child = subprocess.Popen(  # noqa: S603 our own interpreter and module
        [sys.executable, "-m", module, json.dumps(job)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        env=environment,
        close_fds=True,
        start_new_session=True,
    )
    try:
        return child.wait(timeout=wall)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return None


def _why(code: int | None, errors: bytes, limits: Limits) -> Finding:
    if code is None:
        return make("parser_timeout", seconds=limits.wall_seconds)
    if code == -signal.SIGXCPU:
        return make("parser_timeout", seconds=limits.cpu_seconds)
    out_of_memory = code == 12 or b"memory allocation" in errors or b"MemoryError" in errors
    if out_of_memory or code == -signal.SIGXFSZ or b"File too large" in errors:
        return make("parser_memory", limit=f"{limits.memory_bytes // MEBIBYTE} MiB")
    return make("parser_crashed", exit=code)


def _understood(content: bytes) -> tuple[dict[str, Any] | None, Finding | None]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None, make("parser_crashed", exit=0)
    error = document.get("error")
    if error:
        code, data = error
        row = data.pop("row", None)
        value = data.pop("value", None)
        return None, make(code, row=row, value=value, **data)
    return document, None
