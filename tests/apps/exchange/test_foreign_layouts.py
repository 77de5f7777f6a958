"""What a mapping profile says of a foreign layout: dates, periods, units, items, columns, all other words."""

from datetime import date

import pytest

from jieyue.apps.exchange.dates import parse_date, parse_period
from jieyue.apps.exchange.institutions import read_institutions
from jieyue.apps.exchange.profile import MappingProfile, ProfileError, dump, parse
from jieyue.apps.exchange.returns import Options, ParsedReturns, read_returns
from jieyue.apps.exchange.suggest import suggest
from tests.apps.exchange import files

SCHOOL = "示例市第一中学"


def returns(rows, profile: str, *, content: bytes | None = None, **options) -> ParsedReturns:
    read = files.read(content or files.table(rows), "file.xlsx" if content else "file.csv")
    return read_returns(
        read, files.LEXICON, files.DIRECTORY, profile=parse(profile), options=Options(**options)
    )


def cells(parsed: ParsedReturns) -> dict[tuple[str, str], str | None]:
    """(period, item) → value of what may be stored."""
    return {
        (block.periods[place], code): cell.value
        for block in parsed.accepted()
        for place in range(len(block))
        for code, cell in block.cells(place).items()
    }


def errors(parsed) -> list[tuple[str, int | None]]:
    return [(one.code, one.row) for one in parsed.report.findings if one.severity == "error"]


PERIOD = 'form = "NY201"\n{more}\n[[column]]\nheading = "When"\nfield = "period"\n{said}\n'


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("mdy", "12/31/16", date(2016, 12, 31)),
        ("mdy", "4/1/2013 8:22 PM", date(2013, 4, 1)),
        ("dmy", "31.12.2016", date(2016, 12, 31)),
        ("dmy", "01/02/2016", date(2016, 2, 1)),
        ("ymd", "16-02-01", date(2016, 2, 1)),
        ("mdy", "1/1/68", date(2068, 1, 1)),
        ("mdy", "1/1/69", date(1969, 1, 1)),
        ("mdy", "2016-02-01", date(2016, 2, 1)),
    ],
)
def test_a_day_in_the_order_that_the_profile_states(order, text: str, day: date) -> None:
    assert parse_date(text, order=order) == day


@pytest.mark.parametrize(
    ("order", "text"),
    [("", "12/31/16"), ("", "3/4/16"), ("mdy", "31/12/16"), ("mdy", "1/1/016"), ("dmy", "1/2")],
)
def test_no_day_is_guessed(order, text: str) -> None:
    assert parse_date(text, order=order).code == "not_a_date"


@pytest.mark.parametrize("text", ["Jan-16", "January 2016", "jan 2016", "Jan. 2016", "Jan'16"])
def test_months_by_name(text: str) -> None:
    assert parse_period(text) == "2016-01"


@pytest.mark.parametrize("text", ["Janus 2016", "Ja-16", "Marchal 2016", "Jan-2", "Maybe-16"])
def test_what_only_begins_like_a_month_is_none(text: str) -> None:
    assert parse_period(text).code == "unknown_period"


@pytest.mark.parametrize(
    ("grain", "edge", "cell", "period"),
    [
        ("year", "end", "12/31/16", "2016"),
        ("year", "", "6/30/16", "2016"),
        ("year", "start", "42370", "2016"),  # the serial of 1 January 2016
        ("quarter", "end", "9/30/2016", "2016-Q3"),
        ("month", "start", "3/1/2016", "2016-03"),
        ("year", "end", "2016", "2016"),
    ],
)
def test_a_day_stands_for_its_period(grain: str, edge: str, cell: str, period: str) -> None:
    said = f'grain = "{grain}"\n' + (f'edge = "{edge}"' if edge else "")
    parsed = returns(
        [["机构", "When", "110"], [SCHOOL, cell, "5"]], PERIOD.format(more='date_order = "mdy"', said=said)
    )
    assert cells(parsed) == {(period, "110"): "5"}


@pytest.mark.parametrize(("edge", "cell"), [("end", "6/30/16"), ("end", "12/30/16"), ("start", "1/2/16")])
def test_a_year_that_does_not_end_with_december_is_told(edge: str, cell: str) -> None:
    parsed = returns(
        [["机构", "When", "110"], [SCHOOL, cell, "5"]],
        PERIOD.format(more='date_order = "mdy"', said=f'grain = "year"\nedge = "{edge}"'),
    )
    assert errors(parsed) == [("period_not_whole", 2)]


@pytest.mark.parametrize(
    ("last", "good"), [("1/31/16", True), ("2/1/16", True), ("2/2/16", False), ("2/29/16", False)]
)
def test_a_bill_over_two_months_is_told(last: str, good: bool) -> None:
    profile = PERIOD.format(more='date_order = "mdy"', said='grain = "month"\nedge = "start"')
    profile += '[[column]]\nheading = "To"\nfield = "period_end"\n'
    parsed = returns([["机构", "When", "To", "110"], [SCHOOL, "1/1/16", last, "5"]], profile)
    assert cells(parsed) == ({("2016-01", "110"): "5"} if good else {})
    assert errors(parsed) == ([] if good else [("period_not_whole", 2)])


def test_a_date_cell_and_a_serial_of_the_1904_system() -> None:
    profile = PERIOD.format(more="date_system = 1904", said='grain = "year"')
    # 40908 + 1462 = 42370: the same day four years and a day later in the other system.
    parsed = returns([["机构", "When", "110"], [SCHOOL, "40908", "5"]], profile)
    assert cells(parsed) == {("2016", "110"): "5"}


LONG = """
[items]
"Grid power" = "NY201:110"
[units]
"MWh (thousand)" = "MWh"
"""


def test_items_and_units_in_the_file_s_own_words() -> None:
    header = ["institution", "period", "item", "value", "unit"]
    rows = [
        header,
        [SCHOOL, "2025", "Grid power", "5", "MWh (thousand)"],
        [SCHOOL, "2025", "grid power", "5000", "kWh"],
    ]
    parsed = returns(rows, LONG)
    assert cells(parsed) == {("2025", "110"): "5000"}
    assert [one.code for one in parsed.report.findings] == ["duplicate_in_file"]
    told = returns([header, [SCHOOL, "2025", "Grid power", "5", "MWh (million)"]], LONG).report.findings[0]
    assert (told.code, told.data["unit"]) == ("unknown_unit", "kWh")


@pytest.mark.parametrize(
    ("heading", "units", "value"),
    [
        ("Power (MWh)", "", "5000"),  # a heading that the profile maps still says its unit
        ("Power (thousand units)", '[units]\n"thousand units" = "MWh"', "5000"),
        ("Power (grid)", "", "5"),
    ],
)
def test_the_unit_in_a_mapped_heading(heading: str, units: str, value: str) -> None:
    profile = f'form = "NY201"\n[[column]]\nheading = "{heading}"\nfield = "NY201:110"\n{units}'
    parsed = returns([["机构", heading], [SCHOOL, "5"]], profile, period="2025")
    assert cells(parsed) == {("2025", "110"): value}


def test_the_column_that_the_profile_names_is_the_one() -> None:
    """Of two headings that read alike without their units, nothing is guessed of the other."""
    rows = [["机构", "电消费量(kWh)", "电消费量(MWh)"], [SCHOOL, "7", "5"]]
    profile = 'form = "NY201"\n[[column]]\nheading = "电消费量(MWh)"\nfield = "NY201:110"\n'
    parsed = returns(rows, profile, period="2025")
    assert cells(parsed) == {("2025", "110"): "5000"}
    assert [(one.code, one.severity) for one in parsed.report.findings if one.severity != "note"] == [
        ("unknown_column", "warning")
    ]


ADD = 'form = "NY201"\n' + "".join(
    f'[[column]]\nheading = "{name}"\nfield = "NY201:110"\nunit = "{unit}"\nadd = true\n'
    for name, unit in (("A", "kWh"), ("B", "MWh"))
)


@pytest.mark.parametrize(
    ("a", "b", "total"), [("1", "2", "2001"), ("0", "2", "2000"), ("1", "", None), ("1", "不使用", "1")]
)
def test_columns_added_up(a: str, b: str, total: str | None) -> None:
    parsed = returns([["机构", "A", "B"], [SCHOOL, a, b]], ADD, period="2025")
    assert cells(parsed) == ({} if total is None else {("2025", "110"): total})


def test_without_add_two_columns_of_one_item_stop_the_file() -> None:
    parsed = returns([["机构", "A", "B"], [SCHOOL, "1", "2"]], ADD.replace("add = true\n", ""), period="2025")
    assert [code for code, _ in errors(parsed)] == ["duplicate_column"]


def test_a_unit_per_another_unit() -> None:
    units = files.LEXICON.units
    # 1 kBtu/ft2 = 1055055.85262 J ÷ 0.09290304 m2, over 3,600,000 J a kWh.
    factor = units.factor("kBtu/sf", "kWh/m2")
    assert float(factor) == pytest.approx(1055055.85262 / 0.09290304 / 3_600_000)
    assert units.factor("kBtu/sf", "kBtu/ft2") == 1
    assert units.factor("kBtu/sf", "kWh") == "wrong_unit"
    assert units.factor("kBtu/zz", "kWh/m2") == "unknown_unit"


REGISTER = """
[constants]
valid_from = "2016-01-01"
[types]
Hotel = "03"
"*" = "01"
[regions]
"*" = "500103"
[[column]]
heading = "Site"
field = "code"
also = ["name"]
[[column]]
heading = "Use"
field = "type"
[[column]]
heading = "Ward"
field = "region"
"""


def test_one_cell_for_two_fields_and_a_word_for_all_others() -> None:
    rows = [["Site", "Use", "Ward"], ["Inn", "Hotel", "渝中区"], ["Hut", "Hovel", "Third"]]
    parsed = read_institutions(
        files.read(files.table(rows), "file.csv"), files.LEXICON, profile=parse(REGISTER)
    )
    assert [(row.code, row.name, row.type, row.region) for row in parsed.rows] == [
        ("Inn", "Inn", "03", "500103"),
        ("Hut", "Hut", "01", "500103"),
    ]
    strict = parse(REGISTER.replace('"*" = "01"\n', "").replace('"*" = "500103"\n', ""))
    again = read_institutions(files.read(files.table(rows), "file.csv"), files.LEXICON, profile=strict)
    assert errors(again) == [("unknown_type", 3)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('date_order = "ydm"', "date_order"),
        ('[[column]]\nheading = "A"\nfield = "code"\ngrain = "year"', "grain"),
        ('[[column]]\nheading = "A"\nfield = "period"\ngrain = "week"', "grain"),
        ('[[column]]\nheading = "A"\nfield = "period"\nedge = "end"', "edge"),
        ('[[column]]\nheading = "A"\nfield = "code"\nadd = true', "add"),
        ("units = 3", "units"),
    ],
)
def test_a_slip_in_the_profile_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ProfileError, match=reason):
        parse(text)


def test_a_profile_is_written_as_it_was_read() -> None:
    for text in (
        REGISTER,
        LONG,
        ADD,
        PERIOD.format(more='date_order = "mdy"', said='grain = "year"\nedge = "end"'),
    ):
        assert parse(dump(parse(text))) == parse(text)


def proposal(rows, kind: str = "institutions") -> MappingProfile:
    found = suggest(files.read(files.table(rows), "file.csv"), kind, files.LEXICON)
    assert found is not None
    assert parse(found.text()) == found.profile
    return found.profile


def test_a_header_with_a_blank_heading_is_still_the_header() -> None:
    """The data rows are wider than the header, and their texts are many."""
    rows = [
        ["Report of the city"],
        ["Ref", "Place", "Kind", "", "Ward"],
        ["7", "Inn", "Hotel", "x", "East"],
        ["8", "Hut", "Hotel", "y", "West"],
    ]
    profile = proposal(rows)
    assert profile.header_row == 2
    assert [(one.heading, one.letter) for one in profile.columns] == [
        ("Ref", ""),
        ("Place", ""),
        ("Kind", ""),
        ("", "D"),
        ("Ward", ""),
    ]


@pytest.mark.parametrize(
    ("days", "order"),
    [(["3/14/16", "3/4/16"], "mdy"), (["14.3.16"], "dmy"), (["3/4/16"], ""), (["3/14/16", "14/3/16"], "")],
)
def test_the_order_of_dates_is_proposed_only_if_it_is_certain(days: list[str], order: str) -> None:
    assert proposal([["Ref", "Place", "Built"], *(["7", "Inn", day] for day in days)]).date_order == order
