"""City: all indicators of one year for the city, its areas, types, departments and lines, each with its receipt.

Ours is the product: from opening the store to the frame of figures that receipts name. The floors give the same
totals by hand from the same files: current rows only, complete institutions only. What both sides say must be
equal, figure by figure.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from bench import homes, totals
from bench.common import Bars, Side, Work
from bench.make_facts import Shape

SHAPE = Shape(16_685)


def prepare(folder: Path, shape: Shape = SHAPE) -> Mapping[str, Any]:
    """The facts, a home over them, and what the floors need to be told."""
    home, lake, last = homes.over_facts(folder, shape)
    return {"home": str(home), "lake": str(lake), "sequence": last, "year": shape.year}


def ours(home: str, lake: str, sequence: int, year: int) -> Generator[None, None, Any]:
    """Plan the run, compute the figures of every node."""
    homes.enter(Path(home))
    from jieyue.apps.accounts.queries import method_choice
    from jieyue.apps.accounts.services.compute_run import compute_nodes, plan_run
    from jieyue.apps.publication.lake import open_lake
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.domain.period import Period
    from jieyue.domain.receipt import ReceiptId

    home_catalog()
    yield
    open_lake()
    plan = plan_run(method_choice(), Period.parse(str(year)), sequence=sequence)
    frame = compute_nodes(plan)
    receipt = ReceiptId(plan.id, "city", "co2_total_t")
    yield
    assert str(receipt).startswith(plan.id[:16])
    return totals.of_frame(frame, plan)


WORK = Work(
    name="city",
    shape=str(SHAPE),
    prepare=prepare,
    ours=Side("jieyue", "bench.city:ours"),
    floors=(Side("duckdb", "bench.floors:by_duckdb"), Side("polars", "bench.floors:by_polars")),
    runs=7,
    bars=Bars(seconds=0.250),
)
