"""Theirs and ours 平台对照: a file of the platform above beside what is published now, cell by cell.

A comparison is made once for a file and a publication and kept in memory; what one person sees of it is a part.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import F
from numpy.typing import NDArray

from jieyue.apps.exchange.models import Batch
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.cells import MISSING, NOT_USED, columns
from jieyue.apps.returns.models import Return, ReturnVersion, TheirFile
from jieyue.apps.trees.queries import Tree, all_memberships, tree
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.sides import EQUAL, KINDS, SILENT, told_apart

NO_PLACE = 0


@dataclass(frozen=True)
class Side:
    """What one side says of a cell. state: value, not_used, not_reported, not_published."""

    state: str
    value: str | None = None


@dataclass(frozen=True)
class SideRow:
    """One cell of the board. difference: theirs less ours, where both are numbers."""

    subject: int
    instance: str
    item: str
    kind: str
    theirs: Side
    ours: Side
    difference: str | None


@dataclass(frozen=True)
class Compared:
    """All cells of a file and of our published returns of the same body: row i is an institution (and room).

    bodies: the node that collects it on the period's last day. published: whether we have a published return.
    """

    codes: tuple[str, ...]
    subjects: NDArray[np.int64]
    instances: tuple[str, ...]
    bodies: NDArray[np.int64]
    published: NDArray[np.bool_]
    theirs: NDArray[np.int64]
    their_origins: NDArray[np.uint8]
    ours: NDArray[np.int64]
    our_origins: NDArray[np.uint8]
    kinds: NDArray[np.int8]

    def part(
        self,
        *,
        subjects: Collection[int] | None = None,
        bodies: Collection[int] | None = None,
        item: str = "",
    ) -> "Compared":
        """The rows of some institutions (None: of all) that some bodies collect (None: any), of one item (or all)."""
        rows = np.ones(len(self.subjects), np.bool_)
        if subjects is not None:
            rows &= np.isin(self.subjects, np.array(sorted(subjects), np.int64))
        if bodies is not None:
            rows &= np.isin(self.bodies, np.array(sorted(bodies), np.int64))
        kept = np.flatnonzero(rows)
        across = slice(None) if not item else slice(self.codes.index(item), self.codes.index(item) + 1)
        return replace(
            self,
            codes=self.codes[across],
            subjects=self.subjects[kept],
            instances=tuple(self.instances[place] for place in kept),
            bodies=self.bodies[kept],
            published=self.published[kept],
            theirs=self.theirs[kept][:, across],
            their_origins=self.their_origins[kept][:, across],
            ours=self.ours[kept][:, across],
            our_origins=self.our_origins[kept][:, across],
            kinds=self.kinds[kept][:, across],
        )

    def counts(self) -> dict[str, int]:
        """Kind → how many cells."""
        return {name: int((self.kinds == kind).sum()) for name, kind in KINDS.items()}

    def uneven(self) -> NDArray[np.bool_]:
        """Which cells are not the same on both sides."""
        return (self.kinds != SILENT) & (self.kinds != EQUAL)

    def by_item(self) -> dict[str, int]:
        """Item → cells that are not the same; those without one are left out."""
        found = self.uneven().sum(axis=0)
        return {code: int(count) for code, count in zip(self.codes, found, strict=True) if count}

    def by_body(self) -> dict[int, int]:
        """Body → cells of its institutions that are not the same."""
        each, found = self.uneven().sum(axis=1), dict[int, int]()
        for body, count in zip(self.bodies.tolist(), each.tolist(), strict=True):
            found[body] = found.get(body, 0) + count
        return {body: count for body, count in found.items() if count}

    def rows(self, kind: str = "", *, start: int = 0, size: int | None = None) -> list[SideRow]:
        """The cells of a kind (empty: all that are not the same), by institution and item; a stretch of them."""
        return [self._row(*place) for place in self._places(kind, start, size)]

    def _places(self, kind: str, start: int, size: int | None) -> Iterator[tuple[int, int]]:
        wanted = self.kinds == KINDS[kind] if kind else self.uneven()
        places = np.argwhere(wanted)[start : None if size is None else start + size]
        return ((int(row), int(column)) for row, column in places)

    def _row(self, row: int, column: int) -> SideRow:
        theirs = _side(self.theirs[row, column], self.their_origins[row, column], known=True)
        ours = _side(self.ours[row, column], self.our_origins[row, column], known=bool(self.published[row]))
        numbers = theirs.state == ours.state == "value"
        less = fixed_text(int(self.theirs[row, column] - self.ours[row, column])) if numbers else None
        kind = next(name for name, code in KINDS.items() if code == self.kinds[row, column])
        return SideRow(
            int(self.subjects[row]), self.instances[row], self.codes[column], kind, theirs, ours, less
        )


def _side(value: Any, origin: Any, *, known: bool) -> Side:
    if origin == NOT_USED:
        return Side("not_used")
    if origin == MISSING:
        return Side("not_reported" if known else "not_published")
    return Side("value", fixed_text(int(value)))


def file_of(number: int) -> TheirFile | None:
    """One file of theirs; who shows it to a person goes through the scope."""
    return TheirFile.objects.select_related("batch").filter(pk=number).first()


def every_file() -> list[TheirFile]:
    """All files of theirs, newest first."""
    return list(TheirFile.objects.select_related("batch").order_by("-pk"))


def newest_file(form: str, period: str) -> TheirFile | None:
    """The newest file of a form and period."""
    rows = TheirFile.objects.select_related("batch").filter(form=form, period=period)
    return rows.order_by("-pk").first()


def findings_of(file: TheirFile) -> list[dict[str, Any]]:
    """What was to be said of the file when it was taken."""
    batch: Batch = file.batch
    return list(batch.findings)


def compared(file: TheirFile) -> Compared:
    """The file beside what is published now."""
    return _compared(str(settings.JIEYUE_HOME.path), file.pk, last_done())


@lru_cache(maxsize=4)
def _compared(_home: str, number: int, _sequence: int) -> Compared:
    file = TheirFile.objects.get(pk=number)
    day = Period.parse(file.period).last_day
    codes = tuple(file.items)
    theirs = {
        (subject, instance): cells
        for subject, instance, cells in file.returns.values_list("subject", "instance", "cells")
    }
    places = all_memberships(Tree.LINE, day)
    ours = _published(file, set(theirs), places)
    keys = sorted(theirs.keys() | ours.keys())
    their, our = _cells(theirs, keys, codes), _cells(ours, keys, codes)
    kinds = told_apart(
        their.values, their.origins, our.values, our.origins, zero_is_unused=file.zero_is_unused
    )
    return Compared(
        codes,
        np.array([subject for subject, _ in keys], np.int64),
        tuple(instance for _, instance in keys),
        np.array([places.get(subject, NO_PLACE) for subject, _ in keys], np.int64),
        np.array([key in ours for key in keys], np.bool_),
        their.values,
        their.origins,
        our.values,
        our.origins,
        kinds,
    )


def _published(
    file: TheirFile, named: set[tuple[int, str]], places: dict[int, int]
) -> dict[tuple[int, str], str]:
    """Our published returns of the body, and of whom the file names."""
    line = tree(Tree.LINE, Period.parse(file.period).last_day)
    below = line.subtree(file.body) if file.body in line.nodes else set()
    rows = ReturnVersion.objects.filter(
        parent__form=file.form,
        parent__period=file.period,
        parent__subject_kind=Return.Subject.INSTITUTION,
        pk=F("parent__current"),
    ).values_list("parent__subject", "parent__instance", "cells")
    return {
        (subject, instance): cells
        for subject, instance, cells in rows.iterator()
        if places.get(subject) in below or (subject, instance) in named
    }


def _cells(said: dict[tuple[int, str], str], keys: Sequence[tuple[int, str]], codes: Sequence[str]) -> Any:
    return columns((said.get(key, "") for key in keys), codes)
