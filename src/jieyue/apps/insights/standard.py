"""The standard runs: what dashboards, papers and the wall read, so that no page waits for the lake.

For the last closed month, the month being collected and the last year: the figures of every node for each period that
a dashboard reads, on each period's own boundaries and on those of the last day (按现行区划可比), and the like-for-like
frames of month, year to date, last twelve months and year; the peers of the last twelve months and of the year, those
of the year by month too; who moved in the closed month and in the year; prices and weighted completeness of the months
to the closed one; what tables of institutions show first, of the month that is closed and of the year; the years of the
plan on the boundaries of the last one, by which a body's own path is drawn.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from jieyue.apps.accounts import who_moved
from jieyue.apps.accounts.alike import alike_frame, part_name
from jieyue.apps.accounts.month_marks import MARKS, store_marks
from jieyue.apps.accounts.peer_frame import PEERS, peer_frame
from jieyue.apps.accounts.peer_months import PEER_MONTHS, peer_months
from jieyue.apps.accounts.prepared import mark_prepared, stored_parts
from jieyue.apps.accounts.queries import run_for, run_trees
from jieyue.apps.accounts.services.compute_run import (
    LISTED_PART,
    NODES,
    RunPlan,
    listed_frame,
    node_frame,
    outside_run,
)
from jieyue.apps.insights.months_of_people import mark_runs
from jieyue.apps.insights.overview_periods import CITY, Times, boundaries_of, last_twelve, to_date
from jieyue.apps.insights.quality import twelve
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.returns.queries import periods as published_periods
from jieyue.apps.targets.own_path import path_runs
from jieyue.domain.period import Period


@dataclass(frozen=True)
class Step:
    """A part of a run to be stored: the figures of its nodes, its peers or its institutions; with `then`, what is like
    for like, who moved, or the marks of a month."""

    plan: RunPlan
    then: RunPlan | None = None
    part: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """(run, part) as it is stored."""
        return self.plan.id, self.part or (NODES if self.then is None else part_name(self.then))

    def store(self) -> None:
        """Compute and store it, if it is not there."""
        if self.then is None:
            _MAKERS[self.key[1]](self.plan)
        elif self.part == MARKS:
            store_marks(self.plan, self.then)
        elif self.part == who_moved.part_name(self.then):
            who_moved.store_who_moved(self.then, self.plan)
        else:
            alike_frame(self.then, self.plan)


_MAKERS: dict[str, Callable[[RunPlan], object]] = {
    NODES: node_frame,
    PEERS: peer_frame,
    LISTED_PART: listed_frame,
    PEER_MONTHS: peer_months,
}


@dataclass(frozen=True)
class Chosen:
    """The periods that the standard runs are about; None where nothing was published for them."""

    closed: Period | None
    running: Period | None
    year: Period | None


def chosen() -> Chosen:
    """By what is published and by the day: the month before today's is the one being collected."""
    today = settings.JIEYUE_HOME.today()
    running = Period.of_month(today.year, today.month).previous()
    known = published_periods(home_plan().method.account_form)
    months = [text for text in known if len(text) == len("2026-01") and text[4] == "-" and text[5].isdigit()]
    closed = [text for text in months if text < str(running)]
    years = [text for text in known if len(text) == len("2026")]
    return Chosen(
        closed=Period.parse(max(closed)) if closed else None,
        running=running if str(running) in months else None,
        year=Period.parse(max(years)) if years else None,
    )


def steps(sequence: int) -> list[Step]:
    """All that is kept ready as of a publication, each once, what is looked at most first."""
    found = chosen()
    every: list[Step] = []
    if found.closed is not None:
        every += _figures(found.closed, Times(found.closed).all, sequence)
        every += _alike(found.closed, [*Times(found.closed).spans, last_twelve(found.closed)], sequence)
        every += _moved(found.closed, sequence)
        every.append(Step(run_for(str(last_twelve(found.closed)), sequence=sequence), part=PEERS))
        every.append(Step(run_for(str(found.closed), sequence=sequence), part=LISTED_PART))
        every += (Step(now, then, MARKS) for now, then in mark_runs(found.closed, sequence))
        every += _outside(found.closed, sequence)
    if found.year is not None:
        every += _figures(found.year, Times(found.year).all, sequence)
        every += _alike(found.year, [found.year], sequence)
        every += _moved(found.year, sequence)
        every.append(Step(run_for(str(found.year), sequence=sequence), part=PEERS))
        every.append(Step(run_for(str(found.year), sequence=sequence), part=PEER_MONTHS))
        every.append(Step(run_for(str(found.year), sequence=sequence), part=LISTED_PART))
        every += _outside(found.year, sequence)
    if found.running is not None:
        spans = [found.running, to_date(found.running)]
        wanted = [*spans, *(span.previous_year() for span in spans), found.running.previous()]
        every += _figures(found.running, [str(span) for span in wanted], sequence)
        every += _alike(found.running, spans, sequence)
    for about in (found.closed, found.year, found.running):
        if about is not None:
            every += (
                Step(run_for(year, boundaries=day, sequence=sequence))
                for year, day in path_runs(home_plan(), about)
            )
    return list({step.key: step for step in every}.values())


def _figures(about: Period, periods: Iterable[str], sequence: int) -> Iterator[Step]:
    day = about.last_day.isoformat()
    for period in dict.fromkeys(periods):
        yield Step(run_for(period, sequence=sequence))
        yield Step(run_for(period, boundaries=day, sequence=sequence))


def _outside(about: Period, sequence: int) -> Iterator[Step]:
    """The bodies outside the count that pages of the whole list beside the others: the dashboard, and the quality of a
    month by its twelve months."""
    months = [] if Times(about).month != about else [str(month) for month in twelve(about)]
    for period in dict.fromkeys([*Times(about).of_parts, *months]):
        plan = run_for(period, sequence=sequence)
        if run_trees(plan).outside_scopes:
            yield Step(outside_run(plan))


def _alike(about: Period, spans: Iterable[Period], sequence: int) -> Iterator[Step]:
    day = about.last_day.isoformat()
    for span in spans:
        now, then = (
            run_for(str(each), boundaries=day, sequence=sequence) for each in (span, span.previous_year())
        )
        yield Step(then)
        yield Step(now)
        yield Step(now, then)


def _moved(about: Period, sequence: int) -> Iterator[Step]:
    """What is like for like and who moved: of the whole, on each period's own boundaries, and of the nodes below."""
    for day in (None, about.last_day.isoformat()):
        now, then = (
            run_for(str(each), boundaries=day, sequence=sequence) for each in (about, about.previous_year())
        )
        yield from (Step(then), Step(now), Step(now, then), Step(now, then, who_moved.part_name(then)))


@dataclass(frozen=True)
class Progress:
    """How many of the standard parts of a publication are stored."""

    sequence: int
    done: int
    total: int


def progress(sequence: int) -> Progress:
    """Of all that is kept ready."""
    return progress_of(steps(sequence), sequence)


def progress_of(wanted: Sequence[Step], sequence: int) -> Progress:
    """Counted in one question."""
    stored = stored_parts([step.plan.id for step in wanted])
    return Progress(sequence, sum(step.key in stored for step in wanted), len(wanted))


def dashboard_steps(period: Period, sequence: int, scope: str) -> list[Step]:
    """What the dashboards of a period are drawn of: that of the whole, or those of all nodes below it."""
    times, day = Times(period), period.last_day.isoformat()
    whole = scope == CITY
    every = [
        Step(run_for(one, boundaries=boundaries_of(scope, period), sequence=sequence))
        for one in dict.fromkeys(times.all)
    ]
    if whole:
        spans = (times.spans[-1], times.spans[-1].previous_year())  # places of bodies stand on one day
        every += (Step(run_for(str(one), boundaries=day, sequence=sequence)) for one in spans)
    else:
        every += (
            Step(run_for(year, boundaries=end, sequence=sequence))
            for year, end in path_runs(home_plan(), period)
        )
    every += _outside(period, sequence)
    return list({step.key: step for step in every}.values())


def people_steps(period: Period, sequence: int) -> list[Step]:
    """What the months of a dashboard by what single institutions say are read from, for every body."""
    every: list[Step] = []
    for now, then in mark_runs(period, sequence):
        every += [Step(now), Step(now, then, MARKS)]
        if run_trees(now).outside_scopes:
            every.append(Step(outside_run(now)))
    return every


def store_missing(wanted: Sequence[Step]) -> int:
    """Compute and store what is not there; how many were computed."""
    stored = stored_parts([step.plan.id for step in wanted])
    missing = [step for step in wanted if step.key not in stored]
    for step in missing:
        step.store()
    return len(missing)


def prepare(sequence: int) -> int:
    """Compute and store what is missing of a publication, and say so when all is there; how many were computed.

    Each part is stored by itself: whoever comes after a worker that ended in the middle goes on where it stopped, and
    two at once keep one and the same.
    """
    wanted = steps(sequence)
    count = store_missing(wanted)
    if wanted:
        mark_prepared(wanted[0].plan, {step.plan.id for step in wanted})
    return count
