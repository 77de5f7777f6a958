"""Take in the returns of a file: compare with what is stored, then publish or keep as drafts, all or nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import transaction

from jieyue.apps.exchange.match import Subject
from jieyue.apps.exchange.result import ImportResult, Report
from jieyue.apps.exchange.returns import ParsedReturns, ReturnBlock
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.being import refuse_not_in_being
from jieyue.apps.returns.cells import MISSING, NOT_USED, CellColumns, parse
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.queries import ReturnState, stored
from jieyue.apps.returns.ratios import tell_ratios
from jieyue.apps.returns.rooms import refuse_unknown_rooms
from jieyue.apps.returns.services.publish_returns import publish_returns
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.services.save_drafts import save_drafts
from jieyue.apps.trees.queries import ROOT_CODE, Tree, node_by_code
from jieyue.domain.period import Period
from jieyue.store.failpoint import failpoint

Key = tuple[int, str, str]
Cells = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class ImportChoice:
    """What the person asked for. restate: the reason for changing published cells; empty = refuse them."""

    publish: bool = False
    dry_run: bool = False
    valid_rows_only: bool = False
    restate: str = ""


@dataclass
class _Merge:
    """One form's block with what is stored: the cells that each touched return has afterwards."""

    block: ReturnBlock
    keys: list[Key]
    kinds: list[str]
    before: Mapping[Key, ReturnState]
    after: dict[Key, Cells] = field(default_factory=dict)


def import_returns(
    parsed: ParsedReturns,
    *,
    actor: str,
    choice: ImportChoice,
    about: Mapping[str, object] | None = None,
    close: Callable[[ImportResult], None] = lambda _result: None,
) -> ImportResult:
    """Compare, and unless it is a dry run or refused, store.

    Same key and cells: duplicate. Another value for a published cell: rejected as `conflict` unless `restate`
    gives the reason. New cells of a published return make a new version without it. Rows that the file leaves
    out, and cells it leaves blank, stay as they are. about: data for the log entry (the batch). close: told the
    result, in the transaction that stores the rows.
    """
    if choice.dry_run:
        return _import(parsed, actor, choice, about, close)
    # What is stored may not change between the comparison and the storing: two imports take turns.
    # What is approved and waits is published first, so that the file meets it as it will stand.
    with open_lake().lock.hold():
        publish_waiting()
        return _import(parsed, actor, choice, about, close)


def _import(
    parsed: ParsedReturns,
    actor: str,
    choice: ImportChoice,
    about: Mapping[str, object] | None,
    close: Callable[[ImportResult], None],
) -> ImportResult:
    report = parsed.report
    for block in parsed.accepted():
        refuse_not_in_being(block, report)
        refuse_unknown_rooms(block, report)
    repeated = _compare_all(parsed.accepted(), report, choice)
    for block in parsed.accepted():
        if home_catalog().ratio_checks(block.form):
            merge = _merge(block)
            tell_ratios(block, [merge.after[key] for key in merge.keys], report, home_catalog())
    if choice.dry_run or not report.may_apply(valid_rows_only=choice.valid_rows_only):
        close(report.result())
        return report.result()
    merges = [_merge(block) for block in parsed.accepted()]
    batches = [batch for merge in merges for batch in _batches(merge, repeated)]
    result = report.result(applied=True)
    failpoint("import.before_store")
    if choice.publish and batches:
        publish_returns(
            batches,
            actor=actor,
            reason=choice.restate,
            kind="returns.import",
            about=about,
            within=lambda: close(result),
        )
    else:
        with transaction.atomic():
            for batch in batches:
                save_drafts(batch, actor=actor, reason=choice.restate)
            close(result)
    failpoint("import.after_store")
    return result


def _merge(block: ReturnBlock) -> _Merge:
    """What each return says after the file: the stored cells, then the file's own over them."""
    merge = _bind(block)
    for place, key in enumerate(merge.keys):
        old = merge.before.get(key)
        cells = parse(old.cells) if old is not None and old.cells else {}
        for column in np.flatnonzero(block.origins[place] != MISSING):
            if _stands_for_unused(block, (place, int(column)), cells.get(block.codes[column])):
                continue
            cells[block.codes[column]] = (int(block.values[place, column]), int(block.origins[place, column]))
        for column in np.flatnonzero(block.clears[place]):
            cells.pop(block.codes[column], None)
        merge.after[key] = cells
    return merge


def _batches(merge: _Merge, repeated: Collection[tuple[str, Key]]) -> list[ReturnsBatch]:
    """Institutions and nodes apart; columns are the union of all cells. repeated: returns that get no new version."""
    found = []
    for kind in dict.fromkeys(merge.kinds):
        keys = [key for key, of in zip(merge.keys, merge.kinds, strict=True) if of == kind]
        keys = [key for key in keys if (merge.block.form, key) not in repeated]
        if not keys:
            continue
        codes = tuple(sorted({code for key in keys for code in merge.after[key]}))
        values = np.zeros((len(keys), len(codes)), dtype=np.int64)
        origins = np.zeros((len(keys), len(codes)), dtype=np.uint8)
        place_of = {code: place for place, code in enumerate(codes)}
        for row, key in enumerate(keys):
            for code, (value, origin) in merge.after[key].items():
                values[row, place_of[code]] = value
                origins[row, place_of[code]] = origin
        found.append(
            ReturnsBatch(
                form=merge.block.form,
                subjects=[key[0] for key in keys],
                periods=[key[1] for key in keys],
                instances=[key[2] for key in keys],
                cells=CellColumns(codes, values, origins),
                subject_kind=kind,
            )
        )
    return found


def _compare_all(blocks: Sequence[ReturnBlock], report: Report, choice: ImportChoice) -> set[tuple[str, Key]]:
    """Mark the file's rows that repeat or contradict published cells; a row repeats them if it does so in each of its
    forms. Gives form and key of the returns of which the file says only what is stored."""
    same: dict[int, bool] = {}
    repeated: set[tuple[str, Key]] = set()
    for block in blocks:
        repeated |= {(block.form, key) for key in _compare(block, report, choice, same)}
    for row, equal in same.items():
        if equal:
            report.duplicate(row, "duplicate_in_store")
    return repeated


def _compare(
    block: ReturnBlock, report: Report, choice: ImportChoice, same: dict[int, bool]
) -> Iterator[Key]:
    """Compare one form's returns, keep in `same` whether each row says only what is stored, and give such returns."""
    merge = _bind(block)
    for place, key in enumerate(merge.keys):
        old = merge.before.get(key)
        cells = parse(old.cells) if old is not None and old.cells else {}
        equal = True
        for column in np.flatnonzero((block.origins[place] != MISSING) | block.clears[place]):
            row = int(block.cell_rows[place, column])
            one = _cell(block, report, (place, int(column)), cells, choice) if cells else False
            same[row] = same.get(row, True) and one
            equal = equal and one
        if equal:
            yield key


def _cell(
    block: ReturnBlock, report: Report, where: tuple[int, int], cells: Cells, choice: ImportChoice
) -> bool:
    """Whether the file's cell says what is stored; a contradiction rejects the row unless it is restated."""
    place, column = where
    code, label = block.codes[column], block.labels[column]
    row = int(block.cell_rows[place, column])
    kept = cells.get(code)
    if block.clears[place, column]:
        if kept is not None and not choice.restate:
            report.reject(row, "clear_needs_restate", column=label, value=block.raw(row, label))
        return kept is None
    if kept is None:
        return False
    value, origin = int(block.values[place, column]), int(block.origins[place, column])
    if value == kept[0] and (origin == NOT_USED) == (kept[1] == NOT_USED):
        return True
    if _stands_for_unused(block, where, kept):
        return True
    if not choice.restate:
        stored_text = "不使用 not used" if kept[1] == NOT_USED else _plain(kept[0])
        name = f"{block.subjects[place].label} {block.periods[place]} {code}"
        report.reject(
            row, "conflict", column=label, value=block.raw(row, label), stored=stored_text, key=name
        )
    return False


def _stands_for_unused(block: ReturnBlock, where: tuple[int, int], kept: tuple[int, int] | None) -> bool:
    """Whether the file's cell is the 0 that its layout has for what is not used."""
    if not block.zero_is_unused or kept is None or kept[1] != NOT_USED:
        return False
    return bool(block.origins[where] not in (MISSING, NOT_USED) and block.values[where] == 0)


def _plain(value: int) -> str:
    from jieyue.domain.quantity import fixed_text

    return fixed_text(value)


def _bind(block: ReturnBlock) -> _Merge:
    ids: dict[tuple[Subject, str], tuple[int, str]] = {}
    keys: list[Key] = []
    kinds: list[str] = []
    for subject, period, instance in zip(block.subjects, block.periods, block.instances, strict=True):
        known = (subject, "" if subject.kind == "institution" else period)
        if known not in ids:
            ids[known] = _identify(subject, period)
        number, kind = ids[known]
        keys.append((number, period, instance))
        kinds.append(kind)
    return _Merge(block, keys, kinds, stored(block.form, keys))


def _identify(subject: Subject, period: str) -> tuple[int, str]:
    """Identifier and kind of what a row speaks of; a node is looked up on the period's last day."""
    if subject.kind == "institution":
        assert subject.id is not None, "the directory gives matched institutions their identifiers"
        return subject.id, Return.Subject.INSTITUTION.value
    tree, _, code = subject.ref.partition(":")
    if subject.ref == ROOT_CODE:
        tree, code = Tree.AREA.value, ROOT_CODE
    day = Period.parse(period).last_day
    node = node_by_code(tree, code, on=day) or node_by_code(tree, code)
    assert node is not None, "the directory knows only nodes that exist"
    return node.id, Return.Subject.NODE.value
