"""A few returns as a desk, from the office's own documents: one cell on typing, one institution's or one workbook's.

The rules are those of the city's pass; what compares with peers says nothing here, for the peers are not there.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import spans_of
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.lake import item_codes
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.review.lake_desk import (
    Filler,
    Roll,
    building_coal,
    coal_codes,
    desk_of,
    periods_of,
)
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import UNIT
from jieyue.domain.review_panel import TCE, Desk, Ints, Panel

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
    typed: Mapping[tuple[int, str], Cells] | None = None,
) -> Desk:
    """The returns of some institutions in a year with last year's beside them, drafts included.

    codes: items that the rules look at, by form. typed: (institution, period) → cells that stand over what is
    stored, as they are being typed or came in a file.
    """
    ids = np.array(sorted(subjects), dtype=np.int64)
    reader = _Reader(ids, typed or {}, form)
    reader.read(codes, [str(each) for span in (year - 1, year) for each in periods_of(kind, span)])
    return desk_of(reader, _roll(ids), form, kind, year, codes)


def _roll(ids: Ints) -> Roll:
    spans = spans_of(ids.tolist())
    far = (date.max, date.max)
    edges = [spans.get(number, far) for number in ids.tolist()]
    rows = Membership.objects.as_of().filter(tree=UNIT, institution__in=ids.tolist())
    away = [
        (institution, _days(start), _days(end))
        for institution, node, start, end in rows.values_list("institution", "node", "valid_from", "valid_to")
        if node != institution
    ]
    return Roll(
        ids,
        np.array([_days(start) for start, _ in edges], dtype=np.int64),
        np.array([_days(end) for _, end in edges], dtype=np.int64),
        np.full(len(ids), -1, dtype=np.int64),
        tuple(away),
    )


def _days(day: date) -> int:
    return (day - _DAY_ZERO).days


class _Reader:
    """Panels over the same institutions; every document is read once."""

    def __init__(self, ids: Ints, typed: Mapping[tuple[int, str], Cells], form: str) -> None:
        self._ids, self._typed, self._form = ids, typed, form
        self._read: dict[tuple[str, str], list[tuple[tuple[int, str], Cells]]] = {}

    def read(self, forms: Collection[str], periods: Sequence[str]) -> None:
        """Read the documents of forms and periods at once, for the panels to come."""
        self._read |= {(form, period): [] for form in forms for period in periods}
        for form, key, cells in self._documents(forms, periods):
            self._read[form, key[1]].append((key, cells))

    def panel(self, form: str, kind: str, year: int, codes: Sequence[str]) -> Panel:
        """The returns of a kind in a year; several of one institution and period (rooms) are added up."""
        periods = tuple(str(period) for period in periods_of(kind, year))
        own = item_codes(form)
        numeric = [code for code in dict.fromkeys((*codes, *coal_codes(form, codes))) if code in own]
        filler = Filler(len(self._ids), len(periods), numeric)
        if missing := [period for period in periods if (form, period) not in self._read]:
            self.read([form], missing)
        found = [one for each in periods for one in self._read[form, each]]
        if found:
            number = {period: column for column, period in enumerate(periods)}
            rows = np.searchsorted(self._ids, [subject for (subject, _period), _cells in found])
            at = np.array([number[period] for (_subject, period), _cells in found])
            blank = (0, 0)
            said = np.array(
                [[cells.get(code, blank) for _key, cells in found] for code in numeric], dtype=np.int64
            )
            said = said.reshape(len(numeric), len(found), 2)
            filler.add_all((rows, at), said[..., 0], said[..., 1] > 0)
        items = filler.items()
        if TCE in codes:
            items = {**items, TCE: building_coal(items, form, home_catalog())}
        return Panel(form, periods, filler.filed, items)

    def _documents(
        self, forms: Collection[str], periods: Sequence[str]
    ) -> Iterator[tuple[str, tuple[int, str], Cells]]:
        rows = Return.objects.filter(
            form__in=forms,
            period__in=periods,
            subject__in=self._ids.tolist(),
            subject_kind=Return.Subject.INSTITUTION,
        ).values_list("form", "subject", "period", "draft", "current")
        listed = list(rows)
        versions = dict(
            ReturnVersion.objects.filter(pk__in=[row[4] for row in listed if row[4]]).values_list(
                "pk", "cells"
            )
        )
        typed = {key: cells for key, cells in self._typed.items() if key[1] in periods}
        for form, subject, period, draft, current in listed:
            # A draft is the whole return: a cell that it lacks was emptied, whatever is published.
            cells = parse(draft or (versions[current] if current else ""))
            if form == self._form:
                cells |= typed.pop((subject, period), {})
            yield form, (subject, period), cells
        if self._form in forms:
            yield from ((self._form, key, cells) for key, cells in typed.items())
