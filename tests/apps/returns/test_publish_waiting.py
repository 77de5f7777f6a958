"""Approvals wait and are published together; submissions stand in `reported_<form>`, beside the facts."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.models import Publication
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.returns import queries
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.reported import reported
from jieyue.apps.returns.services import approve_return, edit_return, publish_waiting, submit_return
from jieyue.apps.returns.services.import_file import import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from tests.apps.returns.test_workflow import refused
from tests.apps.returns.workflow_desk import BEGIN, Nodes, Office, holder, kwh, place, revision, row


def facts(table: str = "facts_NY201") -> list[dict[str, Any]]:
    """All rows of a lake table."""
    lake = open_lake()
    files = lake.snapshot([table]).tables[table].files if table in lake.tables() else ()
    return [one for file in files for one in pq.read_table(file.path, partitioning=None).to_pylist()]


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.mark.postgres
def test_approvals_of_two_persons_are_one_publication(city_trees: Nodes) -> None:
    office = Office(city_trees)
    other = holder("deputy", "approver", office.bureau)
    keys = [office.at("submitted") for _ in range(3)]
    for key, person in zip(keys, (office.chief, other, office.chief), strict=True):
        approve_return.approve(person, key)
    assert queries.publishing_of("NY201", keys[0].period) == {office.school}
    assert queries.waiting().returns == 3
    assert {place(key) for key in keys} == {("approved", 0)}
    # Approved, and nothing of it is published yet: no version, no fact.
    assert (ReturnVersion.objects.count(), facts()) == (0, [])
    assert [row(key).current for key in keys] == [None, None, None]
    before = ActionLog.objects.count()
    assert publish_waiting.publish_waiting().numbers == (Publication.objects.latest("seq").seq,)
    versions = list(ReturnVersion.objects.order_by("pk"))
    assert [(v.parent.period, v.approver, v.method) for v in versions] == [
        (keys[0].period, "chief", "reviewed"),
        (keys[1].period, "deputy", "reviewed"),
        (keys[2].period, "chief", "reviewed"),
    ]
    approvals = ReturnSnapshot.objects.filter(verb="approve").order_by("pk")
    assert [v.digest for v in versions] == [a.version_digest for a in approvals]
    assert [(one["version"], one["c110"], one["method"]) for one in facts()] == [
        (v.pk, 100, "reviewed") for v in versions
    ]
    assert [(row(k).current, row(k).publishing, row(k).draft) for k in keys] == [
        (v.pk, None, "") for v in versions
    ]
    entry = ActionLog.objects.get(verb="returns.publish_waiting")
    assert ActionLog.objects.count() == before + 1
    a, b, c = (sha(b"\0" + bytes.fromhex(v.digest)) for v in versions)
    root = sha(b"\1" + sha(b"\1" + a + b) + c).hex()
    assert (entry.actor, entry.data["approvers"], entry.data["merkle_root"], entry.data["returns"]) == (
        "worker", ["chief", "deputy"], root, {"NY201": 3},
    )  # fmt: skip
    assert publish_waiting.publish_waiting().numbers == ()
    assert queries.waiting() == queries.Waiting(0, None)


def test_more_than_fit_into_one_publication_go_in_the_order_of_their_approval(
    city_trees: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_waiting, "BATCH", 2)
    office = Office(city_trees)
    keys = [office.at("submitted") for _ in range(5)]
    order = [keys[place] for place in (3, 0, 4, 1, 2)]
    for key in order:
        approve_return.approve(office.chief, key)
    numbers = publish_waiting.publish_waiting().numbers
    assert len(numbers) == 3
    found = [(v.parent.period, v.seq) for v in ReturnVersion.objects.order_by("pk")]
    seqs = [numbers[place] for place in (0, 0, 1, 1, 2)]
    assert found == [(key.period, seq) for key, seq in zip(order, seqs, strict=True)]


def test_while_it_waits_it_is_not_reopened_and_a_merger_leaves_it_where_it_was_approved(
    city_trees: Nodes,
) -> None:
    office = Office(city_trees)
    key = office.at("waiting")
    waits = office.at("submitted")
    refused("return_publishing", lambda: approve_return.reopen(office.chief, key, reason="抄错"))
    places = {"area": "500103", "type": "021", "line": "L-500103-EDU"}
    heir = create({"code": "H", "name": "合并学校"}, places=places, valid_from=BEGIN, actor="tester")
    merge(heir, [office.school], date(2021, 1, 1), actor="tester")
    # What was only submitted went over to the heir; what was approved is published as it was approved.
    assert Return.objects.get(period=waits.period).subject == heir
    assert Return.objects.get(period=key.period).subject == office.school
    assert publish_waiting.publish_waiting().unfit == ()
    (version,) = ReturnVersion.objects.all()
    assert (version.parent.subject, version.digest) == (
        office.school,
        ReturnSnapshot.objects.get(verb="approve").version_digest,
    )


def test_a_file_meets_what_was_approved_as_published(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("waiting")
    rows = f"institution,period,item,value\nS,{key.period},NY201:110,100\nS,{key.period},NY201:120,8\n"
    choice = ImportChoice(publish=True)
    result = import_file(rows.encode(), "r.csv", actor="chief", choice=choice).result
    assert (result.applied, result.duplicate, result.accepted) == (True, 1, 1)
    first, second = ReturnVersion.objects.order_by("number")
    assert (first.method, first.approver, second.method, second.replaces) == (
        "reviewed", "chief", "import", first.pk,
    )  # fmt: skip


def test_what_was_changed_behind_the_approval_is_left_and_told(city_trees: Nodes) -> None:
    office = Office(city_trees)
    bad, good = office.at("waiting"), office.at("waiting")
    ReturnSnapshot.objects.filter(pk=row(bad).publishing).update(cells='{"110":["999","kWh",3]}')
    done = publish_waiting.publish_waiting()
    assert (len(done.numbers), done.unfit) == (1, (row(bad).pk,))
    assert (row(bad).current, row(good).publishing) == (None, None)
    again = publish_waiting.publish_waiting()
    assert (again.numbers, again.unfit) == ((), (row(bad).pk,))
    assert [one["c110"] for one in facts()] == [100]


def test_every_submission_stands_in_a_series_of_its_own(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    submit_return.withdraw(office.clerk, key)
    edit_return.edit_cells(office.clerk, key, {"110": kwh(90), "120": (0, 9)}, revision=1)
    office.submit(key)
    # Not yet: submissions alone wait for company or for five minutes.
    assert publish_waiting.publish_waiting().numbers == ()
    approve_return.approve(office.chief, key)
    assert len(publish_waiting.publish_waiting().numbers) == 1
    first, second = reported("NY201", key.period).to_pylist()
    snapshots = list(ReturnSnapshot.objects.filter(verb="submit").order_by("pk"))
    assert [(one["c110"], one["o110"], one["c120"], one["o120"]) for one in (first, second)] == [
        (100, 3, None, 0),
        (90, 3, None, 9),
    ]
    assert [(one["replaces"], one["digest"], one["submitted_at"]) for one in (first, second)] == [
        (None, snapshots[0].digest, snapshots[0].at),
        (first["row_id"], snapshots[1].digest, snapshots[1].at),
    ]
    assert {one["institution"] for one in (first, second)} == {office.school}
    assert [one["c110"] for one in facts()] == [90]
    # A correction later is a fact of its own; what was reported on the day stays.
    approve_return.reopen(office.chief, key, reason="抄错")
    edit_return.edit_cells(office.clerk, key, {"110": kwh(80)}, revision=revision(key))
    office.submit(key)
    ReturnSnapshot.objects.filter(lake_seq=None).update(at=timezone.now() - timedelta(minutes=6))
    (alone,) = publish_waiting.publish_waiting().numbers
    assert [one["c110"] for one in reported("NY201", key.period).to_pylist()] == [100, 90, 80]
    assert [one["c110"] for one in reported("NY201", key.period, seq=alone - 1).to_pylist()] == [100, 90]
    assert len(facts()) == 1
    assert reported("NY201", "2019-01").num_rows == 0
    assert publish_waiting.publish_waiting(reported=True).numbers == ()


def test_the_submissions_of_one_month_do_not_show_in_another(city_trees: Nodes) -> None:
    office = Office(city_trees)
    keys: list[Key] = [office.at("submitted") for _ in range(2)]
    publish_waiting.publish_waiting(reported=True)
    assert [reported("NY201", key.period).num_rows for key in keys] == [1, 1]
    assert facts() == []
