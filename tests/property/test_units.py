"""One quantity written in any unit of its dimension is stored as the same ten-thousandths, and reads back the same."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.apps.exchange.returns import Options, read_returns
from jieyue.domain.quantity import fixed_text, to_fixed
from tests.apps.exchange import files

#: Units of electricity and water and how many of the item's own unit they are; powers of ten and joules.
KWH = {
    "kWh": Fraction(1),
    "度": Fraction(1),
    "MWh": Fraction(1000),
    "万千瓦时": Fraction(10**4),
    "GWh": Fraction(10**6),
    "MJ": Fraction(10, 36),
    "GJ": Fraction(10**4, 36),
}
M3 = {
    "m3": Fraction(1),
    "立方米": Fraction(1),
    "吨": Fraction(1),
    "万吨": Fraction(10**4),
    "L": Fraction(1, 1000),
}
LONG = ["institution", "period", "item", "value", "unit"]


def decimal(value: Fraction) -> str | None:
    """The value as a finite decimal of at most twelve places, None if it has none."""
    scaled = value * 10**12
    if scaled.denominator != 1:
        return None
    whole, part = divmod(scaled.numerator, 10**12)
    return f"{whole}.{part:012d}".rstrip("0").rstrip(".")


@given(numbers=st.lists(st.integers(0, 10**10), min_size=3, max_size=3), months=st.permutations(range(1, 13)))
@settings(max_examples=8)
def test_units_round_trip_through_a_file(numbers: list[int], months: list[int]) -> None:
    rows, wanted = [], {}
    plan = [("110", KWH, numbers[0] * 9), ("120", M3, numbers[1])]  # nine: so that joules are finite decimals
    for item, units, number in plan:
        for month, (unit, factor) in zip(months, units.items(), strict=False):
            written = decimal(Fraction(number, 10**4) / factor)
            if written is None:
                continue
            rows.append(["500103-001", f"2025-{month:02d}", f"NY201:{item}", written, unit])
            wanted[f"2025-{month:02d}", item] = number
    read = files.read(files.table([LONG, *rows]), "file.csv")
    parsed = read_returns(read, files.LEXICON, files.DIRECTORY, options=Options())
    assert [finding.code for finding in parsed.report.findings if finding.severity == "error"] == []
    stored = {
        (block.periods[place], code): cell.value
        for block in parsed.accepted()
        for place in range(len(block.subjects))
        for code, cell in block.cells(place).items()
    }
    assert {key: to_fixed(str(value)) for key, value in stored.items()} == {
        key: (number, False) for key, number in wanted.items()
    }
    assert all(fixed_text(number) == stored[key] for key, number in wanted.items())
