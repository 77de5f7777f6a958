"""The publish protocol: all or nothing, whatever kills it, on both databases."""

import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import connection, transaction

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication import queries
from jieyue.apps.publication.digest import digest_tables
from jieyue.apps.publication.lake import APPLICATION, open_lake
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.services import publish as publish_module
from jieyue.apps.publication.services.publish import (
    PublicationDamagedError,
    PublicationPendingError,
    ensure_tables,
    finish_pending,
    publish,
)
from jieyue.apps.trees.models import NodeVersion
from jieyue.apps.trees.services.create_node import create_node
from jieyue.config.home import Home
from tests.crash import crash
from tests.lake_rows import lake_rows

SOURCE = Path(publish_module.__file__)
FAILPOINTS = re.findall(r'failpoint\("(publish\.[a-z_]+)"\)', SOURCE.read_text(encoding="utf-8"))
BEFORE = {"publish.before_office", "publish.in_office"}


def make_root(code: str = "city") -> int:
    return create_node(
        "area",
        code,
        name_zh="全市",
        parent=None,
        valid_from=date(2020, 1, 1),
        actor="tester",
        reason="a test",
    )


@pytest.mark.postgres
def test_one_publication_one_log_entry_one_lake_row(home: Home) -> None:
    node = make_root()
    publication = Publication.objects.get()
    entry = ActionLog.objects.get()
    assert (publication.seq, publication.state, publication.kind) == (1, "done", "trees.create_node")
    assert publication.log_id == entry.pk
    assert (entry.actor, entry.verb, entry.object, entry.reason) == (
        "tester",
        "trees.create_node",
        "node:area:city",
        "a test",
    )
    assert entry.data["seq"] == 1
    assert lake_rows("dim_node") == [
        {
            "row_id": node + 1,
            "seq": 1,
            "replaces": None,
            "gone": False,
            "tree": "area",
            "node": node,
            "code": "city",
            "name_zh": "全市",
            "name_en": "",
            "kind": "",
            "parent": None,
            "outside": False,
            "valid_from": date(2020, 1, 1),
            "valid_to": date(9999, 12, 31),
        }
    ]
    assert open_lake().last_txn("dim_node", APPLICATION) == 1
    assert queries.last_done() == 1


def test_a_refused_write_leaves_nothing(home: Home) -> None:
    def write(seq: int) -> None:
        NodeVersion.objects.create(
            id=1, seq=seq, node_id=None, tree="area", code="x", name_zh="x", valid_from=date(2020, 1, 1)
        )

    with pytest.raises(Exception, match="node_id"):
        publish("test.bad", actor="tester", write=write)
    assert not Publication.objects.exists()
    assert not ActionLog.objects.exists()
    assert queries.last_done() == 0


def test_publishing_stands_in_no_other_transaction(home: Home) -> None:
    with pytest.raises(RuntimeError, match="own transaction"), transaction.atomic():
        publish("test.nested", actor="tester", write=lambda seq: None)


def test_rows_for_an_unknown_table_are_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="no_such_table"):
        publish("test.x", actor="tester", write=lambda seq: {"no_such_table": pa.table({"a": [1]})})
    assert not Publication.objects.exists()


def test_the_failpoints_are_the_seven_of_the_protocol() -> None:
    assert FAILPOINTS == [
        "publish.before_office",
        "publish.in_office",
        "publish.after_office",
        "publish.before_append",
        "publish.after_append",
        "publish.before_done",
        "publish.after_done",
    ]


@pytest.mark.postgres
@pytest.mark.parametrize("name", FAILPOINTS)
def test_killed_at_each_step_the_state_is_before_or_after(home: Home, name: str) -> None:
    make_root()
    crash(home, name, make_child)
    seen_before_recovery = queries.last_done()
    finish_pending()
    codes = [row["code"] for row in lake_rows("dim_node")]
    if name in BEFORE:
        assert codes == ["city"]
        assert (Publication.objects.count(), ActionLog.objects.count()) == (1, 1)
        assert not NodeVersion.objects.filter(code="500103").exists()
    else:
        assert codes == ["city", "500103"]
        assert (Publication.objects.count(), ActionLog.objects.count()) == (2, 2)
        assert seen_before_recovery == (2 if name == "publish.after_done" else 1)
    assert queries.pending() == []
    # The next publication goes on as if nothing had happened.
    create_node(
        "area", "500104", name_zh="大渡口区", parent="city", valid_from=date(2020, 1, 1), actor="tester"
    )
    assert [row["code"] for row in lake_rows("dim_node")] == [*codes, "500104"]
    assert queries.last_done() == Publication.objects.count()


def test_the_next_publish_finishes_what_a_crash_left(home: Home) -> None:
    make_root()
    crash(home, "publish.before_append", make_child)
    assert queries.pending() == [2]
    create_node(
        "area", "500104", name_zh="大渡口区", parent="city", valid_from=date(2020, 1, 1), actor="tester"
    )
    assert [(row["seq"], row["code"]) for row in lake_rows("dim_node")] == [
        (1, "city"),
        (2, "500103"),
        (3, "500104"),
    ]


def test_a_lake_that_cannot_write_leaves_the_publication_pending(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_root()
    lake = open_lake()

    def full(*args: object, **kwargs: object) -> bool:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(lake), "append", full)
        with pytest.raises(PublicationPendingError) as caught:
            make_child()
    assert caught.value.seq == 2
    assert queries.pending() == [2]
    assert queries.last_done() == 1  # readers do not see it
    assert finish_pending() == [2]
    assert queries.last_done() == 2
    assert finish_pending() == []


def make_child() -> int:
    return create_node(
        "area", "500103", name_zh="渝中区", parent="city", valid_from=date(2020, 1, 1), actor="tester"
    )


def test_rows_changed_behind_the_log_are_not_published(home: Home) -> None:
    make_root()
    crash(home, "publish.before_append", make_child)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trees_nodeversion SET name_zh = 'X' WHERE code = '500103'")
    with pytest.raises(PublicationDamagedError):
        finish_pending()
    assert [row["code"] for row in lake_rows("dim_node")] == ["city"]


def test_rows_given_by_the_writer_equal_rows_derived_again(home: Home) -> None:
    from jieyue.apps.trees.lake import node_rows

    make_root()
    make_child()
    stored = {seq: Publication.objects.get(seq=seq).digest for seq in (1, 2)}
    assert {seq: digest_tables({"dim_node": node_rows(seq)}) for seq in (1, 2)} == stored


def test_all_tables_can_be_made_before_the_first_row(home: Home) -> None:
    ensure_tables()
    assert {"dim_node", "dim_membership", "dim_institution"} <= set(open_lake().tables())
    assert ActionLog.objects.count() == 0


def test_the_number_of_a_day(home: Home) -> None:
    from datetime import UTC, datetime

    for code in ("city",):
        make_root(code)
    make_child()
    # 16:30 UTC on 30 June is already 1 July in Shanghai.
    Publication.objects.filter(seq=1).update(at=datetime(2026, 6, 30, 15, 59, tzinfo=UTC))
    Publication.objects.filter(seq=2).update(at=datetime(2026, 6, 30, 16, 30, tzinfo=UTC))
    assert queries.seq_on(date(2026, 6, 29)) == 0
    assert queries.seq_on(date(2026, 6, 30)) == 1
    assert queries.seq_on(date(2026, 7, 1)) == 2
