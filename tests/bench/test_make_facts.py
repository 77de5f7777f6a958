"""The synthetic facts of the benchmarks: their shape, their sums, and that they repeat."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from bench import make_facts
from bench.make_facts import Shape
from jieyue.store import DeltaLake


def all_facts(shape: Shape) -> pl.DataFrame:
    frame = pl.from_arrow(pa.concat_tables(rows for _, rows in make_facts.publications(shape)))
    assert isinstance(frame, pl.DataFrame)
    return frame


@pytest.fixture(scope="module")
def facts() -> pl.DataFrame:
    return all_facts(Shape(400, months=3))


def test_decimals_are_exact_signed_and_nullable() -> None:
    values = np.array([12_345, -1, 0, 99_999_999_999_999], dtype=np.int64)
    array = make_facts.decimals(values, np.array([True, True, False, True]))
    assert array.to_pylist() == [Decimal("1.2345"), Decimal("-0.0001"), None, Decimal("9999999999.9999")]
    array.validate(full=True)


def test_forty_items_and_a_whole_is_the_sum_of_its_parts(facts: pl.DataFrame) -> None:
    assert len(set(make_facts.CODES)) == 40
    whole, parts = facts["c150"].fill_null(0), facts["c1501"].fill_null(0) + facts["c1502"].fill_null(0)
    assert (whole == parts).all()
    assert facts["c110"].null_count() == 0
    assert 0 < facts["c130"].null_count() < len(facts)


def test_corrections_replace_rows_that_exist_once(facts: pl.DataFrame) -> None:
    replaced = facts["replaces"].drop_nulls()
    assert len(replaced) == 12  # institutions 7, 107, 207, 307 in three months, none of them missing
    assert set(replaced) <= set(facts["version"])
    assert replaced.is_unique().all()
    assert facts["version"].is_unique().all()
    assert len(facts) - len(replaced) == 1200 - 6  # half a percent missing


def test_the_same_shape_gives_the_same_rows_and_another_seed_does_not(facts: pl.DataFrame) -> None:
    assert all_facts(Shape(400, months=3)).equals(facts)
    assert not all_facts(Shape(400, months=3, seed=2)).equals(facts)


def test_every_institution_stands_once_in_each_tree_on_each_day() -> None:
    members = pl.from_arrow(make_facts.dimensions(Shape(400))["dim_membership"])
    assert isinstance(members, pl.DataFrame)
    for day in (pl.date(2025, 5, 31), pl.date(2025, 6, 1), pl.date(2025, 12, 31)):
        then = members.filter((pl.col("valid_from") <= day) & (pl.col("valid_to") > day))
        assert then.group_by("tree").len().sort("tree").rows() == [
            ("area", 400),
            ("department", 400),
            ("line", 400),
            ("type", 400),
        ]
        assert then.select("tree", "institution").is_unique().all()


def test_a_lake_is_made_once_and_again_after_an_interruption(tmp_path: Path) -> None:
    shape = Shape(100, months=1)
    lake, last = make_facts.cached(tmp_path, shape)
    assert last == 3  # dimensions, one month, its corrections
    made = sorted(lake.rglob("*.parquet"))
    snapshot = DeltaLake(lake).snapshot()
    assert snapshot.tables["facts_NY201"].rows == 101  # none is missing among so few; one was corrected
    assert snapshot.tables["dim_membership"].rows == 401
    before = [path.stat().st_mtime_ns for path in made]
    assert make_facts.cached(tmp_path, shape) == (lake, last)
    assert [path.stat().st_mtime_ns for path in made] == before
    (lake.parent / "last-publication").unlink()
    made[0].unlink()
    assert make_facts.cached(tmp_path, shape) == (lake, last)
    assert sorted(lake.rglob("*.parquet")) == made
