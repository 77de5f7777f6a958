"""16,139 of 16,144 is not the whole: the titles of a dashboard never say 100.0% of it; its tables never did."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from jieyue.apps.insights.overview_words import of_trust
from jieyue.apps.insights.people_words import of_money, of_weighted

BY_COUNT = Fraction(16139, 16144)


def period(text: str) -> str:
    return {"2026-09": "2026年9月"}[text]


def month(weighted: Fraction | None, by_count: Fraction, **prices: int) -> Any:
    completeness = SimpleNamespace(period="2026-09", exact=by_count)
    return SimpleNamespace(
        period="2026-09",
        weighted=weighted,
        trust=SimpleNamespace(completeness=completeness, origins=[]),
        prices={carrier: SimpleNamespace(money=Fraction(yuan)) for carrier, yuan in prices.items()},
        means={carrier: SimpleNamespace(status="final") for carrier in prices},
    )


def test_what_is_not_quite_the_whole_does_not_read_100() -> None:
    found = month(Fraction(99_999, 100_000), BY_COUNT)
    assert of_trust(found.trust, period, str) == (
        "2026年9月完整率 > 99.9%，没有报来的用能",
        "2026年9月: completeness > 99.9%, no energy was reported",
    )
    said = of_weighted(found, period)[0]
    assert said == "2026年9月按上年同月用能加权的完整率 > 99.9%，按家数 > 99.9%"


def test_the_whole_reads_100() -> None:
    said = of_weighted(month(Fraction(1), Fraction(1)), period)[0]
    assert said == "2026年9月按上年同月用能加权的完整率 100.0%，按家数 100.0%"


def test_what_is_paid_says_that_water_is_in_it() -> None:
    """The tile beside it is money for energy alone: 300 yuan are not 400."""
    carriers = ["electricity", "water"]
    found = month(None, Fraction(1), electricity=300, water=100)
    assert (
        of_money([found], carriers, str, period)[0]
        == "2026年9月付费合计（含水费） 400.00 元，electricity占 75.0%"
    )
    dry = month(None, Fraction(1), electricity=300)
    assert of_money([dry], carriers, str, period)[0] == "2026年9月付费合计 300.00 元，electricity占 100.0%"
