"""Returns of periods in which their institution was not in being: they would be stored and counted nowhere."""

import numpy as np

from jieyue.apps.exchange.result import Report
from jieyue.apps.exchange.returns import ReturnBlock
from jieyue.apps.registry.queries import spans_of
from jieyue.domain.period import Period


def refuse_not_in_being(block: ReturnBlock, report: Report) -> None:
    """Reject the rows of a return whose whole period lies before its institution's first day or after its last."""
    ids = {subject.id for subject in block.subjects if subject.id is not None}
    spans = spans_of(ids)
    periods = {text: Period.parse(text) for text in dict.fromkeys(block.periods)}
    for place, subject in enumerate(block.subjects):
        span = spans.get(subject.id) if subject.id is not None else None
        period = periods[block.periods[place]]
        if span is None or (span[0] <= period.last_day and period.start < span[1]):
            continue
        speaks = (block.origins[place] != 0) | block.clears[place]
        for row in np.unique(block.cell_rows[place][speaks]).tolist():
            report.reject(row, "period_not_in_being", value=block.periods[place], institution=subject.label)
