"""A plan folder whose own catalog takes floor area and persons as means: by the command, from init to the workbook.

Every expected value is worked out here from the cells below.
"""

import shutil
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from jieyue.catalog.plan import PLANS
from tests.cli import desk
from tests.cli.command import DONE, REFUSED, figure, jieyue
from tests.cli.test_receipts import recalculate
from tests.mean_rule import write_rule

#: Floor area by month of 2024; August does not say, October says none at all. A: 1,000 and 1,001 alternately.
C_AREA = {1: 1500, 2: 1500, 3: 1500, 4: 1510, 5: 1510, 6: 1510, 7: 1510, 9: 1490, 10: 0, 11: 1500, 12: 1777}
A_AREA = {month: 1000 + month % 2 for month in range(1, 13)}
C_MEAN = Fraction(3 * 1500 + 4 * 1510 + 1490 + 0 + 1500 + 1777, 11)
A_MEAN = Fraction(2001, 2)
B_AREA = 12_000  # B files the year; D's area stands in the registry
KWH = {"A": 100, "C": 200}
FIGURES: dict[tuple[str, str], Fraction] = {
    ("C", "floor_area_m2"): C_MEAN,
    ("C", "electricity_per_area_kwh_m2"): 12 * 200 / C_MEAN,
    ("area:500103", "floor_area_m2"): A_MEAN + B_AREA + C_MEAN,
    ("area:500103", "electricity_per_area_kwh_m2"): (1200 + 2400 + 240_000) / (A_MEAN + B_AREA + C_MEAN),
    ("city", "floor_area_m2"): A_MEAN + B_AREA + C_MEAN + 5000 + 6000,
}


@pytest.fixture(scope="module")
def city(office: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mean")
    plan = Path(shutil.copytree(PLANS / "chongqing-14fyp", folder / "plan"))
    write_rule(plan / "catalog", ("102", "103"))
    home = folder / "home"
    assert jieyue(home, "init", "--plan", plan).code == DONE
    (folder / "registry.csv").write_bytes(desk.table(desk.REGISTRY))
    assert jieyue(home, "import", "institutions", folder / "registry.csv").code == DONE
    rows = [["B", "2024", "NY201:110", 240_000, ""], ["B", "2024", "NY201:102", B_AREA, ""]]
    for who, areas in (("A", A_AREA), ("C", C_AREA)):
        rows += [[who, f"2024-{month:02d}", "NY201:110", KWH[who], ""] for month in range(1, 13)]
        rows += [[who, f"2024-{month:02d}", "NY201:102", area, ""] for month, area in areas.items()]
    (folder / "returns.csv").write_bytes(desk.table([desk.LONG, *rows]))
    said = jieyue(home, "import", "returns", folder / "returns.csv", "--publish")
    assert said.code == DONE, said.stdout
    return home


@pytest.mark.parametrize("key", FIGURES, ids="/".join)
def test_figures_by_the_mean(city: Path, key: tuple[str, str]) -> None:
    assert Fraction(figure(city, key[0], "2024", key[1])["value"]) == pytest.approx(FIGURES[key], rel=1e-30)


def test_the_receipt_says_the_rule(city: Path) -> None:
    receipt = figure(city, "area:500103", "2024", "floor_area_m2")["receipt"]
    shown = jieyue(city, "receipt", "show", receipt).document
    assert shown["behind"]["rule"] == "mean"
    assert shown["behind"]["sources"] == {"return": 1, "mean_of_parts": 2}
    for lang, words in (("zh", "各期所载数按月数的平均"), ("en", "the mean of the periods that state it")):
        assert words in jieyue(city, "receipt", "show", receipt, as_json=False, lang=lang).stdout.replace(
            "\n", ""
        )
    assert jieyue(city, "receipt", "replay", receipt).document["equal"] is True


def test_another_program_arrives_at_the_mean(city: Path, tmp_path: Path) -> None:
    """LibreOffice recalculates the workbooks; 1,100 m² more in one of eleven months are 100 m² more."""
    books = tmp_path / "books"
    books.mkdir()
    for number, (scope, indicator) in enumerate(FIGURES):
        receipt = figure(city, scope, "2024", indicator)["receipt"]
        folder = tmp_path / f"r{number}"
        assert jieyue(city, "receipt", "export", receipt, "--output", folder).code == DONE
        shutil.copyfile(folder / "workbook.xlsx", books / f"plain{number}.xlsx")
    book = openpyxl.load_workbook(books / "plain0.xlsx")
    sheet = book["报表"]
    heads = [cell.value for cell in sheet[1]]
    (row,) = [row for row in sheet.iter_rows(min_row=2) if row[1].value == "2024-03"]
    row[heads.index("102")].value += 1_100
    book.save(books / "altered.xlsx")
    found = recalculate(books, tmp_path / "profile")
    for number, value in enumerate(FIGURES.values()):
        said = found[f"plain{number}"]
        assert said["重算 recomputed"] == pytest.approx(float(value), rel=1e-12)
        rounded = said["重算（修约）recomputed, rounded"]
        assert rounded == pytest.approx(said["所载 printed"], abs=1e-9)
    assert found["altered"]["重算 recomputed"] == pytest.approx(float(C_MEAN + 100), rel=1e-12)


def test_a_rule_that_is_not_there_makes_no_home(office: None, tmp_path: Path) -> None:
    plan = Path(shutil.copytree(PLANS / "chongqing-14fyp", tmp_path / "plan"))
    write_rule(plan / "catalog", ("102",))
    items = plan / "catalog" / "items.csv"
    items.write_text(items.read_text("utf-8").replace(",stock,mean,", ",stock,weighted,"), "utf-8")
    said = jieyue(tmp_path / "home", "init", "--plan", plan, lang="en")
    assert said.code == REFUSED
    assert "there is no weighted" in said.stderr
