"""One run in a process of its own: `python -m bench.cold MODULE:FUNCTION JSON`.

Imports happen before the clock starts; what is timed is the call. A generator function is timed between its two
`yield`s: what stands before them gets ready, what stands after them turns the result into the answer; a number in
the second one is taken for the seconds. The last line of output is JSON.
"""

import importlib
import inspect
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any


def main() -> None:
    module_name, _, function_name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module_name), function_name)
    arguments = json.loads(sys.argv[2])
    steps = function(**arguments) if inspect.isgeneratorfunction(function) else _steps(function, arguments)
    next(steps)
    processor, start = _busy(), time.perf_counter()
    measured = next(steps)
    seconds, busy = time.perf_counter() - start, _busy() - processor
    seconds = seconds if measured is None else measured
    peak = (own_peak() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024  # Linux counts in KiB
    answer = _last(steps)
    print(json.dumps({"seconds": seconds, "busy": busy, "mebibytes": peak, "answer": answer}))


def _busy() -> float:
    """Processor seconds of this process and of its children that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def own_peak() -> int:
    """KiB of this program at its most; `ru_maxrss` also counts what the process was before it started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


def _steps(function: Callable[..., Any], arguments: dict[str, Any]) -> Generator[float | None, None, Any]:
    yield
    answer = function(**arguments)
    yield
    return answer


def _last(steps: Generator[float | None, None, Any]) -> Any:
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a side yields twice: ready, and done")


if __name__ == "__main__":
    main()


def forget_peak() -> None:
    """From here on `own_peak` counts anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
