"""Signing in: where it leads to, what it gives, how often one may try."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client

from jieyue.apps.identity.services.create_user import create_user
from tests.security.client import normal, signed_in
from tests.security.world import World

PASSWORD = "a long and quiet word"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ELSEWHERE = (
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "///elsewhere.example",
    "http:elsewhere.example",
    "\\\\elsewhere.example",
    "/\\elsewhere.example",
    "javascript:alert(1)",
    " https://elsewhere.example",
    "https://testserver@elsewhere.example/",
    "https://testserver.elsewhere.example/",
)


@pytest.fixture
def account(own_world: World) -> str:
    return create_user("zhao", actor="tests", password=PASSWORD).username


def sign_in(client: Client, password: str = PASSWORD, *, user: str = "zhao", path: str = "/signin/", **more):
    return client.post(path, {"username": user, "password": password}, **more)


def test_signing_in_leads_nowhere_else(account: str) -> None:
    from django.utils.http import urlencode

    for target in ELSEWHERE:
        answer = sign_in(Client(), path=f"/signin/?{urlencode({'next': target})}")
        assert (answer.status_code, answer["Location"]) == (302, "/"), target
        hidden = Client().post("/signin/", {"username": "zhao", "password": PASSWORD, "next": target})
        assert (hidden.status_code, hidden["Location"]) == (302, "/"), target


def test_choosing_a_language_leads_nowhere_else(world: World) -> None:
    for target in ELSEWHERE:
        answer = Client().post("/language/", {"language": "en", "next": target})
        assert (answer.status_code, answer["Location"]) == (302, "/"), target


def test_one_comes_back_to_the_page_that_was_asked_for(account: str) -> None:
    client = Client()
    asked = client.get("/institutions/?q=a&page=1")
    assert asked["Location"] == "/signin/?next=%2Finstitutions%2F%3Fq%3Da%26page%3D1"
    assert sign_in(client, path=asked["Location"])["Location"] == "/institutions/?q=a&page=1"
    assert client.post("/language/", {"language": "en", "next": "/plan/?x=1"})["Location"] == "/plan/?x=1"


def test_a_session_that_somebody_else_set_is_not_the_one_that_is_signed_in(account: str) -> None:
    planted = Client()
    planted.get("/signin/")
    session = planted.session
    session["planted"] = "yes"
    session.save()
    victim = Client()
    victim.cookies["jieyue_session"] = session.session_key
    assert sign_in(victim).status_code == 302
    assert victim.cookies["jieyue_session"].value != session.session_key
    assert victim.get("/style/").status_code == 200
    planted.cookies["jieyue_session"] = session.session_key
    assert planted.get("/style/").status_code == 302, "the planted key opens nothing"


def test_signing_out_ends_the_session_for_whoever_kept_its_key(account: str) -> None:
    client, thief = Client(), Client()
    sign_in(client)
    thief.cookies["jieyue_session"] = client.cookies["jieyue_session"].value
    assert thief.get("/style/").status_code == 200
    assert client.post("/signout/")["Location"] == "/signin/"
    assert [client.get("/style/").status_code, thief.get("/style/").status_code] == [302, 302]


def test_a_new_password_ends_the_sessions_of_the_old_one(account: str) -> None:
    client = Client()
    sign_in(client)
    user = get_user_model().objects.get(username="zhao")
    user.set_password("another long and quiet word")
    user.save()
    assert client.get("/style/").status_code == 302


def test_a_wrong_name_a_wrong_password_and_a_locked_account_look_the_same(account: str) -> None:
    create_user("locked", actor="tests", password=PASSWORD)
    get_user_model().objects.filter(username="locked").update(is_active=False)
    tries = [("zhao", "wrong"), ("nobody.at.all", PASSWORD), ("locked", PASSWORD)]
    found = []
    for user, password in tries:
        answer = sign_in(Client(), password, user=user)
        assert answer.status_code == 200
        found.append(normal(answer, "/signin/").replace(f'value="{user}"', ""))
    assert found[0] == found[1] == found[2]
    assert "zhao" not in found[0]


def test_five_wrong_tries_lock_the_account_for_this_source_for_a_quarter_of_an_hour(account: str) -> None:
    client = Client()
    with time_machine.travel(NOW, tick=False) as clock:
        assert [sign_in(client, "wrong").status_code for _ in range(5)] == [200, 200, 200, 200, 429]
        locked = sign_in(client)
        assert locked.status_code == 429, "the right password does not help any more"
        assert "15" in locked.content.decode()
        assert sign_in(Client(REMOTE_ADDR="10.9.8.7")).status_code == 302, "a victim elsewhere gets in"
        create_user("qian", actor="tests", password=PASSWORD)
        assert sign_in(Client(), user="qian").status_code == 302, "another account is not locked"
        clock.shift(timedelta(minutes=14))
        assert sign_in(client).status_code == 429, "a try while it is locked begins the wait anew"
        clock.shift(timedelta(minutes=16))
        assert sign_in(client).status_code == 302


def test_a_success_forgets_the_wrong_tries_before_it(account: str) -> None:
    client = Client()
    assert [sign_in(client, "wrong").status_code for _ in range(4)] == [200] * 4
    assert sign_in(client).status_code == 302
    client.post("/signout/")
    assert [sign_in(client, "wrong").status_code for _ in range(4)] == [200] * 4


def test_a_made_up_forwarding_header_does_not_give_more_tries(account: str) -> None:
    found = [
        sign_in(Client(headers={"X-Forwarded-For": f"10.0.0.{n}"}), "wrong").status_code for n in range(6)
    ]
    assert found == [200, 200, 200, 200, 429, 429]


def test_behind_a_proxy_the_address_that_it_saw_counts(account: str, settings) -> None:
    """The proxy's own address is everybody's; what the client wrote further left is not believed."""
    settings.TRUSTED_PROXIES = 1
    for n in range(5):
        status = sign_in(Client(headers={"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9"}), "wrong").status_code
    assert status == 429
    assert sign_in(Client(headers={"X-Forwarded-For": "10.0.0.1, 198.51.100.4"})).status_code == 302


def test_who_is_signed_in_is_not_asked_again(world: World) -> None:
    client = signed_in(world.users["viewer", "own"])
    assert client.get("/signin/")["Location"] == "/"
