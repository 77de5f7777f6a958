"""A few returns as a desk, from the office's own documents: one cell on typing, one institution's or one workbook's.

The rules are those of the city's pass; what compares with peers says nothing here, for the peers are not there.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, repeat
from typing import Any

import numpy as np
from django.db.models import BigIntegerField

from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import spans_of
from jieyue.apps.registry.scope import Read
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.cells import columns
from jieyue.apps.returns.queries import Document, document_texts, documents_with
from jieyue.apps.review.lake_desk import (
    Filler,
    Roll,
    building_coal,
    desk_of,
    names_of,
    numbers_of,
    refuse_rooms,
)
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import UNIT
from jieyue.domain.period import Period
from jieyue.domain.review_panel import TCE, Bools, Desk, Ints, Panel

_DAY_ZERO = date(1970, 1, 1)
Cells = Mapping[str, tuple[int, int]]
"""Item → (ten-thousandths, origin), as `cells.parse` gives them."""


def office_desk(
    form: str,
    kind: str,
    year: int,
    subjects: Collection[int],
    *,
    codes: Mapping[str, Sequence[str]],
    instance: str | Mapping[int, str] = "",
    typed: Mapping[tuple[int, str], Cells] | None = None,
    read: Sequence[Document] | None = None,
    known: Read | None = None,
) -> Desk:
    """The returns of some institutions in a year with last year's beside them, drafts included.

    codes: items that the rules look at, by form. instance: the room, of a form with rooms, or of each institution
    which; the returns are then those of this room alone. typed: (institution, period) → all cells of a return as a
    file leaves them, in place of what is stored. read: what `documents_beside` has read of them already. known: what
    the request has read of the institutions in the registry.
    """
    ids = np.array(sorted(subjects), dtype=np.int64)
    rooms = dict.fromkeys(subjects, instance) if isinstance(instance, str) else instance
    if not all(rooms.values()):
        refuse_rooms(form)
    reader = _Reader(ids, form, typed or {}, rooms)
    reader.take(codes, _two_years(kind, year), read)
    return desk_of(reader, _roll(ids, known), form, kind, year, codes)


def _two_years(kind: str, year: int) -> list[str]:
    return [*names_of(kind, year - 1), *names_of(kind, year)]


def documents_beside(key: Key, forms: Collection[str]) -> list[Document]:
    """The returns of a return's institution for the periods of its kind in its year and the year before, with how the
    return itself stands."""
    period = Period.parse(key.period)
    return documents_with(key, forms, _two_years(period.kind_letter, period.year))


def _roll(ids: Ints, known: Read | None) -> Roll:
    numbers = ids.tolist()
    spans = spans_of(numbers) if known is None else {one: known.course(one).span for one in numbers}
    far = (date.max, date.max)
    edges = [spans.get(number) or far for number in numbers]
    away = [
        (institution, _days(start), _days(end))
        for institution, node, start, end in _units(numbers, known)
        if node != institution
    ]
    return Roll(
        ids,
        np.array([_days(start) for start, _ in edges], dtype=np.int64),
        np.array([_days(end) for _, end in edges], dtype=np.int64),
        np.full(len(ids), -1, dtype=np.int64),
        tuple(away),
    )


def _units(ids: list[int], known: Read | None) -> list[tuple[Any, ...]]:
    """(institution, who reports for it, from, to)."""
    if known is None:
        return _UNITS.rows(ids=ids)
    return [
        (number, one.node, one.valid_from, one.valid_to)
        for number in ids
        for one in known.hangs(number)
        if one.tree == UNIT
    ]


_UNITS = Prepared(
    lambda ids: (
        Membership.objects.as_of()
        .filter(tree=UNIT, institution__in=ids)
        .values_list("institution", "node", "valid_from", "valid_to")
    ),
    ids=BigIntegerField(),
)


def _days(day: date) -> int:
    return (day - _DAY_ZERO).days


class _Reader:
    """Panels over the same institutions; every document is read once."""

    def __init__(
        self, ids: Ints, form: str, typed: Mapping[tuple[int, str], Cells], rooms: Mapping[int, str]
    ) -> None:
        self._ids, self._form, self._typed, self._rooms = ids, form, typed, rooms
        self._taken: dict[tuple[str, str], list[tuple[int, Cells | str]]] = {}

    def take(
        self, forms: Collection[str], periods: Sequence[str], read: Sequence[Document] | None = None
    ) -> None:
        """Take the documents of forms and periods, for the panels to come. read: they, if they are read already."""
        self._taken |= {(form, period): [] for form in forms for period in periods}
        typed = {key: cells for key, cells in self._typed.items() if key[1] in periods}
        for form, subject, period, instance, said in self._said(forms, periods, read):
            if form == self._form and instance != self._rooms[subject]:
                continue
            over = typed.pop((subject, period), None) if form == self._form else None
            self._taken[form, period].append((subject, said if over is None else over))
        for (subject, period), cells in typed.items() if self._form in forms else ():
            self._taken[self._form, period].append((subject, cells))

    def _said(
        self, forms: Collection[str], periods: Sequence[str], read: Sequence[Document] | None
    ) -> Iterable[tuple[str, int, str, str, Cells | str]]:
        """Cells of what is read already; of all others the text, which many are cut from together."""
        if read is None:
            return document_texts(forms, self._ids.tolist(), periods)
        return ((one.form, one.subject, one.period, one.instance, one.cells) for one in read)

    def panel(self, form: str, kind: str, year: int, codes: Sequence[str]) -> Panel:
        """The returns of a kind in a year; several of one institution and period (rooms) are added up."""
        periods = names_of(kind, year)
        numeric = numbers_of(form, tuple(codes), home_catalog())
        filler = Filler(len(self._ids), len(periods), numeric)
        if missing := [period for period in periods if (form, period) not in self._taken]:
            self.take([form], missing)
        found = [
            (subject, column, cells)
            for column, period in enumerate(periods)
            for subject, cells in self._taken[form, period]
        ]
        written = [(subject, column, said) for subject, column, said in found if isinstance(said, str)]
        cells = [(subject, column, said) for subject, column, said in found if not isinstance(said, str)]
        if written:
            table = columns([said for *_place, said in written], numeric)
            filler.add_all(self._places(written), table.values.T, table.origins.T > 0)
        if cells:
            filler.add_all(self._places(cells), *_stated([said for *_place, said in cells], numeric))
        items = filler.items()
        if TCE in codes:
            items = {**items, TCE: building_coal(items, form, home_catalog())}
        return Panel(form, periods, filler.filed, items)

    def _places(self, found: Sequence[tuple[int, int, Any]]) -> tuple[Ints, Ints]:
        """Rows and columns of the panel."""
        rows = np.searchsorted(self._ids, [subject for subject, _column, _said in found])
        return rows, np.array([column for _subject, column, _said in found])


def _stated(documents: Sequence[Cells], codes: Sequence[str]) -> tuple[Ints, Bools]:
    """Items × documents: values, and where one is stated."""
    blank = repeat((0, 0))
    said = chain.from_iterable(chain.from_iterable(map(cells.get, codes, blank) for cells in documents))
    shape = (len(documents), len(codes), 2)
    values = np.fromiter(said, dtype=np.int64, count=math.prod(shape)).reshape(shape)
    return values[..., 0].T, values[..., 1].T > 0
