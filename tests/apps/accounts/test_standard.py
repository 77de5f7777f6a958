"""The standard runs: what pages read is there before anybody asks, once, whoever computes it, whatever ends it."""

from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from jieyue.apps.accounts import queries as accounts
from jieyue.apps.accounts.changes import alike
from jieyue.apps.accounts.models import Run, RunFrame
from jieyue.apps.accounts.prepared import prepared_sequence
from jieyue.apps.accounts.queries import FigureRow, scopes
from jieyue.apps.accounts.services.compute_run import LISTED
from jieyue.apps.insights import standard, tasks
from jieyue.apps.insights.overview import overview_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.models import Institution
from jieyue.domain.period import Period

#: The small city on 1 March 2027: months of 2026 are published to October, years to 2025; February is collected.
CLOSED, YEAR = "2026-10", "2025"


def test_what_is_kept_ready(city) -> None:
    found = standard.chosen()
    assert (str(found.closed), found.running, str(found.year)) == (CLOSED, None, YEAR)
    keys = [
        (step.plan.key.period, step.plan.key.boundaries, step.then) for step in standard.steps(last_done())
    ]
    figures = {(period, day) for period, day, then in keys if then is None}
    for period in ("2026-10", "2026-01..2026-10", "2025-11..2026-10", "2025-10", "2025-01..2025-10"):
        assert (period, "2026-10-31") in figures
    assert ("2025-10", "2025-10-31") in figures  # the whole authority's: on its own boundaries
    assert ("2024", "2025-12-31") in figures
    pairs = {(then.key.period, period) for period, _, then in keys if then is not None}
    # The months of the year so far, each weighed by the same month of the year before.
    months = {(f"2025-{month:02}", f"2026-{month:02}") for month in range(1, 11)}
    assert pairs == months | {
        ("2025-01..2025-10", "2026-01..2026-10"),
        ("2024-11..2025-10", "2025-11..2026-10"),
        ("2024", "2025"),
    }


def test_pages_find_everything_stored_and_a_second_worker_computes_nothing(own_city, monkeypatch) -> None:
    seq = last_done()

    line = [node.scope for node in scopes("2025", "line", sequence=seq) if node.parent_scope == "city"]
    assert "line:L-CENTRAL" in line  # outside the count: its figures are of a run of their own

    def dashboards() -> list[object]:
        return [
            overview_of(scope, Period.parse(period), sequence=seq, below=below, compute=False)
            for scope, below in (("city", line), ("line:L-500103", ()), ("area:500104", ()), ("type:021", ()))
            for period in (CLOSED, YEAR)
        ]

    assert dashboards() == [None] * 8
    assert prepared_sequence() == 0
    monkeypatch.setattr("jieyue.apps.insights.standard.steps", cut(standard.steps, after=3))
    with pytest.raises(KeyboardInterrupt):
        standard.prepare(seq)
    monkeypatch.undo()
    assert prepared_sequence() == 0
    before = standard.progress(seq)
    assert 0 < before.done < before.total
    assert standard.prepare(seq) == before.total - before.done  # goes on where the other ended
    assert prepared_sequence() == seq
    after = standard.progress(seq)
    assert after.done == after.total
    assert None not in dashboards()
    assert alike(["city"], ["co2_total_t"], "2025-10", CLOSED, compute=False) is not None
    frames = RunFrame.objects.count(), Run.objects.count()
    assert standard.prepare(seq) == 0
    assert (RunFrame.objects.count(), Run.objects.count()) == frames


def test_a_table_of_institutions_reads_what_is_kept_ready(own_city, monkeypatch) -> None:
    seq = last_done()
    ids = sorted(Institution.objects.values_list("pk", flat=True))

    def table(period: str) -> dict[int, dict[str, FigureRow]]:
        accounts._pages.clear()
        return accounts.institutions_of(ids, period, indicators=LISTED)

    computed = {period: table(period) for period in (CLOSED, YEAR)}
    standard.prepare(seq)
    monkeypatch.setattr(accounts, "few_frame", lambda *_: pytest.fail("went to the lake"))
    assert {period: table(period) for period in (CLOSED, YEAR)} == computed
    assert any(row["energy_total_tce"].value for row in computed[YEAR].values())


def cut(steps, *, after: int):
    """The steps, of which one ends the process."""

    def found(sequence: int):
        made = steps(sequence)
        made[after] = Ended(made[after].plan, made[after].then, made[after].part)
        return made

    return found


class Ended(standard.Step):
    def store(self) -> None:
        raise KeyboardInterrupt


def test_asked_for_once_when_publications_rest(own_city, monkeypatch) -> None:
    def waiting() -> int:
        return DBTaskResult.objects.filter(task_path=tasks.prepare_standard.module_path).count()

    monkeypatch.setattr(tasks, "QUIET", timedelta(days=1))
    monkeypatch.setattr(tasks, "LONGEST", timedelta(days=1))
    tasks.ask_prepare()
    assert waiting() == 0  # something was published a moment ago
    monkeypatch.setattr(tasks, "QUIET", timedelta(0))
    tasks.ask_prepare()
    tasks.ask_prepare()
    assert waiting() == 1
    DBTaskResult.objects.all().delete()
    monkeypatch.setattr(tasks, "QUIET", timedelta(days=1))
    monkeypatch.setattr(tasks, "LONGEST", timedelta(0))
    tasks.ask_prepare()
    assert waiting() == 1  # publications do not rest: not left undone for ever
    DBTaskResult.objects.all().delete()
    monkeypatch.setattr("jieyue.apps.insights.tasks.prepared_sequence", last_done)
    tasks.ask_prepare()
    assert waiting() == 0  # nothing new
