"""A raw municipal export made by hand: a person records a profile from it, imports, and imports again.

Banners above the header, a heading that stands twice, a column without a heading, numbers as text, days as
spreadsheet serials and as US dates, "Not Available", a total row and a footer.
"""

import re
from fractions import Fraction
from pathlib import Path

import pytest
import xlsxwriter

from tests.realdata.command import EXAMPLES, Desk, counts

HEADER = [
    "Site ID", "Site", "Use", "Opened", "Floor Area (sq ft)", "Electricity (MWh)", "Natural Gas (therms)",
    "Natural Gas (therms)", "", "Report Date",
]  # fmt: skip
#: 33239 is 1 January 1991, 36526 is 1 January 2000, 42735 is 31 December 2016.
ROWS = [
    ["City of Riverton: Municipal Energy Report"],
    ["Exported 01/15/2017 09:30 AM"],
    ["Note: values as entered by the departments"],
    [],
    HEADER,
    [
        "00012",
        "City Hall",
        "Office",
        33239,
        "120,000",
        "1,234.5",
        "Not Available",
        "9,999",
        "see memo",
        42735,
    ],
    ["00013", "Library", "Culture", "7/24/1999", 45000, 210.25, "12,000", "11,000", None, 42735],
    ["00014", "Depot", "Garage", 36526, "Not Available", "Not Available", 500, 480, None, "12/31/2016"],
    ["Total", None, None, None, "165,000", "1,444.75", "12,500", "21,479", None, None],
    ["Source: Riverton open data"],
]
READ = 3


@pytest.fixture(scope="session")
def riverton(office, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("riverton") / "home")
    desk.run("init", "--plan", EXAMPLES / "portfolio-manager" / "plan")
    return desk


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "riverton.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Report")
        for place, row in enumerate(ROWS):
            sheet.write_row(place, 0, row)
    return path


def answer(proposal: str, answers: dict[str, str], more: str) -> str:
    """The proposed profile as a person fills it in: heading or letter → the lines that say what it is."""
    for place, lines in answers.items():
        pattern = rf'((?:heading|letter) = "{re.escape(place)}"\n(?:#.*\n)*)(?:ignore = true|field = .*)\n'
        proposal, count = re.subn(pattern, lambda match, said=lines: match.group(1) + said + "\n", proposal)
        assert count == 1, f"{place} in {proposal}"
    return f"{proposal}\n{more}\n"


SKIP = '[[skip]]\nheading = "Site ID"\nequals = ["Total"]'


@pytest.fixture(scope="session")
def profiles(riverton: Desk, export: Path) -> tuple[Path, Path]:
    """Both profiles, recorded from the file itself."""
    register = answer(
        riverton.run("import", "institutions", export, "--suggest-map"),
        {
            "Site ID": 'field = "code"',
            "Site": 'field = "name"',
            "Use": 'field = "type"',
            "Opened": 'field = "valid_from"',
            "Floor Area (sq ft)": 'field = "floor_area_m2"',
        },
        '[constants]\nregion = "us-portfolio"\n\n[types]\n"*" = "us-property"\n\n' + SKIP,
    )
    returns = answer(
        riverton.run("import", "returns", export, "--suggest-map"),
        {
            "Site ID": 'field = "code"',
            "Electricity (MWh)": 'field = "PM:elec"\norigin = "billed"',
            "G": 'field = "PM:gas"\nunit = "therms"\norigin = "billed"',
            "Report Date": 'field = "period"\ngrain = "year"\nedge = "end"',
        },
        SKIP,
    )
    paths = (export.with_name("register.toml"), export.with_name("returns.toml"))
    for path, text in zip(paths, (register, returns), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_what_the_file_shows_is_proposed(riverton: Desk, export: Path) -> None:
    said = riverton.run("import", "returns", export, "--suggest-map")
    assert "header_row = 5\nheader_rows = 1\n" in said
    assert 'date_order = "mdy"' in said  # 7/24/1999 can be nothing else
    assert 'null_tokens = ["Not Available"]' in said
    # What stands twice, and what has no heading, goes by its letter.
    assert 'letter = "G"\n# 表头 heading: Natural Gas (therms)\n' in said
    assert 'letter = "H"\n# 表头 heading: Natural Gas (therms)\n' in said
    assert 'letter = "I"\n# 示例 samples: see memo\n' in said
    assert said.count('heading = "Natural Gas (therms)"') == 0


def test_recorded_once_imported_twice_without_a_question(
    riverton: Desk, export: Path, profiles: tuple[Path, Path], tmp_path: Path
) -> None:
    register, returns = profiles
    first = riverton.take("institutions", export, register)
    assert (counts(first), first["applied"]) == ((READ, READ, 0, 0), True)
    stored = riverton.take("returns", export, returns, "--publish")
    assert (counts(stored), stored["applied"]) == ((READ, READ, 0, 0), True)
    codes = {one["code"] for one in stored["findings"]}
    assert {"banner_skipped", "footer_skipped", "row_skipped", "unit_converted"} <= codes
    assert not [one for one in (*first["findings"], *stored["findings"]) if one["severity"] == "error"]
    for kind, profile in (("institutions", register), ("returns", returns)):
        again = riverton.take(kind, export, profile, *(["--publish"] if kind == "returns" else []))
        assert counts(again) == (READ, 0, READ, 0)

    out = tmp_path / "out.csv"
    riverton.run("export", "returns", "--form", "PM", "--period", "2016", "-o", out)
    lines = {
        tuple(line.split(",")[index] for index in (0, 3)): line.split(",")[4]
        for line in out.read_text("utf-8-sig").splitlines()[1:]
    }
    kbtu_of_kwh, kbtu_of_therm = (
        Fraction(3_600_000) / Fraction("1055055.85262"),
        Fraction(105_480_400) / Fraction("1055055.85262"),
    )
    expected = {
        ("00012", "PM:elec"): Fraction("1234.5") * 1000 * kbtu_of_kwh,
        ("00013", "PM:elec"): Fraction("210.25") * 1000 * kbtu_of_kwh,
        ("00013", "PM:gas"): 12_000 * kbtu_of_therm,
        ("00014", "PM:gas"): 500 * kbtu_of_therm,
    }
    assert lines.keys() == expected.keys()  # what is not available stays missing, it is not zero
    assert all(
        abs(Fraction(lines[place]) - value) <= Fraction(1, 20_000) for place, value in expected.items()
    )


def test_days_and_areas_arrive(riverton: Desk, export: Path, profiles: tuple[Path, Path]) -> None:
    riverton.take("institutions", export, profiles[0], status=0)
    from jieyue.apps.registry.queries import find_institution

    found = {code: find_institution(code) for code in ("00012", "00013", "00014")}
    from jieyue.apps.registry.queries import spans_of

    days = spans_of([one.id for one in found.values()])
    assert [str(days[found[code].id][0]) for code in found] == ["1991-01-01", "1999-07-24", "2000-01-01"]
    areas = riverton.figures("2016", list(found), ["floor_area_m2"])
    values = {scope: row["value"] for (scope, _), row in areas.items()}
    assert values == {
        "institution:00012": "11148.3648",  # 120,000 × 0.09290304
        "institution:00013": "4180.6368",
        "institution:00014": None,
    }
