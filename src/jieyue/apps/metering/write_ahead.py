"""The write-ahead log of this process, in HOME/log, and the reader of those of all."""

import os
import threading
from pathlib import Path
from typing import Final

from django.conf import settings

from jieyue.store.log_reader import LogReader
from jieyue.store.write_log import WriteLog

_guard: Final = threading.Lock()
_opened: dict[tuple[Path, int], WriteLog] = {}


def log_folder() -> Path:
    """Where the logs of all processes lie."""
    return Path(settings.JIEYUE_HOME.path) / "log"


def write_log() -> WriteLog:
    """This process's log; made on first use, and anew after a fork or for another home."""
    place = (log_folder(), os.getpid())
    with _guard:
        if place not in _opened:
            for (_folder, process), log in _opened.items():
                if process == place[1]:
                    log.close()
            _opened.clear()
            _opened[place] = WriteLog(place[0])
        return _opened[place]


def log_reader() -> LogReader:
    """The logs of all processes of this home."""
    return LogReader(log_folder())


def is_stopped() -> bool:
    """Whether this process takes no readings any more, since a flush failed."""
    log = _opened.get((log_folder(), os.getpid()))
    return log is not None and log.stopped
