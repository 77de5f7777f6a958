"""首报数 for programs: the command and the interface give what the dashboard gives, by hand after corrections."""

import pytest
from django.conf import settings

from jieyue.apps.identity.services.issue_token import issue_token
from tests.api.conftest import Caller
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import MONTH, YEAR, Dozen
from tests.apps.summaries.test_first_reported import CITY, DISTRICT, OWN, SCOPE, correct, send_and_accept
from tests.cli.command import DONE, REFUSED, USAGE, jieyue
from tests.clients import quiet_refusals

WATER = "water_total_m3"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    quiet_refusals()


def by_command(*scopes: str, period: str = YEAR, version: str = "first") -> list[str]:
    more = [word for scope in scopes for word in ("--scope", scope)]
    said = jieyue(
        settings.JIEYUE_HOME.path, "figures", *more, "--period", period, "--indicator", WATER,
        "--version", version,
    )  # fmt: skip
    assert said.code == DONE, said.stderr
    return [row["value"] for row in said.document]


def caller(dozen: Dozen, name: str) -> Caller:
    user = dozen.user(name)
    token, secret = issue_token(user, "figures", days=30, actor="tests")
    return Caller(secret, token.pk)


def asked(version: str, *scopes: str) -> str:
    named = "&".join(f"scope={scope}" for scope in scopes)
    return f"figures?{named}&period={YEAR}&indicator={WATER}&version={version}"


def test_the_command_and_the_interface_give_what_was_reported_first(dozen: Dozen) -> None:
    """G1's water: 300, corrected to 350, sent and accepted, corrected to 375."""
    reader = caller(dozen, "c-approver")
    correct("G1", YEAR, 350)
    assert by_command(SCOPE, "city") == [str(OWN), str(CITY)]
    assert by_command(SCOPE, "city", version="present") == [str(OWN + 50), str(CITY + 50)]
    before = reader.get(asked("first", SCOPE, "city"))
    assert [row["value"] for row in before.json()] == [str(OWN), str(CITY)]
    send_and_accept(YEAR)
    # Nothing was published in between: the acceptance alone changes what a program may keep.
    after = reader.get(asked("first", SCOPE, "city"), HTTP_IF_NONE_MATCH=before["ETag"])
    assert (after.status_code, after["ETag"] == before["ETag"]) == (200, False)
    correct("G1", YEAR, 375)
    assert by_command(SCOPE, "city") == [str(OWN + 50), str(CITY)], "each by its own summaries"
    assert by_command("G1") == ["300"], "an institution by the authority's, which has accepted none"
    rows = reader.get(asked("first", SCOPE, "city")).json()
    assert [row["value"] for row in rows] == [str(OWN + 50), str(CITY)]
    present = reader.get(asked("present", SCOPE, "city")).json()
    assert [row["value"] for row in present] == [str(OWN + 75), str(CITY + 75)]
    assert present == reader.get(asked("present", SCOPE, "city").replace("&version=present", "")).json()
    again = reader.post_json("replays", {"receipt": rows[0]["receipt"]})
    assert (again.status_code, again.json()["equal"]) == (200, True), (
        "the receipt gives the number that was reported first"
    )
    assert rows[0]["receipt"] != present[0]["receipt"]


def test_what_is_wrong_is_refused_and_what_has_no_such_form_said(dozen: Dozen) -> None:
    home = settings.JIEYUE_HOME.path
    wrong = jieyue(home, "figures", "--period", YEAR, "--version", "last", as_json=False)
    assert (wrong.code, "first" in wrong.stderr) == (USAGE, True)
    printed = jieyue(
        home, "figures", "--scope", f"declared:{SCOPE}", "--period", YEAR, "--version", "first", as_json=False
    )
    assert (printed.code, "首报数" in printed.stderr) == (REFUSED, True)
    said = jieyue(home, "figures", "--period", YEAR, "--version", "first", as_json=False).stdout
    assert "（首报数）" in said
    reader = caller(dozen, "c-approver")
    assert reader.get(asked("last", "city")).status_code == 422
    assert caller(dozen, "d-approver").get(asked("first", "line:L-500104")).status_code == 404, DISTRICT


def test_a_span_goes_by_the_tables_of_its_months(dozen: Dozen) -> None:
    """March corrected from 300 to 310 and frozen, then 320; January 100 to 140."""
    desk.publish({("G1", f"2026-0{n}"): {"110": f"{n}00", "120": f"{n}00"} for n in (1, 2, 3)})
    correct("G1", "2026-01", 140)
    correct("G1", MONTH, 310)
    send_and_accept(MONTH)
    correct("G1", MONTH, 320)
    assert by_command(SCOPE, period="2026-01..2026-03") == [str(100 + 200 + 310)]
    assert by_command(SCOPE, period="2026-01..2026-03", version="present") == [str(140 + 200 + 320)]
