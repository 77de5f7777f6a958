"""An authority's own formula of energy users: what its table may say, by type and by date, and what it may not."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog import CatalogError, load_catalog, load_saved
from jieyue.catalog.digest import digest_of
from jieyue.catalog.form_sheet import form_sheet

Layer = Callable[..., Path]
HEAD = (
    "item,types,count,name_zh,name_en,unit,coefficient,override,"
    + "valid_from,valid_to,source,document,confidence,verified"
)
RULE = "某市用能人数计算办法,某管〔2026〕9号,low,no"
STAFF = f"NY201:103,021|024,1031,,,person,1,no,2026-01-01,,{RULE}"
BOARDERS = f"NY201:103,021,x_boarders,住宿生,Boarders,person,0.5,no,2026-01-01,2026-09-01,{RULE}"
BOARDERS_LATER = f"NY201:103,021,x_boarders,住宿生,Boarders,person,0.6,no,2026-09-01,,{RULE}"
BEDS = f"NY201:103,024,x_beds,实际占用床位,Occupied beds,piece,1.5,no,2026-01-01,,{RULE}"
DAY = date(2026, 10, 31)


def test_without_a_table_nothing_is_computed_and_no_coefficient_ships() -> None:
    catalog = load_catalog()
    assert catalog.table("persons_terms") == ()
    assert not catalog.has_persons_formula("NY201", DAY)
    assert catalog.persons_formula("NY201", "021", DAY) is None


def test_the_type_and_the_day_choose_the_terms(layer: Layer) -> None:
    catalog = load_catalog(overlay=layer(persons_terms=(HEAD, STAFF, BOARDERS, BOARDERS_LATER, BEDS)))
    school = catalog.persons_formula("NY201", "021", DAY)
    assert school is not None
    assert [(term.count, term.coefficient) for term in school.terms] == [
        ("1031", Fraction(1)),
        ("x_boarders", Fraction(3, 5)),
    ]
    assert school.item == "103"
    assert school.words({"1031": "编制人数", "x_boarders": "住宿生"}) == "编制人数 + 0.6 × 住宿生"
    assert school.source == "某市用能人数计算办法 某管〔2026〕9号"
    before = catalog.persons_formula("NY201", "021", date(2026, 8, 31))
    assert before is not None
    assert before.terms[1].coefficient == Fraction(1, 2)
    hospital = catalog.persons_formula("NY201", "024", DAY)
    assert hospital is not None
    assert hospital.counts == ("1031", "x_beds")
    assert catalog.persons_formula("NY201", "01", DAY) is None
    assert catalog.persons_formula("NY201", "021", date(2025, 12, 31)) is None
    assert catalog.persons_formula("NY202", "021", DAY) is None


def test_a_formula_of_a_type_holds_for_those_inside_it(layer: Layer) -> None:
    catalog = load_catalog(overlay=layer(persons_terms=(HEAD, STAFF.replace("021|024", "02"))))
    assert catalog.persons_formula("NY201", "026", DAY) is not None
    assert catalog.persons_formula("NY201", "03", DAY) is None


def test_a_count_of_ones_own_becomes_an_item_below_the_one_computed(layer: Layer) -> None:
    catalog = load_catalog(overlay=layer(persons_terms=(HEAD, STAFF, BOARDERS, BOARDERS_LATER)))
    item = catalog.item("NY201:x_boarders")
    assert (item.name_zh, item.unit, item.agg, item.own_code, item.verified) == (
        "住宿生",
        "person",
        "stock",
        True,
        False,
    )
    codes = form_sheet(catalog, "NY201", catalog.scheme_on(DAY).code).codes
    assert codes[codes.index("103") + 1] == "x_boarders"
    assert catalog.own_counts == {"NY201:x_boarders"}


def test_the_contents_are_another_catalog_and_can_be_kept(layer: Layer, tmp_path: Path) -> None:
    plain = load_catalog()
    catalog = load_catalog(overlay=layer(persons_terms=(HEAD, STAFF, BOARDERS)))
    assert catalog.digest != plain.digest
    catalog.save_contents(tmp_path / "kept")
    again = load_saved(tmp_path / "kept")
    assert again.digest == catalog.digest
    assert again.persons_formula("NY201", "021", date(2026, 3, 31)) == catalog.persons_formula(
        "NY201", "021", date(2026, 3, 31)
    )
    assert again.item("NY201:x_boarders") == catalog.item("NY201:x_boarders")
    assert digest_of(again._tables) == catalog.digest


@pytest.mark.parametrize(
    ("rows", "row", "column", "said"),
    [
        ((STAFF.replace("NY201:103", "NY201:110"),), 2, "item", "不是用能人数"),
        ((STAFF, BEDS.replace(",024,", ",29,")), 3, "types", "没有这个机构类型：29"),
        ((BEDS.replace("1.5", "-1.5"),), 2, "coefficient", "不能为负"),
        ((BEDS.replace("1.5", "一点五"),), 2, "coefficient", "不是数"),
        ((BEDS.replace("piece", "m2"),), 2, "unit", "不是计数的单位"),
        ((BEDS.replace("piece", "床"),), 2, "unit", "不是计数的单位"),
        ((STAFF.replace("person", "piece"),), 2, "unit", "1031 的单位是 person"),
        ((STAFF.replace("1031,,", "1031,在编,Staff"),), 2, "name_zh", "名称请留空"),
        ((STAFF.replace("1031", "1041").replace("person", "vehicle"),), 2, "unit", "不是计数的单位"),
        ((STAFF.replace("1031", "103"),), 2, "count", "不能用来计人数"),
        ((BEDS.replace("x_beds", "beds"),), 2, "count", "x_boarders"),
        ((BEDS.replace("x_beds,实际占用床位,Occupied beds", "x_beds,,"),), 2, "count", "没有指标 x_beds"),
        ((BEDS.replace("Occupied beds", ""),), 2, "name_en", "须同时填写"),
        ((BEDS.replace("2026-01-01,,", "2026-01-01,2026-01-01,"),), 2, "valid_to", "晚于"),
        ((BOARDERS, BOARDERS_LATER.replace("2026-09-01", "2026-08-31")), 3, "valid_from", "重叠"),
        ((STAFF, STAFF.replace("021|024", "02")), 3, "valid_from", "重叠"),
        ((STAFF, STAFF), 3, "item", "键重复"),
        ((STAFF, BOARDERS.replace(",no,2026", ",yes,2026")), 3, "override", "须一致"),
        ((BOARDERS, BOARDERS_LATER.replace("住宿生", "寄宿生")), 3, "name_zh", "第 2 行"),
        ((STAFF.replace(",no,2026", ",maybe,2026"),), 2, "override", "yes"),
        ((STAFF.replace("某市用能人数计算办法", ""),), 2, "source", "空"),
    ],
)
def test_what_makes_no_sense_refuses_with_its_place(
    layer: Layer, rows: tuple[str, ...], row: int, column: str, said: str
) -> None:
    with pytest.raises(CatalogError) as refused:
        load_catalog(overlay=layer(persons_terms=(HEAD, *rows)))
    error = refused.value
    assert (Path(error.file).name, error.row, error.column) == ("persons_terms.csv", row, column)
    assert said in error.reason_zh
    assert error.reason_en


def test_an_unknown_column_refuses(layer: Layer) -> None:
    with pytest.raises(CatalogError) as refused:
        load_catalog(overlay=layer(persons_terms=(f"{HEAD},rounding", f"{STAFF},up")))
    assert (refused.value.row, refused.value.column) == (1, "rounding")
