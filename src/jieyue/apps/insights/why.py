"""Why the energy and the money of an institution changed between two years: effects that are derived figures.

Energy: the building's carriers, or all of them where the plan does not count all oil as vehicle fuel. Each is
size times use per size, by floor area and, beside it and never added, by persons. Money: quantity and price by carrier.
What is missing on either side is named, and then nothing is attributed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts import derived
from jieyue.apps.accounts.derived import Derived
from jieyue.apps.accounts.queries import FigureRow
from jieyue.domain.derived_why import cost
from jieyue.domain.energy import OIL
from jieyue.domain.indicators import AccountMethod

TOTAL, BUILDING, MONEY = "energy_total_tce", "energy_building_tce", "energy_cost_yuan"
SIZES = ("floor_area_m2", "persons")
#: What tells the size that a year's energy was divided by, weighted by days in being.
_WEIGHTED = {"floor_area_m2": "energy_total_per_area_kgce_m2", "persons": "energy_per_person_kgce"}
_SHARE = "energy_share_"
#: A gap: the institution was in being for a part of that year only.
PART_OF_YEAR = "part_of_year"
#: Figure of one year by its indicator.
Year = Mapping[str, FigureRow]


@dataclass(frozen=True)
class Cause:
    """One reading: size and intensities sum to the change of `whole` exactly. gaps: (indicator, 'now' or 'then')."""

    size_of: str
    whole: str
    change: Derived | None = None
    size: Derived | None = None
    intensities: Mapping[str, Derived] | None = None
    gaps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Money:
    """By carrier: its cost then and now, and what quantity and price did."""

    carrier: str
    then: Fraction | None
    now: Fraction | None
    quantity: Derived
    price: Derived


def indicators(method: AccountMethod) -> tuple[str, ...]:
    """What is read of each year."""
    form = method.form
    shares = [f"energy_share_{item.carrier}" for item in form.energy_carriers]
    prices = [f"unit_price_{item.carrier}" for item in form.energy_carriers if item.carrier in form.costs]
    return (TOTAL, BUILDING, MONEY, *SIZES, *_WEIGHTED.values(), *shares, *prices)


def causes(then: Year, now: Year, method: AccountMethod) -> tuple[Cause, ...]:
    """Why energy changed: by floor area, and by persons."""
    return tuple(_cause(size, then, now, method) for size in SIZES)


def money(then: Year, now: Year, method: AccountMethod) -> tuple[Money, ...]:
    """Why money changed: each carrier that was used in one of the years and has a price."""
    found = []
    for item in method.form.energy_carriers:
        share, price = f"energy_share_{item.carrier}", f"unit_price_{item.carrier}"
        used = any(_exact(year, share) for year in (then, now))
        if not used or item.carrier not in method.form.costs or item.carrier not in method.kgce:
            continue
        kgce = method.kgce[item.carrier] * item.to_carrier_unit
        quantity, priced = derived.money_effects(
            _pair(TOTAL, then, now), _pair(share, then, now), _pair(price, then, now), kgce
        )
        costs = [
            cost(_exact(year, TOTAL), _exact(year, share), _exact(year, price), kgce) for year in (then, now)
        ]
        found.append(Money(item.carrier, costs[0], costs[1], quantity, priced))
    return tuple(found)


def _cause(size: str, then: Year, now: Year, method: AccountMethod) -> Cause:
    whole = BUILDING if method.vehicle_boundary == "all_oil" else TOTAL
    shares = _used(whole, then, now, method)
    gaps = [*_missing([TOTAL, whole, size, *shares], then, now), *_part_years(size, then, now)]
    if not gaps:
        gaps = _not_the_whole(whole, shares, then, now)
    if gaps:
        return Cause(size, whole, gaps=tuple(gaps))
    energy, by = _pair(TOTAL, then, now), _pair(size, then, now)
    pairs = {share: _pair(share, then, now) for share in shares}
    return Cause(
        size,
        whole,
        change=derived.change(*_pair(whole, then, now)),
        size=derived.size_effect(energy, by, list(pairs.values())),
        intensities={
            share.removeprefix(_SHARE): derived.intensity_effect(energy, by, pair)
            for share, pair in pairs.items()
        },
    )


def _used(whole: str, then: Year, now: Year, method: AccountMethod) -> list[str]:
    """Shares of the carriers of which some was used in one of the years."""
    out = OIL if whole == BUILDING else ()
    shares = [f"{_SHARE}{item.carrier}" for item in method.form.energy_carriers if item.carrier not in out]
    return [share for share in shares if _exact(then, share) or _exact(now, share)]


def _missing(codes: Sequence[str], then: Year, now: Year) -> list[tuple[str, str]]:
    return [
        (code, name)
        for code in codes
        for name, year in (("then", then), ("now", now))
        if _exact(year, code) is None or (code in SIZES and not _exact(year, code))
    ]


def _part_years(size: str, then: Year, now: Year) -> list[tuple[str, str]]:
    """Where a year's use was divided by another size than that of its end: in being for a part of it."""
    found = []
    for name, year in (("then", then), ("now", now)):
        energy, per, own = _exact(year, TOTAL), _exact(year, _WEIGHTED[size]), _exact(year, size)
        if energy and per and own is not None and energy * 1000 / per != own:
            found.append((PART_OF_YEAR, name))
    return found


def _not_the_whole(whole: str, shares: Sequence[str], then: Year, now: Year) -> list[tuple[str, str]]:
    """Where the carriers do not make up the whole: then it is not known what the rest is."""
    found = []
    for name, year in (("then", then), ("now", now)):
        total = _exact(year, TOTAL) or Fraction(0)
        if sum((total * (_exact(year, share) or 0) / 100 for share in shares), Fraction(0)) != _exact(
            year, whole
        ):
            found.append((whole, name))
    return found


def _exact(year: Year, code: str) -> Fraction | None:
    row = year.get(code)
    return None if row is None else row.exact


def _pair(code: str, then: Year, now: Year) -> derived.Pair:
    return now[code], then[code]
