"""A NUL in an address, a form or JSON breaks nothing, on a server too, whose database refuses to keep it."""

import json
import re

import pytest
from django.test import Client

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.services.publish import ensure_tables
from tests.api.conftest import token_for
from tests.apps.returns.workflow_desk import BEGIN, Nodes

pytestmark = pytest.mark.postgres
#: Address → its answer: nothing has such a code or name.
PLACES = {
    "/institutions/?q=%00": 200,
    "/institutions/%00/": 404,
    "/returns/%00/NY201/2026-10/": 404,
    "/returns/S/NY201/2026-10/?room=%00": 404,
    "/worklist/?find=%00": 200,
    "/worklist/?period=%00": 404,
    "/summary/?body=%00": 404,
    "/people/?q=a%00b": 200,
    "/data/line/?scope=%00": 404,
    "/import/?x%00=1": 200,
}


@pytest.fixture
def boss(home, city_trees: Nodes) -> User:
    ensure_tables()
    user = create_user("boss", actor="tests")
    for role in ("publisher", "city_admin", "reviewer", "reporter"):
        grant(user, role, node=city_trees["line", "city"], valid_from=BEGIN, actor="tests")
    return user


@pytest.fixture
def client(boss: User) -> Client:
    found = Client(raise_request_exception=False)
    found.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    return found


def test_an_address_with_a_nul_is_one_of_nothing(client: Client) -> None:
    assert {path: client.get(path).status_code for path in PLACES} == PLACES


def test_what_was_typed_is_kept_with_a_mark_where_the_nul_stood(client: Client, city_trees: Nodes) -> None:
    values = {
        "real_name": "王\0老师",
        "username": "wang",
        "role": "reporter",
        "body": city_trees["line", "L-500103"],
    }
    assert client.post("/people/new/", values).status_code == 200
    assert User.objects.get(username="wang").real_name == "王\N{REPLACEMENT CHARACTER}老师"
    number = User.objects.get(username="wang").pk
    page = client.get(f"/people/{number}/").content.decode()
    held = re.search(r'name="grant" value="(\d+)"', page)
    assert held is not None
    ended = client.post(f"/people/{number}/end/", {"grant": held.group(1), "reason": "走\0了"})
    assert ended.status_code == 302


def test_other_forms_and_json_break_nothing(client: Client, boss: User) -> None:
    assert (
        client.post("/returns/S/NY201/2026-10/cells/", {"c-110": "\0", "revision": "\0"}).status_code == 404
    )
    for node in ({"institution": "\0"}, {"body": "\0"}):
        said = {"real_name": "李", "username": "li", "role": "reporter", **node}
        assert client.post("/people/new/", said).status_code == 422, node
    assert Client().post("/signin/", {"username": "a\0", "password": "x\0"}).status_code == 200
    made = token_for(boss, "view")
    told = Client().post(
        "/api/v1/replays",
        json.dumps({"receipt": "a\0b"}),
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {made.secret}",
    )
    assert told.status_code == 400
