"""Run the gates that need no test run: `python scripts/check.py [GATE…]`.

All gates run, two at a time, even if one fails; each prints its time, a failed one its output.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

GATES: dict[str, list[str]] = {
    "types": ["mypy", "src/jieyue", "scripts"],
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "layers": ["lint-imports", "--no-logo"],
    "templates": ["djlint", "src/jieyue", "--lint", "--quiet"],
    "spelling": ["codespell"],
    "layout": ["python", "scripts/check_layout.py"],
    "vendored": ["python", "scripts/vendor_assets.py", "--check"],
    "messages": ["python", "scripts/compile_messages.py", "--check"],
    "migrations": ["python", "-m", "django", "makemigrations", "--check", "--dry-run"],
}


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JIEYUE_", "DJANGO_"))}
    return kept | {
        "PATH": f"{BIN}{os.pathsep}{kept['PATH']}",
        "DJANGO_SETTINGS_MODULE": "scripts.static_settings",
    }


def run(gate: str) -> tuple[bool, float, str]:
    """Run one gate: good or not, seconds, what it printed."""
    program, *arguments = GATES[gate]
    start = time.perf_counter()
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=ROOT,
        env=_environment() | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, time.perf_counter() - start, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gates", nargs="*", metavar="GATE", help=", ".join(GATES))
    gates = parser.parse_args().gates or list(GATES)
    if unknown := sorted(set(gates) - set(GATES)):
        parser.error(f"no such gate: {', '.join(unknown)}")
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for gate, (good, seconds, output) in zip(gates, pool.map(run, gates), strict=True):
            print(f"check {gate:<12}{seconds:>6.1f} s  {'ok' if good else 'FAILED'}", flush=True)
            if not good:
                failed.append(gate)
                print(output.rstrip(), flush=True)
    if failed:
        print(f"check failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
