"""Nation: the figures of `city` for 1.6 million institutions, and one institution's figures.

The two lines share the data: some two gigabytes, made once (minutes, by the processor) below the benches' folder.
`NATION=N` makes it smaller, `NATION_RUNS=3` asks for a median.
"""

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from bench import homes
from bench.city import ours as nation
from bench.city import prepare as prepare_facts
from bench.common import Bars, Side, Work
from bench.make_facts import Shape, institution_ids

SHAPE = Shape(int(os.environ.get("NATION", "1600000")))


def prepare(folder: Path, shape: Shape = SHAPE) -> Mapping[str, Any]:
    """As for `city`."""
    return prepare_facts(folder, shape)


def prepare_one(folder: Path, shape: Shape = SHAPE) -> Mapping[str, Any]:
    """An institution from the middle of the list."""
    arguments = prepare_facts(folder, shape)
    return {
        "home": arguments["home"],
        "sequence": arguments["sequence"],
        "year": shape.year,
        "institution": int(institution_ids(shape)[shape.institutions // 2]),
    }


def one(home: str, sequence: int, year: int, institution: int) -> Generator[None, None, Any]:
    """One institution's figures of a year, in a process whose store is open and has read its log."""
    homes.enter(Path(home))
    from jieyue.apps.accounts.queries import method_choice
    from jieyue.apps.accounts.services.compute_run import compute_institutions, plan_run
    from jieyue.domain.period import Period

    plan = plan_run(method_choice(), Period.parse(str(year)), sequence=sequence)
    compute_institutions(plan, [institution + 1])  # a neighbour: opens the store and its files
    yield
    frame = compute_institutions(plan, [institution])
    yield
    return len(frame)


ours = nation

WORK = Work(
    name="nation",
    shape=str(SHAPE),
    prepare=prepare,
    ours=Side("jieyue", "bench.nation:ours"),
    floors=(Side("polars", "bench.floors:by_polars"),),  # DuckDB takes twice as long
    runs=int(os.environ.get("NATION_RUNS", "1")),
    bars=Bars(seconds=20.0, mebibytes=3072.0, ratio=1.3),
)
ONE = Work(
    name="nation-one",
    shape=f"one institution of {SHAPE.institutions:,}",
    prepare=prepare_one,
    ours=Side("jieyue", "bench.nation:one"),
    bars=Bars(seconds=0.100),
)
WORKS = (WORK, ONE)
