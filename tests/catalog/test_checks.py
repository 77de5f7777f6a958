"""What must hold between the tables: each breach refuses with file, row, column and reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, load_catalog

TAIL = "source,confidence,verified"
HEADERS = {
    "coefficients": "coefficient,carrier,quantity,value,unit,valid_from,valid_to",
    "factor_set_rows": "set,carrier,how,coefficient,value,unit,per_carrier_unit",
    "factor_sets": "id,name_zh,name_en,kind,basis,electricity,base_set,tce_set,remainder",
    "items": "form,code,scheme_from,scheme_to,name_zh,name_en,value_kind,unit,required,agg,"
    "carrier,carrier_unit,to_carrier_unit,part_of,part_kind,cost_of,role",
    "units": "code,dimension,factor,aliases",
    "unit_aliases": "carrier,alias,unit",
    "grid_factors": "region,region_zh,year,key,value,unit,kind",
    "schemes": "code,name_zh,name_en,valid_from,valid_to,date_verified",
    "regions": "code,name,short_name,kind,parent,valid_from,valid_to,date_verified,provisional",
    "region_old_codes": "old_code,old_name,code",
    "tiles": "region,row,column",
    "indicators": "code,name_zh,name_en,unit,decimals,shape,numerator,boundary,basis,direction",
}
#: table: row; column at fault; reason
CASES = """
coefficients: raw_coal,raw_coal,kgce,0.7,kgce/t,,; unit; per kg
coefficients: raw_coal,raw_coal,kgce,0.7,kg/kg,,; unit; kgce/kg
coefficients: x,unobtainium,kgce,0.7,kgce/kg,,; carrier; no such carrier
coefficients: x,raw_coal,kgce,-0.7,kgce/kg,,; value; negative
coefficients: x,raw_coal,oxidation,1.1,1,,; value; exceed 1
coefficients: x,raw_coal,oxidation,0.9,%,,; unit; read like 1
factor_set_rows: survey-calorific,raw_coal,kgce,no_such,,kgce/kg,; coefficient; has no kgce
factor_set_rows: survey-calorific,raw_coal,kgce,lpg,,kgce/kg,; coefficient; belongs to lpg
factor_set_rows: survey-calorific,petrol,kgce,petrol_kg,,kgce/L,; per_carrier_unit; density
factor_set_rows: survey-calorific,raw_coal,kgce,raw_coal,,kgce/t,; unit; kgce/kg
factor_set_rows: survey-calorific,raw_coal,kgco2,raw_coal,,kgce/kg,; how; kind kgce
factor_set_rows: survey-calorific,raw_coal,value,,,kgce/kg,; how; fill value
factor_set_rows: no-such-set,raw_coal,kgce,raw_coal,,kgce/kg,; set; no such factor set
factor_sets: x,甲,A,kgce,calorific,row,no-such-set,,; base_set; no such factor set
factor_sets: x,甲,A,kgce,calorific,row,quota-db37,,; base_set; base of its own
factor_sets: x,甲,A,tco2_per_tce,co2,row,,,; tce_set; standard-coal set
factor_sets: x,甲,A,kgco2,co2,grid,,,other; remainder; no factor for this carrier
items: NY201,999,2020,,甲,A,number,斗,no,flow,,,,,,,; unit; no such unit
items: NY201,999,2020,,甲,A,number,,no,flow,,,,,,,; unit; must have a unit
items: NY201,999,2020,,甲,A,number,t,no,flow,raw_coal,kg,1,,,,; to_carrier_unit; 1 t is not 1 kg
items: NY201,999,2020,,甲,A,number,m3,no,flow,raw_coal,kg,1,,,,; to_carrier_unit; 1 m3 is not
items: NY201,999,2020,,甲,A,number,t,no,flow,raw_coal,t,1,,,,; carrier_unit; is kg
items: NY201,999,2020,,甲,A,number,t,no,flow,,kg,1000,,,,; carrier; without a carrier
items: NY201,999,2020,,甲,A,number,kWh,no,flow,,,,NY201:998,of_which,,; part_of; no such item
items: NY201,999,2020,,甲,A,number,kWh,no,flow,,,,NY201:110,,,; part_kind; together
items: NY201,999,2020,,甲,A,number,yuan,no,flow,,,,,,NY201:998,; cost_of; no such item
items: NY201,999,2020,,甲,A,number,kWh,no,flow,,,,NY201:999,of_which,,; part_of; circle
items: NY201,999,2020,,甲,A,number,kWh,no,stock,,,,,,,; stock_rule; states its rule
items: NY201,999,1999,,甲,A,number,kWh,no,flow,,,,,,,; scheme_from; no such scheme
items: NY201,999,2022,2020,甲,A,number,kWh,no,flow,,,,,,,; scheme_to; must come after
items: NY201,110,2022,,甲,A,number,kWh,no,flow,,,,,,,; scheme_from; overlap or leave a gap
items: NY201,999,2020,,甲,A,number,m2,no,flow,,,,,,,floor_area; role; 102 has this role
items: NY201,999,2020,,甲,A,number,m2,no,flow,,,,,,,consumption; role; needs a carrier
items: NY999,999,2020,,甲,A,number,m2,no,flow,,,,,,,; form; no such form
units: du,energy,1,度; aliases; already names the unit kWh
units: du,energy,0,; factor; above zero
unit_aliases: water,桶,barrel; unit; no such unit
grid_factors: 500000,重庆,2019,,0.4,kgCO2/kWh,derived; key; chosen only by name
grid_factors: 500000,重庆,2019,,-0.4,kgCO2/kWh,province; value; negative
grid_factors: 500000,重庆,2019,,0.4,kgCO2/MWh,province; unit; not one of
regions: 999999,甲区,甲,district,000000,,,yes,no; parent; no such region
regions: 999999,甲区,甲,district,999999,,,yes,no; parent; circle
region_old_codes: 500103,渝中区,500102; old_code; still be in use
tiles: 500101,3,2; valid_from; overlaps
indicators: x,甲,A,斗/m2,2,sum,energy,all,co2,lower; unit; no such unit
indicators: x,甲,A,tce,11,sum,energy,all,co2,lower; decimals; between 0 and 10
"""


def case(line: str) -> tuple[str, str, str, str]:
    table, _, rest = line.partition(": ")
    row, column, reason = rest.rsplit("; ", 2)
    return table, row, column, reason


@pytest.mark.parametrize(
    ("table", "row", "column", "reason"), [case(line) for line in CASES.strip().splitlines()]
)
def test_a_breach_names_file_row_and_column(
    layer: Callable[..., Path], table: str, row: str, column: str, reason: str
) -> None:
    folder = layer(**{table: (f"{HEADERS[table]},{TAIL}", f"{row},test,low,no")})
    with pytest.raises(CatalogError) as caught:
        load_catalog(overlay=folder)
    error = caught.value
    assert reason in error.reason_en
    assert error.reason_zh
    assert (error.file, error.row, error.column) == (str(folder / f"{table}.csv"), 2, column)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [("2025-01-01", "2024-01-01", "overlaps"), ("2025-01-01", "2026-01-01", "gap")],
)
def test_gaps_and_overlaps_of_a_dated_table(
    layer: Callable[..., Path], first: str, second: str, reason: str
) -> None:
    rows = (
        f"x,raw_coal,kgce,0.7,kgce/kg,,{first},test,low,no",
        f"x,raw_coal,kgce,0.8,kgce/kg,{second},,test,low,no",
    )
    folder = layer(coefficients=(f"{HEADERS['coefficients']},{TAIL}", *rows))
    with pytest.raises(CatalogError, match=reason) as caught:
        load_catalog(overlay=folder)
    assert (caught.value.file, caught.value.row) == (str(folder / "coefficients.csv"), 3)


def test_only_a_fact_of_high_confidence_may_be_verified(layer: Callable[..., Path]) -> None:
    row = "x,raw_coal,kgce,0.7,kgce/kg,,,test,medium,yes"
    with pytest.raises(CatalogError, match="high confidence") as caught:
        load_catalog(overlay=layer(coefficients=(f"{HEADERS['coefficients']},{TAIL}", row)))
    assert (caught.value.row, caught.value.column) == (2, "verified")


def test_schemes_that_leave_a_hole_refuse(layer: Callable[..., Path]) -> None:
    rows = ("2027,新,New,2027-01-01,2027-06-01,no,test,low,no", "2028,新,New,2028-01-01,,no,test,low,no")
    with pytest.raises(CatalogError, match="holds twice"):
        load_catalog(overlay=layer(schemes=(f"{HEADERS['schemes']},{TAIL}", *rows)))


ITEM_HEADS = f"form,code,scheme_from,scheme_to,name_zh,name_en,value_kind,unit,required,agg,stock_rule,{TAIL}"


def test_a_stock_rule_that_no_account_follows_is_refused(layer: Callable[..., Path]) -> None:
    """Better no catalog than one that promises a rule and follows another."""
    folder = layer(items=(ITEM_HEADS, "NY201,999,2020,,甲,A,number,m2,no,stock,weighted,test,low,no"))
    with pytest.raises(
        CatalogError, match=r"last .* and mean .* are implemented.* there is no weighted"
    ) as caught:
        load_catalog(overlay=folder)
    assert (caught.value.row, caught.value.column) == (2, "stock_rule")
    assert "没有 weighted" in caught.value.reason_zh


def test_a_stock_may_be_the_mean_of_its_periods(layer: Callable[..., Path]) -> None:
    folder = layer(items=(ITEM_HEADS, "NY201,102,2020,,面积,Area,number,m2,yes,stock,mean,test,low,no"))
    assert load_catalog(overlay=folder).item("NY201:102").stock_rule == "mean"
    assert load_catalog().item("NY201:102").stock_rule == "last"


def test_a_stock_keeps_one_rule_over_the_schemes(layer: Callable[..., Path]) -> None:
    """A year that runs over two schemes would have two values else."""
    rows = (
        "NY201,999,2020,2022,甲,A,number,m2,no,stock,last,test,low,no",
        "NY201,999,2022,,甲,A,number,m2,no,stock,mean,test,low,no",
    )
    with pytest.raises(CatalogError, match="NY201:999 has the rule last in another scheme") as caught:
        load_catalog(overlay=layer(items=(ITEM_HEADS, *rows)))
    assert (caught.value.row, caught.value.column) == (3, "stock_rule")
