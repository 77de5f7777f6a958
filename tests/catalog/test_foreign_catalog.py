"""A catalog of a plan's own: what the account takes as it stands, and limits of one number over another."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, digest, load_catalog, load_saved

Layer = Callable[..., Path]
TAIL = "source,confidence,verified"
END = "test,low,no"
FORMS = (f"code,name_zh,name_en,periods,filled_by_zh,filled_by_en,{TAIL}", f"F,甲,A,Y,各家,all,{END}")
ITEMS = (
    "form,code,scheme_from,name_zh,name_en,value_kind,unit,required,agg,stock_rule,carrier,carrier_unit,"
    f"to_carrier_unit,role,{TAIL}"
)
CO2 = f"F,co2,2020,碳,CO2,number,tCO2,no,flow,,,,,declared_co2,{END}"
GAS = f"F,gas,2020,气,Gas,number,MMBtu,no,flow,,heat,GJ,1055055852.62/1000000000,,{END}"
CHECKS = f"code,form,name_zh,name_en,numerator,denominator,unit,low,high,rounding,{TAIL}"


def test_limits_of_a_ratio_are_read(layer: Layer) -> None:
    folder = layer(
        forms=FORMS,
        items=(ITEMS, CO2, GAS),
        ratio_checks=(CHECKS, f"r,F,比,Ratio,co2,gas,tCO2/GJ,0.0499,0.0693,0.5,{END}"),
    )
    catalog = load_catalog(plan_catalog=folder)
    (check,) = catalog.ratio_checks("F")
    assert (check.numerator, check.denominator, check.low, check.rounding) == (
        ("co2",),
        ("gas",),
        Fraction("0.0499"),
        Fraction(1, 2),
    )
    assert catalog.ratio_checks("NY201") == ()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("r,G,比,R,co2,gas,tCO2/GJ,1,2,0", "form"),
        ("r,F,比,R,co3,gas,tCO2/GJ,1,2,0", "numerator"),
        ("r,F,比,R,co2,co2,tCO2/GJ,1,2,0", "denominator"),
        ("r,F,比,R,co2,gas,tCO2,1,2,0", "unit"),
        ("r,F,比,R,co2,gas,tCO2/GJ,,,0", "low"),
        ("r,F,比,R,co2,gas,tCO2/GJ,2,1,0", "low"),
        ("r,F,比,R,co2,gas,tCO2/GJ,1,2,-1", "low"),
    ],
)
def test_limits_that_make_no_sense_refuse(layer: Layer, row: str, column: str) -> None:
    folder = layer(forms=FORMS, items=(ITEMS, CO2, GAS), ratio_checks=(CHECKS, f"{row},{END}"))
    with pytest.raises(CatalogError) as refused:
        load_catalog(plan_catalog=folder)
    assert (Path(refused.value.file).name, refused.value.row, refused.value.column) == (
        "ratio_checks.csv",
        2,
        column,
    )


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"F,area,2020,面积,Area,number,ft2,no,stock,last,,,,floor_area,{END}", "unit"),
        (f"F,co3,2020,碳,CO2,number,kgCO2,no,flow,,,,,declared_co2,{END}", "unit"),
        (f"F,gas2,2020,气,Gas,number,GJ,no,flow,,heat,GJ,1,,{END}", "carrier"),
    ],
)
def test_what_the_account_would_take_wrongly_refuses(layer: Layer, row: str, column: str) -> None:
    """Square feet shown as square metres, kilograms as tonnes, a second item of a carrier left out in silence."""
    folder = layer(forms=FORMS, items=(ITEMS, GAS, row))
    with pytest.raises(CatalogError) as refused:
        load_catalog(plan_catalog=folder)
    assert (Path(refused.value.file).name, refused.value.row, refused.value.column) == (
        "items.csv",
        3,
        column,
    )


def test_contents_kept_before_there_were_such_limits_open(tmp_path: Path) -> None:
    catalog = load_catalog()
    catalog.save_contents(tmp_path / "kept")
    (tmp_path / "kept" / "ratio_checks.csv").unlink()
    assert load_saved(tmp_path / "kept").digest == catalog.digest


def test_a_table_without_rows_leaves_the_digest_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of before name the digest of before."""
    catalog = load_catalog()
    assert catalog.table("ratio_checks") == ()
    before = tuple(table for table in digest.TABLES if table.name != "ratio_checks")
    assert len(before) == len(digest.TABLES) - 1
    rows = catalog._tables
    monkeypatch.setattr(digest, "TABLES", before)
    assert digest.digest_of(rows) == catalog.digest
