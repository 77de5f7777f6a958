"""Run the test families, two at a time, and print the time of each.

    python scripts/run_tests.py              all families, without the tests marked long
    python scripts/run_tests.py domain cli   these only
    python scripts/run_tests.py --long       with the long ones

A family is a folder of tests/ that holds tests. Two families run side by side, so that both cores are at work while
the one waits for a browser or a child; a family of many files shares them between two processes. The empty databases
are made once for all. What a family says is shown when it has ended, at once if it is the only one.

Every family runs even if one before it failed. A skipped test counts as a failure: what a test needs,
`scripts/setup-system.sh` installs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"

# The long ones first, so that both lanes end at about the same time. A family not named here comes after.
ORDER = (
    "e2e",
    "web",
    "fault",
    "security",
    "contract",
    "apps",
    "repo",
    "cli",
    "bench",
    "realdata",
    "store",
    "api",
)
# One process each: they kill processes, drive one browser or one cluster, or are over before a second one has started.
SERIAL = frozenset(
    {"repo", "fault", "e2e", "bench", "contract", "catalog", "config", "domain", "jobs", "sample", "store"}
)
LANES = 2
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Outcome:
    """What one family came to: counts of tests and the time in seconds."""

    family: str
    seconds: float
    passed: int
    failed: int
    skipped: int

    @property
    def good(self) -> bool:
        return self.failed == 0 and self.skipped == 0


def families() -> list[str]:
    """The names of all families, in the order in which they run."""
    found = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py") if path.parent != TESTS}
    rank = {name: place for place, name in enumerate(ORDER)}
    return sorted(found, key=lambda name: (rank.get(name, len(ORDER)), name))


def _arguments(family: str, *, long: bool, folder: Path) -> list[str]:
    """folder: of what this run keeps."""
    arguments = [sys.executable, "-m", "pytest", "-q", f"--junitxml={_report(folder, family)}"]
    arguments.append(f"--templates={folder / 'templates'}")
    if not long:
        arguments += ["-m", "not long"]
    else:
        arguments.append("--every-engine")
    if family not in SERIAL:
        arguments += ["-n", str(LANES), "--dist", "loadfile"]
    return [*arguments, f"tests/{family}"]


def _report(folder: Path, family: str) -> Path:
    return folder / f"{family}.xml"


def _counts(report: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    if not report.is_file():
        return counts
    for suite in Xml.parse(report).iter("testsuite"):  # noqa: S314 written by pytest just now
        total, bad, skipped = (int(suite.get(key, "0")) for key in ("tests", "failures", "skipped"))
        bad += int(suite.get("errors", "0"))
        counts.update(passed=total - bad - skipped, failed=bad, skipped=skipped)
    return counts


def _environment() -> dict[str, str]:
    """A home or failpoint of the person who runs this must not reach the tests. A thousand modules are compiled once:
    the tests start hundreds of processes, and each would do it again where the environment forbids to keep them."""
    mine = ("JIEYUE_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")
    return {key: value for key, value in os.environ.items() if not key.startswith(mine)}


def _compile() -> None:
    for folder in ("src", "tests", "bench", "scripts"):
        command = [sys.executable, "-m", "compileall", "-q", "-j", str(LANES), str(ROOT / folder)]
        subprocess.run(command, check=False, env=_environment(), stdout=subprocess.DEVNULL)


def run(family: str, *, alone: bool, long: bool, folder: Path) -> Outcome:
    """Run one family; its output is shown as it comes if it is alone, else when it has ended."""
    print(f"\n==> tests: {family}", flush=True)
    command = _arguments(family, long=long, folder=folder)
    start = time.perf_counter()
    with (folder / f"{family}.log").open("w+b") as said:
        out = None if alone else said
        code = subprocess.run(
            command, cwd=ROOT, env=_environment(), check=False, stdout=out, stderr=out
        ).returncode
        seconds = time.perf_counter() - start
        said.seek(0)
        if text := said.read().decode("utf-8", "replace"):
            print(f"\n==> said by {family}\n{text}", end="", flush=True)
    counts = _counts(_report(folder, family))
    if code not in {0, NO_TESTS_COLLECTED} and counts["failed"] == 0:
        counts["failed"] = 1  # pytest itself stopped: a usage error, an interrupt, a crash
    return Outcome(family, seconds, counts["passed"], counts["failed"], counts["skipped"])


def run_all(wanted: list[str], *, long: bool) -> list[Outcome]:
    """Two at a time, in their order."""
    alone = len(wanted) == 1
    _compile()
    with tempfile.TemporaryDirectory(prefix="jieyue-run-") as name, ThreadPoolExecutor(LANES) as lanes:
        folder = Path(name)
        return list(lanes.map(lambda family: run(family, alone=alone, long=long, folder=folder), wanted))


def _print_summary(outcomes: list[Outcome], seconds: float) -> None:
    print("\n==> time per family")
    for outcome in outcomes:
        state = "ok" if outcome.good else "FAILED"
        skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
        counts = f"{outcome.passed} passed, {outcome.failed} failed{skipped}"
        print(f"{outcome.family:<14}{outcome.seconds:>8.1f} s  {state:<7} {counts}")
    print(f"{'all':<14}{seconds:>8.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    known = families()
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(known))
    parser.add_argument("--long", action="store_true", help="run the tests marked long too")
    options = parser.parse_args()
    unknown = sorted(set(options.families) - set(known))
    if unknown:
        parser.error(f"no such family: {', '.join(unknown)} (there are {', '.join(known)})")
    start = time.perf_counter()
    outcomes = run_all(
        [family for family in known if family in (options.families or known)], long=options.long
    )
    _print_summary(outcomes, time.perf_counter() - start)
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed + outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
