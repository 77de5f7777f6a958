"""The link of a wall display: one scope, no person, nothing when it is over, taken back or another's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import WallDevice
from jieyue.apps.identity.services.issue_wall import issue_wall
from jieyue.apps.identity.services.revoke_wall import revoke_wall
from tests.security.client import signed_in
from tests.security.world import PLACES, World, everything, foreign

ISSUE = "/wall/devices/issue/"
SAID = {"name": "大厅", "days": "30", "indicator": ""}


def wall(secret: str, client: Client | None = None) -> tuple[int, str, Client]:
    own = client or Client(raise_request_exception=False)
    answer = own.get(f"/wall/{secret}/")
    assert not answer.cookies, "no cookie is set"
    return answer.status_code, answer.content.decode(), own


def test_a_link_shows_its_scope_and_no_institution(world: World) -> None:
    _, secret = issue_wall("大厅", "line:L-500103", days=30, actor="tests")
    status, text, _client = wall(secret)
    assert status == 200
    assert not foreign("own").found_in(text)
    assert not [place.name for place in PLACES.values() if place.name in text or place.code in text]
    _, whole = issue_wall("大厅", "city", days=30, actor="tests")
    assert not [place.name for place in PLACES.values() if place.name in wall(whole)[1]]


def test_over_taken_back_altered_and_posted_links_show_nothing(world: World) -> None:
    made, secret = issue_wall("走廊", "city", days=30, actor="tests")
    assert wall(secret)[0] == 200
    nothing = wall("jw_never-made")[1].replace("jw_never-made", secret)
    for change in ("post", "altered", "over", "back"):
        client = Client(raise_request_exception=False)
        if change == "post":
            status, text = client.post(f"/wall/{secret}/").status_code, nothing
        elif change == "altered":
            status, text, _ = wall(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
            text = nothing if status == 404 else text
        elif change == "over":
            WallDevice.objects.filter(pk=made.pk).update(expires_at=now() - timedelta(seconds=1))
            status, text, _ = wall(secret)
            WallDevice.objects.filter(pk=made.pk).update(expires_at=now() + timedelta(days=1))
        else:
            revoke_wall(made.pk, actor="tests")
            status, text, _ = wall(secret)
        assert status == (405 if change == "post" else 404), change
        assert not everything().found_in(text), change
        assert text == nothing, change


def test_the_session_of_a_person_adds_nothing(world: World) -> None:
    """In the browser of a publisher the link of a district shows the district."""
    _, secret = issue_wall("大厅", "line:L-500103", days=30, actor="tests")
    client = signed_in(world.users["publisher", "parent"])
    answer = client.get(f"/wall/{secret}/")
    assert not answer.cookies
    assert answer.content.decode() == wall(secret)[1]


@pytest.mark.parametrize(
    ("scope", "status"),
    [("line:L-500103", 200), ("line:L-500104", 404), ("city", 404), ("area:500103", 404)],
)
def test_nobody_makes_a_link_of_what_he_does_not_see(world: World, scope: str, status: int) -> None:
    client = signed_in(world.users["district_admin", "own"])
    before = WallDevice.objects.count()
    answer = client.post(ISSUE, {**SAID, "scope": scope})
    assert answer.status_code == status
    assert WallDevice.objects.count() == before + (status == 200)


def test_the_secret_is_shown_once_kept_nowhere_and_both_verbs_are_logged(world: World) -> None:
    client = signed_in(world.users["city_admin", "parent"])
    text = client.post(ISSUE, {**SAID, "scope": "city"}).content.decode()
    secret = text[text.index("jw_") :].partition("/")[0]
    assert wall(secret)[0] == 200
    assert secret not in client.get("/wall/devices/").content.decode()
    made = WallDevice.objects.latest("pk")
    assert secret not in str(WallDevice.objects.filter(pk=made.pk).values().get())
    assert client.post(f"/wall/devices/{made.pk}/revoke/").status_code == 302
    assert wall(secret)[0] == 404
    rows = ActionLog.objects.filter(object=f"wall:{made.pk}").order_by("pk")
    assert [row.verb for row in rows] == ["identity.issue_wall", "identity.revoke_wall"]
    assert not [row for row in rows if secret in str(row.data)]
    district = signed_in(world.users["district_admin", "own"])
    assert district.post(f"/wall/devices/{made.pk}/revoke/").status_code == 404


@pytest.mark.parametrize(("name", "days"), [("", "30"), ("大厅", "0"), ("大厅", "367"), ("大厅", "x")])
def test_a_link_without_name_or_end_is_refused_with_words(world: World, name: str, days: str) -> None:
    client = signed_in(world.users["city_admin", "parent"])
    answer = client.post(ISSUE, {"name": name, "days": days, "scope": "city"})
    assert answer.status_code == 422
    assert ("请写明大屏在哪里" if not name else "1–366") in answer.content.decode()
