"""kill -9 at every failpoint of the lake: the state before or after, and the publication once when repeated."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

import jieyue.store
from jieyue.store import DeltaLake
from tests.store.rows import TABLE, published, run_child, total

SOURCE = Path(jieyue.store.__file__).parent
FAILPOINTS = sorted(
    {
        name
        for path in SOURCE.glob("*.py")
        for name in re.findall(r'failpoint\("(lake\.\w+)"\)', path.read_text())
    }
)

# Creates the table, publishes 1, adds a column, publishes 2 with a checkpoint due. Repeating it finishes it.
CHILD = """
import sys
from decimal import Decimal
import pyarrow as pa
from jieyue.store import commit
from jieyue.store.schema import item_fields
from tests.store.rows import CODES, TABLE, fact, facts, new_lake, published
commit.CHECKPOINT_EVERY = 3
lake = new_lake(sys.argv[1])
published(lake, 1, "5", "6")
lake.add_columns(TABLE, item_fields(["150"]))
wide = facts([fact(900, 2, "100", c150=Decimal("0.5"))], [*CODES, "150"])
lake.append(TABLE, wide, txn=("publish", 2))
series = pa.schema([pa.field("ym", pa.int32(), nullable=False), pa.field("value", pa.int64())])
lake.create_table("series", series, ["ym"])
lake.append("series", pa.table({"ym": [1, 1, 2], "value": [10, 20, 30]}, schema=series), txn=("ingest", 1))
old = [file for file in lake.snapshot(["series"]).tables["series"].files if file.partition["ym"] == "1"]
lake.let_go("series", [pa.table({"ym": [1], "value": [20]}, schema=series)], removes=old, txn=("kept", 2))
print("done")
"""


def test_the_failpoints_are_those_of_the_source() -> None:
    assert FAILPOINTS == [
        "lake.after_add_columns",
        "lake.after_checkpoint",
        "lake.after_checkpoint_fsync",
        "lake.after_commit",
        "lake.after_create",
        "lake.after_fsync",
        "lake.after_parquet",
        "lake.after_property",
        "lake.before_checkpoint",
        "lake.before_commit",
    ]


@pytest.mark.parametrize("name", FAILPOINTS)
def test_a_kill_leaves_before_or_after_and_repeating_finishes(tmp_path: Path, name: str) -> None:
    killed = run_child(CHILD, tmp_path, name)
    assert killed.returncode == -9, killed.stderr
    lake = DeltaLake(tmp_path)
    sums = {None, Decimal(11), Decimal(111)}
    assert (total(lake) if lake.tables() else None) in sums
    assert lake.verify(deep=True) == []
    repeated = run_child(CHILD, tmp_path)
    assert repeated.stdout == "done\n", repeated.stderr
    after = DeltaLake(tmp_path)
    text = f"SELECT count(*) AS n, SUM(c110) AS a, SUM(c150) AS b FROM cur_{TABLE}"
    assert after.engine.run(text, {"seq": 2}).to_pylist() == [
        {"n": 3, "a": Decimal(111), "b": Decimal("0.5")}
    ]
    assert sorted(row["value"] for row in after.read("series", ["value"]).to_pylist()) == [20, 30]
    assert after.verify(deep=True) == []


@pytest.mark.parametrize(
    ("place", "is_in"),
    [
        ("lake.after_parquet:2", False),
        ("lake.before_commit:2", False),
        ("lake.after_commit:2", True),
        ("lake.after_fsync:4", True),
    ],
)
def test_a_kill_in_the_second_publication_keeps_the_first(tmp_path: Path, place: str, is_in: bool) -> None:
    assert run_child(CHILD, tmp_path, place).returncode == -9
    lake = DeltaLake(tmp_path)
    assert total(lake) == (Decimal(111) if is_in else Decimal(11))
    assert published(lake, 2, "100") is not is_in
    assert total(lake) == Decimal(111)


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    assert run_child(CHILD, tmp_path, "lake.before_commit").returncode == -9
    with DeltaLake(tmp_path).lock.hold(timeout=0):
        pass
