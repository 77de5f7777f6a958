"""Two processes as one: the pages and the worker of a desk, started, watched and stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final

_LOOK: Final = 0.2  # seconds between two looks at the children
_AGAIN: Final = 5.0  # pause before a worker that ended is started again
_GRACE: Final = 60.0  # for what the worker is at
_PR_SET_PDEATHSIG: Final = 1


def run_together(pages: Sequence[str], worker: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run both until a signal comes or the pages end; a worker that ends is started again. The pages' exit code."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    web, hands = _start(pages, environment), _start(worker, environment)
    while web.poll() is None and not stop.wait(_LOOK):
        if hands.poll() is not None:
            stop.wait(_AGAIN)
            hands = _start(worker, environment)
    for child in (web, hands):
        child.terminate()
    _end(hands)
    _end(web)
    return 0 if stop.is_set() else web.returncode


def _start(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """A child that a signal of the terminal does not reach (we pass it on), and that ends when we are killed."""
    return subprocess.Popen(  # noqa: S603  our own interpreter, no shell
        list(command),
        env=dict(environment),
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  one thread yet
    )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:  # it was killed before we had said so
        os._exit(1)


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
