"""Layers, cross-checks with file and row, digests, keeping and reopening."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, load_catalog, load_saved
from jieyue.catalog.tables import DATA

Layer = Callable[..., Path]
TAIL = "source,confidence,verified"
COEFFICIENT = f"coefficient,carrier,quantity,value,unit,valid_from,valid_to,{TAIL}"
SCHEME = f"code,name_zh,name_en,valid_from,valid_to,date_verified,{TAIL}"
REGION = f"code,name,short_name,kind,parent,valid_from,valid_to,date_verified,provisional,{TAIL}"
END = "test,low,no"


def test_a_csv_that_is_no_table_and_a_folder_that_is_not_there_refuse(layer: Layer, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not a catalog table"):
        load_catalog(overlay=layer(surprise=("code",)))
    with pytest.raises(CatalogError, match="no such folder"):
        load_catalog(overlay=tmp_path / "none")


def test_a_missing_table_of_the_whole_catalog_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    load_catalog().save_contents(folder)
    (folder / "carriers.csv").unlink()
    with pytest.raises(CatalogError, match=r"carriers\.csv"):
        load_saved(folder)


def test_an_overlay_overrides_a_row_by_key(layer: Layer) -> None:
    folder = layer(
        thresholds=(f"code,value,unit,name_zh,name_en,{TAIL}", f"completeness_final,0.90,1,甲,A,{END}")
    )
    catalog = load_catalog(overlay=folder)
    assert catalog.threshold("completeness_final").value == Fraction(9, 10)
    assert catalog.threshold("rank_min_peers").value == 5
    assert catalog.digest != load_catalog().digest


def test_the_legal_date_of_a_change_can_be_put_right(layer: Layer) -> None:
    folder = layer(
        regions=(REGION, f"500105,江北区,江北,district,500000,,2025-10-20,yes,no,{END}"),
        tiles=(f"region,row,column,{TAIL}",),
    )
    catalog = load_catalog(overlay=folder)
    assert "500105" not in {region.code for region in catalog.regions_on(date(2025, 10, 20))}
    assert "500105" in {region.code for region in catalog.regions_on(date(2025, 10, 19))}


def test_a_later_row_closes_the_one_below_and_a_middle_one_splits_it(layer: Layer) -> None:
    folder = layer(
        coefficients=(COEFFICIENT, f"raw_coal,raw_coal,kgce,0.7,kgce/kg,2026-01-01,2027-01-01,{END}")
    )
    rows = [
        (row.valid_from.year, row.valid_to.year, row.text)
        for row in load_catalog(overlay=folder).coefficients
        if (row.coefficient, row.quantity) == ("raw_coal", "kgce")
    ]
    assert sorted(rows) == [(1, 2026, "0.7143"), (2026, 2027, "0.7"), (2027, 9999, "0.7143")]


def test_a_new_scheme_follows_the_last_one(layer: Layer) -> None:
    folder = layer(schemes=(SCHEME, f"2027,新修订,New revision,2027-01-01,,no,{END}"))
    catalog = load_catalog(overlay=folder)
    assert catalog.scheme_on(date(2026, 12, 31)).code == "2025-11"
    assert catalog.scheme_on(date(2027, 1, 1)).code == "2027"


def test_a_plan_folder_brings_carriers_and_the_overlay_comes_last(tmp_path: Path) -> None:
    plan, overlay = tmp_path / "plan", tmp_path / "overlay"
    header = f"code,name_zh,name_en,unit,energy,emission,vehicle_fuel,{TAIL}"
    for folder, name in ((plan, "Steam of the district"), (overlay, "District steam")):
        folder.mkdir()
        (folder / "carriers.csv").write_text(f"{header}\nsteam_kbtu,蒸汽,{name},kBtu,yes,indirect,no,{END}\n")
    assert load_catalog(plan_catalog=plan).carriers["steam_kbtu"].name_en == "Steam of the district"
    assert load_catalog(plan_catalog=plan, overlay=overlay).carriers["steam_kbtu"].name_en == "District steam"
    assert "steam_kbtu" not in load_catalog().carriers


def test_an_edited_overlay_is_read_anew(layer: Layer) -> None:
    head = f"code,value,unit,name_zh,name_en,{TAIL}"
    first = load_catalog(overlay=layer(thresholds=(head, f"completeness_final,0.9,1,甲,A,{END}")))
    second = load_catalog(overlay=layer(thresholds=(head, f"completeness_final,0.85,1,甲,A,{END}")))
    assert (first.threshold("completeness_final").value, second.threshold("completeness_final").value) == (
        Fraction(9, 10),
        Fraction(85, 100),
    )


def test_an_empty_overlay_and_another_spelling_are_the_same_catalog(layer: Layer) -> None:
    base = load_catalog()
    assert load_catalog() is base
    assert load_catalog(overlay=layer()).digest == base.digest
    rows = (DATA / "thresholds.csv").read_text("utf-8").replace("0.95", "0.9500").splitlines()
    again = load_catalog(overlay=layer(thresholds=(rows[0], *reversed(rows[1:]))))
    assert again.digest == base.digest


def test_one_changed_digit_is_another_catalog(layer: Layer) -> None:
    rows = (DATA / "grid_factors.csv").read_text("utf-8").replace("0.4743", "0.4744").splitlines()
    assert load_catalog(overlay=layer(grid_factors=rows)).digest != load_catalog().digest


def test_contents_are_kept_and_reopened_exactly(layer: Layer, tmp_path: Path) -> None:
    folder = layer(coefficients=(COEFFICIENT, f"raw_coal,raw_coal,kgce,1/3,kgce/kg,2026-01-01,,{END}"))
    catalog = load_catalog(overlay=folder)
    kept = tmp_path / "kept" / catalog.digest
    catalog.save_contents(kept)
    catalog.save_contents(kept)
    assert [path.name for path in kept.parent.iterdir()] == [catalog.digest], "no draft is left behind"
    shutil.rmtree(folder)
    again = load_saved(kept)
    assert again.digest == catalog.digest
    assert {name: again.table(name) for name in again.table_names} == {
        name: catalog.table(name) for name in catalog.table_names
    }
    grid = again.grid_factor("grid-east", 2023)
    assert grid is not None
    assert grid.text == "0.5500"


def test_kept_contents_that_were_changed_are_refused(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    load_catalog().save_contents(kept)
    path = kept / "coefficients.csv"
    path.write_text(path.read_text("utf-8").replace("0.1229", "0.1230", 1), "utf-8")
    with pytest.raises(CatalogError, match="differ from their digest"):
        load_saved(kept)


def test_every_source_is_listed_with_its_tables() -> None:
    sources = load_catalog().sources
    assert sources["2023年电力二氧化碳排放因子公告", "公告2025年第47号"] == ("grid_factors",)
    assert all(title and tables for (title, _), tables in sources.items())


def test_no_source_prints_an_address() -> None:
    for path in DATA.glob("*.csv"):
        text = path.read_text("utf-8").lower()
        assert not [word for word in ("http", "www.", ".com", ".cn/", "github") if word in text], path.name


def test_the_catalog_needs_the_standard_library_alone() -> None:
    code = (
        "import sys; sys.modules.update(numpy=None, polars=None, pyarrow=None, django=None)\n"
        "from jieyue.catalog import load_catalog; print(load_catalog().digest)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == load_catalog().digest
