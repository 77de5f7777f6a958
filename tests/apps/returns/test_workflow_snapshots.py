"""What is frozen of a return, and the rules at its submission: errors block, warnings ask for an explanation."""

import hashlib
import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import one_row, parse, text_of, texts
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.services import approve_return, edit_return, submit_return
from jieyue.apps.returns.services.publish_returns import publish_returns
from jieyue.apps.returns.services.save_drafts import save_drafts
from jieyue.apps.returns.snapshots import digest_of
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.apps.review.queries import last_run
from jieyue.apps.review.services import submit as reviewed
from jieyue.apps.review.services.explain import decide
from jieyue.store.schema import facts_table
from tests.apps.returns.test_workflow import refused
from tests.apps.returns.workflow_desk import Nodes, Office, everything, holder, kwh, place, revision, row

#: A month without a finding: 1 yuan a kWh and 3 yuan a m3 are ordinary prices.
GOOD = {
    "102": kwh(2000), "103": kwh(100), "1031": kwh(80), "104": kwh(0), "110": kwh(1000), "111": kwh(700),
    "120": kwh(300), "121": kwh(900),
}  # fmt: skip
#: 9 yuan a kWh is not (P01: 0.40 to 1.20).
DEAR = {**GOOD, "111": kwh(9000)}


def sha(said: object) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def typed(office: Office, cells: dict) -> tuple[Key, int]:
    """A return that is being entered, and its revision."""
    key = office.key()
    edit_return.start(office.clerk, key)
    return key, edit_return.edit_cells(office.clerk, key, cells, revision=0).revision


def test_snapshots_are_a_chain_whose_digests_are_plain_arithmetic(city_trees: Nodes) -> None:
    office = Office(city_trees, checks=True)
    key = office.at("approved")
    submitted, passed, approved = ReturnSnapshot.objects.order_by("pk")
    assert [(s.verb, s.step, s.steps, s.actor) for s in (submitted, passed, approved)] == [
        ("submit", 1, 2, "clerk"), ("pass", 1, 2, "checker"), ("approve", 2, 2, "chief"),
    ]  # fmt: skip
    assert (submitted.previous, passed.previous, approved.previous) == ("", submitted.digest, passed.digest)
    version = ReturnVersion.objects.get()
    scheme = home_catalog().scheme_on(key.last_day).code
    expected = sha(
        {
            "key": [key.subject, "NY201", scheme, key.period, ""],
            "number": 1,
            "base": None,
            "scheme": scheme,
            "catalog": home_catalog().digest,
            "cells": {"110": ["100", "kWh", 3]},
        }
    )
    # What was submitted is what was passed, approved and published, to the byte.
    assert {s.version_digest for s in (submitted, passed, approved)} == {expected} == {version.digest}
    assert approved.digest == sha(
        {
            "version": expected, "ruleset": "", "findings": [], "attachments": [], "person": "chief",
            "on_behalf": "", "verb": "approve", "step": 2, "instant": approved.at.isoformat(),
            "previous": passed.digest,
        }
    )  # fmt: skip
    entries = ActionLog.objects.filter(verb__in=("returns.submit", "returns.pass")).order_by("pk")
    assert [entry.data["snapshot"] for entry in entries] == [submitted.digest, passed.digest]


def test_a_changed_value_or_a_changed_row_changes_the_digest(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    submit_return.withdraw(office.clerk, key)
    same = office.submit(key)
    submit_return.withdraw(office.clerk, key)
    edit_return.edit_cells(office.clerk, key, {"110": kwh(101)}, revision=1)
    office.submit(key)
    first, same, other = ReturnSnapshot.objects.order_by("pk")
    assert first.version_digest == same.version_digest != other.version_digest
    assert len({first.digest, same.digest, other.digest}) == 3
    assert [digest_of(s) for s in (first, same, other)] == [first.digest, same.digest, other.digest]
    for field, value in (("actor", "x"), ("step", 2), ("verb", "pass"), ("previous", "x"), ("findings", [{}]),
                         ("on_behalf", "x"), ("version_digest", "x"), ("ruleset_digest", "x")):  # fmt: skip
        changed = ReturnSnapshot.objects.get(pk=other.pk)
        setattr(changed, field, value)
        assert digest_of(changed) != other.digest, field


def test_errors_block_and_nothing_changes(city_trees: Nodes) -> None:
    office = Office(city_trees)
    lacking = {code: value for code, value in GOOD.items() if code != "120"}
    key, at = typed(office, lacking)
    error = refused("submit_errors", lambda: reviewed.submit(office.clerk, key, revision=at))
    assert "R01 120" in error.data
    assert error.message_zh.startswith("有差错，改正后才能上报：")
    assert "水消费量（120）：必填项已填（R01）" in error.message_zh
    assert "Water consumed (120): Required items are there (R01)" in error.message_en
    # A reason does not heal an error.
    said = {("R01", "120"): "停水"}
    refused("submit_errors", lambda: reviewed.submit(office.clerk, key, revision=at, explanations=said))
    at = edit_return.edit_cells(office.clerk, key, {"120": kwh(300)}, revision=at).revision
    made = reviewed.submit(office.clerk, key, revision=at)
    assert (place(key), made.findings, len(made.ruleset_digest)) == (("submitted", 1), [], 64)


def test_a_warning_needs_an_explanation_which_is_frozen(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key, at = typed(office, DEAR)
    error = refused("submit_unexplained", lambda: reviewed.submit(office.clerk, key, revision=at))
    assert list(error.data) == ["P01 111"]
    assert error.message_zh == "有提示须先说明：电消费量/费用（111）：电单价在合理范围内（P01）"
    assert error.message_en == (
        "explain these warnings first: Electricity cost (111): The price of electricity is plausible (P01)"
    )
    blank = {("P01", "111"): "  ", ("P01", "110"): "不是这一格"}
    refused(
        "submit_unexplained",
        lambda: reviewed.submit(office.clerk, key, revision=at, explanations=blank),
    )
    made = reviewed.submit(office.clerk, key, revision=at, explanations={("P01", "111"): "补缴去年电费"})
    (found,) = ReviewFinding.objects.all()
    assert (found.state, found.explanation, found.explained_by) == ("explained", "补缴去年电费", "clerk")
    (frozen,) = made.findings
    assert (frozen["rule"], frozen["item"], frozen["explanation"]) == ("P01", "111", "补缴去年电费")
    # A submission is no pass over all: the list of findings still names the last of those.
    assert (ReviewRun.objects.count(), last_run("NY201", key.period)) == (1, None)
    decide(found.pk, accept=True, actor="checker")
    late = refused("finding_state", lambda: decide(found.pk, accept=True, actor="checker"))
    assert late.message_zh == "这个问题的状态已经变了；请刷新页面后再办理"
    approved = reviewed.approve(office.chief, key, seen=made.digest)
    assert (approved.findings[0]["state"], approved.findings[0]["decided_by"]) == ("accepted", "checker")
    assert made.findings[0]["state"] == "explained"


def test_an_explanation_holds_as_long_as_the_number(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key, at = typed(office, DEAR)
    said = {("P01", "111"): "补缴"}
    reviewed.submit(office.clerk, key, revision=at, explanations=said)
    submit_return.withdraw(office.clerk, key)
    reviewed.submit(office.clerk, key, revision=at)
    submit_return.withdraw(office.clerk, key)
    at = edit_return.edit_cells(office.clerk, key, {"111": kwh(9500)}, revision=at).revision
    refused("submit_unexplained", lambda: reviewed.submit(office.clerk, key, revision=at))
    at = edit_return.edit_cells(office.clerk, key, {"111": kwh(700)}, revision=at).revision
    reviewed.submit(office.clerk, key, revision=at)
    assert ReviewFinding.objects.get().state == "gone"


def test_a_cell_emptied_after_reopening_is_missing(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key, at = typed(office, GOOD)
    reviewed.submit(office.clerk, key, revision=at)
    reviewed.approve(office.chief, key)
    office.publish()
    approve_return.reopen(office.chief, key, reason="漏核")
    at = edit_return.edit_cells(office.clerk, key, {"110": None}, revision=revision(key)).revision
    # What is published still says 110; the draft does not.
    error = refused("submit_errors", lambda: reviewed.submit(office.clerk, key, revision=at))
    assert "R01 110" in error.data


def test_what_was_approved_is_in_the_lake_as_reviewed(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key, at = typed(office, GOOD)
    reviewed.submit(office.clerk, key, revision=at)
    reviewed.approve(office.chief, key)
    office.publish()
    approve_return.reopen(office.chief, key, reason="抄错")
    edit_return.edit_cells(office.clerk, key, {"110": kwh(1001)}, revision=revision(key))
    reviewed.submit(office.clerk, key, revision=revision(key))
    # Reopened and submitted: the fact is still the old one.
    lake, table = open_lake(), facts_table("NY201")
    (file,) = lake.snapshot([table]).tables[table].files
    (fact,) = pq.read_table(file.path, partitioning=None).to_pylist()
    assert (fact["institution"], fact["period"], fact["method"]) == (key.subject, key.period, "reviewed")
    assert str(fact["c110"]) == "1000.0000"
    assert row(key).state == Return.State.SUBMITTED


@given(
    st.dictionaries(
        st.sampled_from(["110", "1101", "120", "150", "1501", "20"]),
        st.one_of(
            st.tuples(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(1, 8)),
            st.just((0, 9)),
        ),
    )
)
def test_one_return_has_the_same_text_alone_and_among_many(cells: dict[str, tuple[int, int]]) -> None:
    units = dict.fromkeys(cells, "吨")
    (among,) = texts(one_row(cells), units)
    assert text_of(cells, units) == among
    assert parse(among) == cells


def test_refusing_leaves_no_pass_behind(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key, at = typed(office, DEAR)
    before = everything()
    with pytest.raises(RefusedError):
        reviewed.submit(office.clerk, key, revision=at)
    assert (everything(), ReviewRun.objects.count()) == (before, 0)


def test_no_file_goes_over_what_was_submitted(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    batch = ReturnsBatch(key.form, [key.subject], [key.period], one_row({"110": kwh(5)}))
    refused("return_state", lambda: save_drafts(batch, actor="importer"))
    refused("return_state", lambda: publish_returns([batch], actor="importer"))
    # Over what is being entered it may; then its cells are the importer's.
    submit_return.withdraw(office.clerk, key)
    save_drafts(batch, actor="checker")
    assert (row(key).entered_by, row(key).revision) == ({"110": {"by": ["checker"]}}, 2)
    refused("return_stale", lambda: edit_return.edit_cells(office.clerk, key, {"110": kwh(6)}, revision=1))
    office.submit(key)
    approve_return.approve(holder("h", "approver", office.bureau), key)
    refused("return_publishing", lambda: publish_returns([batch], actor="importer"))
    refused("return_publishing", lambda: save_drafts(batch, actor="importer"))
    office.publish()
    approve_return.reopen(office.chief, key, reason="抄错")
    publish_returns([batch], actor="chief", reason="抄错")
    # A file that was published names its importer beside those whose cells it may have left.
    assert row(key).entered_by == {"110": {"by": ["checker"]}, "*": {"by": ["chief"]}}
    approve_return.reopen(office.chief, key, reason="再核")
    office.submit(key)
    refused("own_cell", lambda: approve_return.approve(office.chief, key))
