"""Named streams of chance that give the same numbers on every machine.

Only the raw words of PCG64 are used (their sequence is promised by numpy), and only integer
arithmetic and the four IEEE operations afterwards: no ``exp``, ``log`` or trigonometric function of
the platform's mathematics library, whose last digits differ between machines.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MASK16 = np.uint64(0xFFFF)
_SQUARINGS = 12  # (1 + x/4096)^4096, an exponential made of multiplications only


class Stream:
    """One reproducible stream, told apart by the city's seed and a name."""

    def __init__(self, seed: int, name: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))

    def words(self, count: int) -> NDArray[np.uint64]:
        """``count`` raw words of 64 bits."""
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64)

    def below(self, bound: int, count: int) -> Ints:
        """Whole numbers in [0, bound); ``bound`` at most 2³¹."""
        return ((self.words(count) >> np.uint64(33)) * np.uint64(bound) >> np.uint64(31)).astype(np.int64)

    def share(self, count: int) -> Ints:
        """Shares in ten-thousandths, evenly in [0, 10000)."""
        return self.below(10_000, count)

    def between(self, low: int, high: int, count: int) -> Ints:
        """Whole numbers in [low, high], both included."""
        return low + self.below(high - low + 1, count)

    def order(self, count: int) -> Ints:
        """A permutation of ``count`` places."""
        return np.argsort(self.words(count), kind="stable").astype(np.int64)

    def choice(self, cumulative: Ints, count: int) -> Ints:
        """Indices drawn by cumulative whole weights (the last entry is their sum)."""
        drawn = self.below(int(cumulative[-1]), count)
        return np.searchsorted(cumulative, drawn, side="right").astype(np.int64)

    def normal(self, count: int) -> Floats:
        """Nearly normal numbers (mean 0, deviation 1, |z| < 6): sums of twelve uniform ones."""
        words = self.words(3 * count).reshape(count, 3)
        total = np.zeros(count, dtype=np.int64)
        for shift in (0, 16, 32, 48):
            total += ((words >> np.uint64(shift)) & _MASK16).astype(np.int64).sum(axis=1)
        return (total - 6 * 0xFFFF).astype(np.float64) / 65536.0

    def wobble(self, deviation: int, shape: tuple[int, ...]) -> Ints:
        """Whole noise in ten-thousandths around 0 with the given deviation, within ±3.47 of it."""
        words = self.words(int(np.prod(shape))).reshape(shape)
        total = np.zeros(shape, dtype=np.int64)
        for shift in (0, 16, 32, 48):
            total += ((words >> np.uint64(shift)) & _MASK16).astype(np.int64)
        # The sum of four has the deviation 65536 × √(4/12) = 37837.
        return (total - 2 * 0xFFFF) * deviation // 37_837


def heavy_tail(normal: Floats, sigma: float | Floats) -> Floats:
    """Factors with median 1 and a long upper tail, nearly e^(sigma × z), from multiplications only.

    >>> [round(float(x), 2) for x in heavy_tail(np.array([-1.0, 0.0, 1.0]), 0.5)]
    [0.61, 1.0, 1.65]
    """
    factor = 1.0 + normal * sigma / float(1 << _SQUARINGS)
    for _ in range(_SQUARINGS):
        factor = factor * factor
    return factor
