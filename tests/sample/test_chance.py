"""Chance must be the same on every machine, and look like what it says."""

import math
import zlib

import numpy as np
import pytest

from jieyue.sample.chance import Stream, heavy_tail


def pcg64(seed: np.random.SeedSequence, count: int) -> list[int]:
    """PCG XSL-RR 128/64 in plain Python (M. E. O'Neill, 2014, section 6.3.1), as the reference."""
    wide, narrow = (1 << 128) - 1, (1 << 64) - 1
    first, second, third, fourth = (int(word) for word in seed.generate_state(4, np.uint64))
    increment = ((third << 64 | fourth) << 1 | 1) & wide
    state = (increment + (first << 64 | second)) & wide
    words = []
    for _ in range(count + 1):
        state = (state * 0x2360ED051FC65DA44385DF649FCCF645 + increment) & wide
        folded, turn = (state >> 64 ^ state) & narrow, state >> 122
        words.append((folded >> turn | folded << (64 - turn)) & narrow)
    return words[1:]


def test_words_are_those_of_pcg64() -> None:
    seed = np.random.SeedSequence([20201231, zlib.crc32(b"persons")])
    assert Stream(20201231, "persons").words(4).tolist() == pcg64(seed, 4)


def test_words_are_the_same_for_ever() -> None:
    assert Stream(20201231, "persons").words(2).tolist() == [455891935223137212, 5076511820150480818]


def test_streams_differ_by_name_and_by_seed() -> None:
    first = Stream(1, "a").words(8).tolist()
    assert first == Stream(1, "a").words(8).tolist()
    assert first != Stream(1, "b").words(8).tolist()
    assert first != Stream(2, "a").words(8).tolist()


@pytest.mark.parametrize("bound", [1, 2, 10_000, 2**31])
def test_below_stays_below(bound: int) -> None:
    drawn = Stream(3, "below").below(bound, 5_000)
    assert drawn.min() >= 0
    assert drawn.max() < bound


def test_below_reaches_every_number_evenly() -> None:
    counts = np.bincount(Stream(3, "even").below(10, 100_000), minlength=10)
    assert counts.min() > 9_500
    assert counts.max() < 10_500


def test_choice_follows_its_weights_and_never_takes_a_zero() -> None:
    drawn = np.bincount(Stream(4, "choice").choice(np.cumsum([1, 0, 3]), 40_000), minlength=3)
    assert drawn[1] == 0
    assert 2.8 < drawn[2] / drawn[0] < 3.2


def test_normal_has_mean_0_and_deviation_1() -> None:
    z = Stream(5, "normal").normal(50_000)
    assert abs(z.mean()) < 0.02
    assert abs(z.std() - 1) < 0.02
    assert np.abs(z).max() < 6


def test_wobble_has_the_deviation_asked_for() -> None:
    drawn = Stream(6, "wobble").wobble(1_200, (20_000, 3))
    assert drawn.shape == (20_000, 3)
    assert abs(drawn.mean()) < 20
    assert abs(drawn.std() - 1_200) < 20


def test_heavy_tail_is_nearly_the_exponential() -> None:
    for z in (-3.0, -0.5, 0.0, 1.0, 4.0):
        assert heavy_tail(np.array([z]), 0.8)[0] == pytest.approx(math.exp(0.8 * z), rel=2e-3)


def test_order_is_a_permutation() -> None:
    assert sorted(Stream(7, "order").order(1_000).tolist()) == list(range(1_000))
