"""Figures of nodes over many periods at once: the stored frames of all of them are read in one question."""

from collections.abc import Sequence

from jieyue.apps.accounts.frame import FrameFigure, missing
from jieyue.apps.accounts.queries import FigureRow, codes_of, row_of, run_for, run_of
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, node_frame, stored_frames
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.queries import last_done

Found = dict[tuple[str, str], FrameFigure]
#: (scope, indicator, period) → figure.
Rows = dict[tuple[str, str, str], FigureRow]
#: Some scopes of a run as they were read last: a run's figures never change.
_kept = LastFew[Found](512)


def figures_over(
    scopes: Sequence[str],
    periods: Sequence[str],
    *,
    indicators: Sequence[str],
    boundaries: str | None = None,
    sequence: int | None = None,
    compute: bool = True,
) -> Rows | None:
    """Figures of nodes (`city`, `line:CODE` …) for several periods, equal to what `figures` gives for each.

    compute False: only if every period was computed before, else None; the caller says that it takes a while.
    Raises what figures raise.
    """
    seq = last_done() if sequence is None else sequence
    asked = [run_for(period, boundaries=boundaries, sequence=seq) for period in dict.fromkeys(periods)]
    runs = [(scope, run_of(scope, plan)) for plan in asked for scope in scopes]
    plans = {plan.id: plan for _, plan in runs}
    found = _read(plans, tuple(scopes), tuple(indicators), compute=compute)
    if found is None:
        return None
    rows: Rows = {}
    for scope, plan in runs:
        for code in codes_of(plan, indicators):
            figure = found[plan.id].get((scope, code)) or missing(scope, code)
            rows[scope, code, plan.key.period] = row_of(plan, scope, figure)
    return rows


def _read(
    plans: dict[str, RunPlan], scopes: tuple[str, ...], codes: tuple[str, ...], *, compute: bool
) -> dict[str, Found] | None:
    """Run → figures: those read lately, those stored, and if allowed those computed now."""
    keys = {run: (run, scopes, codes) for run in plans}
    found = {run: kept for run, key in keys.items() if (kept := _kept.peek(key)) is not None}
    stored = (
        stored_frames([run for run in plans if run not in found], NODES) if len(found) < len(plans) else {}
    )
    if not compute and len(found) + len(stored) < len(plans):
        return None
    for run, plan in plans.items():
        if run not in found:
            frame = stored.get(run) or node_frame(plan)
            found[run] = frame.some(scopes, codes)
            _kept.keep(keys[run], found[run])
    return found
