"""Returns as they are kept: whole versions, one document each; only what is published becomes a fact."""

import json
from collections.abc import Iterator
from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.returns import Options
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.change import change
from jieyue.apps.returns import queries
from jieyue.apps.returns.export import long_rows
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.services.import_file import FileChoice, import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from tests.apps.accounts import desk


@pytest.fixture(scope="module")
def place(sqlite_home) -> Iterator[dict[str, int]]:
    """Two institutions with nothing filed yet; code → identifier."""
    where = {"type": "01", "region": "500103", "valid_from": "2015-01-01", "reporting_parent": "L-500103"}
    with sqlite_home():
        desk.register([{"code": code, "name": f"机构{code}", **where} for code in ("A", "B")])
        yield by_code(["A", "B"])


def file(rows: list[list[str]], **choice: object):
    content = desk.table([["institution", "period", "item", "value"], *rows])
    return import_file(
        content,
        "returns.csv",
        actor="tests",
        choice=ImportChoice(**choice),
        reading=FileChoice(options=Options(today=desk.TODAY)),
    ).result


def test_a_version_is_a_document_and_never_changes(place) -> None:
    desk.publish({("A", "2021"): {"110": "100.50", "130": "不使用"}})
    (first,) = queries.versions_of(place["A"], "NY201", "2021")
    assert json.loads(first.cells) == {"110": ["100.5", "kWh", 3], "130": [None, "t", 9]}
    desk.publish({("A", "2021"): {"110": "90"}}, restate="抄错")
    old, new = queries.versions_of(place["A"], "NY201", "2021")
    assert (old.id, old.cells, old.digest) == (first.id, first.cells, first.digest)
    assert (new.number, new.replaces, new.reason) == (2, old.id, "抄错")
    assert json.loads(new.cells) == {"110": ["90", "kWh", 3], "130": [None, "t", 9]}
    assert Return.objects.get(subject=place["A"], period="2021").current == new.id
    assert new.digest != old.digest
    assert desk.value("A", "2021", "energy_total_tce") == 90 * desk.KGCE["110"] / 1000


def test_new_cells_make_a_new_version_without_a_reason_and_leave_the_others(place) -> None:
    desk.publish({("A", "2022"): {"110": "100"}})
    desk.publish({("A", "2022"): {"120": "7"}})
    old, new = queries.versions_of(place["A"], "NY201", "2022")
    assert (old.number, new.number) == (1, 2)
    assert sorted(json.loads(new.cells)) == ["110", "120"]


def test_drafts_are_not_facts(place) -> None:
    seq = last_done()
    done = file([["B", "2022", "NY201:110", "5000"]])
    assert (done.applied, last_done()) == (True, seq)
    kept = Return.objects.get(subject=place["B"], period="2022")
    assert (kept.state, kept.current) == (Return.State.DRAFT, None)
    assert desk.figure("B", "2022", "energy_total_tce").status == "missing"
    # Overwritten by the next file, published when somebody publishes.
    file([["B", "2022", "NY201:110", "6000"]])
    assert json.loads(Return.objects.get(pk=kept.pk).draft)["110"][0] == "6000"
    assert ReturnVersion.objects.filter(parent=kept.pk).count() == 0
    file([["B", "2022", "NY201:110", "6000"]], publish=True)
    assert desk.value("B", "2022", "energy_total_tce") == 6_000 * desk.KGCE["110"] / 1000


def test_another_value_is_a_conflict_and_changes_nothing(place) -> None:
    desk.publish({("B", "2021"): {"110": "100"}})
    before = (last_done(), ActionLog.objects.count())
    done = file([["B", "2021", "NY201:110", "101"]], publish=True)
    assert (done.applied, [f.code for f in done.findings if f.severity == "error"]) == (False, ["conflict"])
    assert last_done() == before[0]
    assert desk.value("B", "2021", "energy_total_tce") == 100 * desk.KGCE["110"] / 1000
    again = file([["B", "2021", "NY201:110", "100.0"]], publish=True)
    assert (again.duplicate, again.accepted, last_done()) == (1, 0, before[0])


def test_rooms_stand_apart_by_their_number(place) -> None:
    heads = ["institution", "period", "item", "value", "instance"]
    rows = [["A", "2021", "NY202:240", "10", "1"], ["A", "2021", "NY202:240", "20", "2"]]
    done = import_file(
        desk.table([heads, *rows]), "rooms.csv", actor="tests", choice=ImportChoice(publish=True),
        reading=FileChoice(options=Options(today=desk.TODAY)),
    ).result  # fmt: skip
    assert done.applied
    kept = Return.objects.filter(subject=place["A"], form="NY202").order_by("instance")
    assert [row.instance for row in kept] == ["1", "2"]


def test_a_file_begins_rooms_that_the_register_has_or_says_nothing_of(place) -> None:
    """Of B the register says the room 7 from 2020; of A nothing, so its rooms come in as they are written."""
    heads = ["institution", "period", "item", "value", "instance"]

    def bring(*rows: list[str]):
        return import_file(
            desk.table([heads, *rows]), "rooms.csv", actor="tests", choice=ImportChoice(publish=True),
            reading=FileChoice(options=Options(today=desk.TODAY)),
        ).result  # fmt: skip

    early = ["B", "2019", "NY202:240", "10", "8"]
    assert bring(["A", "2019", "NY202:240", "10", " 西  楼"], early).applied
    assert set(Return.objects.filter(form="NY202", period="2019").values_list("subject", "instance")) == {
        (place["A"], "西 楼"),
        (place["B"], "8"),
    }
    change(place["B"], date(2019, 1, 1), actor="tests", rooms="7")
    later = [["B", "2020", "NY202:240", "10", "8"], ["B", "2020", "NY202:240", "20", "7"]]
    refused = bring(*later, ["A", "2020", "NY202:240", "10", "0"])
    assert not refused.applied
    said = [
        (one.code, one.row, one.message_zh.partition("。")[0])
        for one in refused.findings
        if one.severity == "error"
    ]
    assert sorted(said) == [
        ("entry_room_unknown", 2, "没有查到这家机构的机房“8”（名录或前期报表里的机房：7）"),
        ("room_unusable", 4, "机房编号“0”不可用：至多 20 个字符，不能是 0"),
    ]
    assert bring(later[1]).applied
    # What is there already may be brought again and added to.
    assert bring([*early[:2], "NY202:201", "60", "8"]).applied


def test_a_published_return_goes_out_as_it_came_in(place) -> None:
    desk.publish(
        {("A", "2020"): {"110": "12.3456", "120": "7", "130": "不使用"}, ("city", "2020"): {"110": "99"}}
    )
    heads, rows = long_rows("NY201", "2020")
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert {(row["institution"], row["item"], row["value"], row["unit"]) for row in found} == {
        ("A", "NY201:110", "12.3456", "kWh"),
        ("A", "NY201:120", "7", "m3"),
        ("A", "NY201:130", "不使用", "t"),
        ("city", "NY201:110", "99", "kWh"),
    }
    again = file(
        [[row["institution"], row["period"], row["item"], row["value"]] for row in found], publish=True
    )
    assert (again.read, again.duplicate, again.accepted) == (4, 4, 0)
