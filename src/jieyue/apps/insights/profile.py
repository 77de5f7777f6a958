"""The profile of an institution 单位画像: two years beside each other, its place among peers, and why it changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from jieyue.apps.accounts.frame import missing
from jieyue.apps.accounts.peer_frame import INTENSITIES
from jieyue.apps.accounts.peers import Band, bands
from jieyue.apps.accounts.queries import FigureRow, institution_history, row_of, run_for
from jieyue.apps.insights.standard import chosen
from jieyue.apps.insights.why import Cause, Money, Year, causes, indicators, money
from jieyue.domain.sums import ORIGINS

#: What is compared with the year before, in the order of the page.
COMPARED = (
    "energy_total_tce", "energy_building_tce", "energy_vehicle_tce", "water_total_m3", "co2_total_t",
    "energy_cost_yuan", "energy_per_area_kgce_m2", "energy_per_person_kgce", "water_per_person_m3",
    "co2_per_area_kg_m2", "floor_area_m2", "persons", "vehicles",
)  # fmt: skip
ORIGIN_SHARES = tuple(f"evidence_share_{name}" for name in ORIGINS)


@dataclass(frozen=True)
class Profile:
    """now, then: the figures of the year and the one before, what was not reported with a missing figure of its own.

    bands: None where they are not computed; kept: whether the standard runs compute them, as they do the last year's.
    """

    year: str
    now: Year
    then: Year
    bands: Sequence[Band] | None
    kept: bool
    causes: tuple[Cause, ...]
    money: tuple[Money, ...]


def profile_of(
    number: int, code: str, year: str, *, sequence: int, compute: bool, peers: bool = False
) -> Profile | None:
    """The profile by a year; compute False: None where its years were never computed, 计算中. peers: compute the peers
    of the year too, if they are not there."""
    plan = run_for(year, sequence=sequence)
    method = plan.method.account
    before = str(int(year) - 1)
    codes = list(
        dict.fromkeys((*COMPARED, *indicators(method), *INTENSITIES, *ORIGIN_SHARES, "completeness"))
    )
    rows = institution_history(number, codes, [before, year], sequence=sequence, compute=compute, code=code)
    if rows is None:
        return None
    then, now = (_year(rows, code, period, codes, sequence) for period in (before, year))
    return Profile(
        year,
        now,
        then,
        bands(plan, number, INTENSITIES, compute=peers),
        year == str(chosen().year),
        causes(then, now, method),
        money(then, now, method),
    )


def _year(rows: Sequence[FigureRow], code: str, period: str, codes: Sequence[str], sequence: int) -> Year:
    plan, scope = run_for(period, sequence=sequence), f"institution:{code}"
    found = {row.indicator: row for row in rows if row.period == period}
    return {one: found.get(one) or row_of(plan, scope, missing(scope, one)) for one in codes}
