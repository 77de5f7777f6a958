"""Figures of nodes over many periods at once: the stored frames of all of them are read in one question."""

from collections.abc import Mapping, Sequence

from jieyue.apps.accounts.frame import Frame, missing
from jieyue.apps.accounts.queries import FigureRow, codes_of, row_of, run_for, run_of
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, node_frame, stored_count, stored_frames
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.queries import last_done

#: (scope, indicator, period) → figure.
Rows = dict[tuple[str, str, str], FigureRow]
#: Some figures of a run as they were read last: a run's figures never change.
_kept = LastFew[Rows](1024)
#: Frames of runs with the indicators that were asked for, of all nodes: the next body asks the same of other nodes, and
#: to unpack a whole frame costs ten times what is left of it.
_narrow = LastFew[Frame](256)


def figures_over(
    scopes: Sequence[str],
    periods: Sequence[str],
    *,
    indicators: Sequence[str],
    boundaries: str | None = None,
    sequence: int | None = None,
    compute: bool = True,
    versions: Mapping[str, str] | None = None,
) -> Rows | None:
    """Figures of nodes (`city`, `line:CODE` …) for several periods, equal to what `figures` gives for each.

    compute False: only if every period was computed before, else None; the caller says that it takes a while.
    A node that does not exist has nothing. versions: which version of each return counts, by period; a period that is
    not named has those in force. Raises what figures raise.
    """
    seq = last_done() if sequence is None else sequence
    which = versions or {}
    plans = [
        run_for(period, choice={"versions": which.get(period)}, boundaries=boundaries, sequence=seq)
        for period in dict.fromkeys(periods)
    ]
    parts: dict[tuple[str, tuple[str, ...]], RunPlan] = {}
    for plan in plans:
        runs = {scope: run_of(scope, plan) for scope in scopes}
        for own in {run.id: run for run in runs.values()}.values():
            parts[own.id, tuple(scope for scope in scopes if runs[scope].id == own.id)] = own
    keys = {part: (*part, tuple(indicators)) for part in parts}
    found = {part: kept for part, key in keys.items() if (kept := _kept.peek(key)) is not None}
    lacking = {run: plan for (run, own), plan in parts.items() if (run, own) not in found}
    frames = _frames(lacking, indicators, compute=compute)
    if frames is None:
        return None
    for part, plan in parts.items():
        if part not in found:
            found[part] = _rows(plan, frames[plan.id], part[1], codes_of(plan, indicators))
            _kept.keep(keys[part], found[part])
    return {key: row for rows in found.values() for key, row in rows.items()}


def _frames(
    plans: Mapping[str, RunPlan], indicators: Sequence[str], *, compute: bool
) -> dict[str, Frame] | None:
    """Run → some indicators of all its nodes; compute False: None where a run was not computed yet."""
    keys = {run: (run, tuple(indicators)) for run in plans}
    found = {run: kept for run, key in keys.items() if (kept := _narrow.peek(key)) is not None}
    unread = [run for run in plans if run not in found]
    if unread and not compute and stored_count(unread, NODES) < len(unread):
        return None
    stored = stored_frames(unread, NODES) if unread else {}
    for run in unread:
        whole = stored.pop(run, None) or node_frame(plans[run])
        found[run] = whole.of(codes_of(plans[run], indicators))
    for run, frame in found.items():
        _narrow.keep(keys[run], frame)
    return found


def _rows(plan: RunPlan, frame: Frame, scopes: Sequence[str], codes: Sequence[str]) -> Rows:
    some = frame.some(scopes, codes)
    return {
        (scope, code, plan.key.period): row_of(plan, scope, some.get((scope, code)) or missing(scope, code))
        for scope in scopes
        for code in codes
    }
