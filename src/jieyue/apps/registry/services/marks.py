"""The sensitive mark goes along with a split and a merger, for the same days: only who may lift it lifts it.

What has been part of a sensitive institution, or has taken one in, would else stand in public data on its own.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from jieyue.apps.registry.attributes import Attributes
from jieyue.apps.registry.sensitive import YES, marked_spans
from jieyue.apps.registry.services.write import intervals_of, write_update
from jieyue.domain.tree import OPEN_END

Span = tuple[date, date]


def marks_from(institutions: Collection[int], day: date) -> list[Span]:
    """From `day` on, since when until when one of them is marked; later marks that are known already too."""
    spans = [
        (max(first, day), end)
        for rows in intervals_of(institutions).values()
        for first, end in marked_spans((row.valid_from, row.valid_to, row.value) for row in rows)
        if end > day
    ]
    found: list[Span] = []
    for first, end in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def marked(value: Attributes, day: date, spans: Collection[Span]) -> list[tuple[date, date, Attributes]]:
    """What holds from `day` on, with the mark on the days of the spans."""
    found, at = [], day
    for first, end in spans:
        if first > at:
            found.append((at, first, value))
        found.append((first, end, replace(value, sensitive=YES)))
        at = end
    if at < OPEN_END:
        found.append((at, OPEN_END, value))
    return found


def carry_marks(seq: int, spans: Collection[Span], into: int) -> None:
    """`into` is marked on the days of the spans too."""
    for first, end in spans:
        write_update(seq, into, first, lambda value: replace(value, sensitive=YES), until=end)
