"""Receipts of derived figures: shown with their parts, worked out again from the parts' own runs.

`view_any` and `replay_any` take every receipt there is, so that a command, a page and the interface need not know which
kind they were given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts import receipts, statistics
from jieyue.apps.accounts.alike import compute_alike, stored_alike
from jieyue.apps.accounts.changes import Change, changes_of
from jieyue.apps.accounts.derived import Derived, Known, derive, peer_figures
from jieyue.apps.accounts.derived_words import FORMULAS, words
from jieyue.apps.accounts.frame import FrameFigure, missing
from jieyue.apps.accounts.queries import is_not_founded, part_of
from jieyue.apps.accounts.services.compute_run import RunPlan, threshold
from jieyue.apps.publication.rules import catalog_by_digest
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.derived import STATISTICS, DerivedId, Figure, Op, Peers, Said, is_derived
from jieyue.domain.receipt import ReceiptError, ReceiptId
from jieyue.domain.rounding import display, exact_text

_ALIKE = (Op.ALIKE, Op.ALIKE_CHANGE, Op.EFFECT)


@dataclass(frozen=True)
class PartRow:
    """One part as people read it. receipt: empty for what no run gives."""

    receipt: str
    name_zh: str
    name_en: str
    scope: str
    period: str
    display: str | None
    unit: str
    status: str


@dataclass(frozen=True)
class DerivedView:
    """A derived figure with what it is made of. publications: those that its runs are as of. name: where it is not that
    of its indicator."""

    id: str
    derived: Derived
    method: str
    formula_zh: str
    formula_en: str
    rows: tuple[PartRow, ...]
    publications: tuple[int, ...] = ()
    name_zh: str = ""
    name_en: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `receipt show`."""
        found = self.derived
        zh, en = words(found)
        return {
            "id": self.id,
            "method": self.method,
            "scope": found.scope,
            "indicator": found.indicator,
            "publications": list(self.publications),
            "value": None if found.value is None else exact_text(found.value),
            "display": found.display,
            "unit": found.unit,
            "status": found.status,
            "reason": found.reason,
            "of": found.of,
            "words_zh": zh,
            "words_en": en,
            "formula_zh": self.formula_zh,
            "formula_en": self.formula_en,
            "parts": [vars(row) for row in self.rows],
        }


@dataclass(frozen=True)
class _Loaded:
    """A part with its run."""

    receipt: ReceiptId
    plan: RunPlan
    figure: FrameFigure
    definition: IndicatorDef
    stands: bool = True  # whether the run's figures of nodes are stored, of which this is one


def view_any(text: str) -> "receipts.ReceiptView | DerivedView":
    """The receipt of a figure or of a derived figure, for people. Raises UnknownReceiptError."""
    return view(text) if is_derived(text) else receipts.view(text)


def replay_any(text: str) -> receipts.Replay:
    """Compute again what a receipt stands on. Raises UnknownReceiptError."""
    return replay(text) if is_derived(text) else receipts.replay(text)


def view(text: str) -> DerivedView:
    """The receipt of a derived figure, worked out from its parts as they are stored."""
    name = _parse(text)
    parts = _load(name)
    found = _derived(name, parts)
    statistic = name.op in STATISTICS
    if statistic and found.value is None:
        raise receipts.unknown(text)
    rows = _statistic_rows(name, parts) if statistic else _rows(name, parts)
    return DerivedView(
        str(name),
        found,
        name.method,
        *FORMULAS[name.op],
        tuple(rows),
        tuple(sorted({part.plan.key.sequence for part in parts})),
        *((statistics.title(name) or ("", "")) if statistic else ("", "")),
    )


def replay(text: str) -> receipts.Replay:
    """Compute the frames of all parts again, each once; for what is like for like that frame too.

    The figure counts as the same where all of them are: a place among peers stands on every one of the frame.
    """
    name = _parse(text)
    parts = _load(name)
    compared = 0
    different: list[str] = []
    done: set[tuple[str, str]] = set()
    for part in (one for one in parts if one.stands):
        key = (part.plan.id, part_of(part.receipt.scope, part.plan)[0])
        if key not in done:
            done.add(key)
            again = receipts.replay(str(part.receipt))
            compared += again.compared
            different += again.different
    if name.op in _ALIKE:
        now, then = (part.plan for part in parts)
        kept = stored_alike(then, now)
        compared += 1
        if kept is not None and compute_alike(then, now).digest() != kept.digest():
            different.append(f"{name.figures[0].scope}/{name.method}")
    if name.op in STATISTICS:
        number, others = statistics.computed_again(name, parts[0].plan)
        compared, different = compared + number, different + others
    return receipts.Replay(str(name), compared, tuple(different), not different)


def _parse(text: str) -> DerivedId:
    try:
        return DerivedId.parse(text)
    except ReceiptError:
        raise receipts.unknown(text) from None


def _load(name: DerivedId) -> list[_Loaded]:
    """Figures and groups of the name; of a group one figure that stands in its run, of a statistic the run alone."""
    if name.op in STATISTICS and isinstance(name.parts[0], Peers):
        return [_run_of(name.parts[0], str(name))]
    wanted = [
        part.receipt if isinstance(part, Figure) else ReceiptId(part.run, "city", part.indicator)
        for part in name.parts
        if not isinstance(part, Said)
    ]
    found = []
    for receipt, plan, _part, figure in receipts.find_all([str(one) for one in wanted]):
        definition = catalog_by_digest(plan.key.catalog_digest).indicator(receipt.indicator)
        found.append(_Loaded(receipt, plan, figure, definition))
    return found


def _run_of(group: Peers, text: str) -> _Loaded:
    _run, plan = receipts.plan_of(group.run, text)
    definition = catalog_by_digest(plan.key.catalog_digest).indicator(group.indicator)
    named = ReceiptId(group.run, group.scope, group.indicator)
    return _Loaded(named, plan, missing("city", group.indicator), definition, stands=False)


def _derived(name: DerivedId, parts: Sequence[_Loaded]) -> Derived:
    runs = [part for part in name.parts if not isinstance(part, Said)]
    figures = [
        Known(
            loaded.figure.value,
            loaded.figure.status,
            loaded.definition.unit,
            loaded.figure.value is None and is_not_founded(loaded.plan, loaded.receipt.scope),
        )
        for part, loaded in zip(runs, parts, strict=True)
        if isinstance(part, Figure)
    ]
    group = next((part for part in runs if isinstance(part, Peers)), None)
    if name.op in STATISTICS:
        return derive(name, figures, told=statistics.told(name, parts[0].plan))
    return derive(
        name,
        figures,
        found=_change(parts) if name.op in _ALIKE else None,
        peers=None if group is None else peer_figures(parts[-1].plan, group),
        least=threshold(parts[-1].plan) if group is not None else Fraction(0),
    )


def _change(parts: Sequence[_Loaded]) -> Change:
    now, then = parts
    return changes_of([then.plan, now.plan], now.receipt.scope, [now.receipt.indicator])[0]


def _statistic_rows(name: DerivedId, parts: Sequence[_Loaded]) -> list[PartRow]:
    """The figures that a statistic names, and what is beside it: how many institutions, and of which."""
    rows = [row for row in _rows(name, parts) if row.receipt]
    first, plan = name.parts[0], parts[0].plan
    scope = f"{first.tree}:{first.below}" if isinstance(first, Peers) else name.figures[0].scope
    for one in statistics.beside(name, plan):
        said, row = (one.name_zh, one.name_en), one.row
        if row is None:
            rows.append(PartRow("", *said, scope, plan.key.period, one.text, "", ""))
        else:
            rows.append(PartRow(row.receipt, *said, scope, row.period, row.display, row.unit, row.status))
    return rows


def _rows(name: DerivedId, parts: Sequence[_Loaded]) -> list[PartRow]:
    loaded = iter(parts)
    rows = []
    for part in name.parts:
        if isinstance(part, Said):
            rows.append(PartRow("", part.where, part.where, "", "", part.text, "", ""))
            continue
        one = next(loaded)
        period = one.plan.key.period
        named = (one.definition.name_zh, one.definition.name_en)
        if isinstance(part, Peers):
            rows.append(PartRow("", *named, part.scope, period, None, "", ""))
            continue
        value, definition = one.figure.value, one.definition
        shown = None if value is None else display(value, definition.decimals)
        rows.append(
            PartRow(
                str(part.receipt),
                *named,
                one.receipt.scope,
                period,
                shown,
                definition.unit,
                one.figure.status,
            )
        )
    return rows
