"""A Spark cluster on the loopback: a master and workers as processes, and what its driver and its event log say."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyspark

_CLASS = Path(pyspark.__file__).parent / "bin/spark-class"
#: Small data: compiling a query would take longer than running it.
_DEFAULTS = """
spark.driver.memory                1g
spark.driver.extraJavaOptions      -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions    -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.codegen.wholeStage       false
spark.sql.codegen.factoryMode      NO_CODEGEN
spark.executor.memory              1g
spark.executor.cores               1
spark.sql.shuffle.partitions       4
spark.ui.enabled                   true
spark.ui.port                      {port}
spark.eventLog.enabled             true
spark.eventLog.dir                 file://{events}
spark.eventLog.rolling.enabled     false
spark.eventLog.compress            false
"""
PATIENCE = 900.0


class Cluster:
    """A master and its workers; each worker leads a process group that its executors belong to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events = folder / "events"
        self.events.mkdir()
        self.ui = _free_port()
        (folder / "spark-defaults.conf").write_text(
            _DEFAULTS.format(port=self.ui, events=self.events), encoding="utf-8"
        )
        self.master, lines = self._start("master.Master", "--port", "0")
        self.address = _line(lines, "Starting Spark master at ").split(" at ", 1)[1].strip()
        self.workers: list[subprocess.Popen[str]] = []

    def add_worker(self) -> None:
        """One more, of one core, known to the master."""
        worker, lines = self._start("worker.Worker", "--cores", "1", "--memory", "1g", self.address)
        self.workers.append(worker)
        _line(lines, "Successfully registered with master")

    @property
    def environment(self) -> Mapping[str, str]:
        """What a command needs that is to run on it."""
        return {
            "JIEYUE_ENGINE": self.address,
            "SPARK_CONF_DIR": str(self.folder),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }

    @property
    def _daemon(self) -> Mapping[str, str]:
        return {
            "SPARK_CONF_DIR": str(self.folder),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": str(self.folder / "work"),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        }

    def executor_of(self, worker: subprocess.Popen[str]) -> str | None:
        """The identifier of the executor that runs in a worker's group."""
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = place.read_text("utf-8", errors="replace").split("\0")
                group = os.getpgid(int(place.parent.name))
            except (OSError, ProcessLookupError):
                continue
            if group == worker.pid and "--executor-id" in words:
                return words[words.index("--executor-id") + 1]
        return None

    def kill_while_it_works(self, worker: subprocess.Popen[str], job: subprocess.Popen[str]) -> str:
        """kill -9 a worker and its executor while a task runs there; the executor's identifier.

        It is halted first: if the driver then still has the task on it, the task cannot end any more.
        """
        until = time.monotonic() + PATIENCE
        executor = None
        while time.monotonic() < until and job.poll() is None:
            executor = executor or self.executor_of(worker)
            if executor is None or not self._busy(executor):
                time.sleep(0.1)
                continue
            os.killpg(worker.pid, signal.SIGSTOP)
            if self._busy(executor):
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
                return executor
            os.killpg(worker.pid, signal.SIGCONT)
        raise AssertionError(f"no task was seen on the worker; the job ended with {job.poll()}")

    def log(self) -> list[dict[str, Any]]:
        """The events of the one application that has ended."""
        (file,) = [path for path in self.events.iterdir() if path.suffix != ".inprogress"]
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]

    def close(self) -> None:
        """End every process."""
        for process in [*self.workers, self.master]:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, name: str, *words: str) -> tuple[subprocess.Popen[str], Iterator[str]]:
        command = [
            str(_CLASS),
            f"org.apache.spark.deploy.{name}",
            "--host",
            "127.0.0.1",
            "--webui-port",
            "0",
            *words,
        ]
        said = self.folder / f"{name}-{time.monotonic_ns()}.log"
        with said.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **self._daemon},
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return process, _follow(said, process)

    def _busy(self, executor: str) -> bool:
        return any(one["id"] == executor and one["activeTasks"] > 0 for one in self._executors())

    def _executors(self) -> list[dict[str, Any]]:
        """What the driver says; nothing before it is up."""
        place = f"http://127.0.0.1:{self.ui}/api/v1/applications"
        try:
            with urllib.request.urlopen(place, timeout=10) as answer:
                applications = json.load(answer)
            with urllib.request.urlopen(f"{place}/{applications[0]['id']}/executors", timeout=10) as answer:
                found: list[dict[str, Any]] = json.load(answer)
        except (OSError, ValueError, IndexError):
            return []
        return found


@contextmanager
def cluster(folder: Path, *, workers: int) -> Iterator[Cluster]:
    """A cluster for the length of a test."""
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.close()


def _follow(file: Path, process: subprocess.Popen[str]) -> Iterator[str]:
    """The lines of a process's log as they come, until it ends; AssertionError once patience is over."""
    until = time.monotonic() + PATIENCE
    with file.open(encoding="utf-8") as opened:
        while True:
            line = opened.readline()
            if time.monotonic() > until:
                raise AssertionError(f"not in time, the last line: {line}")
            if line:
                yield line
            elif process.poll() is not None:
                return
            else:
                time.sleep(0.05)


def _line(lines: Iterator[str], words: str) -> str:
    seen = []
    for line in lines:
        seen.append(line)
        if words in line:
            return line
    raise AssertionError(f"never said {words!r}: {''.join(seen[-20:])}")


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])
