"""Fill a gap by a named estimate 推算: what it is made of is kept with the cell, and emptying the cell undoes it.

| method | the estimate |
|---|---|
| year_ago | the same period of last year |
| last_period | the period before |
| mean_of_three | the mean of the three periods before, all of which must be stated |

An estimated cell has origin 4: the share of estimates stands beside every total (`evidence_share_estimated`).
"""

from collections.abc import Mapping

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.queries import cells_now
from jieyue.domain.period import Period

ESTIMATED = 4
METHODS: Mapping[str, tuple[str, str]] = {
    "year_ago": ("取上年同期", "as a year ago"),
    "last_period": ("取上期", "as the period before"),
    "mean_of_three": ("取前三期平均", "mean of the three periods before"),
}


def estimate(key: Key, item: str, method: str) -> tuple[int, int]:
    """The estimate of a cell: (ten-thousandths, origin 4). Raises RefusedError where a number for it is missing.

    A mean is rounded half to even to four decimals (GB/T 8170-2008 §3.2).
    """
    if method not in METHODS:
        raise RefusedError("unknown_method", zh=f"没有推算方法 {method}", en=f"there is no estimate {method}")
    periods = _periods(Period.parse(key.period), method)
    found = cells_now(key.form, [key.subject], periods, key.instance)
    values = [found.get((key.subject, period), {}).get(item, (0, 0)) for period in periods]
    if any(origin in (0, NOT_USED) for _, origin in values):
        shown = ", ".join(periods)
        raise RefusedError(
            "no_estimate",
            zh=f"{shown} 没有报过这一项，不能推算",
            en=f"the item was not stated for {shown}: no estimate can be made of it",
        )
    total, count = sum(value for value, _ in values), len(values)
    whole, rest = divmod(total, count)
    up = rest * 2 > count or (rest * 2 == count and whole % 2)
    return whole + int(up), ESTIMATED


def _periods(period: Period, method: str) -> list[str]:
    if method == "year_ago":
        return [str(period.previous_year())]
    before = [period.previous()]
    if method == "mean_of_three":
        before += [before[0].previous(), before[0].previous().previous()]
    return [str(each) for each in before]
