"""Totals of institutions from the hours of their metering points: which points make a line, and the sums of it.

A line is (institution, carrier, end use). The total of a carrier is made of the points that have no point of that
carrier and institution above them; what hangs below and serves another institution is taken off, so that the totals of
all institutions add up to the city's. The line of an end use is made of the points of that code below none of that
code. `unmetered` is what a total's points show beyond the points directly below them, negative kept.

A line is a sum of terms, a term a point less what is taken off it. A term with a missing part is missing in that hour:
nothing is ever taken from what is not known.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.readings import Bools, Bytes, Ints, Quality

#: End uses by number: the total, what no meter below shows, then codes.
TOTAL: Final = 0
UNMETERED: Final = 1
#: In place of a quality: there is no interval at all.
ABSENT: Final = 255
_DEEPEST: Final = 64


@dataclass(frozen=True)
class Points:
    """P points as they stand on some days. carrier, end_use: by number (end use 0: not said). parent: its place here,
    -1 if it has none. sign: -1 where what is metered counts against the use (export). shown: no more than another look
    at what others meter, so that it is no part of what is metered below (None: none is)."""

    place: Ints
    institution: Ints
    carrier: Ints
    end_use: Ints
    parent: Ints
    sign: Ints
    shown: Bools | None = None

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class Lines:
    """L lines with their key; T terms, each of a line; N parts, each of a term: row of the matrix of hours, weight."""

    institution: Ints
    carrier: Ints
    end_use: Ints
    line: Ints
    term: Ints
    row: Ints
    weight: Ints

    def __len__(self) -> int:
        return len(self.institution)

    def of(self, institutions: Ints) -> "Lines":
        """Those of some institutions (ascending)."""
        mine = np.isin(self.institution, institutions)
        if mine.all():
            return self
        terms, parts = mine[self.line], mine[self.line][self.term]
        number, count = np.cumsum(mine) - 1, np.cumsum(terms) - 1
        return Lines(
            self.institution[mine], self.carrier[mine], self.end_use[mine], number[self.line[terms]],
            count[self.term[parts]], self.row[parts], self.weight[parts],
        )  # fmt: skip


def lines_of(points: Points) -> Lines:
    """The lines that points make.

    >>> import numpy as np
    >>> of = lambda *numbers: np.array(numbers, dtype=np.int64)
    >>> main_and_kitchen = Points(of(0, 1), of(7, 7), of(0, 0), of(0, 2), of(-1, 0), of(1, 1))
    >>> found = lines_of(main_and_kitchen)
    >>> found.end_use.tolist(), found.line.tolist(), found.term.tolist(), found.row.tolist(), found.weight.tolist()
    ([0, 1, 2], [0, 1, 2], [0, 1, 1, 2], [0, 0, 1, 1], [1, 1, -1, 1])
    """
    every = np.arange(len(points), dtype=np.int64)
    above = np.where(points.parent >= 0, points.parent, 0)
    joined = (points.parent >= 0) & (points.carrier[above] == points.carrier)
    own = joined & (points.institution[above] == points.institution)
    up = np.where(own, points.parent, -1)
    cut = every[joined & ~own]  # serves another institution than the point above it
    heads: list[tuple[Ints, Ints, Ints]] = []  # (head, part, end use of the line)

    tops = every[~own]
    heads.append((tops, tops, np.full(len(tops), TOTAL)))
    heads.append((_roots(up)[points.parent[cut]], cut, np.full(len(cut), TOTAL)))

    counts = joined if points.shown is None else joined & ~(own & points.shown)
    below = every[counts & ~own[above]]  # directly below a top
    parents = np.unique(points.parent[below])
    heads.append((parents, parents, np.full(len(parents), UNMETERED)))
    heads.append((points.parent[below], below, np.full(len(below), UNMETERED)))

    coded = _first_of_code(points.end_use, up)
    heads.append((every[coded], every[coded], points.end_use[coded]))
    heads += [(head, part, points.end_use[head]) for head, part in _cut_below(coded, up, points.parent, cut)]
    head, part, end_use = (np.concatenate([one[n] for one in heads]) for n in range(3))
    return _sorted(points, head, part, end_use)


def _roots(up: Ints) -> Ints:
    """The highest point above each of its own carrier and institution; itself where there is none."""
    root = np.arange(len(up), dtype=np.int64)
    for _ in range(_DEEPEST):
        higher = up[root] >= 0
        if not higher.any():
            break
        root = np.where(higher, up[root], root)
    return root


def _first_of_code(end_use: Ints, up: Ints) -> Bools:
    """Points with a code that none above them has."""
    found: Bools = end_use > UNMETERED
    at = up
    for _ in range(_DEEPEST):
        there = at >= 0
        if not there.any():
            break
        found = found & ~(there & (end_use[at] == end_use))
        at = np.where(there, up[at], -1)
    return found


def _cut_below(coded: Bools, up: Ints, parent: Ints, cut: Ints) -> list[tuple[Ints, Ints]]:
    """(head, part) for every head of an end use that stands above a point that is cut off."""
    found, at = [], parent[cut]
    for _ in range(_DEEPEST):
        there = at >= 0
        if not there.any():
            break
        mine = there & coded[at]
        found.append((at[mine], cut[mine]))
        at = np.where(there, up[at], -1)
    return found


def _sorted(points: Points, head: Ints, part: Ints, end_use: Ints) -> Lines:
    institution, carrier = points.institution[head], points.carrier[head]
    weight = np.where(part == head, points.sign[part], -points.sign[part])
    order = np.lexsort((part, part != head, head, end_use, carrier, institution))
    head, part, end_use, institution, carrier, weight = (
        one[order] for one in (head, part, end_use, institution, carrier, weight)
    )
    new_line = np.ones(len(head), dtype=bool)
    new_line[1:] = (
        (institution[1:] != institution[:-1]) | (carrier[1:] != carrier[:-1]) | (end_use[1:] != end_use[:-1])
    )
    new_term = new_line.copy()
    new_term[1:] |= head[1:] != head[:-1]
    line = np.cumsum(new_line) - 1
    return Lines(
        institution[new_line], carrier[new_line], end_use[new_line], line[new_term], np.cumsum(new_term) - 1,
        points.place[part], weight,
    )  # fmt: skip


Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Sums:
    """L × steps of lines. known: some term of it is (None: all are). parts: points × hours that belong to each step of
    a line; complete (measured or calculated), estimated, missing: of these. there: some interval of it exists (None:
    of all)."""

    use: Ints
    known: Bools | None
    parts: Counts
    complete: Counts
    estimated: Counts
    missing: Counts
    there: Bools | None

    def by(self, steps: int) -> "Sums":
        """Longer steps, each of so many of these."""

        def added(one: Counts) -> Counts:
            return np.asarray(one.reshape(len(one), -1, steps).sum(axis=2, dtype=np.int32))

        def some(one: Bools | None) -> Bools | None:
            return None if one is None else np.asarray(one.reshape(len(one), -1, steps).any(axis=2))

        return Sums(
            np.asarray(self.use.reshape(len(self.use), -1, steps).sum(axis=2)), some(self.known), self.parts * steps,
            added(self.complete), added(self.estimated), added(self.missing), some(self.there),
        )  # fmt: skip


def sums_of(lines: Lines, use: Ints, quality: Bytes) -> Sums:
    """The hours of lines. use, quality: points × hours; 0 where missing.

    >>> import numpy as np
    >>> of = lambda *numbers: np.array(numbers, dtype=np.int64)
    >>> lines = lines_of(Points(of(0, 1), of(7, 7), of(0, 0), of(0, 2), of(-1, 0), of(1, 1)))
    >>> found = sums_of(lines, np.array([[50, 60], [20, 0]]), np.array([[1, 1], [3, 0]], dtype=np.uint8))
    >>> found.use.tolist(), found.known.tolist()
    ([[50, 60], [30, 0], [20, 0]], [[True, True], [True, False], [True, False]])
    >>> found.parts.tolist(), found.complete.tolist(), found.missing.tolist()
    ([1, 2, 1], [[1, 1], [1, 1], [0, 0]], [[0, 0], [0, 1], [0, 1]])
    """
    parts = np.bincount(lines.line[lines.term], minlength=len(lines))
    total = np.zeros((len(lines), use.shape[1]), dtype=np.int64)
    for line, row, weight in zip(*_parts(lines), lines.weight.tolist(), strict=True):
        if weight == 1:
            total[line] += use[row]
        else:
            total[line] += weight * use[row]
    known = _without_missing(lines, use, quality, total)
    complete, estimated, missing, absent = _counted(lines, quality, parts)
    there = absent < parts[:, None] if absent.any() else None
    return Sums(total, known, parts.astype(np.int32), complete, estimated, missing, there)


def _parts(lines: Lines) -> tuple[list[int], list[int]]:
    """Line and row of each part."""
    return lines.line[lines.term].tolist(), lines.row.tolist()


def _without_missing(lines: Lines, use: Ints, quality: Bytes, total: Ints) -> Bools | None:
    """Take out of the totals each term in the hours in which a part of it is missing; where any term is left."""
    lacking = (quality == Quality.MISSING) | (quality == ABSENT)
    holes = lacking.any(axis=1)[lines.row]
    if not holes.any():
        return None
    unknown = np.zeros(total.shape, dtype=np.int32)
    alone = np.bincount(lines.term)[lines.term] == 1  # of a single part the use is 0 where it is missing
    owner = lines.line[lines.term]
    for line, row in zip(owner[holes & alone].tolist(), lines.row[holes & alone].tolist(), strict=True):
        unknown[line] += lacking[row]
    begins = np.searchsorted(lines.term, np.unique(lines.term[holes & ~alone])).tolist()
    for begin in begins:
        end = int(np.searchsorted(lines.term, lines.term[begin], side="right"))
        line, rows = int(owner[begin]), lines.row[begin:end]
        hours = np.flatnonzero(lacking[rows].any(axis=0))
        unknown[line, hours] += 1
        total[line, hours] -= lines.weight[begin:end] @ use[rows[:, None], hours]
    terms = np.bincount(lines.line, minlength=len(lines))
    return np.asarray(unknown < terms[:, None])


def _counted(lines: Lines, quality: Bytes, parts: Ints) -> list[Counts]:
    """Parts of lines that are complete, estimated, missing, and of which there is no interval, in each step: all four
    counted in one number, as many bits each as the largest line needs."""
    shape = (len(lines), quality.shape[1])
    if bool(((quality == Quality.MEASURED) | (quality == Quality.CALCULATED)).all()):
        none = np.broadcast_to(np.int32(0), shape)
        return [np.broadcast_to(parts.astype(np.int32)[:, None], shape), none, none, none]
    bits = 8 if parts.max(initial=0) < 2**8 else 16
    kind = np.uint32 if bits == 8 else np.uint64
    said = np.zeros(256, dtype=np.uint64)
    said[[Quality.MEASURED, Quality.CALCULATED]] = 1
    said[Quality.ESTIMATED] = 1 << bits
    said[Quality.MISSING] = 1 << 2 * bits
    said[ABSENT] = said[Quality.MISSING] + np.uint64(1 << 3 * bits)
    words, added = said.astype(kind)[quality], np.zeros(shape, dtype=kind)
    for line, row in zip(*_parts(lines), strict=True):
        added[line] += words[row]
    mask = kind((1 << bits) - 1)
    return [((added >> kind(n * bits)) & mask).astype(np.int32) for n in range(4)]
