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
    peaks = (
        resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    peak = sum(peaks) / 1024  # Linux counts in KiB
    answer = _last(steps)
    print(json.dumps({"seconds": seconds, "busy": busy, "mebibytes": peak, "answer": answer}))


def _busy() -> float:
    """Processor seconds of this process and of its children that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


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
