"""The wide layout: one return a row, one item a column."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jieyue.apps.exchange.cellcolumn import MISSING, NOT_USED, TYPED, Converted, Tokens, convert
from jieyue.apps.exchange.columns import Resolved
from jieyue.apps.exchange.lexicon import ItemName
from jieyue.apps.exchange.profile import ORIGINS
from jieyue.apps.exchange.reader import text_of
from jieyue.apps.exchange.result import ACCEPTED
from jieyue.apps.exchange.returns import ReturnBlock, Work, fits_room, keep_unequal, room_refusal


def read(work: Work) -> list[ReturnBlock]:
    """One block for each form whose items stand in the header."""
    by_form: dict[str, list[tuple[Resolved, ItemName, Converted]]] = defaultdict(list)
    for column in work.table.columns:
        if ":" not in column.field:
            continue
        form, _, code = column.field.partition(":")
        item = work.lexicon.items.get((form, code))
        if item is None:
            work.report.stop("unknown_item", column=column.label, value=column.field)
            continue
        converted = _column(work, column, item)
        if converted is None:
            continue
        earlier = next((part for part in by_form[form] if part[1] is item), None)
        if earlier is None:
            by_form[form].append((column, item, converted))
        else:  # only columns with `add` come twice
            _add(earlier[2], converted)
    if work.report.stopped:
        return []
    blocks = [_block(work, form, parts) for form, parts in by_form.items()]
    if work.template and not work.options.every_row:
        _leave_untouched(work, blocks)
    _silent_rows(work, blocks)
    blocks = [_of_rooms(work, block) for block in blocks]
    _repeated(work, blocks)
    return blocks


def _column(work: Work, column: Resolved, item: ItemName) -> Converted | None:
    report, spec = work.report, column.spec
    factor = work.item_factor(item, column.unit, spec.scale)
    if isinstance(factor, str):
        report.stop(factor, column=column.label, value=column.unit, unit=item.unit)
        return None
    if column.unit and factor != 1:
        report.add("unit_converted", column=column.label, value=column.unit, unit=item.unit)
    cells = work.table.cells(column)
    percent = work.profile.percent or item.unit == "%"
    converted = convert(
        cells, factor, Tokens.of(work.profile, spec), origin=ORIGINS.get(spec.origin, TYPED), percent=percent
    )
    for place, code in converted.refused:
        report.reject(
            work.number(place),
            code,
            column=column.label,
            value=text_of(cells[place])[:200],
            letter=column.letter,
            item=item.ref,
        )
        converted.origins[place] = MISSING
    if spec.required:
        told = {place for place, _ in converted.refused}
        blank = np.flatnonzero((converted.origins == MISSING) & ~converted.clears).tolist()
        for place in (place for place in blank if place not in told):
            report.reject(work.number(place), "missing_required", column=column.label, letter=column.letter)
    rounded = int(converted.rounded.sum())
    if rounded:
        report.add("rounded_to_storage", column=column.label, count=rounded, letter=column.letter)
    _out_of_scheme(work, column, item, converted)
    return converted


def _add(whole: Converted, part: Converted) -> None:
    """Add a column to another of the same item; where one of them says nothing, neither does the sum."""
    both = (whole.origins != MISSING) & (part.origins != MISSING)
    used = both & ((whole.origins != NOT_USED) | (part.origins != NOT_USED))
    whole.values[:] = np.where(used, whole.values + part.values, 0)
    whole.origins[:] = np.where(whole.origins == NOT_USED, part.origins, whole.origins)
    whole.origins[~both] = MISSING
    whole.clears |= part.clears


def _out_of_scheme(work: Work, column: Resolved, item: ItemName, converted: Converted) -> None:
    """Reject cells of an item in a period whose scheme does not have it; told once for each period."""
    periods = {period for period in work.periods if period is not None}
    outside = {period for period in periods if not work.allowed(item, period)}
    told: set[object] = set()
    for place in np.flatnonzero(converted.origins) if outside else ():
        period = work.periods[place]
        if period not in outside:
            continue
        number = work.number(int(place))
        if period in told:
            work.report.reject_quietly(number)
        else:
            told.add(period)
            work.report.reject(
                number, "item_not_in_scheme", column=column.label, value=item.ref, period=str(period)
            )


def _block(work: Work, form: str, parts: list[tuple[Resolved, ItemName, Converted]]) -> ReturnBlock:
    """The readable rows of one form; rows without subject or period are already rejected and left out."""
    kinds = set(work.lexicon.forms[form].periods)
    places = []
    for place, (subject, period) in enumerate(zip(work.subjects, work.periods, strict=True)):
        if subject is None or period is None:
            continue
        if kinds and period.kind_letter not in kinds:
            work.report.reject(work.number(place), "period_not_allowed", value=str(period), form=form)
            continue
        places.append(place)
    count = len(work.subjects)
    stack: Callable[[str, Any], Any] = lambda name, kind: (  # noqa: E731 - three columns of one shape
        np.stack([getattr(part, name) for _, _, part in parts], axis=1)
        if parts
        else np.zeros((count, 0), kind)
    )
    rows = np.array([work.number(place) for place in places], np.int32)
    return ReturnBlock(
        form,
        tuple(item.code for _, item, _ in parts),
        tuple(item.unit for _, item, _ in parts),
        tuple(column.label for column, _, _ in parts),
        [work.subjects[place] for place in places],  # type: ignore[misc]
        [str(work.periods[place]) for place in places],
        [work.instances[place] for place in places],
        stack("values", np.int64)[places],
        stack("origins", np.uint8)[places],
        stack("clears", np.bool_)[places],
        np.repeat(rows[:, None], len(parts), axis=1),
        _raw(work, {column.label: column for column, _, _ in parts}),
        work.profile.not_used_as_zero,
    )


def _raw(work: Work, columns: dict[str, Resolved]) -> Callable[[int, str], str]:
    first = work.table.sheet.first_row

    def raw(row: int, label: str) -> str:
        return text_of(work.table.cell(row - first, columns[label]))

    return raw


def _leave_untouched(work: Work, blocks: list[ReturnBlock]) -> None:
    """A row of a workbook of ours that states no flow holds only what stood there when it went out."""
    for block in blocks:
        flows = [place for place, code in enumerate(block.codes) if work.lexicon.items[block.form, code].flow]
        stated = (block.origins[:, flows] != MISSING) & (block.origins[:, flows] != NOT_USED)
        untouched = ~(stated.any(axis=1) | block.clears.any(axis=1))
        block.origins[untouched] = MISSING


def _of_rooms(work: Work, block: ReturnBlock) -> ReturnBlock:
    """Without the rows whose room the form cannot have; refused are those that say something of the form."""
    places = {work.number(place): place for place in range(len(work.subjects))}
    kept = []
    for i, (row, says) in enumerate(zip(block.cell_rows[:, 0].tolist(), _says(block).tolist(), strict=True)):
        place = places[row]
        if fits_room(work, place, block.form) if says else not room_refusal(work, place, block.form):
            kept.append(i)
    return block if len(kept) == len(block) else block.take(kept)


def _says(block: ReturnBlock) -> NDArray[np.bool_]:
    """Whether each return says anything."""
    found: NDArray[np.bool_] = (block.origins != MISSING).any(axis=1) | block.clears.any(axis=1)
    return found


def _silent_rows(work: Work, blocks: list[ReturnBlock]) -> None:
    """A row without any value says nothing; it is told, because someone may have meant to fill it."""
    speaks: set[int] = set()
    seen: set[int] = set()
    for block in blocks:
        if block.cell_rows.shape[1]:
            seen.update(block.cell_rows[:, 0].tolist())
            speaks.update(block.cell_rows[_says(block), 0].tolist())
    for row in sorted(seen - speaks):
        if work.report.state(row) == 0:
            work.report.add("row_without_values", row=row)


def _repeated(work: Work, blocks: list[ReturnBlock]) -> None:
    """The same institution, period and room in several rows: a repetition only if every form says the same."""
    rows_of: dict[tuple[object, ...], dict[int, dict[str, tuple[ReturnBlock, int]]]] = defaultdict(dict)
    for block in blocks:
        if not block.cell_rows.shape[1]:
            continue
        for i, subject in enumerate(block.subjects):
            place = (subject.kind, subject.id, subject.ref, block.periods[i], block.instances[i])
            rows_of[place].setdefault(int(block.cell_rows[i, 0]), {})[block.form] = (block, i)
    usable = {
        place: {row: forms for row, forms in rows.items() if work.report.state(row) == ACCEPTED}
        for place, rows in rows_of.items()
    }
    several = {place: rows for place, rows in usable.items() if len(rows) > 1}
    said = {
        place: {row: {form: _said(*one) for form, one in forms.items()} for row, forms in rows.items()}
        for place, rows in several.items()
    }

    def unequal(place: tuple[object, ...]) -> list[str]:
        rows = said[place].values()
        forms = dict.fromkeys(form for row in rows for form in row)
        return [form for form in forms if len({row.get(form) for row in rows}) > 1]

    def label(place: tuple[object, ...]) -> str:
        """Whose, of when, in which forms and which room."""
        forms = next(iter(several[place].values()))
        block, i = next(iter(forms.values()))
        named = ", ".join(unequal(place) or forms)
        return f"{block.subjects[i].label} {block.periods[i]} {named} {block.instances[i]}".rstrip()

    def column(place: tuple[object, ...]) -> str | None:
        """The first in which the rows differ."""
        form = unequal(place)[0]
        return _first_unequal([forms[form] for forms in several[place].values() if form in forms])

    groups = {place: list(rows.items()) for place, rows in said.items()}
    keep_unequal(groups, work.report, label, column)


def _said(block: ReturnBlock, i: int) -> bytes:
    return block.values[i].tobytes() + block.origins[i].tobytes() + block.clears[i].tobytes()


def _first_unequal(ones: list[tuple[ReturnBlock, int]]) -> str | None:
    block, i = ones[0]
    for _same, other in ones[1:]:
        differs = (block.values[i] != block.values[other]) | (block.origins[i] != block.origins[other])
        differs |= block.clears[i] != block.clears[other]
        if differs.any():
            return block.labels[int(np.flatnonzero(differs)[0])]
    return None
