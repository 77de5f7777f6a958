"""The second factor: whom it is asked of, that nothing opens before it, that codes open once and are not guessed."""

import base64
import hashlib
import hmac
import re
import struct
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from tests.security.client import signed_in
from tests.security.visits import POST, PUBLIC, ROUTES, few_visits, readable
from tests.security.world import BEGIN, World, everything

PASSWORD = "a long and quiet word"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def totp(secret: str, at: datetime) -> str:
    """RFC 6238, SHA-1, six digits, half a minute."""
    counter = struct.pack(">Q", int(at.timestamp()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def test_our_own_reckoning_is_that_of_the_standard() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert totp(secret, datetime.fromtimestamp(1111111109, UTC)) == "081804"  # RFC 6238, appendix B, last six


@pytest.fixture
def on(own_world: World, settings) -> World:
    """A home that asks for it, with a reviewer and a reporter who know their passwords."""
    settings.JIEYUE_SECOND_FACTOR = True
    for role in ("reviewer", "reporter"):
        user = create_user(f"my.{role}", actor="tests", password=PASSWORD)
        grant(user, role, node=node("L-500103"), valid_from=BEGIN, actor="tests")
    return own_world


def node(code: str) -> int:
    from jieyue.apps.trees.queries import tree

    return tree("line").by_code[code].id


def password(name: str = "my.reviewer", **more: str) -> Client:
    client = Client(raise_request_exception=False, **more)
    client.post("/signin/?next=/institutions/", {"username": name, "password": PASSWORD})
    return client


def second(client: Client, code: str):
    return client.post("/signin/second/", {"code": code, "username": "my.reviewer"})


def enrolled(clock: datetime) -> str:
    """The reviewer's key, after the first time."""
    client = password()
    page = client.get("/signin/second/").content.decode()
    (shown,) = re.findall(r'<code class="slip-code">([A-Z2-7 ]+)</code>', page)
    secret = shown.replace(" ", "")
    assert second(client, "000000" if totp(secret, clock) != "000000" else "111111").status_code == 200
    assert second(client, totp(secret, clock))["Location"] == "/institutions/"
    assert client.get("/institutions/").status_code == 200
    return secret


def test_a_reporter_needs_only_the_password_and_a_reviewer_makes_an_app_known(on: World) -> None:
    from allauth.mfa.models import Authenticator

    assert password("my.reporter").get("/institutions/").status_code == 200
    with time_machine.travel(NOW, tick=False):
        secret = enrolled(NOW)
    assert secret not in str(list(Authenticator.objects.values())), "the key is kept sealed"
    assert ActionLog.objects.filter(verb="identity.enrol_second_factor").count() == 1


def test_nothing_opens_between_password_and_code(on: World) -> None:
    with time_machine.travel(NOW, tick=False):
        enrolled(NOW)
        client = password()
        for visit in few_visits(on, lambda _visit: True):
            answer = visit.made_by(client)
            assert not everything().found_in(readable(answer, visit)), visit
            if ROUTES[visit.route] not in (PUBLIC, POST) and visit.route != "second-factor":
                assert answer["Location"].startswith("/signin/?next="), visit


def test_a_session_without_it_is_ended_where_a_role_asks_for_it(on: World) -> None:
    """A session opened as a reporter does not carry a reviewer's rights."""
    client = password("my.reporter")
    assert client.get("/institutions/").status_code == 200
    user = User.objects.get(username="my.reporter")
    grant(user, "reviewer", node=node("L-500103"), valid_from=date(2026, 1, 1), actor="tests")
    assert client.get("/institutions/")["Location"] == "/signin/"
    assert client.get("/account/")["Location"].startswith("/signin/?next=")
    assert signed_in(on.users["publisher", "own"]).get("/")["Location"] == "/signin/"


def test_a_code_opens_once_and_only_in_its_time(on: World) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        secret = enrolled(NOW)
        assert second(password(), totp(secret, NOW)).status_code == 200, "the code that made it known is used"
        later = NOW + timedelta(minutes=5)
        clock.move_to(later)
        assert second(password(), totp(secret, later - timedelta(minutes=2))).status_code == 200
        first, copy = password(), password()
        assert second(first, totp(secret, later)).status_code == 302
        assert second(copy, totp(secret, later)).status_code == 200, "overlooked over the shoulder"
        assert copy.get("/institutions/").status_code == 302
        late = password()
        clock.shift(timedelta(minutes=11))
        assert second(late, totp(secret, later + timedelta(minutes=11)))["Location"] == "/signin/"


def test_codes_are_guessed_five_times_even_with_the_password_between(on: World) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        secret = enrolled(NOW)
        clock.shift(timedelta(minutes=5))
        right = totp(secret, NOW + timedelta(minutes=5))
        wrong = "123456" if right != "123456" else "654321"
        waiting = password()
        found = [second(password(), wrong).status_code for _ in range(5)]
        assert found == [200, 200, 200, 200, 429]
        assert second(waiting, right).status_code == 429
        for odd in ("", "²²²²²²", "abc", "\0"):
            assert second(password(REMOTE_ADDR="10.0.0.9"), odd).status_code == 200


def test_a_new_activation_code_forgets_the_app(on: World) -> None:
    from allauth.mfa.models import Authenticator

    from jieyue.apps.identity.services.new_code import new_code

    with time_machine.travel(NOW, tick=False):
        enrolled(NOW)
    assert Authenticator.objects.count() == 1
    new_code(User.objects.get(username="my.reviewer"), actor="tests", by=None)
    assert Authenticator.objects.count() == 0
    entry = ActionLog.objects.filter(verb="identity.new_code").latest("id")
    assert entry.data["factors_removed"] == 1
