"""`receipt show|replay|export`: a folder that a stranger can check, a workbook that another program recalculates.

Every expected value is worked out here from the cells below with the coefficients of `tests/cli/desk.py`.
"""

import csv
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli import desk
from tests.cli.command import BROKEN, DONE, REFUSED, Said, figure, jieyue
from tests.coefficients import KGCE, T_PER_TCE

#: Yearly returns of 2024: petrol of A stands twice, whole (150) and burnt by vehicles (1501).
CELLS = {
    "A": {
        "110": "80000",
        "140": "1000",
        "150": "500",
        "1501": "400",
        "1601": "0",
        "111": "48000",
        "102": "8000",
        "103": "400",
        "1041": "2",
        "1042": "0",
    },
    "B": {"110": "240000", "130": "2.5", "102": "12000", "103": "600", "120": "9000"},
    "D": {"110": "50000", "102": "5000", "103": "100"},
}
#: C filed months: 100 kWh each, and its area with the last one.
MONTHLY = "100"


def tce(*amounts: tuple[str, object]) -> Fraction:
    return sum((Fraction(str(amount)) * KGCE[code] for code, amount in amounts), Fraction()) / 1000


def co2(*amounts: tuple[str, object]) -> Fraction:
    """t CO2 by the plan's own set: standard coal × the t/tce that the plan's shares imply."""
    return sum((tce((code, amount)) * T_PER_TCE[code] for code, amount in amounts), Fraction())


A_ALL = (("110", 80000), ("140", 1000), ("150", 500))
DISTRICT = (("110", 80000 + 240000 + 1200), ("140", 1000), ("130", "2.5"))
DISTRICT_ALL = (*DISTRICT, ("150", 500))
AREA = 8000 + 12000 + 1500
#: scope, indicator → the figure by hand; for some, the figure after 100,000 kWh and 8,000 m² more in A's return.
FIGURES: dict[tuple[str, str], tuple[Fraction, Fraction | None]] = {
    ("area:500103", "energy_total_tce"): (tce(*DISTRICT_ALL), tce(*DISTRICT_ALL, ("110", 100000))),
    ("area:500103", "energy_per_area_kgce_m2"): (
        tce(*DISTRICT) * 1000 / AREA, tce(*DISTRICT, ("110", 100000)) * 1000 / (AREA + 8000),
    ),
    ("area:500103", "energy_share_electricity"): (
        tce(DISTRICT[0]) * 100 / tce(*DISTRICT_ALL),
        tce(DISTRICT[0], ("110", 100000)) * 100 / tce(*DISTRICT_ALL, ("110", 100000)),
    ),
    ("area:500103", "co2_total_t"): (co2(*DISTRICT_ALL), co2(*DISTRICT_ALL, ("110", 100000))),
    ("A", "co2_total_t"): (co2(*A_ALL), co2(*A_ALL, ("110", 100000))),
    ("A", "co2_per_area_kg_m2"): (co2(*A_ALL) * 1000 / 8000, co2(*A_ALL, ("110", 100000)) * 1000 / 16000),
    ("A", "co2_share_electricity"): (co2(A_ALL[0]) * 100 / co2(*A_ALL), None),
    ("C", "electricity_per_area_kwh_m2"): (Fraction(1200, 1500), None),
    ("area:500103", "water_per_person_m3"): (Fraction(9000, 600), None),
    ("area:500103", "evidence_share_typed"): (Fraction(100), None),
    ("area:500103", "institutions"): (Fraction(4), None),
    ("area:500103", "completeness"): (Fraction(1), None),
    ("A", "fuel_per_vehicle_l"): (Fraction(400, 2), None),
    ("area:500103", "unit_price_electricity"): (Fraction(48000, 80000), None),
    ("A", "energy_cost_yuan"): (Fraction(48000), None),
    ("area:500103", "floor_area_m2"): (Fraction(AREA), None),
    ("city", "energy_total_tce"): (tce(*DISTRICT_ALL, ("110", 50000)), None),
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """A receipt's folder, the figure's row, and what LibreOffice made of the workbook and of the altered one."""

    folder: Path
    said: Said
    row: dict[str, Any]
    recomputed: dict[str, Any]
    altered: dict[str, Any] | None


@pytest.fixture(scope="module")
def city(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("receipts")
    home = Path(shutil.copytree(registered, folder / "home"))
    yearly = [
        [who, "2024", f"NY201:{code}", amount, ""]
        for who, cells in CELLS.items()
        for code, amount in cells.items()
    ]
    months = [["C", f"2024-{month:02d}", "NY201:110", MONTHLY, ""] for month in range(1, 13)]
    file = folder / "returns.csv"
    file.write_bytes(desk.table([desk.LONG, *yearly, *months, ["C", "2024-12", "NY201:102", 1500, ""]]))
    said = jieyue(home, "import", "returns", file, "--publish")
    assert said.code == DONE, said.stdout
    return home


@pytest.fixture(scope="module")
def exports(city: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Export]:
    """Every receipt exported by the command; all workbooks recalculated by LibreOffice in one go."""
    folder = tmp_path_factory.mktemp("exports")
    said, rows = {}, {}
    for number, (scope, indicator) in enumerate(FIGURES):
        rows[scope, indicator] = dict(figure(city, scope, "2024", indicator))
        target = folder / f"r{number}"
        said[scope, indicator] = (
            target, jieyue(city, "receipt", "export", rows[scope, indicator]["receipt"], "--output", target),
        )  # fmt: skip
    books = folder / "books"
    books.mkdir()
    for number, ((scope, indicator), (_, after)) in enumerate(FIGURES.items()):
        shutil.copyfile(said[scope, indicator][0] / "workbook.xlsx", books / f"plain{number}.xlsx")
        if after is not None:
            alter(books / f"plain{number}.xlsx", books / f"altered{number}.xlsx")
    recalculated = recalculate(books, folder / "profile")
    return {
        key: Export(*said[key], rows[key], recalculated[f"plain{n}"], recalculated.get(f"altered{n}"))
        for n, key in enumerate(FIGURES)
    }


def alter(source: Path, target: Path) -> None:
    """100,000 kWh and 8,000 m² more in A's return."""
    book = openpyxl.load_workbook(source)
    sheet = book["报表"]
    heads = [cell.value for cell in sheet[1]]
    (row,) = [row for row in sheet.iter_rows(min_row=2) if row[0].value == "A"]
    for code, before, after in (("110", 80000, 180000), ("102", 8000, 16000)):
        cell = row[heads.index(code)]
        assert cell.value == before
        cell.value = after
    book.save(target)


def recalculate(books: Path, profile: Path) -> dict[str, dict[str, Any]]:
    """Name of the workbook → label → value of its result sheet, as LibreOffice computes them."""
    names = sorted(books.glob("*.xlsx"))
    out = books / "out"
    words = [
        "soffice",
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        out,
    ]
    subprocess.run([*words, *names], check=True, capture_output=True, timeout=240)
    found = {}
    for file in out.glob("*.xlsx"):
        sheet = openpyxl.load_workbook(file, data_only=True)["结果"]
        found[file.stem] = {row[0].value: row[1].value for row in sheet.iter_rows() if row[0].value}
    return found


@pytest.mark.parametrize("key", FIGURES, ids="/".join)
def test_another_program_arrives_at_the_figure(
    exports: dict[tuple[str, str], Export], key: tuple[str, str]
) -> None:
    by_hand, after = FIGURES[key]
    made = exports[key]
    assert made.said.code == DONE, made.said.stdout
    assert Fraction(made.row["value"]) == pytest.approx(by_hand, rel=1e-30)
    assert made.recomputed["重算 recomputed"] == pytest.approx(float(by_hand), rel=1e-12)
    rounded = made.recomputed["重算（修约）recomputed, rounded"]
    assert rounded == pytest.approx(made.recomputed["所载 printed"], abs=1e-9)
    assert made.recomputed["所载 printed"] == pytest.approx(float(made.row["display"]), abs=1e-9)
    if after is not None:
        assert made.altered is not None
        assert made.altered["重算 recomputed"] == pytest.approx(float(after), rel=1e-12)
        assert after != by_hand


def test_the_workbook_has_formulas_and_no_cached_values(exports: dict[tuple[str, str], Export]) -> None:
    made = exports["area:500103", "energy_per_area_kgce_m2"]
    with zipfile.ZipFile(made.folder / "workbook.xlsx") as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "/worksheets/sheet" in name]
    assert sum(text.count("<f>") for text in sheets) > 20
    assert not [value for text in sheets for value in re.findall(r"</f><v>([^<]+)</v>", text)]


def test_the_folder_is_whole(exports: dict[tuple[str, str], Export]) -> None:
    made = exports["area:500103", "co2_total_t"]
    names = ["factors.csv", "figure.json", "formula.txt", "hashes.txt", "inputs.csv", "workbook.xlsx"]
    assert sorted(path.name for path in made.folder.iterdir()) == names
    assert made.said.document["folder"] == str(made.folder)
    assert sorted(made.said.document["files"]) == names
    for line in (made.folder / "hashes.txt").read_text("ascii").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((made.folder / name).read_bytes()).hexdigest() == digest
    inputs = rows_of(made.folder / "inputs.csv")
    # C filed twelve months; D stands in another district and G filed inside A's return.
    amounts = {(row["institution"], row["period"], row["item"]): row["value"] for row in inputs}
    assert amounts["A", "2024", "NY201:110"] == "80000"
    assert amounts["B", "2024", "NY201:130"] == "2.5"
    assert {who for who, _, _ in amounts} == {"A", "B", "C"}
    assert sum(1 for who, _, item in amounts if (who, item) == ("C", "NY201:110")) == 12
    assert {row["origin"] for row in inputs} == {"typed"}
    assert all(re.fullmatch("[0-9a-f]{64}", row["digest"]) for row in inputs)
    factors = {(row["use"], row["carrier"]): row for row in rows_of(made.folder / "factors.csv")}
    assert Fraction(factors["standard_coal", "electricity"]["value"]) == KGCE["110"]
    assert factors["standard_coal", "electricity"]["document"] == "GB/T 2589-2020"
    assert Fraction(factors["co2", "electricity"]["value"]) == T_PER_TCE["110"]
    assert all(row["document"] or row["source"] for row in factors.values())
    # A ton of standard coal is 1,000 kg by definition: its source is that, and no document.
    assert {row["carrier"] for row in factors.values() if not row["document"]} == {"other"}
    document = json.loads((made.folder / "figure.json").read_text("utf-8"))
    assert Fraction(document["figure"]["value"]) == Fraction(made.row["value"])
    assert document["key"]["factor_set"] == "chongqing-2020-declared"
    words = (made.folder / "formula.txt").read_text("utf-8")
    assert "各品种净用量 × 排放因子" in words
    assert "sum of net quantity × emission factor" in words


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_in_words(city: Path, lang: str) -> None:
    receipt = figure(city, "A", "2024", "co2_per_area_kg_m2")["receipt"]
    said = jieyue(city, "receipt", "show", receipt, as_json=False, lang=lang)
    assert said.code == DONE
    value = f"{float(FIGURES['A', 'co2_per_area_kg_m2'][0]):.2f} kgCO2/m2"
    heads = {
        "zh": ("单位建筑面积碳排放", "终值", "折标准煤", "未核实"),
        "en": ("CO2 per floor area", "final", "standard coal", "unverified"),
    }
    for text in (receipt, value, "GB/T 2589-2020", "0.1229", *heads[lang]):
        assert text in said.stdout
    parts = {
        "zh": ("各品种数量", "除以", "电力", "建筑面积"),
        "en": ("By carrier", "Divided by", "Electricity"),
    }
    for text in parts[lang]:
        assert text in said.stdout


def test_a_receipt_that_is_not_there(city: Path, tmp_path: Path) -> None:
    for words in (("show",), ("replay",), ("export",)):
        for receipt in ("0123456789abcdef/city/co2_total_t", "nonsense", "x/y/z"):
            said = jieyue(city, "receipt", *words, receipt, lang="en")
            assert (said.code, said.document["error"]["code"]) == (REFUSED, "unknown_receipt")
            assert receipt in said.stderr


def test_export_never_writes_over_files(city: Path, tmp_path: Path) -> None:
    receipt = figure(city, "A", "2024", "co2_total_t")["receipt"]
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine", encoding="utf-8")
    said = jieyue(city, "receipt", "export", receipt, "-o", tmp_path / "there")
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "folder_exists")
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["mine.txt"]
    # The guide of 2026 has no factor for other energy: there is nothing to compute its share from.
    choice = ("--factor-set", "jst-303-2026", "--electricity-factor", "2023")
    missing = figure(city, "A", "2024", "co2_share_other", *choice)["receipt"]
    refused = jieyue(city, "receipt", "export", missing, "-o", tmp_path / "new")
    assert (refused.code, refused.document["error"]["code"]) == (REFUSED, "no_workbook")
    assert not (tmp_path / "new").exists(), "no half of a folder"


@pytest.fixture
def changed(city: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(city, tmp_path / "home"))


def test_replay_after_new_facts_is_equal(changed: Path, tmp_path: Path) -> None:
    row = figure(changed, "area:500103", "2024", "co2_total_t")
    file = tmp_path / "more.csv"
    file.write_bytes(desk.table([desk.LONG, ["A", "2024", "NY201:110", 90000, "kWh"]]))
    assert jieyue(changed, "import", "returns", file, "--publish", "--restate", "抄错").code == DONE
    after = figure(changed, "area:500103", "2024", "co2_total_t")
    assert Fraction(after["value"]) - Fraction(row["value"]) == pytest.approx(co2(("110", 10000)), rel=1e-25)
    said = jieyue(changed, "receipt", "replay", row["receipt"])
    assert (said.code, said.document["equal"], said.document["different"]) == (DONE, True, [])
    assert said.document["compared"] > 100


def test_replay_of_a_tampered_result_ends_with_4(changed: Path) -> None:
    """The stored frames of a run are exchanged: replay computes again and says what differs."""
    receipt = figure(changed, "A", "2024", "co2_total_t")["receipt"]
    assert receipt.split("/")[0] == figure(changed, "B", "2024", "co2_total_t")["receipt"].split("/")[0]
    with sqlite3.connect(changed / "office.sqlite3") as office:
        rows = office.execute(
            "SELECT rowid, content FROM accounts_runframe WHERE part LIKE 'institution:%' AND run_id LIKE ?",
            (receipt.split("/")[0] + "%",),
        ).fetchall()
        assert len(rows) > 1
        for place, (number, _) in enumerate(rows):
            content = rows[place - 1][1]
            office.execute("UPDATE accounts_runframe SET content = ? WHERE rowid = ?", (content, number))
    said = jieyue(changed, "receipt", "replay", receipt)
    assert said.code == BROKEN, said.stdout
    assert said.document["equal"] is False
    assert said.document["different"]
    assert said.document["own"] is False
    said_of_it = (
        ("zh", "不一致"),
        ("zh", "这个数也在其中"),
        ("en", "different:"),
        ("en", "this one is one of them"),
    )
    for lang, words in said_of_it:
        assert words in jieyue(changed, "receipt", "replay", receipt, lang=lang).stderr
