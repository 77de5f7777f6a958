"""The worker process: two loops, one for what is due by the clock, one for the queue of tasks.

Long tasks (a pass over a whole city) therefore never hold up a publication. Where the database goes away both loops
pause, longer each time, and go on when it is back. A signal lets what runs come to its end.
"""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import FrameType
from typing import Final

from django.db import DatabaseError, close_old_connections, connections

from jieyue.apps.audit.context import through
from jieyue.apps.publication.rules import look_again
from jieyue.apps.schedule.job import Job
from jieyue.apps.schedule.owner import new_owner
from jieyue.apps.schedule.services.run_due import run_due
from jieyue.apps.schedule.services.take_tasks import give_back, take_task
from jieyue.jobs.schedules import JOBS

log = logging.getLogger(__name__)

TICK: Final = 1.0  # seconds between two looks
LONGEST_PAUSE: Final = 30.0
#: `--once` does what is due within so long too: what waits for its five seconds is done at once.
AHEAD: Final = timedelta(minutes=1)
_GIVE_BACK_EVERY: Final = 60  # looks


class Worker:
    """One worker."""

    def __init__(self, jobs: Sequence[Job] = JOBS) -> None:
        self.name = new_owner()
        self._jobs = jobs
        self._stop = threading.Event()
        self._looks = 0

    def once(self) -> dict[str, str]:
        """Do what is due and every task that is ready; job → "" or its error."""
        with through("worker"):
            look_again()
            done = run_due(self._jobs, self.name, ahead=AHEAD)
            give_back(self.name)
            while take_task(self.name):
                pass
        return done

    def run(self) -> None:
        """Work until `stop` or a signal."""
        tasks = threading.Thread(target=self._loop, args=("tasks", self._do_tasks), name="tasks")
        tasks.start()
        self._loop("jobs", lambda: bool(run_due(self._jobs, self.name)) and False)
        tasks.join()

    def stop(self) -> None:
        """End when what runs has come to its end."""
        self._stop.set()

    def obey_signals(self) -> None:
        """SIGTERM and SIGINT stop it; a second one ends it at once."""

        def told(number: int, _frame: FrameType | None) -> None:
            log.info("stopping: %s", signal.Signals(number).name)
            self._stop.set()
            signal.signal(number, signal.SIG_DFL)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, told)

    def _do_tasks(self) -> bool:
        if self._looks % _GIVE_BACK_EVERY == 0:
            give_back(self.name)
        self._looks += 1
        return take_task(self.name)

    def _loop(self, name: str, step: Callable[[], bool]) -> None:
        """Do the step again and again; at once if it says that there may be more, else after a tick."""
        pause = TICK
        with through("worker"):
            while not self._stop.is_set():
                close_old_connections()
                try:
                    look_again()
                    more, pause = step(), TICK
                except DatabaseError as error:
                    pause = min(pause * 2, LONGEST_PAUSE)
                    more, self._looks = False, 0
                    log.warning("%s: the database does not answer, again in %.0f s: %s", name, pause, error)
                    connections.close_all()
                except Exception:
                    log.exception("%s: a step failed", name)
                    more, pause = False, LONGEST_PAUSE
                if not more:
                    self._stop.wait(pause)
        connections.close_all()
