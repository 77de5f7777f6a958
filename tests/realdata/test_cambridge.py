"""Hourly electricity and gas of a university: wide files, gaps stored as 0, times in another zone.

Expected values are worked out here from the published files.
"""

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tests.realdata.command import DATA, EXAMPLES, Desk, counts

FILES, PACKAGE = DATA / "cambridge-2018", EXAMPLES / "cambridge-2018"
KINDS = {"electricity": "electricity", "gas": "natural_gas"}
HOURS = 8760
BEGIN = 1514764800  # 2018-01-01 00:00 UTC


def published(kind: str) -> dict[str, list[Decimal]]:
    """Building → its hours as the archive has them."""
    with gzip.open(FILES / f"{kind}.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    return {name: [Decimal(row[name]) for row in rows] for name in rows[0] if name != "ts"}


def span(values: list[Decimal]) -> tuple[int, int]:
    """From the first hour with a value to the one after the last."""
    known = [place for place, value in enumerate(values) if value]
    return known[0], known[-1] + 1


def unpacked(name: str, folder: Path) -> Path:
    path = folder / name.removesuffix(".gz")
    path.write_bytes(gzip.decompress((FILES / name).read_bytes()))
    return path


@pytest.fixture(scope="session")
def university(office, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One institution with a meter for each column; 0 is "no value" for electricity, as its publisher says."""
    folder = tmp_path_factory.mktemp("cambridge")
    desk = Desk(folder / "home")
    desk.run("init")
    settings = folder / "home" / "home.toml"
    settings.write_text(settings.read_text("utf-8") + '\ntimezone = "UTC"\n', "utf-8")
    institutions = folder / "institutions.csv"
    institutions.write_text(
        "code,name,type,region,valid_from\nCAM,University of Cambridge,021,500103,2015-01-01\n", "utf-8"
    )
    desk.run("import", "institutions", institutions)
    lines = ["meter,institution,carrier,unit,kind,step_min,no_value,valid_from"]
    for kind, carrier in KINDS.items():
        unit = (
            "kWh" if kind == "electricity" else "m3"
        )  # the archive's kWh of gas; no calorific value is known here
        none = "0" if kind == "electricity" else ""
        lines += [
            f"{name}-{kind},CAM,{carrier},{unit},interval,60,{none},2015-01-01" for name in published(kind)
        ]
    meters = folder / "meters.csv"
    meters.write_text("\n".join(lines), "utf-8")
    assert desk.json("import", "meters", meters)["accepted"] == 67
    for kind in KINDS:
        said = desk.take("readings", unpacked(f"{kind}.csv.gz", folder), PACKAGE / f"{kind}.toml")
        filled = HOURS * len(published(kind))
        assert (counts(said), said["findings"]) == ((filled, filled, 0, 0), [])
    return desk


def exported(desk: Desk, grain: str, folder: Path, *more: str) -> dict[str, list[dict[str, str]]]:
    file = folder / f"{grain}.csv"
    desk.run("readings", "export", "--grain", grain, "-o", file, *more)
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    with file.open(encoding="utf-8-sig") as opened:
        for row in csv.DictReader(opened):
            found[row["meter"]].append(row)
    return found


def test_every_hour_is_the_published_one_and_a_gap_is_no_use(university: Desk, tmp_path: Path) -> None:
    hours = exported(university, "hour", tmp_path)
    assert len(hours) == 67
    for kind in KINDS:
        for name, values in published(kind).items():
            rows = hours[f"{name}-{kind}"]
            first, last = span(values) if kind == "electricity" else (0, HOURS)
            assert [int(row["ts"]) for row in rows] == [BEGIN + 3600 * n for n in range(first, last)]
            if kind == "electricity":
                gaps = [value == 0 for value in values[first:last]]
                assert [row["quality"] == "missing" for row in rows] == gaps, name
                assert all(row["value"] == "" for row in rows if row["quality"] == "missing")
            else:
                assert not [row for row in rows if row["quality"] == "missing"], (
                    "0 is a number of a gas meter"
                )
            known = sum(Decimal(row["value"]) for row in rows if row["value"])
            assert known == sum(values), name


def test_the_year_of_a_building(university: Desk, tmp_path: Path) -> None:
    """b40 by hand: 2,354,607.5 kWh of electricity and 5,316,929 kWh of gas; none of its electricity is missing."""
    months = exported(university, "month", tmp_path, "--meter", "b40-electricity", "--meter", "b40-gas")
    assert {name: sum(Decimal(row["value"]) for row in rows) for name, rows in months.items()} == {
        "b40-electricity": Decimal("2354607.5"),
        "b40-gas": Decimal(5316929),
    }
    assert {len(rows) for rows in months.values()} == {12}


def test_the_quality_report_counts_the_gaps(university: Desk) -> None:
    """Over the year that was brought: before a meter's first value and after its last one it was on record too."""
    rows = {row["meter"]: row for row in university.json("readings", "quality")}
    for name, values in published("electricity").items():
        row, gaps = rows[f"{name}-electricity"], sum(value == 0 for value in values)
        assert (row["hours"], row["missing"]) == (HOURS, pytest.approx(gaps / HOURS, abs=1e-9)), name


def test_the_archives_own_file_of_one_building_says_the_same(university: Desk, tmp_path: Path) -> None:
    file = unpacked("UCam_Building_b40_electricity_2018.csv.gz", tmp_path)
    said = university.take("readings", file, PACKAGE / "one-building.toml")
    assert counts(said) == (HOURS, 0, HOURS, 0)


def test_the_hour_that_a_clock_shows_twice_is_refused(university: Desk, tmp_path: Path) -> None:
    """In London the clock went back at 02:00 on 28 October 2018; summer time is an hour ahead of UTC."""
    file, profile = tmp_path / "local.csv", tmp_path / "local.toml"
    profile.write_text(
        'kind = "readings"\nlayout = "wide"\ntimezone = "Europe/London"\nsuffix = "-gas"\n', "utf-8"
    )
    times = ["2018-07-01 01:00:00", "2018-10-28 01:00:00", "2018-10-28 02:00:00", "2018-03-25 01:30:00"]
    file.write_text("\n".join(["ts,b40", *(f"{time},1" for time in times)]), "utf-8")
    said = university.take("readings", file, profile, "--dry-run", status=None)
    assert counts(said) == (4, 2, 0, 2), "the doubled hour and the one that there never was"
    (finding,) = [one for one in said["findings"] if one["code"] == "reading_time"]
    assert finding["row"] == 3


def test_a_wide_file_names_what_is_wrong(university: Desk, tmp_path: Path) -> None:
    file, profile = tmp_path / "x.csv", PACKAGE / "gas.toml"
    file.write_text(
        "ts,b40,nowhere\n2018-01-01 00:00:00,5,6\n2018-01-01 01:00:00,,7\n2018-01-01 02:00:00,x,8\n", "utf-8"
    )
    said = university.take("readings", file, profile, status=1)
    assert counts(said)[0] == 5, "a blank cell is no reading"
    assert {
        (one["code"], one["row"], one["value"]) for one in said["findings"] if one["severity"] == "error"
    } == {
        ("reading_unknown_meter", 2, "nowhere-gas"),
        ("reading_value", 4, "x"),
    }


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('kind = "returns"', "kind"),
        ('kind = "readings"\nlayuot = "wide"', "layuot"),
        ('kind = "readings"\ntimezone = "Mars"', "timezone"),
        ('kind = "readings"\nlayout = "wide"\nmeter = "x"', "meter"),
        ('kind = "readings"\n[columns]\n"a" = "use"', "columns.a"),
        ("kind = ", "p.toml"),
    ],
)
def test_a_profile_with_a_slip_is_refused(university: Desk, tmp_path: Path, text: str, word: str) -> None:
    file, profile = tmp_path / "r.csv", tmp_path / "p.toml"
    file.write_text("ts,b40\n", "utf-8")
    profile.write_text(text, "utf-8")
    from typer.testing import CliRunner

    from jieyue.cli.main import app

    done = CliRunner().invoke(
        app, ["--home", str(university.home), "import", "readings", str(file), "--map", str(profile)]
    )
    assert done.exit_code == 1
    assert word in done.stderr
