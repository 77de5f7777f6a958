"""An institution among its peers: quantiles of the group, its own percentile, never another's number.

Peers are of the same type, the same third of their type by floor area, and the same group of regions (一区两群). Where
fewer than ten have a number, the region is let go, then the size; a type with fewer than ten has no band at all, and
the answer says which it was. Quantiles are this system's own statistics, no quota (本系统同类分位，非定额).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from jieyue.apps.accounts.peer_frame import INTENSITIES, PeerFrame, peer_frame
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.apps.publication.memory import LastFew
from jieyue.domain.quantiles import between, percentile

#: A band of fewer is not shown.
LEAST: Final = 10
SHARES: Final = (20, 25, 50, 75, 80)
#: How far the group was widened: nothing let go, the region, the region and the size.
LEVELS: Final = ("type_size_region", "type_size", "type")
#: Whom the run does not count: it was not in being, or stands outside this authority's count.
ABSENT: Final = "absent"
LEVEL_WORDS: Final = {
    "type_size_region": ("同类型、同规模、同片区", "same type, size and group of regions"),
    "type_size": (
        "同类型、同规模（同片区不足 10 个，已并入全部片区）",
        "same type and size, of all regions: fewer than 10 in its own",
    ),
    "type": (
        "同类型（同规模不足 10 个，已并入各规模）",
        "same type, of all sizes and regions: fewer than 10 of its own",
    ),
    "": ("同类不足 10 个，不列分位", "fewer than 10 peers: no band"),
    "absent": ("这一期不在统计范围内", "not among those counted in this period"),
}


@dataclass(frozen=True)
class Band:
    """quantiles: P20, P25, P50, P75, P80; empty where fewer than ten peers have a number. n: the institution and its
    peers. level: one of LEVELS; empty without a band, ABSENT where the run does not count the institution.
    percentile: of its own number, from low to high [%]."""

    indicator: str
    level: str
    n: int
    quantiles: dict[int, Fraction]
    own: Fraction | None
    percentile: Fraction | None


def band(plan: RunPlan, institution: int, indicator: str, *, compute: bool = True) -> Band | None:
    """The band around an institution; compute False: None where the run has no stored peers, 计算中."""
    found = bands(plan, institution, [indicator], compute=compute)
    return None if found is None else found[0]


def bands(
    plan: RunPlan, institution: int, indicators: Sequence[str], *, compute: bool = True
) -> list[Band] | None:
    """`band` of several indicators: the peers are read once."""
    pools = pools_of(plan, compute=compute)
    return None if pools is None else [pools.band(institution, one) for one in indicators]


def pools_of(plan: RunPlan, *, compute: bool = True) -> "Pools | None":
    """The institutions of a run by what makes them peers; compute False: None where they are not stored."""
    frame = peer_frame(plan, compute_it=compute)
    return None if frame is None else _kept.get(plan.id, lambda: Pools(frame))


def type_quantiles(plan: RunPlan, indicator: str) -> dict[int, tuple[int, dict[int, Fraction]]]:
    """Type of institution → how many have a number, and the quantiles; none of a type with fewer than ten.

    Computes and stores the peers of the run if they are not there.
    """
    frame = peer_frame(plan)
    assert frame is not None
    by_type: dict[int, list[Fraction]] = {}
    for kind, value in zip(frame.numbers("type"), frame.values(indicator), strict=True):
        if value is not None:
            by_type.setdefault(kind, []).append(value)
    return {
        kind: (
            len(own),
            {share: between(own, Fraction(share, 100)) for share in SHARES} if len(own) >= LEAST else {},
        )
        for kind, own in by_type.items()
    }


@dataclass(frozen=True)
class Group:
    """What makes an institution a peer: type, third of it by floor area (None: no area), group of regions (0: none)."""

    kind: int
    size: int | None
    region: int

    def at(self, level: str) -> str:
        """The name of its group at a level; empty where it cannot be placed in one."""
        if level == "type":
            return str(self.kind)
        if self.size is None or (level == "type_size_region" and not self.region):
            return ""
        return f"{self.kind}/{self.size}" + (f"/{self.region}" if level == "type_size_region" else "")


class Pools:
    """All institutions of a run by what makes them peers."""

    def __init__(self, frame: PeerFrame) -> None:
        self._places = {number: place for place, number in enumerate(frame.numbers("institution"))}
        self._types, self._groups = frame.numbers("type"), frame.numbers("group")
        self._values = {code: frame.values(code) for code in INTENSITIES}
        self._sizes = _thirds(self._types, frame.values("floor_area_m2"))

    def group(self, institution: int) -> Group | None:
        """What makes it a peer; None: the run does not count it."""
        place = self._places.get(institution)
        return None if place is None else self._group(place)

    def groups(self) -> dict[int, Group]:
        """Institution → what makes it a peer."""
        return {number: self._group(place) for number, place in self._places.items()}

    def _group(self, place: int) -> Group:
        return Group(self._types[place], self._sizes[place], self._groups[place])

    def band(self, institution: int, indicator: str) -> Band:
        """The narrowest group with ten numbers."""
        place = self._places.get(institution)
        if place is None:
            return Band(indicator, ABSENT, 0, {}, None, None)
        own = self._values[indicator][place]
        for level in LEVELS:
            found = self._pool(place, level, indicator)
            if len(found) >= LEAST:
                shares = {share: between(found, Fraction(share, 100)) for share in SHARES}
                where = None if own is None else percentile(found, own)
                return Band(indicator, level, len(found), shares, own, where)
        return Band(indicator, "", 0, {}, own, None)

    def _pool(self, place: int, level: str, indicator: str) -> list[Fraction]:
        """The numbers of a group; none where the institution itself cannot be placed in it."""
        values, size, group = self._values[indicator], self._sizes[place], self._groups[place]
        by_size, by_group = level != "type", level == "type_size_region"
        if (by_size and size is None) or (by_group and not group):
            return []
        return [
            value
            for other, value in enumerate(values)
            if value is not None
            and self._types[other] == self._types[place]
            and (not by_size or self._sizes[other] == size)
            and (not by_group or self._groups[other] == group)
        ]


_kept = LastFew[Pools](4)


def _thirds(types: Sequence[int], areas: Sequence[Fraction | None]) -> list[int | None]:
    """In which third of its type each stands by floor area: 0 small, 1, 2 large; equal areas stand in one third."""
    found: list[int | None] = [None] * len(types)
    by_type: dict[int, list[Fraction]] = {}
    for kind, area in zip(types, areas, strict=True):
        if area is not None:
            by_type.setdefault(kind, []).append(area)
    first = {
        kind: {area: place for place, area in reversed(list(enumerate(sorted(own))))}
        for kind, own in by_type.items()
    }
    for place, (kind, area) in enumerate(zip(types, areas, strict=True)):
        if area is not None:
            found[place] = 3 * first[kind][area] // len(by_type[kind])
    return found
