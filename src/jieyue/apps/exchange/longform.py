"""The long layout: one cell a row (institution, period, item, value, unit)."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from jieyue.apps.exchange.cellcolumn import MISSING, TYPED, Tokens, convert
from jieyue.apps.exchange.columns import Resolved
from jieyue.apps.exchange.lexicon import ItemName
from jieyue.apps.exchange.match import Subject
from jieyue.apps.exchange.profile import ORIGINS
from jieyue.apps.exchange.reader import Cell, text_of
from jieyue.apps.exchange.returns import ReturnBlock, Work, fits_room, keep_unequal
from jieyue.domain.period import Period


@dataclass(frozen=True, slots=True)
class _Way:
    """How the values of one item in one unit are read."""

    item: ItemName
    factor: Fraction


@dataclass(slots=True)
class _Reader:
    work: Work
    value: Resolved
    item: Resolved
    unit: Resolved | None
    _ways: dict[tuple[Cell, Cell], _Way | tuple[str, str]] = field(default_factory=dict)
    _allowed: dict[tuple[int, int], str] = field(default_factory=dict)

    def way(self, item_cell: Cell, unit_cell: Cell) -> _Way | tuple[str, str]:
        """Item and factor of a row, or (finding code, the text it is about)."""
        place = (item_cell, unit_cell)
        if place not in self._ways:
            self._ways[place] = self._find(text_of(item_cell), text_of(unit_cell))
        return self._ways[place]

    def _find(self, text: str, shown: str) -> _Way | tuple[str, str]:
        if not text:
            return "missing_required", text
        mapped = self.work.profile.column_for(text, "")
        wanted = self._said(text)
        found = self.work.lexicon.find_items(wanted, self.work.form or None)
        if not found and self.work.form and self.work.lexicon.find_items(wanted):
            return "wrong_form", text
        if len(found) != 1:
            return "form_unknown" if found else "unknown_item", text
        unit = shown or (mapped.unit if mapped else "") or self.value.unit
        scale = mapped.scale if mapped else self.value.spec.scale
        factor = self.work.item_factor(found[0], unit, scale)
        return (factor, unit) if isinstance(factor, str) else _Way(found[0], factor)

    def _said(self, text: str) -> str:
        """The item that the profile takes the text for, else the text."""
        mapped = self.work.profile.column_for(text, "")
        return mapped.field if mapped and mapped.field else self.work.profile.item(text)

    def refusal(self, item: ItemName, period: Period) -> str:
        """Why the item cannot stand in the period; blank if it can."""
        place = (id(item), id(period))  # both live as long as the reader
        if place not in self._allowed:
            kinds = self.work.lexicon.forms[item.form].periods
            code = "" if self.work.allowed(item, period) else "item_not_in_scheme"
            self._allowed[place] = "period_not_allowed" if kinds and period.kind_letter not in kinds else code
        return self._allowed[place]

    def refuse(self, number: int, code: str, text: str, item: ItemName | None, period: Period | None) -> None:
        """Reject a row for its item, unit or period."""
        report = self.work.report
        if code in ("unknown_unit", "wrong_unit"):
            column = self.unit or self.value
            found = self.work.lexicon.find_items(
                self._said(text_of(self._cell(number, self.item))), self.work.form or None
            )
            report.reject(number, code, column=column.label, value=text, unit=found[0].unit if found else "")
        elif code == "wrong_form":
            other = self.work.lexicon.find_items(text)[0].form
            report.reject(
                number, code, column=self.item.label, value=text, found=other, expected=self.work.form
            )
        elif item is not None and period is not None:
            more = {"period": str(period)} if code == "item_not_in_scheme" else {"form": item.form}
            value = item.ref if code == "item_not_in_scheme" else str(period)
            report.reject(number, code, column=self.item.label, value=value, **more)
        else:
            report.reject(number, code, column=self.item.label, value=text)

    def _cell(self, number: int, column: Resolved) -> Cell:
        return self.work.table.cell(number - self.work.table.sheet.first_row, column)


def read(work: Work) -> list[ReturnBlock]:
    """One block a form, gathered from the cells."""
    by_field = {column.field: column for column in work.table.columns}
    reader = _Reader(work, by_field["value"], by_field["item"], by_field.get("unit"))
    ways = _ways(reader)
    cells = work.table.cells(reader.value)
    values, origins, clears = _values(reader, cells, ways)
    speaking = np.flatnonzero((origins != MISSING) | clears).tolist()
    keys, places = _number_returns(work, ways, speaking)
    _repeated(work, ways, keys, places, (values, origins, clears))
    return _blocks(reader, ways, keys, places, (values, origins, clears))


def _ways(reader: _Reader) -> list[_Way | None]:
    """The way of each row; None for rows rejected here or for their subject or period."""
    work, table = reader.work, reader.work.table
    items = table.cells(reader.item)
    units = table.cells(reader.unit) if reader.unit else [None] * len(items)
    found: list[_Way | None] = []
    for place, (item_cell, unit_cell) in enumerate(zip(items, units, strict=True)):
        way = reader.way(item_cell, unit_cell)
        if isinstance(way, tuple):
            reader.refuse(work.number(place), way[0], way[1], None, None)
            found.append(None)
            continue
        period = work.periods[place]
        code = reader.refusal(way.item, period) if period is not None else ""
        if code:
            reader.refuse(work.number(place), code, "", way.item, period)
        good = not code and period is not None and work.subjects[place] is not None
        found.append(way if good else None)
    return found


Arrays = tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]


def _values(reader: _Reader, cells: list[Cell], ways: list[_Way | None]) -> Arrays:
    """Values, origins and clears of all rows, converted together by factor."""
    work, count = reader.work, len(cells)
    tokens = Tokens.of(work.profile, reader.value.spec)
    origin = ORIGINS.get(reader.value.spec.origin, TYPED)
    values, origins, clears = np.zeros(count, np.int64), np.zeros(count, np.uint8), np.zeros(count, np.bool_)
    groups: dict[tuple[Fraction, bool], list[int]] = defaultdict(list)
    for place, way in enumerate(ways):
        if way is not None:
            groups[(way.factor, way.item.unit == "%")].append(place)
    rounded = 0
    refused: list[tuple[int, str]] = []
    for (factor, percent), places in groups.items():
        part = convert([cells[place] for place in places], factor, tokens, origin=origin, percent=percent)
        values[places], origins[places], clears[places] = part.values, part.origins, part.clears
        rounded += int(part.rounded.sum())
        refused += [(places[at], code) for at, code in part.refused]
    for place, code in sorted(refused):
        way = ways[place]
        work.report.reject(
            work.number(place),
            code,
            column=reader.value.label,
            value=text_of(cells[place])[:200],
            item=way.item.ref if way else "",
        )
        origins[place] = MISSING
    if rounded:
        work.report.add("rounded_to_storage", column=reader.value.label, count=rounded)
    return values, origins, clears


def _number_returns(
    work: Work, ways: list[_Way | None], speaking: list[int]
) -> tuple[list[tuple[str, Subject, Period, str]], dict[int, int]]:
    """The returns that the rows speak of, and the return of each speaking row by its place."""
    numbers: dict[tuple[object, ...], int] = {}
    keys: list[tuple[str, Subject, Period, str]] = []
    places: dict[int, int] = {}
    for place in speaking:
        way, subject, period = ways[place], work.subjects[place], work.periods[place]
        if way is None or subject is None or period is None or not fits_room(work, place, way.item.form):
            continue
        # One object stands for one subject and one period, so identities are keys.
        key = (way.item.form, id(subject), id(period), work.instances[place])
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = len(keys)
            keys.append((way.item.form, subject, period, work.instances[place]))
        places[place] = number
    return keys, places


def _repeated(
    work: Work,
    ways: list[_Way | None],
    keys: list[tuple[str, Subject, Period, str]],
    places: dict[int, int],
    arrays: Arrays,
) -> None:
    values, origins, clears = arrays
    first: dict[tuple[int, str], int] = {}
    groups: dict[tuple[int, str], list[tuple[int, object]]] = {}
    for place, number in places.items():
        way = ways[place]
        key = (number, way.item.code if way else "")
        earlier = first.setdefault(key, place)
        if earlier != place:
            if key not in groups:
                groups[key] = [_member(work, earlier, values, origins, clears)]
            groups[key].append(_member(work, place, values, origins, clears))

    def label(key: tuple[int, str]) -> str:
        form, subject, period, room = keys[key[0]]
        return f"{subject.label} {period} {form}:{key[1]} {room}".rstrip()

    keep_unequal(groups, work.report, label)


def _member(
    work: Work, place: int, values: NDArray[np.int64], origins: NDArray[np.uint8], clears: NDArray[np.bool_]
) -> tuple[int, object]:
    return work.number(place), (int(values[place]), int(origins[place]), bool(clears[place]))


def _blocks(
    reader: _Reader,
    ways: list[_Way | None],
    keys: list[tuple[str, Subject, Period, str]],
    places: dict[int, int],
    arrays: Arrays,
) -> list[ReturnBlock]:
    work = reader.work
    by_form: dict[str, list[int]] = defaultdict(list)
    for place in places:
        way = ways[place]
        if way is not None and work.report.state(work.number(place)) == 0:
            by_form[way.item.form].append(place)
    return [
        _block(reader, form, chosen, ways, keys, places, arrays) for form, chosen in sorted(by_form.items())
    ]


def _block(
    reader: _Reader,
    form: str,
    chosen: list[int],
    ways: list[_Way | None],
    keys: list[tuple[str, Subject, Period, str]],
    places: dict[int, int],
    arrays: Arrays,
) -> ReturnBlock:
    work, (values, origins, clears) = reader.work, arrays
    items = {way.item.code: way.item for place in chosen if (way := ways[place]) is not None}
    codes = tuple(sorted(items))
    column = {code: at for at, code in enumerate(codes)}
    order = list(dict.fromkeys(places[place] for place in chosen))
    line = {number: at for at, number in enumerate(order)}
    rows = np.array([line[places[place]] for place in chosen], np.intp)
    columns = np.array([column[way.item.code] for place in chosen if (way := ways[place])], np.intp)
    numbers = np.array([work.number(place) for place in chosen], np.int32)
    shape = (len(order), len(codes))
    block = ReturnBlock(
        form, codes, tuple(items[code].unit for code in codes), (reader.value.label,) * len(codes),
        [keys[number][1] for number in order], [str(keys[number][2]) for number in order],
        [keys[number][3] for number in order],
        np.zeros(shape, np.int64), np.zeros(shape, np.uint8), np.zeros(shape, np.bool_), np.zeros(shape, np.int32),
        _raw(reader), work.profile.not_used_as_zero,
    )  # fmt: skip
    block.values[rows, columns], block.origins[rows, columns] = values[chosen], origins[chosen]
    block.clears[rows, columns], block.cell_rows[rows, columns] = clears[chosen], numbers
    return block


def _raw(reader: _Reader) -> Callable[[int, str], str]:
    table = reader.work.table

    def raw(row: int, _label: str) -> str:
        return text_of(table.cell(row - table.sheet.first_row, reader.value))

    return raw
