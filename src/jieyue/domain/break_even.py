"""Break-evens of a verdict: how much it takes until a kept or passed limit turns, and how sure a verdict is.

A verdict compares N ÷ D (an intensity: use over floor area or persons) or N (a total, D = 1) with a limit T, the
target or the year's value on the path. Each break-even is the value at which both are equal, exactly: there the
limit is just kept (`plan_verdict`: equal is kept), and one digit further it is passed. They are of limits that
must not be passed; a floor has none here.
Source: arithmetic alone; no coefficient stands in this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Grade = Literal["high", "medium", "low"]


def missing_use(
    limit: Fraction, use: Fraction, *, over: Fraction | None = None, unreported: Fraction | None = None
) -> Fraction:
    """Return b, the use of those that did not report at which the verdict turns [unit of ``use``].

    ``over``: what the use is divided by, D (None: a total); ``unreported``: the registered floor area or persons
    of those that did not report, d, which would join D. Formula: b = T × (D + d) − N; for a total b = T − N.
    Below 0: the limit is passed and no use of theirs can mend it.

    >>> missing_use(Fraction(10), Fraction(950), over=Fraction(100), unreported=Fraction(5))
    Fraction(100, 1)
    >>> missing_use(Fraction(1120), Fraction(1100))
    Fraction(20, 1)
    """
    return limit * (1 if over is None else over + (unreported or 0)) - use


def grid_factor(
    limit: Fraction, co2: Fraction, *, electricity: Fraction, used: Fraction, over: Fraction = Fraction(1)
) -> Fraction | None:
    """Return f*, the electricity factor at which a CO2 verdict turns [kgCO2/kWh]; None without electricity.

    ``co2`` N [kg] computed with the factor ``used`` f₀ [kg/kWh] on ``electricity`` E [kWh]; ``over`` D. All three
    may stand per D already (D = 1). Formula: f* = (T × D − (N − f₀ × E)) ÷ E. Below 0: no factor mends it.

    >>> grid_factor(Fraction(33), Fraction(30), electricity=Fraction(60), used=Fraction("0.4"))
    Fraction(9, 20)
    """
    if electricity <= 0:
        return None
    return (limit * over - (co2 - used * electricity)) / electricity


def floor_area_error(limit: Fraction, intensity: Fraction) -> Fraction | None:
    """Return a*, the share by which the true floor area (or persons) is smaller when the verdict turns [1].

    ``intensity`` is N ÷ D. Formula: a* = 1 − N ÷ (T × D). Below 0: it would have to be larger. None for T ≤ 0.

    >>> floor_area_error(Fraction(10), Fraction("9.5"))
    Fraction(1, 20)
    """
    return None if limit <= 0 else 1 - intensity / limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How sure a verdict is, and why: ``turning`` the tests that turn it, ``undone`` those that lack data.

    ``reasons``: ``completeness_unknown``, ``completeness_low``, ``one_turns``, ``several_turn``, ``undone``.
    """

    grade: Grade
    turning: tuple[str, ...]
    undone: tuple[str, ...]
    reasons: tuple[str, ...]


def confidence(
    tests: Mapping[str, bool | None], *, completeness: Fraction | None, threshold: Fraction
) -> Confidence:
    """Grade a verdict by its tests: name → whether it turns the verdict (None: it could not be done).

    high 高: every test was done and none turns it; medium 中: one does, or one could not be done;
    low 低: completeness (weighted) is unknown or below ``threshold``, or more than one test turns it.

    >>> confidence({"missing": False, "vehicles": True}, completeness=Fraction(1), threshold=Fraction(9, 10)).grade
    'medium'
    """
    turning = tuple(name for name, turns in tests.items() if turns)
    undone = tuple(name for name, turns in tests.items() if turns is None)
    reasons = []
    if completeness is None:
        reasons.append("completeness_unknown")
    elif completeness < threshold:
        reasons.append("completeness_low")
    if turning:
        reasons.append("one_turns" if len(turning) == 1 else "several_turn")
    if undone:
        reasons.append("undone")
    grade: Grade = "medium" if turning or undone else "high"
    if completeness is None or completeness < threshold or len(turning) > 1:
        grade = "low"
    return Confidence(grade=grade, turning=turning, undone=undone, reasons=tuple(reasons))
