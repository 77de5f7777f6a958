"""The plan's own 2020 aggregate, from a file through the command to the plan's own figures, in two homes.

Expected values are the plan's printed ones (section 1), or worked out here with the factors written below.
"""

import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cli import desk
from tests.cli.command import DONE, Said, figure, jieyue

#: indicator → what the plan prints, after dividing by the scale and rounding to its digits.
PRINTED = {
    "energy_total_tce": (10_000, "104.27"),
    "energy_per_person_kgce": (1, "194.77"),
    "energy_per_area_kgce_m2": (1, "11.53"),
    "energy_total_per_area_kgce_m2": (1, "12.59"),
    "water_per_person_m3": (1, "23.43"),
    "co2_total_t": (10_000, "293.77"),
    "co2_per_area_kg_m2": (1, "35.47"),
}
#: kg CO2 per unit of the item by JS/T 303-2026 (coal per t), and the electricity factor of a year, kg/kWh.
JST = {"130": "2174", "140": "2.184", "150": "2.179", "160": "2.718"}
JST_YEARS = {"2021": ("0.4743", "336.6"), "2022": ("0.5227", "364.8"), "2023": ("0.5581", "385.4")}


@pytest.fixture(scope="module", params=["city", "CQ"])
def place(request: pytest.FixtureRequest, made: tuple[Path, Said], tmp_path_factory: pytest.TempPathFactory):
    """(home, scope): the aggregate declared at the node `city`; in another home, as the one institution CQ."""
    folder = tmp_path_factory.mktemp(f"plan-{request.param}")
    home = folder / "home"
    shutil.copytree(made[0], home)
    if request.param == "CQ":
        registry = folder / "registry.csv"
        registry.write_bytes(
            desk.table(
                [
                    ["代码", "名称", "机构类型", "地区", "生效日期"],
                    ["CQ", "全市公共机构", "01", "500103", "2015-01-01"],
                ]
            )
        )
        assert jieyue(home, "import", "institutions", registry).counts == (1, 1, 0, 0, True)
    file = folder / "plan-2020.csv"
    file.write_bytes(desk.table(desk.plan_rows(request.param)))
    said = jieyue(home, "import", "returns", file, "--publish")
    assert (said.code, said.counts) == (DONE, (10, 10, 0, 0, True)), said.stdout
    return home, request.param


def shown(value: str, scale: int, like: str) -> str:
    return f"{Decimal(value) / scale:.{len(like.partition('.')[2])}f}"


def test_the_figures_that_the_plan_prints(place: tuple[Path, str]) -> None:
    home, scope = place
    said = jieyue(home, "figures", "--scope", scope, "--period", "2020")
    rows = {row["indicator"]: row for row in said.document}
    assert {code: shown(rows[code]["value"], *wanted) for code, wanted in PRINTED.items()} == {
        code: printed for code, (_, printed) in PRINTED.items()
    }
    for code in PRINTED:
        row = rows[code]
        assert (row["status"], row["factor_set"], row["vehicle_boundary"]) == (
            "final",
            "chongqing-2020-declared",
            "all_oil",
        )
        assert row["origin"] == ("declared" if scope == "city" else "typed")
        assert row["scope"] == ("city" if scope == "city" else "institution:CQ")


def test_the_city_is_its_one_institution(place: tuple[Path, str]) -> None:
    home, scope = place
    words = [word for code in PRINTED for word in ("--indicator", code)]
    rows = jieyue(home, "figures", "--scope", "city", "--scope", scope, "--period", "2020", *words).document
    values = [row["value"] for row in rows]
    assert len(values) == 2 * len(PRINTED)
    assert values[: len(PRINTED)] == values[len(PRINTED) :]


@pytest.mark.parametrize("year", JST_YEARS)
def test_under_the_guide_of_2026(place: tuple[Path, str], year: str) -> None:
    home, scope = place
    factor, printed = JST_YEARS[year]
    choice = ("--factor-set", "jst-303-2026", "--electricity-factor", year)
    row = figure(home, scope, "2020", "co2_total_t", *choice)
    cells = {line[2].partition(":")[2]: line[3] for line in desk.plan_rows(scope)[1:]}
    by_hand = sum(Fraction(cells[code]) * Fraction(kg) for code, kg in {**JST, "110": factor}.items()) / 1000
    assert shown(row["value"], 10_000, printed) == printed
    assert Fraction(row["value"]) == by_hand
    assert row["factor_set"] == f"jst-303-2026@{year}"
    # The set has no factor for other energy: told, and never taken as zero emission of a finished figure.
    assert (row["status"], row["reasons"]) == ("provisional", ["carrier_without_factor:other"])


def test_a_figure_in_words_of_both_languages(place: tuple[Path, str]) -> None:
    home, scope = place
    words = ("figures", "--scope", scope, "--period", "2020", "--indicator", "energy_per_area_kgce_m2")
    for lang, title, head in (
        ("zh", "2020 指标", "单位建筑面积能耗"),
        ("en", "Figures of 2020", "Energy per floor area"),
    ):
        said = jieyue(home, *words, as_json=False, lang=lang)
        assert said.code == DONE
        for text in (title, head, "11.53", "kgce/m2"):
            assert text in said.stdout
        receipt = figure(home, *words[2:5:2], "energy_per_area_kgce_m2")["receipt"]
        assert receipt in said.stdout, "a receipt's number is whole on one line, so that it can be copied"


def test_the_plan_board_of_its_base_year(place: tuple[Path, str]) -> None:
    """2020 is the base: what was reached is what the plan declares as reached, within its printed digits."""
    home, _ = place
    said = jieyue(home, "plan", "status", "chongqing-14fyp", "--year", "2020")
    assert said.code == DONE
    rows = {row["indicator"]: row for row in said.document}
    expected = {
        "energy_total_tce": ("104.27", "112", False),
        "water_per_person_m3": ("23.43", "22.25", True),
        "co2_per_area_kg_m2": ("35.47", "32.98", True),
    }
    for code, (actual, target, binding) in expected.items():
        row = rows[code]
        assert (row["shown_actual"], row["shown_target"], row["binding"]) == (actual, target, binding)
        assert row["receipt"].endswith(f"/city/{code}")


def test_replayed_receipts_are_equal(place: tuple[Path, str]) -> None:
    home, scope = place
    for code in ("co2_per_area_kg_m2", "energy_total_tce"):
        receipt = figure(home, scope, "2020", code)["receipt"]
        said = jieyue(home, "receipt", "replay", receipt)
        assert (said.code, said.document["equal"], said.document["different"]) == (DONE, True, [])
