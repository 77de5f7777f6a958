"""Run the test families one after another and print the time of each.

    python scripts/run_tests.py              all families, without the tests marked long
    python scripts/run_tests.py domain cli   these only
    python scripts/run_tests.py --long       with the long ones

A family is a folder of tests/ that holds tests. Every family runs even if one before it failed. A
skipped test counts as a failure: what a test needs, `scripts/setup-system.sh` installs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"

# The quick and pure ones first, so that a plain mistake shows early. A family not named here comes after.
ORDER = ("repo", "catalog", "domain", "sample", "store", "apps", "config", "cli", "api", "web")
# One process each: they measure time, kill processes, drive one browser or one cluster.
SERIAL = frozenset({"repo", "fault", "e2e", "bench", "contract"})
WORKERS = "2"
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


def _arguments(family: str, *, long: bool, report: Path) -> list[str]:
    arguments = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}"]
    if not long:
        arguments += ["-m", "not long"]
    else:
        arguments.append("--every-engine")
    if family not in SERIAL:
        arguments += ["-n", WORKERS, "--dist", "loadfile"]
    return [*arguments, f"tests/{family}"]


def _counts(report: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    if not report.is_file():
        return counts
    for suite in Xml.parse(report).iter("testsuite"):  # noqa: S314 written by pytest just now
        total, bad, skipped = (int(suite.get(key, "0")) for key in ("tests", "failures", "skipped"))
        bad += int(suite.get("errors", "0"))
        counts.update(passed=total - bad - skipped, failed=bad, skipped=skipped)
    return counts


def run(family: str, *, long: bool) -> Outcome:
    """Run one family, its output going straight to the terminal."""
    print(f"\n==> tests: {family}", flush=True)
    # A home or failpoint of the person who runs this must not reach the tests.
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("JIEYUE_", "DJANGO_"))
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        start = time.perf_counter()
        command = _arguments(family, long=long, report=report)
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        seconds = time.perf_counter() - start
        counts = _counts(report)
    if code not in {0, NO_TESTS_COLLECTED} and counts["failed"] == 0:
        counts["failed"] = 1  # pytest itself stopped: a usage error, an interrupt, a crash
    return Outcome(family, seconds, counts["passed"], counts["failed"], counts["skipped"])


def _print_summary(outcomes: list[Outcome]) -> None:
    print("\n==> time per family")
    for outcome in outcomes:
        state = "ok" if outcome.good else "FAILED"
        skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
        counts = f"{outcome.passed} passed, {outcome.failed} failed{skipped}"
        print(f"{outcome.family:<14}{outcome.seconds:>8.1f} s  {state:<7} {counts}")
    print(f"{'all':<14}{sum(outcome.seconds for outcome in outcomes):>8.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    known = families()
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(known))
    parser.add_argument("--long", action="store_true", help="run the tests marked long too")
    options = parser.parse_args()
    unknown = sorted(set(options.families) - set(known))
    if unknown:
        parser.error(f"no such family: {', '.join(unknown)} (there are {', '.join(known)})")
    outcomes = [run(family, long=options.long) for family in known if family in (options.families or known)]
    _print_summary(outcomes)
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed + outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
