"""Where institutions stand: regions as dated facts of the catalog, and who went where in a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jieyue.sample.facts import Facts, Place

# Shares of a region that passed on, in ten-thousandths of its institutions. The towns of the change are not
# named in any source at hand, so the sample draws institutions instead of towns.
NORTHERN_TOWNS = 1_200
BEIBEI_TOWNS = 1_500

# Districts of this synthetic city whose education and health institutions report to a department inside the
# district; the new district takes the departments of the abolished ones over.
WITH_DEPARTMENTS = ("500101", "500103", "500106", "500112", "500116", "500118", "cq-liangjiang-district")
INNER_SYSTEMS = ("EDU", "HEA")


@dataclass(frozen=True, slots=True)
class Stay:
    """A dated stay in a region; valid_to is exclusive."""

    code: str
    valid_from: date
    valid_to: date


def stays(facts: Facts, home: str, share: int, *, start: date, end: date) -> list[Stay]:
    """The regions that an institution at home in ``home`` belongs to from ``start`` to ``end``.

    ``share`` in [0, 10000) decides whether it stands in the part that passed to another region.
    """
    target, day = _destination(facts, facts.place(home), share)
    if day is None or end <= day:
        return [Stay(home, start, end)]
    if start >= day:
        return [Stay(target, start, end)]
    return [Stay(home, start, day), Stay(target, day, end)]


def _destination(facts: Facts, place: Place, share: int) -> tuple[str, date | None]:
    """The region it passes to and the day, or (home, None)."""
    moves = [move for move in facts.moves if move.from_code == place.code]
    part = next((move for move in moves if move.extent == "part"), None)
    if part is not None and share < (NORTHERN_TOWNS if len(moves) > 1 else BEIBEI_TOWNS):
        return part.to_code, part.day
    for move in moves:
        if move.extent != "part":
            return move.to_code, move.day
    if place.kind == "zone" and place.valid_to != facts.open_end:
        # The zone stops reporting on its own when the district made on that day takes it in.
        taker = next(other for other in facts.places if other.valid_from == place.valid_to)
        return taker.code, place.valid_to
    return place.code, None


def line_of(region: str, system: str) -> str:
    """The node that a district-level institution of a region reports to."""
    if region in WITH_DEPARTMENTS and system in INNER_SYSTEMS:
        return f"L-{region}-{system}"
    return f"L-{region}"
