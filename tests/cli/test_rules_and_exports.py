"""`catalog check|list`, `plan check`, `plan status`, `export figures|returns`: what they say, worked out outside."""

import csv
import io
import shutil
from fractions import Fraction
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.cli import desk
from tests.cli.command import DONE, REFUSED, figure, jieyue
from tests.coefficients import KGCE

CHECKS = Path(__file__).resolve().parents[1] / "data" / "plan_checks.csv"
#: One city of 2023: 18,000 kgce and 9,000 kg of water on 100 persons and 2,000 m².
YEAR = {"110": "100000", "140": "2000", "150": "500", "120": "2250", "102": "2000", "103": "100", "104": "3"}


@pytest.fixture(scope="module")
def city(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    home = Path(shutil.copytree(registered, folder / "home"))
    rows = [[who, "2023", f"NY201:{code}", amount, ""] for who in "AD" for code, amount in YEAR.items()]
    rows.append(["A", "2023", "NY201:160", "不使用", ""])
    file = folder / "returns.csv"
    file.write_bytes(desk.table([desk.LONG, *rows]))
    assert jieyue(home, "import", "returns", file, "--publish").code == DONE
    return home


def test_the_catalog_loads(office: None) -> None:
    said = jieyue(None, "catalog", "check")
    assert said.code == DONE
    assert len(said.document["digest"]) == 64
    assert said.document["tables"]["forms"] >= 4
    assert "factor_sets" in jieyue(None, "catalog", "check", as_json=False, lang="en").stdout


def test_a_damaged_catalog_is_refused_with_file_and_row(office: None, tmp_path: Path) -> None:
    overlay = tmp_path / "catalog"
    overlay.mkdir()
    (overlay / "carriers.csv").write_text("code,mystery\nelectricity,1\n", encoding="utf-8")
    said = jieyue(None, "catalog", "check", "--overlay", overlay)
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "catalog")
    assert "carriers.csv" in said.stderr
    assert "mystery" in said.stderr


def test_rules_are_listed(office: None) -> None:
    rows = jieyue(None, "catalog", "list", "grid_factors").document
    found = {row["factor"] if "factor" in row else row["value"] for row in rows}
    assert {"0.4743", "0.5227", "0.5581"} <= {str(value) for value in found} | {
        f"{float(Fraction(str(value))):.4f}" for value in found
    }
    unknown = jieyue(None, "catalog", "list", "nosuch", lang="en")
    assert (unknown.code, unknown.document["error"]["code"]) == (REFUSED, "unknown_kind")


def test_the_plan_against_itself(office: None) -> None:
    """Every contradiction that was found by hand, with its recomputed value; nothing against sound statements."""
    said = jieyue(None, "plan", "check", "chongqing-14fyp")
    assert said.code == DONE, "a plan's contradictions are warnings"
    told = {row["check"]: row for row in said.document}
    with CHECKS.open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    assert len(wanted) >= 33
    for row in wanted:
        if row["expect"] == "finding":
            found = told[row["id"]]
            assert found["severity"] == "warning"
            assert float(found["recomputed"]) == pytest.approx(
                float(row["recomputed_num"]), abs=float(row["tol"])
            )
            assert found["message_zh"] != found["message_en"]
        elif row["expect"] == "none":
            assert row["id"] not in told
        else:
            assert told.get(row["id"], {"severity": "note"})["severity"] == "note"
    for lang, words in (("zh", "文本核对"), ("en", "the text against itself")):
        shown = jieyue(None, "plan", "check", "chongqing-14fyp", as_json=False, lang=lang)
        assert words in shown.stdout
        assert "S06" in shown.stdout
    absent = jieyue(None, "plan", "check", "nosuch")
    assert (absent.code, absent.document["error"]["code"]) == (REFUSED, "catalog")


def test_plan_status_by_hand(city: Path) -> None:
    """2023 is three fifths of the way from the base of 2020 to the target of 2025."""
    said = jieyue(city, "plan", "status", "chongqing-14fyp", "--year", "2023")
    assert said.code == DONE
    rows = {row["indicator"]: row for row in said.document}
    tce = (Fraction(100000) * KGCE["110"] + 2000 * KGCE["140"] + 500 * KGCE["150"]) / 1000
    building = tce - 500 * KGCE["150"] / 1000
    by_hand = {
        "energy_per_person_kgce": (tce * 1000 / 100, "194.79", "183.1", True),
        "energy_per_area_kgce_m2": (building * 1000 / 2000, "11.53", "10.95", True),
        "water_per_person_m3": (Fraction(2250, 100), "23.43", "22.25", True),
        "energy_total_tce": (2 * tce, "1042700", "1120000", False),
    }
    for code, (actual, base, target, binding) in by_hand.items():
        row = rows[code]
        path = Fraction(base) + (Fraction(target) - Fraction(base)) * Fraction(3, 5)
        assert Fraction(row["actual"]) == actual
        assert (Fraction(row["base"]), Fraction(row["target"]), Fraction(row["path"])) == (
            Fraction(base),
            Fraction(target),
            path,
        )
        assert row["binding"] is binding
        assert row["status"] == ("on_path" if actual <= path else "off_path")
    # 22.5 m³/person: below the path of 22.722. 152.5 kgce/person: below. 7.475 kgce/m²: below.
    assert {rows[code]["status"] for code in by_hand} == {"on_path"}
    last = {
        row["indicator"]: row
        for row in jieyue(city, "plan", "status", "chongqing-14fyp", "--year", "2025").document
    }
    assert {row["status"] for row in last.values()} == {"no_data"}
    for lang, words in (("zh", "约束性"), ("en", "binding")):
        assert (
            words
            in jieyue(
                city, "plan", "status", "chongqing-14fyp", "--year", "2023", as_json=False, lang=lang
            ).stdout
        )


def test_exported_returns_are_read_back_as_they_are(city: Path, tmp_path: Path) -> None:
    for name in ("out.csv", "out.xlsx"):
        out = tmp_path / name
        said = jieyue(city, "export", "returns", "--form", "NY201", "--period", "2023", "-o", out)
        assert (said.code, said.document) == (DONE, {"file": str(out), "rows": 15})
        again = jieyue(city, "import", "returns", out, "--publish")
        assert (again.code, again.counts) == (DONE, (15, 0, 15, 0, True)), again.stdout


def test_exported_figures(city: Path, tmp_path: Path) -> None:
    words = ("export", "figures", "--period", "2023", "--indicator", "energy_total_tce")
    by_area = jieyue(city, *words, "-o", tmp_path / "area.csv")
    assert by_area.code == DONE
    rows = list(csv.DictReader(io.StringIO((tmp_path / "area.csv").read_text("utf-8-sig"))))
    found = {row["scope"]: row for row in rows}
    value = figure(city, "area:500103", "2023", "energy_total_tce")
    assert found["area:500103"]["value"] == value["value"]
    assert found["area:500103"]["receipt"] == value["receipt"]
    assert found["area:500104"]["display"] == found["area:500103"]["display"] == "15.49"
    assert jieyue(city, *words, "--by", "institution", "-o", tmp_path / "all.xlsx").code == DONE
    sheet = openpyxl.load_workbook(tmp_path / "all.xlsx").worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    scopes = {row[heads.index("scope")].value for row in sheet.iter_rows(min_row=2)}
    assert {"institution:A", "institution:D"} <= scopes
    assert jieyue(city, *words, "--by", "type", "-o", tmp_path / "type.parquet").code == DONE
    frame = pl.read_parquet(tmp_path / "type.parquet")
    assert frame.filter(pl.col("scope") == "type:021")["display"].to_list() == ["15.49"]
    assert jieyue(city, *words, "--gb18030", "-o", tmp_path / "gb.csv").code == DONE
    assert "energy_total_tce" in (tmp_path / "gb.csv").read_text("gb18030")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("figures", "--period", "2023", "--by", "mystery", "-o", "x.csv"), "by"),
        (("figures", "--period", "2023", "--indicator", "mystery", "-o", "x.csv"), "unknown_indicator"),
        (("figures", "--period", "2023", "-o", "x.pdf"), "suffix"),
        (("figures", "--period", "20x3", "-o", "x.csv"), ""),
        (("returns", "--form", "NY999", "--period", "2023", "-o", "x.csv"), ""),
    ],
)
def test_exports_that_are_refused(city: Path, tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    placed = [tmp_path / word if word.startswith("x.") else word for word in words]
    said = jieyue(city, "export", *placed)
    assert said.code == REFUSED, said.stdout
    error = said.document["error"]
    assert code in ("", error["code"])
    assert error["message_zh"] != error["message_en"]
    assert not list(tmp_path.glob("x.*"))


def test_figures_that_are_refused(city: Path) -> None:
    for words in (
        ("--scope", "area:999999"),
        ("--scope", "nobody"),
        ("--indicator", "mystery"),
        ("--factor-set", "mystery"),
        ("--electricity-factor", "mystery"),
        ("--vehicle-boundary", "mystery"),
        ("--boundaries", "mystery"),
    ):
        said = jieyue(city, "figures", "--period", "2023", *words, lang="en")
        assert said.code == REFUSED, words
        assert said.document["error"]["message_zh"] != said.document["error"]["message_en"]
        assert words[1].rpartition(":")[2] in said.stderr
    assert jieyue(city, "figures", "--period", "2023-13").code == REFUSED


def test_nothing_is_missing_quietly(city: Path) -> None:
    """An institution without a return has no number, and its absence shows in the city's completeness."""
    row = figure(city, "C", "2023", "energy_total_tce")
    assert (row["value"], row["display"], row["status"]) == (None, None, "missing")
    whole = figure(city, "city", "2023", "energy_total_tce")
    # A, B, C, D and E owe returns, G files inside A's, F came in 2025: two of five are there.
    assert (Fraction(whole["completeness"]), whole["status"]) == (Fraction(2, 5), "provisional")
