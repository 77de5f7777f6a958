"""Papers: the yearly bulletin of the sample city with a page for each district, from the figures to the PDF.

Processor time of one process that has none of the paper's figures yet; the parts of figures are what the worker stores
before it writes. What the home has stored otherwise (the standard runs) stays, as it does in an office.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, Side, Work

YEAR = "2025"


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The home of the sample city."""
    return {"home": str(homes.sample_city(folder, institutions))}


def ours(home: str) -> Generator[float | None, None, Any]:
    """Figures of the year, the paper, its PDF: processor seconds."""
    homes.enter(Path(home))
    import time

    import pypdfium2

    from jieyue.apps.papers.binding import annex_of
    from jieyue.apps.papers.make import written, yearly_for
    from jieyue.apps.papers.yearly_facts import steps_of
    from jieyue.apps.publication.queries import last_done

    sequence = last_done()
    yield None
    start = time.process_time()
    for step in steps_of("city", YEAR, sequence):
        step.store()
    stored = time.process_time()
    paper = yearly_for("city", YEAR, sequence=sequence)
    content = time.process_time()
    pdf = written(paper, "pdf")
    end = time.process_time()
    yield end - start
    return {
        "pages": len(pypdfium2.PdfDocument(pdf)),
        "numbers": len(annex_of(paper)),
        "figures": round(stored - start, 2),
        "paper": round(content - stored, 2),
        "pdf": round(end - content, 2),
    }


WORK = Work(
    name="papers",
    shape="the yearly bulletin of the sample city with a page for each district as PDF, processor time",
    prepare=prepare,
    ours=Side("jieyue", "bench.papers:ours"),
    runs=1,
    bars=Bars(seconds=60.0),
)
WORKS = (WORK,)
