"""Energy users by the authority's formula: computed, explained, dated, carried, refused; worked out by hand."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.registry.services.create import create
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return, ReturnSnapshot
from jieyue.apps.returns.services import approve_return, edit_return, submit_return
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.snapshots import Judged
from jieyue.config.home import Home
from jieyue.store.schema import facts_table
from tests.apps.returns.workflow_desk import BEGIN, Office, holder
from tests.persons_rule import SCHOOL, lay_formula

Nodes = dict[tuple[str, str], int]
TYPED, ESTIMATED, NOT_USED = 3, 4, 9


def n(number: float, origin: int = TYPED) -> tuple[int, int]:
    return round(number * 10_000), origin


@pytest.fixture
def office(home: Home, city_trees: Nodes) -> Office:
    lay_formula(Path(home.path))
    return Office(city_trees)


def save(office: Office, key: Key, **cells) -> edit_return.Edited:
    """Keys as c1031=…; the newest revision."""
    row = Return.objects.filter(subject=key.subject, form=key.form, period=key.period).first()
    revision = edit_return.start(clerk_of(office, key), key).revision if row is None else row.revision
    changes = {code.removeprefix("c"): value for code, value in cells.items()}
    return edit_return.edit_cells(clerk_of(office, key), key, changes, revision=revision)


def clerk_of(office: Office, key: Key):
    return office.clerk if key.subject == office.school else office.clerk_of_hospital


def marks(key: Key) -> dict:
    return Return.objects.get(subject=key.subject, form=key.form, period=key.period).entered_by


def in_month(office: Office, month: str) -> Key:
    return Key(office.school, "NY201", month)


@pytest.fixture
def hospital(office: Office) -> int:
    places = {"area": "500103", "type": "024", "line": "L-500103-EDU"}
    made = create({"code": "H", "name": "示例医院"}, places=places, valid_from=BEGIN, actor="tester")
    office.clerk_of_hospital = holder("clerk-h", "reporter", made)
    return made


@pytest.mark.postgres
def test_the_number_follows_from_its_counts_and_says_how(office: Office) -> None:
    key = in_month(office, "2026-06")
    assert "103" not in save(office, key, c1031=n(300)).cells
    done = save(office, key, cx_boarders=n(120))
    assert done.cells["103"] == n(360)  # 300 + 0.5 × 120
    assert marks(key)["103"] == {"by": ["clerk"], "src": "formula", "raw": "300 + 0.5 × 120 = 360"}
    # 330 + 0.5 × 60 is 360 as well: the number stays, what it is made of does not.
    same = save(office, key, c1031=n(330), cx_boarders=n(60))
    assert same.cells["103"] == n(360)
    assert marks(key)["103"]["raw"] == "330 + 0.5 × 60 = 360"
    gone = save(office, key, cx_boarders=None)
    assert "103" not in gone.cells
    assert "103" not in marks(key)


def test_the_day_picks_the_formula_and_counts_are_carried(office: Office) -> None:
    august, september = in_month(office, "2026-08"), in_month(office, "2026-09")
    assert save(office, august, c1031=n(300), cx_boarders=n(120)).cells["103"] == n(360)
    begun = edit_return.start(office.clerk, september)
    assert begun.cells["1031"] == n(300)
    assert begun.cells["x_boarders"] == n(120)
    assert begun.cells["103"] == n(372)  # 300 + 0.6 × 120
    assert marks(september)["103"]["raw"] == "300 + 0.6 × 120 = 372"
    assert marks(september)["x_boarders"]["src"] == "period:2026-08"


def test_before_its_first_day_a_formula_asks_nothing(office: Office) -> None:
    key = in_month(office, "2025-12")
    assert save(office, key, c103=n(400)).cells["103"] == n(400)
    with pytest.raises(RefusedError) as refused:
        save(office, key, cx_boarders=n(120))
    assert refused.value.code == "unknown_item"
    # The number of December does not begin January, where one may not be typed.
    assert "103" not in edit_return.start(office.clerk, in_month(office, "2026-01")).cells


def test_a_computed_number_is_not_typed_where_the_rule_forbids_it(office: Office) -> None:
    key = in_month(office, "2026-06")
    for state in ("before the counts", "after"):
        with pytest.raises(RefusedError) as refused:
            save(office, key, c103=n(400))
        assert refused.value.code == "computed_cell", state
        save(office, key, c1031=n(300), cx_boarders=n(120))
    assert save(office, key, c103=n(360)).cells["103"] == n(360)  # the same number is no change


def test_another_type_has_its_own_counts_and_may_state_another_number(office: Office, hospital: int) -> None:
    key = Key(hospital, "NY201", "2026-10")
    with pytest.raises(RefusedError) as refused:
        save(office, key, cx_boarders=n(120))
    assert refused.value.code == "unknown_item"
    assert save(office, key, c1031=n(200), cx_beds=n(100)).cells["103"] == n(350)  # 200 + 1.5 × 100
    assert save(office, key, c103=n(380)).cells["103"] == n(380)
    assert save(office, key, cx_beds=n(101)).cells["103"] == n(380), "what was typed stands"
    assert "src" not in marks(key)["103"]
    assert save(office, key, c103=None).cells["103"] == n(351.5)  # emptied: 200 + 1.5 × 101
    # What is carried gives way to the formula of the month.
    later = Key(hospital, "NY201", "2026-11")
    assert edit_return.start(office.clerk_of_hospital, later).cells["103"] == n(351.5)


def test_not_used_is_none_and_an_estimate_makes_an_estimate(office: Office) -> None:
    key = in_month(office, "2026-06")
    assert save(office, key, c1031=n(300), cx_boarders=(0, NOT_USED)).cells["103"] == n(300)
    assert marks(key)["103"]["raw"] == "300 + 0.5 × 0 = 300"
    assert save(office, key, cx_boarders=n(10, ESTIMATED)).cells["103"] == n(305, ESTIMATED)


def test_a_number_that_does_not_end_is_rounded_once_and_says_so(home: Home, city_trees: Nodes) -> None:
    lay_formula(Path(home.path), [SCHOOL[0], SCHOOL[1].replace(",0.5,", ",1/3,")])
    office = Office(city_trees)
    key = in_month(office, "2026-06")
    assert save(office, key, c1031=n(300), cx_boarders=n(100)).cells["103"] == (3_333_333, TYPED)
    assert marks(key)["103"]["raw"] == "300 + 1/3 × 100 ≈ 333.3333"


@pytest.mark.postgres
def test_the_counts_go_into_the_snapshot_and_the_facts(office: Office) -> None:
    key = in_month(office, "2026-06")
    revision = save(office, key, c1031=n(300), cx_boarders=n(120)).revision
    submit_return.submit(office.clerk, key, revision=revision, judge=lambda _: Judged())
    approve_return.approve(office.chief, key)
    assert publish_waiting().unfit == ()
    frozen = ReturnSnapshot.objects.latest("pk")
    assert frozen.entered_by["103"]["raw"] == "300 + 0.5 × 120 = 360"
    lake, table = open_lake(), facts_table("NY201")
    files = lake.snapshot([table]).tables[table].files
    rows = [row for file in files for row in pq.read_table(file.path, partitioning=None).to_pylist()]
    assert [(str(row["c103"]), str(row["cx_boarders"])) for row in rows] == [("360.0000", "120.0000")]
