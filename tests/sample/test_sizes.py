"""Smaller cities, and that the same arguments give the same city."""

import hashlib
from fractions import Fraction

import polars as pl
import pytest

from jieyue.sample.city import build
from jieyue.sample.model import SampleCity

# Pinned: these change only when the sample or the regions, items or schemes of the catalog change, and then
# docs/reference/sample-city.md is generated anew in the same commit.
DIGEST_500 = "f4b234dada430a3bf42d3ac9e06ea8540b1d6f5527ce0a899d910c731246d96a"
DIGEST_FULL = "e1c70e0b393287aab101829b6b0c8ec0639128e765847f64665dd9eb4b21d366"


def digest(city: SampleCity) -> str:
    """SHA-256 over every number, state, registry row and label of the city."""
    whole = hashlib.sha256()
    for frame in city.returns():
        head = (frame.form, frame.scheme, frame.period, frame.codes, frame.institutions, frame.instances)
        whole.update(repr((*head, frame.states.tolist())).encode())
        whole.update(frame.values.astype("<i8").tobytes())
        whole.update(frame.origins.tobytes())
    for table in (city.institutions, city.memberships, city.planted, city.declared):
        whole.update(table.write_csv().encode())
    return whole.hexdigest()


def test_the_same_arguments_give_the_same_city() -> None:
    assert digest(build(120)) == digest(build(120))


def test_another_seed_gives_another_city_of_the_same_totals() -> None:
    first, second = build(120), build(120, seed=7)
    assert digest(first) != digest(second)
    for year, items in first.totals.items():
        for item in ("102", "103", "104", "110", "120", "140", "150"):
            assert items[item] == second.totals[year][item]


def test_city_of_500_is_the_pinned_one() -> None:
    assert digest(build(500)) == DIGEST_500


def test_full_city_is_the_pinned_one(city: SampleCity) -> None:
    assert digest(city) == DIGEST_FULL


@pytest.mark.parametrize("size", [50, 333, 1_000])
def test_a_smaller_city_has_totals_in_proportion(city: SampleCity, size: int) -> None:
    small = build(size)
    assert small.counts[2020]["all"] == size
    for year in small.totals:
        for item in ("110", "120", "140", "150", "160", "130"):
            exact = Fraction(city.totals[year][item] * size, 16_685)
            assert 0 <= exact - small.totals[year][item] < 1  # rounded down to a ten-thousandth
        for item in ("102", "103", "104"):
            exact = Fraction(city.totals[year][item] * size, 16_685)
            assert 0 <= exact - small.totals[year][item] < 10_000  # rounded down to a whole one


def test_t2_needs_a_thousand_institutions(thousand: SampleCity) -> None:
    assert "T2" in thousand.cases
    small = build(400)
    assert "T2" not in small.cases
    assert small.institutions.filter(pl.col("name") == "示例第三中学").height == 1


@pytest.mark.parametrize("size", [49, 0, -3])
def test_too_small_a_city_is_refused_in_both_languages(size: int) -> None:
    with pytest.raises(ValueError, match=r"至少 50.*at least 50"):
        build(size)


def test_what_the_city_lacks_is_a_key_error(thousand: SampleCity) -> None:
    with pytest.raises(KeyError, match="NY201 1999"):
        thousand.frame("NY201", "1999")
