"""Load the sample city into an empty home, by the same services as an import."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from jieyue.apps.holdings.services.load_holdings import load_holdings
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.services.bulk_register import bulk_register
from jieyue.apps.registry.services.past_duties import PastChange
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import CellColumns
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services.publish_returns import publish_returns
from jieyue.apps.returns.services.save_drafts import save_drafts
from jieyue.apps.targets.services.import_tasks import declare_file
from jieyue.apps.trees.queries import tree
from jieyue.apps.trees.services.register_nodes import register_nodes
from jieyue.domain.period import Period
from jieyue.sample import task_results
from jieyue.sample.model import APPROVED, DRAFT, RETURNED, SUBMITTED, ReturnsFrame, SampleCity

_STATES = {
    DRAFT: Return.State.DRAFT.value,
    SUBMITTED: Return.State.SUBMITTED.value,
    RETURNED: Return.State.RETURNED.value,
}
Progress = Callable[[str, int, int], None]


def load_sample(city: SampleCity, *, actor: str, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Register nodes and institutions, publish the approved returns, keep the rest in their states.

    progress(what, done, total) is called along the way. Returns institution code → identifier.
    """
    register_nodes(city.nodes, actor=actor, verb="sample.nodes", reason="样例城市")
    ids = bulk_register(
        _attributes(city),
        city.memberships,
        actor=actor,
        changes=_reorganisations(city),
        reason="样例城市",
    )
    _declared(city.declared, actor=actor)
    _tasks(actor=actor)
    load_holdings(city.holdings, city.key_units, ids, actor=actor, reason="样例城市")
    frames = city.frames
    for place, frame in enumerate(frames):
        progress(f"{frame.form} {frame.period}", place, len(frames))
        _returns(frame, ids, actor=actor)
    return ids


def _attributes(city: SampleCity) -> pl.DataFrame:
    """The registry's columns; the type is a membership, not an attribute."""
    return city.institutions.drop("type")


def _reorganisations(city: SampleCity) -> list[PastChange]:
    """What merged, split off and closed; the transfers are seen in the memberships."""
    known = city.cases["reorganisations"]
    pairs = [
        PastChange(verb, code, date.fromisoformat(day), other)
        for verb, name in (("merge", "merged"), ("split", "split"))
        for code, (other, day) in known[name].items()
    ]
    closed = [PastChange("close", code, date.fromisoformat(day)) for code, day in known["closed"].items()]
    return pairs + closed


def _returns(frame: ReturnsFrame, ids: Mapping[str, int], *, actor: str) -> None:
    approved = np.flatnonzero(frame.states == APPROVED)
    if len(approved):
        publish_returns([_batch(frame, approved, ids)], actor=actor, kind="sample.returns", reason="样例城市")
    unfinished = np.flatnonzero(np.isin(frame.states, list(_STATES)))
    if len(unfinished):
        states = [_STATES[str(state)] for state in frame.states[unfinished]]
        save_drafts(_batch(frame, unfinished, ids), actor=actor, states=states, reason="样例城市")


def _batch(frame: ReturnsFrame, rows: Sequence[int] | np.ndarray, ids: Mapping[str, int]) -> ReturnsBatch:
    cells = CellColumns(frame.codes, frame.values, frame.origins.astype(np.uint8)).take(rows)
    return ReturnsBatch(
        form=frame.form,
        subjects=[ids[frame.institutions[row]] for row in rows],
        periods=[frame.period] * len(rows),
        instances=[frame.instances[row] for row in rows],
        cells=cells,
    )


def _declared(rows: pl.DataFrame, *, actor: str) -> None:
    """Printed totals at their nodes, one return per node, form and period."""
    batches = []
    for (name, code, form, period), part in rows.group_by(
        ["tree", "node", "form", "period"], maintain_order=True
    ):
        node = tree(str(name), on=Period.parse(str(period)).last_day).by_code[str(code)].id
        codes = tuple(part["item"].to_list())
        known = {item.code for item in home_catalog().items(str(form))}
        if missing := set(codes) - known:
            raise ValueError(f"declared items unknown to {form}: {sorted(missing)}")
        values = part["value"].to_numpy().astype(np.int64).reshape(1, -1)
        cells = CellColumns(codes, values, np.full(values.shape, 5, dtype=np.uint8))
        batches.append(
            ReturnsBatch(str(form), [node], [str(period)], cells, subject_kind=Return.Subject.NODE)
        )
    if batches:
        publish_returns(batches, actor=actor, kind="sample.declared", reason="样例城市：所载汇总")


def _tasks(*, actor: str) -> None:
    """What was declared about the tasks of the plan, where the home works by it."""
    if home_plan().id != task_results.PLAN:
        return
    declare_file(task_results.content(), task_results.NAME, task_results.PLAN, actor=actor, reason="样例城市")
