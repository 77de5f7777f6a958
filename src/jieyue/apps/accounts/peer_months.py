"""The middle half of an institution's peers by month: quantiles of each group, computed once for a year and stored.

Who is a peer is told by the year's run (`peers`: type, third of the type by floor area, group of regions), so the group
is one and the same in all twelve months. A month's group of fewer than ten numbers is widened, which the answer says.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from jieyue.apps.accounts.everyone import everyone
from jieyue.apps.accounts.peer_frame import peer_frame
from jieyue.apps.accounts.peers import LEAST, LEVELS, Group, Pools, pools_of
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.accounts.services.compute_run import RunPlan, store_part, stored_content
from jieyue.apps.publication.memory import LastFew
from jieyue.domain.indicators import compute
from jieyue.domain.period import Period
from jieyue.domain.quantiles import between

PEER_MONTHS: Final = "peer_months.1"
#: What is shown by month: energy of the buildings by floor area, water by person.
BANDED: Final = ("energy_per_area_kgce_m2", "water_per_person_m3")
HALF: Final = (25, 50, 75)

_Key = tuple[str, str, str, str]  # month, indicator, level, group
_kept = LastFew["PeerMonths"](4)


@dataclass(frozen=True)
class MonthBand:
    """n: how many of the group have a number in the month; quantiles: P25, P50, P75, empty where no group has ten;
    level: how far the group was widened."""

    month: str
    level: str
    n: int
    quantiles: Mapping[int, Fraction]


@dataclass(frozen=True)
class PeerMonths:
    """(month, indicator, level, group) → how many, and the quantiles as texts."""

    rows: Mapping[_Key, tuple[int, tuple[str, ...]]]

    def band(self, group: Group, indicator: str, month: str) -> MonthBand:
        """The narrowest group with ten numbers in the month."""
        for level in LEVELS:
            found = self.rows.get((month, indicator, level, group.at(level)))
            if found is not None:
                values = {share: Fraction(text) for share, text in zip(HALF, found[1], strict=True)}
                return MonthBand(month, level, found[0], values)
        return MonthBand(month, "", 0, {})

    def to_bytes(self) -> bytes:
        """The rows as JSON, in their order."""
        return json.dumps([[*key, n, *texts] for key, (n, texts) in sorted(self.rows.items())]).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "PeerMonths":
        """Read what `to_bytes` wrote."""
        rows: list[list[Any]] = json.loads(content)
        return cls({(m, code, level, at): (n, tuple(texts)) for m, code, level, at, n, *texts in rows})


def peer_months(plan: RunPlan, *, compute_it: bool = True) -> PeerMonths | None:
    """The stored bands of a year's run, else computed and stored; compute_it False: None where they are not stored."""
    if (known := _kept.peek(plan.id)) is not None:
        return known
    content = stored_content(plan.id, PEER_MONTHS)
    if content is None and not compute_it:
        return None
    if content is None:
        content = compute_months(plan).to_bytes()
        store_part(plan, PEER_MONTHS, content, hashlib.sha256(content).hexdigest())
    made = PeerMonths.from_bytes(content)
    _kept.keep(plan.id, made)
    return made


def bands_by_month(
    plan: RunPlan, institution: int, indicator: str, *, compute: bool
) -> list[MonthBand] | None:
    """A band for each month of the year's run; empty for whom the run does not count; None where it is not computed."""
    found = peer_months(plan, compute_it=compute)
    pools = None if found is None else pools_of(plan, compute=compute)
    if found is None or pools is None:
        return None
    group = pools.group(institution)
    months = plan.period.months()
    return [] if group is None else [found.band(group, indicator, str(month)) for month in months]


def compute_months(plan: RunPlan) -> PeerMonths:
    """Compute the bands from the lake; stores nothing."""
    frame = peer_frame(plan)
    assert frame is not None
    groups = Pools(frame).groups()
    return PeerMonths(dict(row for month in plan.period.months() for row in _month(plan, month, groups)))


def _month(
    plan: RunPlan, month: Period, groups: Mapping[int, Group]
) -> Iterator[tuple[_Key, tuple[int, tuple[str, ...]]]]:
    run = run_for(
        str(month), sequence=plan.key.sequence
    )  # the account of a month weighs stocks by its own days
    people = everyone(run)
    ids: Sequence[int] = people.ids.tolist()
    for code, column in compute(people.sums, run.method.account, BANDED).items():
        values: dict[tuple[str, str], list[Fraction]] = {}
        for number, value in zip(ids, column.values, strict=True):
            group = groups.get(number)
            if value is None or group is None:
                continue
            for level in LEVELS:
                if at := group.at(level):
                    values.setdefault((level, at), []).append(value)
        for (level, at), own in values.items():
            if len(own) >= LEAST:
                texts = tuple(str(between(own, Fraction(share, 100))) for share in HALF)
                yield (str(month), code, level, at), (len(own), texts)
