"""Rules: all review rules over a year of the sample city, findings stored; and over one return.

A year is 2026's ten months and 2025 beside them, from the lake with what was submitted over it. One return is read
from the office's documents, as on typing.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, Side, Work

MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 11))
ONE = "2026-07"


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The home of the sample city, its office of this version."""
    home = homes.sample_city(folder, institutions)
    homes.run([homes.sys.executable, "-m", "bench.rules", str(home)])
    return {"home": str(home)}


def ours(home: str) -> Generator[None, None, Any]:
    """One call of the service of the command."""
    homes.enter(Path(home))
    from jieyue.apps.publication.lake import open_lake
    from jieyue.apps.review.services.check_returns import check_returns
    from jieyue.domain.period import Period

    open_lake().tables()
    periods = [Period.parse(month) for month in MONTHS]
    yield
    run = check_returns("NY201", periods, actor="bench")
    yield
    assert run.returns
    assert run.counts
    return run.returns


def one(home: str) -> Generator[float | None, None, Any]:
    """The mean of forty institutions, one after another."""
    homes.enter(Path(home))
    import time

    from jieyue.apps.returns.models import Return
    from jieyue.apps.review.services.check_returns import look_at
    from jieyue.domain.period import Period

    period = Period.parse(ONE)
    rows = Return.objects.filter(form="NY201", period=ONE, subject_kind="institution").order_by("id")
    subjects = list(rows.values_list("subject", flat=True)[:41])
    look_at("NY201", period, subjects[:1])  # rules and catalog are read once a process
    yield None
    start = time.process_time()
    looked = [look_at("NY201", period, [subject]).returns for subject in subjects[1:]]
    yield (time.process_time() - start) / len(looked)
    return sum(looked)


WORK = Work(
    name="rules",
    shape="NY201, ten months of all institutions of the sample city and the year before, 45 rows of rules",
    prepare=prepare,
    ours=Side("jieyue", "bench.rules:ours"),
    runs=3,
    bars=Bars(seconds=6.0, mebibytes=2048.0),
)
WORK_ONE = Work(
    name="rules-one",
    shape="one return of NY201 with its two years, processor time",
    prepare=prepare,
    ours=Side("jieyue", "bench.rules:one"),
    runs=3,
    bars=Bars(seconds=0.020),
)
WORKS = (WORK, WORK_ONE)

if __name__ == "__main__":
    homes.enter(Path(homes.sys.argv[1]))
    from jieyue.config import boot

    boot.migrate()
