"""Colleges of Japan: three files of one return, per-area figures by site, and impossible implied factors.

Expected values are worked out here from the published files.
"""

import csv
import shutil
from decimal import Decimal, getcontext
from pathlib import Path

import pytest

from tests.realdata.command import DATA, EXAMPLES, Desk, counts, rows_of

PACKAGE = EXAMPLES / "kosen-2020"
FILES = DATA / "kosen-2020"
AREA, ENERGY, CO2 = (FILES / f"kankyo2020_{name}.csv" for name in ("facilityarea", "energyinput", "co2"))
LOW, HIGH = Decimal("0.0499"), Decimal("0.0693")  # t/GJ: town gas, heavy oil
#: Row of the file → site whose ratio of rounded tonnes to GJ lies outside, by hand from the two files.
OUTSIDE_AS_PRINTED = {
    4: "釧路", 5: "旭川", 9: "仙台(名取)", 12: "福島", 15: "群馬", 17: "東京", 18: "長岡", 26: "豊田", 39: "宇部",
    49: "北九州", 57: "機構本部",
}  # fmt: skip


def table(path: Path) -> dict[str, dict[str, Decimal]]:
    with path.open(encoding="utf-8-sig") as file:
        return {
            row.pop("事業所名"): {name: Decimal(value) for name, value in row.items()}
            for row in csv.DictReader(file)
        }


def take_all(desk: Desk, co2: Path = CO2) -> list[dict[str, object]]:
    return [
        desk.take("institutions", AREA, PACKAGE / "institutions.toml"),
        desk.take("returns", AREA, PACKAGE / "area.toml", "--publish"),
        desk.take("returns", ENERGY, PACKAGE / "energy.toml", "--publish"),
        desk.take("returns", co2, PACKAGE / "co2.toml", "--publish"),
    ]


@pytest.fixture(scope="session")
def outcome(office, tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, list[dict[str, object]]]:
    desk = Desk(tmp_path_factory.mktemp("kosen") / "home")
    desk.run("init", "--plan", PACKAGE / "plan")
    return desk, take_all(desk)


def test_three_files_make_one_return_of_each_site(outcome) -> None:
    assert [counts(said) for said in outcome[1]] == [(56, 56, 0, 0)] * 4


def test_energy_and_co2_per_area_of_every_site(outcome, tmp_path: Path) -> None:
    getcontext().prec = 40
    file = tmp_path / "figures.csv"
    asked = ["energy_per_area_kgce_m2", "co2_per_area_kg_m2", "co2_direct_t", "co2_indirect_t"]
    outcome[0].run(
        "export", "figures", "--period", "2020", "--by", "institution", "-o", file,
        *(f"--indicator={code}" for code in asked),
    )  # fmt: skip
    with file.open(encoding="utf-8-sig") as text:
        found = {
            (row["scope"].removeprefix("institution:KOSEN-"), row["indicator"]): Decimal(row["value"])
            for row in csv.DictReader(text)
        }
    area, energy, co2 = table(AREA), table(ENERGY), table(CO2)
    assert len(area) == 56
    for site, parts in area.items():
        m2 = sum(parts.values())  # school and dormitory
        kgce = sum(energy[site].values()) * 1_000_000 / Decimal("29307.6")
        tonnes = co2[site]
        fuel = tonnes["化石燃料起算校舎(t-CO2)"] + tonnes["化石燃料起算寄宿舎(t-CO2)"]
        assert abs(found[site, "energy_per_area_kgce_m2"] - kgce / m2) < Decimal("1e-25")
        assert abs(found[site, "co2_per_area_kg_m2"] - sum(tonnes.values()) * 1000 / m2) < Decimal("1e-25")
        assert found[site, "co2_direct_t"] == fuel
        assert found[site, "co2_indirect_t"] == sum(tonnes.values()) - fuel


def flagged(slack: Decimal) -> dict[int, str]:
    """Row → site of ratios outside the band, tonnes taken as anywhere within `slack` of what is printed."""
    energy, co2 = table(ENERGY), table(CO2)
    found = {}
    for row, site in enumerate(energy, 2):
        for place in ("校舎", "寄宿舎"):
            gj = energy[site][f"化石燃料起算{place}(GJ)"]
            tonnes = co2[site][f"化石燃料起算{place}(t-CO2)"]
            if tonnes + slack < LOW * gj or tonnes - slack > HIGH * gj:
                found[row] = site
    return found


def test_ratios_that_rounding_explains_are_notes_and_none_is_impossible(outcome) -> None:
    said = outcome[1][3]
    assert flagged(Decimal(0)) == OUTSIDE_AS_PRINTED
    assert flagged(Decimal("0.5")) == {}
    assert rows_of(said, "ratio_out_of_range") == set()
    assert rows_of(said, "ratio_within_rounding") == set(OUTSIDE_AS_PRINTED)
    notes = [one for one in said["findings"] if one["code"] == "ratio_within_rounding"]
    assert {one["severity"] for one in notes} == {"note"}
    ube = next(one for one in notes if one["row"] == 39)
    assert (ube["value"], ube["column"]) == ("0.04844", "化石燃料起算寄宿舎(t-CO2)")  # 14 t ÷ 289 GJ


def test_an_impossible_factor_is_found_on_its_row(outcome, tmp_path: Path) -> None:
    """Tonnes for kilograms and a slipped point: 函館 6110 t from 9214 GJ, 沖縄's dormitory 0 t from its GJ."""
    wrong = tmp_path / "co2.csv"
    text = CO2.read_text("utf-8-sig")
    assert "函館,682,166,611,175" in text
    assert "沖縄,1537,490,170,60" in text
    text = text.replace("函館,682,166,611,175", "函館,682,166,6110,175")
    wrong.write_text(text.replace("沖縄,1537,490,170,60", "沖縄,1537,490,170,0"), encoding="utf-8")
    said = outcome[0].take(
        "returns", wrong, PACKAGE / "co2.toml", "--dry-run", "--restate", "a trial of the check"
    )
    found = {
        (one["row"], one["column"], one["value"])
        for one in said["findings"]
        if one["code"] == "ratio_out_of_range"
    }
    assert found == {
        (2, "化石燃料起算校舎(t-CO2)", "0.66312"),  # 6110 ÷ 9214
        (56, "化石燃料起算寄宿舎(t-CO2)", "0.00000"),
    }


def test_the_band_is_data_of_the_plan(tmp_path: Path) -> None:
    """The same files under a copy of the plan that allows for no rounding: the eleven are warnings."""
    plan = tmp_path / "plan"
    shutil.copytree(PACKAGE / "plan", plan)
    checks = plan / "catalog" / "ratio_checks.csv"
    text = checks.read_text("utf-8")
    assert text.count(",0.0499,0.0693,0.5,") == 2
    checks.write_text(text.replace(",0.0499,0.0693,0.5,", ",0.0499,0.0693,0,"), encoding="utf-8")
    desk = Desk(tmp_path / "home")
    desk.run("init", "--plan", plan)
    said = take_all(desk)[3]
    assert rows_of(said, "ratio_out_of_range") == set(OUTSIDE_AS_PRINTED)
    assert rows_of(said, "ratio_within_rounding") == set()
