"""What every benchmark shares: works, cold runs, pairs, medians, one line of result.

A work has our side and one or more floors: hand-written programs that answer the same question from the same
data. Every run is a new process (bench/cold.py); sides alternate, so that a busy minute of the machine meets
all of them; the answers of all sides must be equal before any time counts.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "var/bench"


@dataclass(frozen=True)
class Side:
    """One program: `module:function`, called with the work's arguments, gives an answer that JSON can hold."""

    name: str
    target: str


@dataclass(frozen=True)
class Bars:
    """The most that is allowed; None = no bar. Seconds, MiB of resident memory, ratio to the fastest floor.

    busy: seconds of processor time. busy_ratio: of processor time to the floor's. rate: the fewest rows in a second of
    processor time (of a work that says how many rows it has).
    """

    seconds: float | None = None
    mebibytes: float | None = None
    ratio: float | None = None
    busy: float | None = None
    busy_ratio: float | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Work:
    """One benchmark.

    prepare: makes (or finds) the data below the given folder and returns the arguments of the sides.
    shape: the data in words, for the header of the report. rows: how many go in, for a rate. note: what else is to be
    said of the data that was prepared (bytes on disk). told: what is to be said of the answer of ours.
    """

    name: str
    shape: str
    prepare: Callable[[Path], Mapping[str, Any]]
    ours: Side
    floors: tuple[Side, ...] = ()
    runs: int = 5
    bars: Bars = field(default_factory=Bars)
    rows: int = 0
    note: Callable[[Mapping[str, Any]], str] | None = None
    told: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Run:
    """One cold run: seconds of the call alone (imports are before it), peak memory of the process, the answer.

    busy: seconds of processor time in the call, all threads; on a machine that others use it says more.
    """

    seconds: float
    mebibytes: float
    answer: Any
    busy: float = 0.0


class BenchError(RuntimeError):
    """A side failed or the sides disagree: there is no time to report."""


def run_cold(side: Side, arguments: Mapping[str, Any]) -> Run:
    """Run one side in a new process. Raises BenchError with what it printed if it fails."""
    command = [sys.executable, "-m", "bench.cold", side.target, json.dumps(arguments)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JIEYUE_", "DJANGO_"))}
    done = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{side.name} ({side.target}) ended with {done.returncode}:\n{done.stderr[-4000:]}")
    result = json.loads(done.stdout.splitlines()[-1])
    return Run(result["seconds"], result["mebibytes"], result["answer"], result["busy"])


@dataclass(frozen=True)
class Result:
    """Medians of one work; `floor` and `ratio` are None where there is no floor."""

    work: Work
    seconds: float
    mebibytes: float
    floor: float | None
    floor_name: str
    ratio: float | None
    busy: float = 0.0
    busy_floor: float | None = None
    note: str = ""

    @property
    def rate(self) -> float | None:
        """Rows in a second of processor time."""
        return self.work.rows / self.busy if self.work.rows and self.busy else None

    @property
    def over(self) -> list[str]:
        """The bars that were missed."""
        bars = self.work.bars
        pairs = (
            ("time", self.seconds, bars.seconds),
            ("memory", self.mebibytes, bars.mebibytes),
            ("ratio", self.ratio, bars.ratio),
            ("cpu", self.busy, bars.busy),
            ("cpu ratio", self.busy / self.busy_floor if self.busy_floor else None, bars.busy_ratio),
        )
        over = [name for name, value, bar in pairs if bar is not None and value is not None and value > bar]
        slow = bars.rate is not None and self.rate is not None and self.rate < bars.rate
        return [*over, "rate"] if slow else over

    def line(self) -> str:
        """name, median, floor, ratio, peak memory, processor time of ours and of the floor, verdict."""
        floor = f"{_time(self.floor)} ({self.floor_name})" if self.floor is not None else "-"
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else "-"
        rate = f"  {self.rate / 1e6:.2f} M rows/cpu-s" if self.rate is not None else ""
        verdict = f"OVER {', '.join(self.over)}" if self.over else "ok"
        return (
            f"{self.work.name:<10} median {_time(self.seconds):>9}  floor {floor:<20} ratio {ratio:>5}  "
            f"peak {self.mebibytes:>6.0f} MiB  cpu {_time(self.busy)} / {_time(self.busy_floor)}{rate}  "
            f"{verdict}{self.note}"
        )


def measure(work: Work, folder: Path = CACHE) -> Result:
    """Prepare the data, run all sides in turn, compare their answers, and take medians.

    The ratio is the median over rounds of ours ÷ floor in the same round, for the floor of the smallest median.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arguments = work.prepare(folder)
    sides = (work.ours, *work.floors)
    rounds: list[dict[str, Run]] = []
    for _ in range(work.runs):
        rounds.append({side.name: run_cold(side, arguments) for side in sides})
        _same_answers(work, rounds[-1])
    ours = [each[work.ours.name] for each in rounds]
    seconds, peak = median(run.seconds for run in ours), max(run.mebibytes for run in ours)
    busy = median(run.busy for run in ours)
    note = f"  {work.note(arguments)}" if work.note is not None else ""
    note += f"  {work.told(rounds[-1][work.ours.name].answer)}" if work.told is not None else ""
    if not work.floors:
        return Result(work, seconds, peak, None, "", None, busy, note=note)
    floors = {side.name: median(each[side.name].seconds for each in rounds) for side in work.floors}
    fastest = min(floors, key=lambda name: floors[name])
    ratio = median(each[work.ours.name].seconds / each[fastest].seconds for each in rounds)
    spent = median(each[fastest].busy for each in rounds)
    return Result(work, seconds, peak, floors[fastest], fastest, ratio, busy, spent, note)


def _same_answers(work: Work, runs: Mapping[str, Run]) -> None:
    expected = runs[work.ours.name].answer
    for name, run in runs.items():
        if run.answer != expected:
            shown = f"{work.ours.name}: {str(expected)[:500]}\n{name}: {str(run.answer)[:500]}"
            raise BenchError(f"{work.name}: the answers differ, so times mean nothing\n{shown}")


def header() -> str:
    """The machine and the versions that a time belongs to."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [
            line.split(":", 1)[1]
            for line in cpuinfo.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    engines = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "pyarrow", "numpy"))
    cores = len(os.sched_getaffinity(0))
    # Whose Python it is: Debian's takes a third less than one built without optimisation.
    python = f"Python {platform.python_version()} of {sys.base_prefix}"
    return f"{model}, {cores} cores, {memory:.0f} GiB, {python}, {engines}; {pace()}"


def pace() -> str:
    """How quick the machine is just now: a virtual one's speed changes with its neighbours, by the hour and by the
    minute. The shortest and the longest of nine runs of the same plain Python."""
    took = []
    for _ in range(9):
        start, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number
        took.append((time.process_time() - start) * 1000)
    return f"a million additions {min(took):.0f}-{max(took):.0f} ms"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
