"""Trees and memberships: whole, dated, without gap or overlap."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import polars as pl
import pytest

from jieyue.catalog.loader import load_catalog
from jieyue.sample.credit import credit_check
from jieyue.sample.model import SampleCity

TREES = ("area", "department", "type", "line", "unit")
CHANGE = date(2025, 11, 6)
DAYS = [
    date(2015, 12, 31),
    date(2020, 12, 31),
    date(2022, 6, 30),
    CHANGE - timedelta(days=1),
    CHANGE,
    date(2026, 10, 31),
]


def on(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.filter((pl.col("valid_from") <= day) & (pl.col("valid_to") > day))


def targets(city: SampleCity, tree: str, day: date) -> dict[str, str]:
    return dict(on(city.memberships.filter(pl.col("tree") == tree), day).select("code", "target").iter_rows())


@pytest.mark.parametrize("day", DAYS)
def test_every_institution_in_being_has_one_place_in_each_tree(city: SampleCity, day: date) -> None:
    being = on(city.institutions, day)
    assert being["code"].is_unique().all()
    held = on(city.memberships, day)
    assert set(held["tree"]) == set(TREES)
    counted = held.group_by("tree", "code").len()
    assert counted["len"].max() == 1
    for tree in TREES:
        assert set(held.filter(pl.col("tree") == tree)["code"]) == set(being["code"])


def test_memberships_fill_the_days_in_being_without_gap_or_overlap(city: SampleCity) -> None:
    life = {
        code: (first, last)
        for code, first, last in city.institutions.group_by("code")
        .agg(pl.col("valid_from").min(), pl.col("valid_to").max())
        .iter_rows()
    }
    ordered = city.memberships.sort("tree", "code", "valid_from")
    reached: dict[tuple[str, str], date] = {}
    for code, tree, _, first, last in ordered.iter_rows():
        assert first < last
        assert reached.get((tree, code), life[code][0]) == first
        reached[tree, code] = last
    assert all(last == life[code][1] for (_, code), last in reached.items())
    assert len(reached) == len(TREES) * len(life)


def test_versions_follow_one_another(city: SampleCity) -> None:
    reached: dict[str, date] = {}
    for row in city.institutions.sort("code", "valid_from").iter_rows(named=True):
        assert row["valid_from"] < row["valid_to"]
        assert reached.get(row["code"], row["valid_from"]) == row["valid_from"]
        reached[row["code"]] = row["valid_to"]


def test_targets_are_nodes_in_being_the_whole_time(city: SampleCity) -> None:
    nodes = {(node.tree, node.code): (node.valid_from, node.valid_to) for node in city.nodes}
    catalog = load_catalog()
    for region in catalog.regions:
        nodes["area", region.code] = (region.valid_from, region.valid_to)
    for kind in catalog.types:
        nodes["type", kind] = (date.min, date.max)
    for code, tree, target, first, last in city.memberships.iter_rows():
        if tree != "unit":
            start, end = nodes[tree, target]
            assert start <= first, (code, tree, target)
            assert last <= end, (code, tree, target)


def test_a_leaf_never_has_the_type_of_a_group(city: SampleCity) -> None:
    kinds = set(city.memberships.filter(pl.col("tree") == "type")["target"])
    assert kinds == {"01", "021", "022", "023", "024", "025", "026", "03"}
    assert set(city.institutions["type"]) == kinds


def test_nodes_hang_on_a_parent_that_is_there_before_them(city: SampleCity) -> None:
    for tree in ("department", "line"):
        seen = {}
        for node in (node for node in city.nodes if node.tree == tree):
            if node.parent_code is None:
                assert node.code == "city"
            else:
                parent = seen[node.parent_code]
                assert parent.valid_from <= node.valid_from
                assert parent.valid_to >= node.valid_to
            seen[node.code] = node
        assert sum(node.parent_code is None for node in seen.values()) == 1
        assert {node.code for node in seen.values() if node.outside} == {f"{tree[0].upper()}-CENTRAL"}


def test_the_line_has_a_bureau_for_every_region_in_being(city: SampleCity) -> None:
    catalog = load_catalog()
    for day in (date(2025, 11, 5), CHANGE):
        regions = {row.code for row in catalog.regions_on(day) if row.kind in ("district", "county", "zone")}
        bureaus = {
            node.code.removeprefix("L-")
            for node in city.nodes
            if node.kind == "district_bureau" and node.valid_from <= day < node.valid_to
        }
        assert bureaus == regions


def test_the_line_goes_three_steps_down_in_some_districts(city: SampleCity) -> None:
    parents = {node.code: node.parent_code for node in city.nodes if node.tree == "line"}
    depths = Counter()
    for node in targets(city, "line", date(2026, 10, 31)).values():
        depth, step = 0, node
        while parents[step]:
            depth, step = depth + 1, parents[step]
        depths[depth] += 1
    assert set(depths) == {1, 2}
    assert depths[2] > 500


def test_municipal_institutions_report_to_their_department_and_not_to_the_map(city: SampleCity) -> None:
    day = date(2026, 10, 31)
    line, area = targets(city, "line", day), targets(city, "area", day)
    municipal = on(city.institutions, day).filter(pl.col("level") == "municipal")["code"]
    assert len(municipal) > 500
    assert all(line[code].startswith("L-M-") for code in municipal)
    assert len({area[code] for code in municipal}) > 5


def test_units_of_central_departments_stand_outside_the_count(city: SampleCity) -> None:
    line = targets(city, "line", date(2025, 12, 31))
    outside = {code for code, node in line.items() if node == "L-CENTRAL"}
    marked = set(city.institutions.filter(~pl.col("in_count"))["code"])
    assert outside == marked
    assert len(marked) == 96


def test_the_change_of_2025_moves_institutions_as_the_catalog_says(city: SampleCity) -> None:
    before, after = targets(city, "area", CHANGE - timedelta(days=1)), targets(city, "area", CHANGE)
    moves = Counter((before[code], after[code]) for code in before if before[code] != after[code])
    new = "cq-liangjiang-district"
    assert set(moves) == {
        ("500105", new),
        ("500112", new),
        ("500112", "500109"),
        ("500109", new),
        ("cq-liangjiang-zone", new),
    }
    stayed = Counter(after.values())
    assert "500105" not in stayed
    assert "500112" not in stayed
    assert moves["500112", "500109"] < moves["500112", new]
    assert moves["500109", new] < stayed["500109"]


def test_lines_follow_the_change_but_for_municipal_institutions(city: SampleCity) -> None:
    before, after = targets(city, "line", CHANGE - timedelta(days=1)), targets(city, "line", CHANGE)
    area = targets(city, "area", CHANGE)
    moved = {code for code in before if before[code] != after[code]}
    assert moved
    for code in moved:
        assert after[code].removeprefix("L-").startswith(area[code])


def test_units_have_filers_that_file_for_themselves(city: SampleCity) -> None:
    for day in DAYS:
        unit = targets(city, "unit", day)
        for code, filer in unit.items():
            assert unit[filer] == filer, (code, filer)


def test_two_campus_schools_stand_in_two_districts(city: SampleCity) -> None:
    area = targets(city, "area", date(2025, 1, 1))
    pairs = city.cases["units"]["campuses"]
    names = dict(on(city.institutions, date(2025, 1, 1)).select("code", "name").iter_rows())
    assert len(pairs) == 12
    for main, others in pairs.items():
        assert len(others) == 1
        assert area[main] != area[others[0]]
        assert names[others[0]] == f"{names[main]}第二校区"


def test_reorganisations_are_dated_rows(city: SampleCity) -> None:
    cases = city.cases["reorganisations"]
    versions = defaultdict(list)
    for row in city.institutions.sort("valid_from").iter_rows(named=True):
        versions[row["code"]].append(row)
    for code, (into, day) in cases["merged"].items():
        assert versions[code][-1]["valid_to"].isoformat() == day
        larger = next(row for row in versions[into] if row["valid_from"].isoformat() == day)
        smaller = versions[into][versions[into].index(larger) - 1]
        assert larger["floor_area"] == smaller["floor_area"] + versions[code][-1]["floor_area"]
    for code, (parent, day) in cases["split"].items():
        assert versions[code][0]["valid_from"].isoformat() == day
        before, after = versions[parent]
        assert before["floor_area"] == after["floor_area"] + versions[code][0]["floor_area"]
    for code, day in cases["renamed"].items():
        before, after = versions[code]
        assert after["valid_from"].isoformat() == day
        assert before["name"] != after["name"]
    for code, day in cases["transferred"].items():
        before, after = versions[code]
        assert (before["level"] != "municipal", after["level"]) == (True, "municipal")
        assert after["valid_from"].isoformat() == day
    assert min(len(cases[kind]) for kind in cases) >= 20


def test_names_and_codes_are_unique_and_synthetic(city: SampleCity) -> None:
    today = on(city.institutions, date(2026, 10, 31))
    for column in ("code", "name", "credit_code"):
        assert today[column].is_unique().all()
    assert today["name"].str.starts_with("示例").all()
    assert today["lon"].null_count() == len(today)
    for code in today["credit_code"].to_list():
        assert code[8:10] == "XX"
        assert credit_check(code[:-1]) == code[-1]


def test_there_are_reorganised_institutions_of_every_kind_of_day(city: SampleCity) -> None:
    days = {day[5:] for day in city.cases["reorganisations"]["opened"].values()}
    assert {"01-01", "09-01", "07-01"} <= days
