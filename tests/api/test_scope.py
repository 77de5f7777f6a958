"""A token opens what its user sees, and no more; not there and not allowed look the same."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jieyue.apps.accounts.frame import Frame
from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import number_of
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import edit_return, submit_return
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.snapshots import Judged
from tests.api.conftest import Caller, Nodes, returns_csv, token_for

FOREIGN = ("B1", "H1", "示例丙机关", "示例市属医院", "L-500104", "L-M-HEALTH")
READS = (
    "institutions",
    "returns?form=NY201&period=2024",
    "reported?form=NY201&period=2025-01",
    "scopes?period=2024",
    "figures?scope=line:L-500103&period=2024",
    "figures/change?scope=line:L-500103&period=2024&list=appeared",
    "plans/chongqing-14fyp/status?year=2024&scope=line:L-500103",
)


def submit(person: Callable[..., User], code: str, body: str, kwh: int, period: str = "2025-01") -> None:
    """Two submissions of an institution's month, the first one withdrawn."""
    number = number_of(code)
    assert number is not None
    user = person(f"clerk-{code}", "reporter", body)
    key = Key(number, "NY201", period)
    at = edit_return.start(user, key).revision
    for value in (kwh, kwh + 1):
        cells = {"110": (value * 10_000, 3), "120": (0, 9)}
        at = edit_return.edit_cells(user, key, cells, revision=at).revision
        submit_return.submit(user, key, revision=at, judge=lambda _: Judged())
        if value == kwh:
            submit_return.withdraw(user, key)


def test_what_was_submitted_is_read_as_it_was_by_who_may_see_it(
    district: User, person: Callable[..., User], root: Caller
) -> None:
    submit(person, "A1", "L-500103", 100)
    submit(person, "B1", "L-500104", 700)
    publish_waiting(reported=True)
    path = "reported?form=NY201&period=2025-01"
    own = token_for(district).get(path).json()["items"]
    assert [(row["institution"], row["cells"], row["first"], row["version"]) for row in own] == [
        ("A1", {"110": ["100", "kWh", 3], "120": [None, "m3", 9]}, True, 1),
        ("A1", {"110": ["101", "kWh", 3], "120": [None, "m3", 9]}, False, 1),
    ]
    whole = root.get(path).json()["items"]
    assert [(row["institution"], row["cells"]["110"][0]) for row in whole] == [
        ("A1", "100"), ("A1", "101"), ("B1", "700"), ("B1", "701"),
    ]  # fmt: skip
    first = root.get(f"{path}&size=3").json()
    rest = root.get(f"{path}&size=3&cursor={first['next']}").json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [3, 1, None]
    assert root.get("returns?form=NY201&period=2025-01").json()["items"] == []
    assert root.get("reported?form=NY201&period=2025-02").json()["items"] == []
    assert root.get("reported?form=NY999&period=2025-01").status_code == 422


@pytest.fixture
def district(person: Callable[..., User]) -> User:
    return person("district", "publisher", "L-500103")


@pytest.mark.postgres
def test_a_district_reads_its_own_line_only(district: User) -> None:
    caller = token_for(district)
    for path in READS:
        answer = caller.get(path)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert [mark for mark in FOREIGN if mark in text] == [], path
    assert [row["code"] for row in caller.get("institutions").json()["items"]] == ["A1", "A2"]


@pytest.mark.parametrize(
    ("foreign", "absent"),
    [
        ("institutions/B1", "institutions/NOBODY"),
        ("institutions/H1", "institutions/NOBODY"),
        ("figures?scope=B1&period=2024", "figures?scope=NOBODY&period=2024"),
        ("figures?scope=line:L-500104&period=2024", "figures?scope=line:L-NONE&period=2024"),
        ("figures?scope=city&period=2024", "figures?scope=line:L-NONE&period=2024"),
        ("figures?scope=area:500103&period=2024", "figures?scope=area:999999&period=2024"),
        ("figures/change?scope=line:L-500104&period=2024", "figures/change?scope=line:L-NONE&period=2024"),
        ("figures/change?scope=B1&period=2024", "figures/change?scope=NOBODY&period=2024"),
        ("figures/restatement?scope=area:500103&period=2024", "figures/restatement?scope=area:9&period=2024"),
        ("plans/chongqing-14fyp/status?year=2024", "plans/none/status?year=2024"),
    ],
)
def test_foreign_and_absent_look_the_same(district: User, foreign: str, absent: str) -> None:
    caller = token_for(district)
    one, other = caller.get(foreign), caller.get(absent)
    assert (one.status_code, one.content) == (other.status_code, other.content)
    assert one.status_code == 404


def test_a_foreign_receipt_is_not_there(district: User, root: Caller) -> None:
    receipts = [
        root.get(f"figures?scope={scope}&period=2024&indicator=co2_total_t").json()[0]["receipt"]
        for scope in ("city", "B1", "line:L-500104")
    ]
    caller = token_for(district)
    for receipt in receipts:
        assert caller.get(f"receipts/{receipt}").status_code == 404
        assert caller.post_json("replays", {"receipt": receipt}).status_code == 404


def test_a_replay_says_whether_the_figure_itself_is_the_same_and_names_no_other(
    district: User, root: Caller
) -> None:
    """A figure of the city is altered as it is stored: the district's own is as it was, and the district is told so."""
    caller, indicator = token_for(district), "energy_total_tce"
    ask = "figures?scope={}&period=2024&indicator=" + indicator
    receipts = [
        who.get(ask.format(scope)).json()[0]["receipt"]
        for who, scope in ((caller, "line:L-500103"), (root, "city"))
    ]
    stored = RunFrame.objects.get(part="nodes", run__pk__startswith=receipts[0].partition("/")[0])
    frame = Frame.from_bytes(bytes(stored.content))
    names = [(row.scope, row.indicator) for row in frame.figures()]
    place = names.index(("city", indicator))
    column = frame.table.column("numerator").to_pylist()
    column[place] = str(int(column[place]) + 1)
    field = frame.table.schema.get_field_index("numerator")
    stored.content = Frame(frame.table.set_column(field, "numerator", pa.array(column))).to_bytes()
    stored.save()
    said = caller.post_json("replays", {"receipt": receipts[0]}).json()
    assert (said["own"], said["equal"], said["different"]) == (True, False, [])
    said = root.post_json("replays", {"receipt": receipts[1]}).json()
    assert (said["own"], said["equal"], said["different"]) == (False, False, [f"city/{indicator}"])
    assert caller.post_json("replays", {"receipt": receipts[1]}).status_code == 404


def test_a_derived_figure_is_theirs_who_may_see_all_its_parts(district: User, root: Caller) -> None:
    def receipt(scope: str, period: str = "2024") -> str:
        return str(
            root.get(f"figures?scope={scope}&period={period}&indicator=co2_total_t").json()[0]["receipt"]
        )

    own, past, city = receipt("line:L-500103"), receipt("line:L-500103", "2023"), receipt("city")
    caller = token_for(district)
    answer = caller.get(f"receipts/derived.change.v1/{own}~{past}")
    assert answer.status_code == 200
    assert [part["receipt"] for part in answer.json()["parts"]] == [own, past]
    assert caller.post_json("replays", {"receipt": f"derived.change.v1/{own}~{past}"}).json()["equal"]
    run = own.partition("/")[0]
    for foreign in (
        f"derived.share.v1/{own}~{city}",
        f"derived.share.v1/{city}~{own}",
        f"derived.count.v1/{run}/line.body.below:city/co2_total_t~said/status/final",
        "derived.share.v1/nonsense",
    ):
        assert caller.get(f"receipts/{foreign}").status_code == 404, foreign
        assert caller.post_json("replays", {"receipt": foreign}).status_code == 404, foreign
    assert root.get(f"receipts/derived.share.v1/{own}~{city}").status_code == 200
    assert root.get("receipts/derived.share.v1/nonsense").status_code == 404


@pytest.mark.postgres
def test_a_file_speaks_only_of_the_callers_institutions(district: User, root: Caller) -> None:
    caller = token_for(district, "view", "publish")
    body = {"file": SimpleUploadedFile("r.csv", returns_csv("2023")), "publish": "true"}
    answer = caller.post("imports/returns", body)
    assert answer.status_code == 422
    result = answer.json()
    assert result["applied"] is False
    assert result["read"] == result["accepted"] + result["duplicate"] + result["rejected"]
    wrong = {finding["value"] for finding in result["findings"] if finding["severity"] == "error"}
    assert wrong == {"B1", "H1"}
    assert root.get("returns?form=NY201&period=2023").json()["items"] == []
    own = {"A1": (1, 1), "A2": (2, 2)}
    body = {"file": SimpleUploadedFile("r.csv", returns_csv("2023", own)), "publish": "true"}
    assert caller.post("imports/returns", body).json()["applied"] is True


def test_a_district_total_is_declared_by_the_district_and_no_other(district: User) -> None:
    caller = token_for(district, "view", "publish")

    def applied(node: str) -> bool:
        text = f"institution,period,item,value,unit\n{node},2022,NY201:110,5,kWh\n"
        body = {"file": SimpleUploadedFile("r.csv", text.encode()), "publish": "true"}
        return caller.post("imports/returns", body).json()["applied"]

    assert [applied(node) for node in ("line:L-500103", "line:L-500104", "city", "area:500103")] == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_token_carries_no_more_than_it_was_given(district: User, root: Caller) -> None:
    caller = token_for(district, "view")
    body = {"file": SimpleUploadedFile("r.csv", returns_csv("2023", {"A1": (1, 1)})), "publish": "true"}
    assert caller.post("imports/returns", body).status_code == 403
    with pytest.raises(RefusedError):
        token_for(district, "view", "manage_registry")
    registry = {"file": SimpleUploadedFile("i.csv", b"code,name,type,region,valid_from\n")}
    assert token_for(district, "publish").post("imports/institutions", registry).status_code == 403


@pytest.mark.parametrize("role", ["security_admin", "audit_admin", "system_admin"])
def test_administrators_see_no_data(person: Callable[..., User], role: str) -> None:
    from jieyue.apps.identity.roles import ROLES

    user = person(role, role, "city")
    caller = token_for(user, *ROLES[role].verbs)
    for path in READS:
        assert caller.get(path).status_code in (403, 404), path


def test_who_reports_for_an_institution_is_not_named_to_strangers(district: User, root: Caller) -> None:
    header = "code,name,type,region,reporting_parent,reporting_unit,valid_from\n"
    row = "A3,示例己机关,01,500103,L-500103,H1,2021-01-01\n"
    body = {"file": SimpleUploadedFile("i.csv", (header + row).encode())}
    assert root.post("imports/institutions", body).json()["applied"] is True
    assert root.get("institutions/A3").json()["reporting_unit"] == "H1"
    caller = token_for(district)
    assert caller.get("institutions/A3").json()["reporting_unit"] is None
    assert '"H1"' not in caller.get("institutions").content.decode()


def test_summary_tables_are_of_the_callers_own_line(district: User, root: Caller) -> None:
    """District: 400,000 + 100,000 kWh; the city adds 150,000 and the hospital's 5,000,000."""
    caller = token_for(district)
    own = caller.get("summaries/table?form=NY301&body=L-500103&period=2024").json()
    power = next(row for row in own["items"] if row["item"] == "110")
    assert (power["cells"]["S001"], power["cells"]["S004"], power["cells"]["S007"]) == (
        "500000",
        "400000",
        None,
    )
    assert (own["filers"], own["complete"], own["official"]) == (2, 2, True)
    whole = root.get("summaries/table?form=NY301&body=city&period=2024").json()
    assert next(row for row in whole["items"] if row["item"] == "110")["cells"]["S001"] == "5650000"
    foreign = caller.get("summaries/table?form=NY301&body=city&period=2024")
    absent = caller.get("summaries/table?form=NY301&body=L-NONE&period=2024")
    assert (
        (foreign.status_code, foreign.content)
        == (absent.status_code, absent.content)
        == (404, absent.content)
    )
    assert root.get("summaries/table?form=NY201&body=city&period=2024").status_code == 422


def test_a_sent_summary_is_read_by_its_own_line(district: User, root: Caller, office: Nodes) -> None:
    from jieyue.apps.summaries.services.send import send

    sent = send(district, office["line", "L-500103"], "NY301", "2024")
    shown = token_for(district).get("summaries?form=NY301").json()["items"]
    assert [(row["body"], row["digest"], row["cells"]["110"][0]) for row in shown] == [
        ("L-500103", sent.digest, "500000")
    ]
    assert root.get("summaries").json()["items"] == shown
