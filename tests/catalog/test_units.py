"""Units by the words people write, and exact conversion."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.catalog import UnknownRuleError, load_catalog

CATALOG = load_catalog()
SAME = [
    (one.code, other.code)
    for one in CATALOG.units.values()
    for other in CATALOG.units.values()
    if one.dimension == other.dimension
]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("度", "kWh"),
        ("千瓦时", "kWh"),
        ("KWH", "kWh"),
        ("ｋＷｈ", "kWh"),
        ("kW·h", "kWh"),
        ("MWh", "MWh"),
        ("万千瓦时", "1e4kWh"),
        ("万度", "1e4kWh"),
        ("立方米", "m3"),
        ("m³", "m3"),
        ("㎥", "m3"),
        ("吨水", "m3"),
        ("吨", "t"),
        ("公斤", "kg"),
        ("千克", "kg"),
        ("㎏", "kg"),
        ("升", "L"),
        ("吉焦", "GJ"),
        ("百万千焦", "GJ"),
        ("吨标准煤", "tce"),
        ("吨标煤", "tce"),
        ("万元", "1e4yuan"),
        ("CNY", "yuan"),
        ("平方米", "m2"),
        ("㎡", "m2"),
        ("万平方米", "1e4m2"),
        ("人", "person"),
        ("万人", "1e4person"),
        ("辆", "vehicle"),
        ("个", "piece"),
        ("kVA", "kVA"),
        ("天", "day"),
        ("％", "%"),
        ("sq ft", "ft2"),
        ("kBtu", "kBtu"),
        ("therms", "therm_us"),
    ],
)
def test_words_for_units(text: str, code: str) -> None:
    assert CATALOG.unit(text).code == code


def test_a_tonne_of_water_is_a_cubic_metre_and_a_tonne_of_coal_is_not() -> None:
    assert CATALOG.unit("吨", "water").code == "m3"
    assert CATALOG.unit("吨", "raw_coal").code == "t"
    assert CATALOG.convert(Fraction(12), "万吨", "m3", "water") == 120_000


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        ("1", "MWh", "kWh", "1000"),
        ("1.5", "万千瓦时", "kWh", "15000"),
        ("1", "t", "kg", "1000"),
        ("2", "万元", "元", "20000"),
        ("1", "GJ", "kWh", "2500/9"),
        ("1", "ft2", "m2", "0.09290304"),
        ("1", "kBtu", "kJ", "1055.05585262"),
        ("1", "MMBtu", "kBtu", "1000"),
        ("1", "therm_us", "MJ", "105.4804"),
        ("1", "lb", "kg", "0.45359237"),
        ("1", "gal_us", "L", "3.785411784"),
        ("104.27", "1e4tce", "tce", "1042700"),
        ("1", "tce", "kgce", "1000"),
        ("5", "%", "1", "0.05"),
    ],
)
def test_conversion_is_exact(value: str, source: str, target: str, result: str) -> None:
    assert CATALOG.convert(Fraction(value), source, target) == Fraction(result)


def test_kwh_never_becomes_standard_coal_by_a_unit_conversion() -> None:
    with pytest.raises(ValueError, match="energy is not coal"):
        CATALOG.convert(Fraction(1), "kWh", "kgce")


def test_an_unknown_unit() -> None:
    assert CATALOG.find_unit("斗") is None
    with pytest.raises(UnknownRuleError, match="斗"):
        CATALOG.unit("斗")


def test_symbols_of_quotients() -> None:
    assert CATALOG.unit_symbol("kgce/m2") == "千克标准煤/平方米"
    assert CATALOG.unit_symbol("kgce/m2", "en") == "kgce/m²"
    with pytest.raises(UnknownRuleError):
        CATALOG.unit_symbol("斗/m2")


@settings(derandomize=True, max_examples=200)
@given(st.fractions(), st.sampled_from(SAME))
def test_there_and_back_is_the_same_number(value: Fraction, pair: tuple[str, str]) -> None:
    one, other = pair
    assert CATALOG.convert(CATALOG.convert(value, one, other), other, one) == value
