"""How long a session lives: until nothing was done for a while, twelve hours at most, and not a moment longer than the
password, the second factor and the rights behind it. Times come from a clock that is moved."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from jieyue.apps.identity.models import ApiToken, Grant, SignIn
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.identity.services.revoke import revoke
from tests.security.test_signin import ELSEWHERE

PASSWORD = "a long and quiet word"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def person(city_trees: dict[tuple[str, str], int]) -> str:
    user = create_user("zhao", actor="tests", password=PASSWORD)
    grant(user, "viewer", node=city_trees["line", "city"], valid_from=date(2020, 1, 1), actor="tests")
    return user.username


def in_there(client: Client, path: str = "/institutions/") -> bool:
    """Whether the session still opens a page."""
    answer = client.get(path)
    assert answer.status_code in (200, 302), answer.status_code
    return answer.status_code == 200


def password(name: str = "zhao") -> Client:
    client = Client()
    assert client.post("/signin/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


@pytest.mark.postgres
def test_half_an_hour_without_anything_done_ends_it(person: str, clock: Any) -> None:
    client = password()
    for _ in range(4):
        clock.shift(29 * MINUTE)
        assert in_there(client)
    clock.shift(30 * MINUTE)
    asked = client.get("/institutions/?q=a")
    assert asked["Location"] == "/signin/?next=%2Finstitutions%2F%3Fq%3Da"
    assert "30 分钟没有操作" in client.get(asked["Location"]).content.decode()
    assert not in_there(client), "the key is worth nothing any more"


@pytest.mark.postgres
def test_twelve_hours_are_the_most_whatever_is_done(person: str, clock: Any) -> None:
    client = password()
    for _ in range(12 * 60 // 20 - 1):
        clock.shift(20 * MINUTE)
        assert in_there(client)
    clock.shift(20 * MINUTE)
    assert not in_there(client)
    assert "最长 12 小时" in client.get("/signin/").content.decode()


def test_the_authority_says_how_long(person: str, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "JIEYUE_IDLE_MINUTES", 5)
    client = password()
    clock.shift(5 * MINUTE - timedelta(seconds=1))
    assert in_there(client)
    clock.shift(5 * MINUTE)
    assert not in_there(client)


def test_a_page_that_asks_by_itself_does_nothing(person: str, clock: Any) -> None:
    """A window left open beside a pass of the rules is no person at work; what a person types is."""
    watching, typing = password(), password()
    for _ in range(3):
        clock.shift(9 * MINUTE)
        watching.get("/review/check/state/?period=2026-09")
        typing.post("/language/", {"language": "en"})
    clock.shift(9 * MINUTE)
    assert not in_there(watching)
    assert in_there(typing)


def test_what_is_done_is_written_once_a_minute(person: str, clock: Any) -> None:
    client = password()
    client.get("/account/")
    kept = client.session["done"]
    clock.shift(timedelta(seconds=59))
    client.get("/account/")
    assert client.session["done"] == kept
    clock.shift(timedelta(seconds=1))
    client.get("/account/")
    assert client.session["done"] == kept + 60


def test_what_is_sent_after_the_end_does_nothing(person: str, clock: Any) -> None:
    client = password()
    clock.shift(31 * MINUTE)
    said = {"old": PASSWORD, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    assert client.post("/account/password/", said)["Location"].startswith("/signin/")
    assert get_user_model().objects.get(username="zhao").check_password(PASSWORD)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-hans", "刚才提交的内容没有办理；请登录后再提交一次。"),
        ("en", "What you have just sent was not done. Sign in, then send it again."),
    ],
)
def test_who_sent_a_form_after_the_end_is_told_and_comes_back_to_its_page(
    person: str, clock: Any, language: str, sentence: str
) -> None:
    client = password()
    client.post("/language/", {"language": language})
    clock.shift(31 * MINUTE)
    sent = client.post("/account/password/", {}, headers={"Referer": "http://testserver/account/?tab=1"})
    assert (sent.status_code, sent["Location"]) == (302, "/signin/?next=%2Faccount%2F%3Ftab%3D1")
    assert sentence in client.get(sent["Location"]).content.decode()
    back = client.post(
        sent["Location"], {"username": "zhao", "password": PASSWORD, "next": "/account/?tab=1"}
    )
    assert back["Location"] == "/account/?tab=1"
    came = {"Referer": f"http://testserver{sent['Location']}"}
    page = client.get(back["Location"], headers=came)
    assert page.status_code == 200
    assert 'action="/account/password/"' in page.content.decode(), "the form is here"
    assert sentence not in page.content.decode(), "said once"


OVER = {"zh-hans": "登录已失效，请重新登录。", "en": "Your session is over. Sign in again."}


@pytest.mark.parametrize("language", OVER)
def test_whose_session_was_ended_elsewhere_is_told_on_the_sign_in_page(person: str, language: str) -> None:
    client = password()
    client.post("/language/", {"language": language})
    Session.objects.all().delete()
    page = client.get(client.get("/account/")["Location"]).content.decode()
    assert page.count(OVER[language]) == 1
    assert OVER[language] not in client.get("/signin/").content.decode(), "said once"


def test_a_page_left_open_is_told_too_though_another_window_was_told_before(person: str) -> None:
    client = password()
    Session.objects.all().delete()
    client.get(client.get("/account/")["Location"])
    asked = part(client, PARTS[0], "http://testserver/review/")
    assert OVER["zh-hans"] in client.get(asked["HX-Redirect"]).content.decode()


def test_who_has_not_come_in_yet_or_has_gone_himself_is_told_of_no_end(person: str, clock: Any) -> None:
    gone = password()
    gone.post("/signout/")
    for client in (Client(), gone):
        assert OVER["zh-hans"] not in client.get(client.get("/account/")["Location"]).content.decode()
    idle = password()
    clock.shift(31 * MINUTE)
    told = idle.get(idle.get("/account/")["Location"]).content.decode()
    assert "30 分钟没有操作" in told
    assert OVER["zh-hans"] not in told, "one reason is enough"


def test_only_what_was_sent_is_said_not_to_be_done(person: str, clock: Any) -> None:
    client = password()
    clock.shift(31 * MINUTE)
    assert "没有办理" not in client.get(client.get("/account/")["Location"]).content.decode()


@pytest.mark.parametrize(
    "sender",
    [
        "",
        *ELSEWHERE,
        "http://testserver//elsewhere.example/",
        "http://testserver/\\elsewhere.example/",
        "http://testserver:81/account/",
        "http://[",
    ],
)
def test_a_form_from_elsewhere_leads_nowhere_else(person: str, sender: str) -> None:
    """Also one that does not say where it is from."""
    headers = {"Referer": sender} if sender else {}
    for send in (Client().post, Client().put, Client().delete):
        assert send("/account/password/", headers=headers)["Location"] == "/signin/"


def test_a_form_without_a_page_of_its_own_leads_home(person: str) -> None:
    """It stood in the answer to the form before it, whose address only takes forms."""
    client = Client()
    sent = client.post("/account/password/", {}, headers={"Referer": "http://testserver/account/password/"})
    back = client.post(sent["Location"], {"username": "zhao", "password": PASSWORD})
    landed = client.get(back["Location"], headers={"Referer": f"http://testserver{sent['Location']}"})
    assert (landed.status_code, landed["Location"]) == (302, "/")
    assert client.get("/account/password/").status_code == 405


#: What pages ask for by themselves while work is under way, and a part of a page that is asked for once.
PARTS = (
    "/review/check/state/?period=2026-09",
    "/meters/publish/state/?month=2026-09",
    "/papers/orders/1/?state=1",
    "/overview/?compute=1",
)


def part(client: Client, address: str, page: str) -> Any:
    """As the script of a page asks for a part of it."""
    return client.get(address, headers={"HX-Request": "true", "HX-Current-URL": page})


@pytest.mark.parametrize("address", PARTS)
def test_a_part_of_a_page_takes_its_whole_window_to_the_sign_in_page(
    person: str, clock: Any, address: str
) -> None:
    client = password()
    clock.shift(31 * MINUTE)
    asked = part(client, address, "http://testserver/review/?period=2026-09&state=open#top")
    assert (asked.status_code, asked.content) == (200, b""), "nothing to be drawn into the page"
    assert asked["HX-Redirect"] == "/signin/?next=%2Freview%2F%3Fperiod%3D2026-09%26state%3Dopen"
    assert "30 分钟没有操作" in client.get(asked["HX-Redirect"]).content.decode()
    again = part(client, address, "http://testserver/review/")
    assert again["HX-Redirect"] == "/signin/?next=%2Freview%2F", "who was signed out already too"


@pytest.mark.parametrize("page", ["", *ELSEWHERE, "http://testserver//elsewhere.example/", "http://["])
def test_a_part_of_a_page_from_elsewhere_leads_nowhere_else(person: str, page: str) -> None:
    assert part(Client(), PARTS[0], page)["HX-Redirect"] == "/signin/"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-hans", "没有存上：登录已失效。请登录后再保存。"),
        ("en", "Not saved: the session is over. Sign in, then save again."),
    ],
)
def test_a_save_by_the_script_is_told_that_the_session_is_over(
    person: str, clock: Any, language: str, sentence: str
) -> None:
    client = password()
    client.post("/language/", {"language": language})
    clock.shift(31 * MINUTE)
    for _ in range(2):
        save = client.post(
            "/returns/S1/NY201/2026-09/cells/", {"c-110": "7"}, headers={"Accept": "application/json"}
        )
        assert (save.status_code, save.json()) == (403, {"refused": "signed_out", "message": sentence})
    page = client.get("/signin/").content.decode()
    assert "没有办理" not in page
    assert "was not done" not in page


@contextmanager
def refusing() -> Iterator[None]:
    """The database can be read only, as on a full disk."""
    on, off = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@pytest.mark.postgres
def test_a_page_is_read_where_nothing_can_be_written(
    person: str, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = password()
    began = client.session["done"]
    clock.shift(10 * MINUTE)
    with refusing():
        answer = client.get("/institutions/")
        assert answer.status_code == 200
        assert "jieyue_session" not in answer.cookies, "nothing is left to be saved"
        assert client.session["done"] == began
    assert [record.name for record in caplog.records] == ["jieyue.sessions"]
    assert in_there(client)
    assert client.session["done"] == began + 600


def test_a_page_does_not_wait_for_who_writes(person: str, clock: Any) -> None:
    client = password()
    began = client.session["done"]
    clock.shift(10 * MINUTE)
    writer = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        asked = time.perf_counter()
        assert in_there(client)
        assert time.perf_counter() - asked < 15, "a writer waits half a minute"
    finally:
        writer.close()
    assert client.session["done"] == began
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (30_000,), "writers wait as ever"


def test_a_clock_that_went_ahead_and_was_set_back_puts_nothing_off(person: str, clock: Any) -> None:
    client = password()
    clock.shift(20 * MINUTE)
    assert in_there(client)
    clock.shift(-20 * MINUTE)
    assert in_there(client)
    clock.shift(30 * MINUTE)
    assert not in_there(client), "idle from the moment that is now"

    clock.shift(timedelta(days=1))
    client = password()
    clock.shift(-timedelta(days=1))
    for _ in range(12 * 60 // 20):
        assert in_there(client)
        clock.shift(20 * MINUTE)
    assert not in_there(client), "twelve hours from the moment that is now"


def test_the_screen_of_a_link_touches_no_session(person: str, clock: Any) -> None:
    client = password()
    kept = dict(client.session)
    for _ in range(4):
        clock.shift(9 * MINUTE)
        assert not client.get("/wall/no-such-link/").cookies
        assert dict(client.session) == kept
    assert client.get("/wall/devices/")["Location"].startswith("/signin/"), "the page of the links is a page"


def test_an_address_that_leads_nowhere_is_something_done_and_is_judged(person: str, clock: Any) -> None:
    client = password()
    for _ in range(3):
        clock.shift(20 * MINUTE)
        assert client.get("/no/such/page").status_code == 404
    clock.shift(30 * MINUTE)
    gone = client.get("/no/such/page")
    assert gone.status_code == 404
    assert "30 分钟没有操作" in gone.content.decode()
    assert "done" not in client.session


@pytest.mark.postgres
def test_the_last_right_takes_sessions_and_tokens_with_it(person: str, city_trees) -> None:
    client = password()
    user = get_user_model().objects.get(username="zhao")
    second = grant(
        user, "reporter", node=city_trees["line", "L-500103"], valid_from=date(2020, 1, 1), actor="tests"
    )
    issue_token(user, "tests", days=30, verbs=("view",), actor="tests")
    day = settings.JIEYUE_HOME.today()
    revoke(second.pk, day, actor="tests")
    assert in_there(client), "one right is left"
    first = Grant.objects.get(user=user, role="viewer")
    revoke(first.pk, day + timedelta(days=1), actor="tests")
    assert in_there(client), "until tomorrow"
    revoke(first.pk, day, actor="tests")
    assert not in_there(client, "/account/")
    assert not SignIn.objects.filter(user=user).exists()
    assert not ApiToken.objects.filter(user=user, revoked_at=None).exists()


def test_another_password_ends_the_others_and_gives_this_one_another_key(person: str) -> None:
    here, there = password(), password()
    key = here.cookies["jieyue_session"].value
    said = {"old": PASSWORD, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    assert here.post("/account/password/", said).status_code == 302
    assert here.cookies["jieyue_session"].value != key
    thief = Client()
    thief.cookies["jieyue_session"] = key
    assert [in_there(one, "/account/") for one in (here, there, thief)] == [True, False, False]


def test_a_reset_second_factor_ends_them(person: str, city_trees) -> None:
    from jieyue.apps.identity.services.enrol_second_factor import enrol_second_factor
    from jieyue.apps.identity.services.reset_second_factor import reset_second_factor
    from tests.security.test_second_factor import totp

    user = get_user_model().objects.get(username="zhao")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    client = password()
    enrol_second_factor(user, secret, totp(secret, datetime.now(UTC)))
    assert in_there(client)
    reset_second_factor(user, actor="tests", by=None, reason="手机丢失")
    assert not in_there(client, "/account/")


def test_every_sign_in_has_a_key_of_its_own(person: str) -> None:
    """Also the second one of the same browser."""
    client = Client()
    client.get("/signin/")
    keys = set()
    for _ in range(3):
        client.post("/signin/", {"username": "zhao", "password": PASSWORD})
        keys.add(client.cookies["jieyue_session"].value)
        client.post("/signout/")
    assert len(keys) == 3
