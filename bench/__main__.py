"""Run the benchmarks: `python -m bench [--only NAME]`, one line a work.

A work is a module of this folder that defines WORK (bench/common.py). Ends with 1 if a side failed or the
sides disagree; a missed bar is shown as OVER.
"""

import argparse
import importlib
import pkgutil
import sys

import bench
from bench.common import BenchError, Work, header, measure


def works() -> dict[str, Work]:
    """All works by name. A module may have several lines: WORKS; `--only` takes its first one's name for all."""
    found = {}
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name == "__main__":
            continue
        loaded = importlib.import_module(f"bench.{module.name}")
        lines = getattr(loaded, "WORKS", (getattr(loaded, "WORK", None),))
        found |= {work.name: work for work in lines if isinstance(work, Work)}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    known = works()
    parser.add_argument("--only", metavar="NAME", choices=sorted(known), help=", ".join(sorted(known)))
    only = parser.parse_args().only
    print(header(), flush=True)
    failed = False
    for name, work in known.items():
        if only is not None and name != only and not name.startswith(f"{only}-"):
            continue
        print(f"{name}: {work.shape}", file=sys.stderr, flush=True)
        try:
            print(measure(work).line(), flush=True)
        except BenchError as error:
            failed = True
            print(f"{name:<10} FAILED {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
