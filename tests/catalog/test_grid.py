"""Which electricity factor a year takes, and what the reason says."""

from decimal import Decimal
from fractions import Fraction

import pytest

from jieyue.catalog import UnknownRuleError, load_catalog

CATALOG = load_catalog()
CHONGQING = "500000"


@pytest.mark.parametrize(
    ("year", "used", "value", "reason_zh", "reason_en"),
    [
        (2021, 2021, "0.4743", "2021年公布的因子", "published for 2021"),
        (2022, 2022, "0.5227", "2022年公布的因子", "published for 2022"),
        (2023, 2023, "0.5581", "2023年公布的因子", "published for 2023"),
        (2020, 2021, "0.4743", "最早的较晚年份2021年", "earliest later"),
        (2015, 2021, "0.4743", "最早的较晚年份2021年", "earliest later"),
        (2024, 2023, "0.5581", "最近的较早年份2023年", "latest earlier"),
        (2026, 2023, "0.5581", "最近的较早年份2023年", "latest earlier"),
    ],
)
def test_of_year(year: int, used: int, value: str, reason_zh: str, reason_en: str) -> None:
    factor = CATALOG.grid_factor(CHONGQING, year)
    assert factor is not None
    assert (factor.value, factor.text, factor.year_used, factor.label) == (
        Fraction(value),
        value,
        used,
        str(used),
    )
    assert reason_zh in factor.reason_zh
    assert reason_en in factor.reason_en


@pytest.mark.parametrize("region", [CHONGQING, "500101"])
def test_the_published_series_of_a_region_or_of_the_one_above(region: str) -> None:
    """Without the two that are taken by name only."""
    assert [(row.year, row.text) for row in CATALOG.grid_series(region)] == [
        (2021, "0.4743"),
        (2022, "0.5227"),
        (2023, "0.5581"),
    ]


@pytest.mark.parametrize("choice", ["2022", 2022])
def test_an_explicit_year(choice: str | int) -> None:
    factor = CATALOG.grid_factor(CHONGQING, 2020, choice)
    assert factor is not None
    assert (factor.value, factor.label) == (Fraction("0.5227"), "2022")
    assert factor.reason_zh == "指定用2022年的因子"
    assert (factor.document, factor.issuer) == ("公告2024年第33号", "生态环境部、国家统计局")


@pytest.mark.parametrize(
    ("key", "text"), [("chongqing-plan-implied-2020", "0.404"), ("chongqing-2018", "0.441")]
)
def test_derived_and_recalled_values_are_chosen_only_by_name(key: str, text: str) -> None:
    factor = CATALOG.grid_factor(CHONGQING, 2020, key)
    assert factor is not None
    assert (factor.text, factor.value, factor.label, factor.verified) == (text, Fraction(text), key, False)
    for year in (2018, 2019, 2020):
        chosen = CATALOG.grid_factor(CHONGQING, year)
        assert chosen is not None
        assert chosen.text != text


@pytest.mark.parametrize("choice", ["0.5", "0.50", Decimal("0.5"), Fraction(1, 2)])
def test_a_stated_value(choice: str | Decimal | Fraction) -> None:
    factor = CATALOG.grid_factor(CHONGQING, 2020, choice)
    assert factor is not None
    assert (factor.value, factor.year_used, factor.kind, factor.verified) == (
        Fraction(1, 2),
        None,
        "stated",
        False,
    )


def test_a_district_takes_the_factor_of_its_city_and_a_foreign_place_none() -> None:
    assert CATALOG.grid_factor("500106", 2021) == CATALOG.grid_factor(CHONGQING, 2021)
    assert CATALOG.grid_factor("cq-liangjiang-district", 2021) == CATALOG.grid_factor(CHONGQING, 2021)
    assert CATALOG.grid_factor("US-WA", 2021) is None


@pytest.mark.parametrize("choice", ["2020", "1999", "no-such-key", "-0.5", "0,5", "1e-1", "NaN", ""])
def test_unknown_choices_refuse_in_both_languages(choice: str) -> None:
    with pytest.raises(UnknownRuleError) as caught:
        CATALOG.grid_factor(CHONGQING, 2020, choice)
    assert "电力因子" in caught.value.reason_zh
    assert "electricity factor" in caught.value.reason_en


@pytest.mark.parametrize(
    ("region", "year", "value"),
    [
        ("CN", 2022, "0.5366"),
        ("CN", 2023, "0.5306"),
        ("510000", 2021, "0.1255"),
        ("grid-southwest", 2022, "0.2268"),
    ],
)
def test_other_regions(region: str, year: int, value: str) -> None:
    factor = CATALOG.grid_factor(region, year)
    assert factor is not None
    assert factor.value == Fraction(value)


def test_every_province_has_its_three_years_and_no_other_series_leaks_in() -> None:
    provinces = {row.region for row in CATALOG.grid_factors if row.kind == "province"}
    assert len(provinces) == 30
    for region in provinces | {"CN"}:
        years = sorted(row.year for row in CATALOG.grid_factors if row.region == region and not row.key)
        assert years == [2021, 2022, 2023], region
