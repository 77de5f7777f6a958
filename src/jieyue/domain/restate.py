"""Restatement 重述: from a published figure to its new value, in four effects that sum exactly.

The effects are found by sequential substitution in one declared order, data → factor → boundary → method:
each step puts the new one in the place of the old, on top of the steps before. Another order would share the
joint effects otherwise; the order is fixed so that any two people get the same bridge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from jieyue.domain.errors import DomainError
from jieyue.domain.rounding import ExactNumber, exact_fraction


class RestateError(DomainError):
    """No bridge can be built: the figure has no value at one of its five stations (`no_value`)."""


@dataclass(frozen=True, slots=True)
class Corner:
    """Which of the four things are taken as new (True) or as they were (False) when a figure is computed.

    `data`: the facts (publication S), `factor`: factor set, electricity factor, coefficients, `boundary`: the
    date of the boundaries, `method`: the method id.
    """

    data: bool = False
    factor: bool = False
    boundary: bool = False
    method: bool = False

    def __str__(self) -> str:
        """Return the names of what is new, for messages."""
        return "+".join(name for name in PARTS if getattr(self, name)) or "old"


PARTS = ("data", "factor", "boundary", "method")
"""The order of substitution."""

STATIONS = (
    Corner(),
    Corner(data=True),
    Corner(data=True, factor=True),
    Corner(data=True, factor=True, boundary=True),
    Corner(data=True, factor=True, boundary=True, method=True),
)
"""The corners that are computed, from old to new; one effect lies between each two."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A restatement in the figure's own unit: old + data + factor + boundary + method = new, exactly."""

    old: Fraction
    data: Fraction
    factor: Fraction
    boundary: Fraction
    method: Fraction
    new: Fraction


def bridge(value: Callable[[Corner], ExactNumber | None]) -> Bridge:
    """Return the bridge of a figure from its old value to its new one.

    `value`: computes the figure at a corner, exactly; it is called once for each of the five STATIONS.
    Formula: effect k = V(parts 1 … k new) − V(parts 1 … k − 1 new), parts in the order of PARTS.
    Raises RestateError if the figure has no value at a station, TypeError if a value is a float.

    >>> old, new = (Fraction(100), Fraction(2)), (Fraction(110), Fraction(3))  # kWh, kg/kWh
    >>> found = bridge(lambda at: (new if at.data else old)[0] * (new if at.factor else old)[1])
    >>> [int(part) for part in (found.old, found.data, found.factor, found.boundary, found.new)]
    [200, 20, 110, 0, 330]
    """
    values = [_value_at(corner, value) for corner in STATIONS]
    data, factor, boundary, method = (later - earlier for earlier, later in pairwise(values))
    return Bridge(values[0], data, factor, boundary, method, values[-1])


def _value_at(corner: Corner, value: Callable[[Corner], ExactNumber | None]) -> Fraction:
    found = value(corner)
    if found is None:
        raise RestateError(
            "no_value",
            zh=f"缺数，不能分解：在“{corner}”处没有数值；请先补齐",
            en=f"no bridge: the figure has no value at “{corner}”; complete it first",
            data={"corner": str(corner)},
        )
    return exact_fraction(found)
