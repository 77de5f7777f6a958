"""Statistical rules on small tables whose answers are plain to see."""

import numpy as np
import pytest

from jieyue.domain.rule_statistics import (
    copied_institutions,
    copied_periods,
    logs,
    moved,
    own_level,
    price_limits,
    scale_mixups,
    standing_out,
)

KNOWN = np.ones((1, 6), dtype=bool)


def test_a_season_far_from_the_level_is_measured_by_the_year_before() -> None:
    """A school's summer, a fifth of the rest of the year: 1,000 times too small is 5,000 times below the level."""
    year = [100.0, 100, 100, 20]
    series = np.log(np.array([[*year, 100, 100, 100, 0.02]]))
    assert scale_mixups(series, (1000,), tolerance=0.25, least=3).tolist()[0][-1] == 0
    assert scale_mixups(series, (1000,), tolerance=0.25, least=3, season=4).tolist() == [[0] * 7 + [-1000]]
    honest = np.log(np.array([[*year, *year]]))
    assert not scale_mixups(honest, (1000,), tolerance=0.25, least=3, season=4).any()


def test_logs_leave_out_what_is_missing_or_nothing() -> None:
    found = logs(np.array([10, 0, 10]), np.array([True, True, False]))
    assert found[0] == pytest.approx(np.log(10))
    assert np.isnan(found[1:]).all()


def test_the_own_level_leaves_the_period_itself_out() -> None:
    series = logs(np.array([[1, 10, 100]]), np.ones((1, 3), dtype=bool))
    assert np.exp(own_level(series)[0, 2]) == pytest.approx(10**0.5)  # median of 1 and 10, in logs
    alone = logs(np.array([[7]]), np.ones((1, 1), dtype=bool))
    assert np.isnan(own_level(alone)).all()


@pytest.mark.parametrize(
    ("value", "factor"), [(52_000, 1000), (50, 0), (90, 0), (550_000, 10_000), (5_000, 0), (0.06, -1000)]
)
def test_a_value_in_another_unit_is_told_with_its_factor(value: float, factor: int) -> None:
    tens = np.array([[500_000, 520_000, 480_000, round(value * 10_000), 490_000, 700_000]], dtype=np.int64)
    found = scale_mixups(logs(tens, KNOWN), (1000, 10_000), tolerance=0.25, least=3)
    assert found.tolist() == [[0, 0, 0, factor, 0, 0]]


def test_nothing_is_said_before_there_are_enough_periods() -> None:
    tens = np.array([[50, 50_000, 51]], dtype=np.int64)
    known = np.ones((1, 3), dtype=bool)
    assert scale_mixups(logs(tens, known), (1000,), tolerance=0.25, least=3).tolist() == [[0, 0, 0]]


def test_a_copy_of_another_month_needs_enough_equal_items() -> None:
    values = np.array([[[5, 7, 0], [5, 7, 0], [5, 8, 0]], [[5, 0, 0], [5, 0, 0], [1, 2, 3]]], dtype=np.int64)
    known = np.ones(values.shape, dtype=bool)
    assert copied_periods(values, known, least=2).tolist() == [[-1, 0, -1], [-1, -1, -1]]
    known[0, 1, 2] = False  # one cell more or less is another return
    assert copied_periods(values, known, least=2).tolist() == [[-1, -1, -1], [-1, -1, -1]]


def test_a_copy_of_another_institution_names_the_other() -> None:
    values = np.array([[5, 7], [5, 7], [6, 7], [5, 7], [0, 0], [0, 0]], dtype=np.int64)
    known = np.ones(values.shape, dtype=bool)
    assert copied_institutions(values, known, least=2).tolist() == [1, 0, -1, 0, -1, -1]
    assert copied_institutions(values[:0], known[:0], least=2).tolist() == []


def test_peers_of_too_small_a_group_are_not_compared() -> None:
    logged = np.log(np.array([10.0, 10, 10, 10, 10, 99, 5, 500]))
    groups = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    score = standing_out(logged, groups, least=6)
    assert score[:5].tolist() == [0.0] * 5
    assert np.isinf(score[5])
    assert np.isnan(score[6:]).all()


def test_a_common_movement_is_nobodys_fault() -> None:
    before = np.log(np.array([10.0, 20, 30, 40, np.nan]))
    now = np.log(np.array([20.0, 40, 60, 400, 5]))
    found = np.exp(moved(now, before, np.zeros(5, dtype=np.int64), least=3))
    assert found[:4] == pytest.approx([1, 1, 1, 5])
    assert np.isnan(found[4])


def test_a_price_is_held_against_the_list_else_the_own_median_else_the_default() -> None:
    price = np.array([[0.5, 0.6, 0.5, 0.5], [0.5, np.nan, np.nan, np.nan]])
    low, high = price_limits(price, None, (0.4, 1.2), share=0.3, least=3)
    assert low[0, 1] == pytest.approx(0.35)
    assert high[0, 1] == pytest.approx(0.65)
    assert (low[1, 0], high[1, 0]) == (0.4, 1.2)
    low, high = price_limits(price, (0.55, 0.7), (0.4, 1.2), share=0.3, least=3)
    assert (low.max(), high.min()) == (0.55, 0.7)


def test_an_institution_alone_has_the_level_that_it_has_among_others() -> None:
    chance = np.random.default_rng(7)
    series = np.log(chance.integers(1, 5, size=(400, 24)).astype(np.float64))  # many are the same
    series[chance.random(series.shape) < 0.6] = np.nan
    series[:3] = np.nan
    series[3, 5] = 1.0
    together = own_level(series)
    for row, level in zip(series, together, strict=True):
        np.testing.assert_array_equal(own_level(row[np.newaxis]), level[np.newaxis])
