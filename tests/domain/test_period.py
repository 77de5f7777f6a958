"""Periods: strict texts, half-open dates, round trips, order."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.period import HeatingSeason, Period, PeriodError, PeriodKind

years = st.integers(1001, 9996)
months = st.builds(Period.of_month, years, st.integers(1, 12))
seasons = st.builds(HeatingSeason, st.integers(1, 12), st.integers(1, 12))
periods = st.one_of(
    months,
    st.builds(Period.of_quarter, years, st.integers(1, 4)),
    st.builds(Period.of_year, years),
    st.builds(Period.of_season, years),
    st.tuples(months, st.integers(0, 24)).map(
        lambda pair: Period(pair[0].first, pair[0].first + pair[1], PeriodKind.RANGE)
    ),
)


@pytest.mark.parametrize(
    ("text", "start", "last_day", "days", "letter", "first_month", "last_month"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31), 365, "Y", 1, 12),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), 366, "Y", 1, 12),
        ("2025-Q1", date(2025, 1, 1), date(2025, 3, 31), 90, "Q", 1, 3),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31), 92, "Q", 10, 12),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), 29, "M", 2, 2),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31), 31, "M", 12, 12),
        ("2024-HS", date(2024, 11, 1), date(2025, 3, 31), 151, "H", 11, 3),
        ("2023-HS", date(2023, 11, 1), date(2024, 3, 31), 152, "H", 11, 3),
        ("2026-01..2026-10", date(2026, 1, 1), date(2026, 10, 31), 304, "R", 1, 10),
        ("2025-11..2026-02", date(2025, 11, 1), date(2026, 2, 28), 120, "R", 11, 2),
    ],
)
def test_dates(
    text: str, start: date, last_day: date, days: int, letter: str, first_month: int, last_month: int
) -> None:
    period = Period.parse(text)
    assert (period.start, period.last_day, period.days) == (start, last_day, days)
    assert period.end == last_day + timedelta(days=1)
    assert period.kind_letter == letter
    assert (period.first_month, period.last_month) == (first_month, last_month)
    assert period.year == start.year
    assert str(period) == text


@pytest.mark.parametrize(
    "text",
    [
        *["", " 2025", "2025 ", "25", "0999", "02025", "２０２５", "2025年", "2025-0", "2025-00", "2025-13"],
        *["2025-3", "2025-Q0", "2025-Q5", "2025-q1", "2025Q1", "2025-hs", "2025-HS1", "2025-03-01"],
        *[
            "2025-03..",
            "2025..2026",
            "2025-Q1..2025-Q2",
            "2025-01...2025-02",
            "2025-01..2025-13",
            "2025-03\n",
        ],
        "9999",
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(PeriodError) as caught:
        Period.parse(text)
    assert caught.value.code == "period_form"


def test_the_refusal_names_the_forms_in_both_languages() -> None:
    with pytest.raises(PeriodError) as caught:
        Period.parse("三月")
    for form in ("2025-Q1", "2025-03", "2024-HS", "2026-01..2026-10"):
        assert form in caught.value.message_zh
        assert form in caught.value.message_en
    assert "三月" in caught.value.message_zh


def test_a_range_backwards_is_refused() -> None:
    with pytest.raises(PeriodError) as caught:
        Period.parse("2026-10..2026-01")
    assert caught.value.code == "period_order"
    assert "2026-10..2026-01" in caught.value.message_en


@pytest.mark.parametrize("call", [lambda: Period.of_month(2025, 13), lambda: Period.of_quarter(2025, 0)])
def test_a_month_or_quarter_that_is_none_is_refused(call: object) -> None:
    with pytest.raises(PeriodError):
        call()  # type: ignore[operator]


def test_a_season_is_a_setting() -> None:
    northern = Period.parse("2024-HS", season=HeatingSeason(10, 4))
    assert (northern.start, northern.last_day) == (date(2024, 10, 1), date(2025, 4, 30))
    assert northern != Period.parse("2024-HS")
    within_one_year = Period.of_season(2024, HeatingSeason(1, 4))
    assert (within_one_year.start, within_one_year.last_day) == (date(2024, 1, 1), date(2024, 4, 30))
    with pytest.raises(PeriodError):
        HeatingSeason(0, 3)


@pytest.mark.parametrize(
    ("text", "year_earlier", "before"),
    [
        ("2025", "2024", "2024"),
        ("2025-Q1", "2024-Q1", "2024-Q4"),
        ("2025-01", "2024-01", "2024-12"),
        ("2024-HS", "2023-HS", "2023-HS"),
        ("2026-01..2026-10", "2025-01..2025-10", "2025-03..2025-12"),
    ],
)
def test_the_periods_to_compare_with(text: str, year_earlier: str, before: str) -> None:
    assert str(Period.parse(text).previous_year()) == year_earlier
    assert str(Period.parse(text).previous()) == before


def test_there_is_nothing_before_the_first_year() -> None:
    with pytest.raises(PeriodError):
        Period.parse("1000").previous_year()


def test_contains() -> None:
    year = Period.parse("2025")
    assert year.contains(date(2025, 1, 1))
    assert year.contains(date(2025, 12, 31))
    assert not year.contains(date(2026, 1, 1))
    assert year.contains(Period.parse("2025-01..2025-12"))
    assert not year.contains(Period.parse("2025-HS"))
    assert not Period.parse("2025-01").contains(year)


def test_order_is_by_first_month_then_by_last() -> None:
    texts = ["2024", "2024-HS", "2025-01", "2025-Q1", "2025", "2025-02", "2025-Q2"]
    ordered = sorted(Period.parse(text) for text in reversed(texts))
    assert [str(period) for period in ordered] == texts


def test_a_range_of_a_year_is_not_the_year() -> None:
    assert Period.parse("2025-01..2025-12") != Period.parse("2025")


@given(periods)
@settings(derandomize=True)
def test_the_text_round_trips(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert hash(Period.parse(str(period))) == hash(period)


@given(years, seasons)
@settings(derandomize=True)
def test_a_season_round_trips_with_its_setting(year: int, season: HeatingSeason) -> None:
    period = Period.of_season(year, season)
    assert Period.parse(str(period), season=season) == period
    assert 1 <= period.month_count <= 12


@given(periods)
@settings(derandomize=True)
def test_months_tile_the_period_without_gap_or_overlap(period: Period) -> None:
    parts = period.months()
    assert parts[0].start == period.start
    assert parts[-1].end == period.end
    assert all(one.end == two.start for one, two in itertools.pairwise(parts))
    assert sum(part.days for part in parts) == period.days
    assert all(period.contains(part) for part in parts)


@given(periods)
@settings(derandomize=True)
def test_a_year_earlier_has_the_same_months(period: Period) -> None:
    earlier = period.previous_year()
    assert earlier.year == period.year - 1
    assert (earlier.first_month, earlier.last_month) == (period.first_month, period.last_month)
    assert earlier < period
