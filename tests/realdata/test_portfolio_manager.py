"""Portfolio Manager exports: banners, "Not Available", US dates, ft2 and kBtu, meter rows with start and end."""

import csv
import io
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.realdata.command import DATA, EXAMPLES, Desk, counts, rows_of

PACKAGE = EXAMPLES / "portfolio-manager"
FILES = DATA / "portfolio-manager"
PROPERTIES = FILES / "portfolio-manager-sample.csv"
METERS = "example-pm-monthly-meter-usage"
AREA, SCORE = "Property Floor Area (Buildings and Parking) (ft2)", "ENERGY STAR Score"
EUI, GHG = "Site EUI (kBtu/ft2)", "Total GHG Emissions (MtCO2e)"


@pytest.fixture(scope="session")
def portfolio(office, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A home with the register of the sample."""
    desk = Desk(tmp_path_factory.mktemp("portfolio") / "home")
    desk.run("init", "--plan", PACKAGE / "plan")
    said = desk.take("institutions", PROPERTIES, PACKAGE / "institutions.toml")
    assert counts(said) == (512, 512, 0, 0)
    return desk


def test_the_workbook_says_the_same_as_the_text_file(portfolio: Desk) -> None:
    said = portfolio.take("institutions", PROPERTIES.with_suffix(".xlsx"), PACKAGE / "institutions.toml")
    assert counts(said) == (512, 0, 512, 0)


def test_the_yearly_metrics(portfolio: Desk, tmp_path: Path) -> None:
    """Of 512 rows one has no year and one the year 1880, in which nothing was in being; no value is lost."""
    said = portfolio.take(
        "returns", PROPERTIES, PACKAGE / "properties.toml", "--publish", "--valid-rows-only", status=1
    )
    assert counts(said) == (512, 510, 0, 2)
    assert (rows_of(said, "missing_required"), rows_of(said, "period_not_in_being")) == ({513}, {2})
    assert {one["row"] for one in said["findings"] if one["severity"] == "error"} == {2, 513}

    rows = list(csv.DictReader(io.StringIO(PROPERTIES.read_text("utf-8-sig"))))
    expected = {}
    for row in rows[1:-1]:
        for heading, item in ((AREA, "PM:gfa"), (EUI, "PM:site_eui"), (GHG, "PM:ghg"), (SCORE, "PM:score")):
            text = row[heading].replace(",", "")
            if text not in ("", "Not Available"):
                value = Decimal(text) * (Decimal("0.09290304") if item == "PM:gfa" else 1)
                expected[f"PM-{row['Property Id']}", item] = value.quantize(Decimal("0.0001"))
    out = tmp_path / "out.csv"
    portfolio.run("export", "returns", "--form", "PM", "--period", "2010", "-o", out)
    stored = {
        (row["institution"], row["item"]): Decimal(row["value"]).quantize(Decimal("0.0001"))
        for row in csv.DictReader(io.StringIO(out.read_text("utf-8-sig")))
    }
    assert stored == expected


def test_without_its_null_token_a_word_is_a_finding(portfolio: Desk, tmp_path: Path) -> None:
    profile = tmp_path / "strict.toml"
    text = (PACKAGE / "properties.toml").read_text("utf-8")
    profile.write_text(text.replace('null_tokens = ["Not Available"]\n', ""), encoding="utf-8")
    said = portfolio.take("returns", PROPERTIES, profile, "--dry-run", status=1)
    rows = csv.DictReader(io.StringIO(PROPERTIES.read_text("utf-8-sig")))
    wanted = {
        place
        for place, row in enumerate(rows, 2)
        if "Not Available" in (row[AREA], row[EUI], row[GHG], row[SCORE])
    }
    assert rows_of(said, "null_token_unlisted") == wanted
    assert {one["value"] for one in said["findings"] if one["code"] == "null_token_unlisted"} == {
        "Not Available"
    }


def test_monthly_meters_become_monthly_returns_and_figures(portfolio: Desk) -> None:
    said = portfolio.take("returns", FILES / f"{METERS}.xlsx", PACKAGE / "meters.toml", "--publish")
    assert counts(said) == (8, 8, 0, 0)
    found = portfolio.figures(
        "2016-01..2016-02", ["PM-5766973"], ["energy_total_tce", "co2_total_t", "co2_direct_t"]
    )
    # January 597,478.9 and February 548,603.7 kBtu of electricity; 576,000.2 and 488,000.1 of gas.
    kj = Fraction("1055055.85262")
    electricity = Fraction("1146082.6") * kj / 3_600_000 * Fraction("0.1229")  # kBtu as kJ, kWh, kgce
    gas = Fraction("1064000.3") * kj / 1000 / Fraction("29307.6")
    tce = Fraction(found["institution:PM-5766973", "energy_total_tce"]["value"])
    assert abs(tce - (electricity + gas) / 1000) < Fraction(1, 10**25)
    co2 = found["institution:PM-5766973", "co2_total_t"]
    # The plan has no factor for electricity: what is there is gas at 53.06 kg/MMBtu, and provisional.
    assert Fraction(co2["value"]) == Fraction("1064000.3") / 1000 * Fraction("53.06") / 1000
    assert (co2["status"], co2["reasons"]) == ("provisional", ["carrier_without_factor:electricity"])


def test_unknown_types_and_units_are_told_by_row(portfolio: Desk) -> None:
    said = portfolio.take(
        "returns", FILES / f"{METERS}-with-unknown-types-and-units.xlsx", PACKAGE / "meters.toml", "--dry-run",
        "--restate", "a trial", status=1,
    )  # fmt: skip
    assert (counts(said)[0], counts(said)[3]) == (8, 4)
    told = {(one["row"], one["code"], one["value"]) for one in said["findings"] if one["severity"] == "error"}
    assert told == {
        (10, "unknown_unit", "Some Unknown Unit"),
        (11, "unknown_unit", "Some Unknown Unit"),
        (12, "unknown_item", "Some Unknown Type"),
        (13, "unknown_item", "Some Unknown Type"),
    }


def test_the_sheet_with_the_data_is_proposed_and_another_can_be_asked_for(portfolio: Desk) -> None:
    said = portfolio.run("import", "returns", FILES / f"{METERS}.xlsx", "--suggest-map")
    assert 'sheet = "Meter Entries"\nheader_row = 6\nheader_rows = 1\n' in said
    assert 'null_tokens = ["Not Available"]' in said
    request = FILES / "example-pm-data-request-with-meters.xlsx"
    other = portfolio.run("import", "returns", request, "--suggest-map", "--sheet", "Monthly Usage")
    assert 'sheet = "Monthly Usage"\nheader_row = 5\n' in other
    assert 'heading = "Month"\nfield = "period"' in other  # its cells read Jan-16
    assert "other sheets: Information and Metrics" in other
