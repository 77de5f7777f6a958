"""The sums of a month of a point over some of its days only: where it served several institutions in turn."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from jieyue.apps.metering.lake import POINT_DAY
from jieyue.apps.metering.models import PointMonth
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.apps.metering.queries import stored_rows
from jieyue.domain.quantity import from_fixed
from jieyue.domain.readings import DAY, Quality

Spans: TypeAlias = Sequence[tuple[int, int]]
"""Instants [first, end), ascending."""

_COUNTS = [one.name.lower() for one in Quality]


def own_sums(shared: Mapping[int, Spans], month: int) -> dict[int, PointMonth]:
    """Point → what its hours on those days say together (not saved; without `last`)."""
    span = begin_of(month), begin_of(shifted(month, 1))
    point, start, use, *counts = stored_rows(
        POINT_DAY, ("point", "start", "use", *_COUNTS), list(shared), span
    )
    found: dict[int, PointMonth] = {}
    for number, spans in shared.items():
        mine = np.zeros(len(point), dtype=bool)
        for first, end in spans:
            mine |= (start >= first) & (start + DAY <= end)
        mine &= point == number
        total: Any = from_fixed(int(use[mine].sum()))
        sums = {name: int(count[mine].sum()) for name, count in zip(_COUNTS, counts, strict=True)}
        known = sum(sums.values()) > sums["missing"]
        found[number] = PointMonth(point_id=number, month=month, use=total if known else None, **sums)
    return found
