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
from jieyue.apps.identity.services.enrol_second_factor import renew_recovery_codes
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from tests.cli.command import REFUSED, jieyue
from tests.security.answers import leads_to, readable
from tests.security.client import signed_in
from tests.security.routes import LINK, POST, PUBLIC, RELEASED, ROUTES
from tests.security.visits import few_visits
from tests.security.world import BEGIN, World, everything

PASSWORD = "a long and quiet word"
CODE = re.compile(r">((?:[2-9A-HJKMNP-Z]{4}-){3}[2-9A-HJKMNP-Z]{4})<")
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
    shown = second(client, totp(secret, clock))
    assert (shown.status_code, len(CODE.findall(shown.content.decode()))) == (200, 10)
    assert 'href="/institutions/"' in shown.content.decode()
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
            if ROUTES[visit.route] not in (PUBLIC, POST, LINK, RELEASED) and visit.route != "second-factor":
                assert leads_to(answer, visit).startswith("/signin/?next="), visit


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


def recovery(clock: datetime, name: str = "my.reviewer") -> list[str]:
    """The codes as they are shown when the app becomes known."""
    client = password(name)
    page = client.get("/signin/second/").content.decode()
    (shown,) = re.findall(r'<code class="slip-code">([A-Z2-7 ]+)</code>', page)
    return CODE.findall(second(client, totp(shown.replace(" ", ""), clock)).content.decode())


def test_ten_recovery_codes_each_open_once_and_are_kept_as_digests(on: World) -> None:
    from allauth.mfa.models import Authenticator

    with time_machine.travel(NOW, tick=False):
        codes = recovery(NOW)
        assert len(set(codes)) == 10
        kept = str(list(Authenticator.objects.values()))
        assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
        one = password()
        assert second(one, codes[3].lower().replace("-", " "))["Location"] == "/institutions/"
        assert one.get("/institutions/").status_code == 200
        assert second(password(), codes[3]).status_code == 200, "used up"
        assert second(password(), codes[4]).status_code == 302
    entries = ActionLog.objects.filter(verb="identity.use_recovery_code").order_by("id")
    assert [entry.data["left"] for entry in entries] == [9, 8]
    assert codes[3] not in str([entry.data for entry in entries])


def test_recovery_codes_are_anothers_for_nobody_and_are_guessed_five_times(on: World) -> None:
    user = create_user("your.reviewer", actor="tests", password=PASSWORD)
    grant(user, "reviewer", node=node("L-500103"), valid_from=BEGIN, actor="tests")
    with time_machine.travel(NOW, tick=False):
        codes = recovery(NOW)
        recovery(NOW, "your.reviewer")
        other = password("your.reviewer")
        assert second(other, codes[0]).status_code == 200
        assert other.get("/institutions/").status_code == 302
        waiting, wrong = password(), "2222-2222-2222-2222"
        assert [second(password(), wrong).status_code for _ in range(4)] == [200, 200, 200, 200]
        assert second(waiting, wrong).status_code == 429
        assert second(waiting, codes[0]).status_code == 429


def test_new_recovery_codes_end_the_old_ones_and_need_the_app(on: World) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        secret = enrolled(NOW)
        clock.shift(timedelta(minutes=5))
        later = NOW + timedelta(minutes=5)
        client = password()
        second(client, totp(secret, later))
        before = client.get("/account/").content.decode()
        assert "还有 10 个" in before
        assert client.post("/account/recovery/", {"code": totp(secret, later)}).status_code == 422, "used"
        clock.shift(timedelta(minutes=5))
        later += timedelta(minutes=5)
        fresh = CODE.findall(
            client.post("/account/recovery/", {"code": totp(secret, later)}).content.decode()
        )
        assert len(set(fresh)) == 10
        assert second(password(), fresh[0]).status_code == 302
        assert ActionLog.objects.filter(verb="identity.renew_recovery_codes").count() == 1


def test_a_new_activation_code_leaves_the_app_and_the_next_level_up_resets_it_by_another_act(
    on: World,
) -> None:
    from allauth.mfa.models import Authenticator

    from jieyue.apps.identity.services.new_code import new_code

    with time_machine.travel(NOW, tick=False):
        secret = enrolled(NOW)
        client = password()
        user = User.objects.get(username="my.reviewer")
        new_code(user, actor="tests", by=None)
        assert Authenticator.objects.filter(user=user).count() == 2, (
            "a slip in wrong hands does not open both"
        )
        user.refresh_from_db()
        user.set_password(PASSWORD)
        user.save()
        path = f"/people/{user.pk}/factor/"
        manager, security = (signed(on, role) for role in ("district_admin", "security_admin"))
        assert manager.post(path, {"reason": "手机遗失"}).status_code == 422, "a reviewer is not his to give"
        assert signed(on, "security_admin", "sibling").post(path, {"reason": "手机遗失"}).status_code == 404
        assert security.post(path, {"reason": " "}).status_code == 422
        assert Authenticator.objects.filter(user=user).count() == 2
        assert security.post(path, {"reason": "手机遗失"}).status_code == 302
        assert client.get("/institutions/").status_code == 302
        assert enrolled(NOW) != secret
    acts = ActionLog.objects.filter(object=f"user:{user.pk}", verb__startswith="identity.").order_by("id")
    assert [(one.verb, one.reason) for one in acts][-3:] == [
        ("identity.new_code", ""),
        ("identity.reset_second_factor", "手机遗失"),
        ("identity.enrol_second_factor", ""),
    ]


def signed(world: World, role: str, position: str = "own") -> Client:
    """A session that has shown its second factor already."""
    client = signed_in(world.users[role, position])
    session = client.session
    session["second_factor"] = True
    session.save()
    return client


def test_where_nobody_above_can_the_operator_of_the_machine_resets_it(on: World) -> None:
    from allauth.mfa.models import Authenticator

    with time_machine.travel(NOW, tick=False):
        enrolled(NOW)
    user = User.objects.get(username="my.reviewer")
    for words, code in (
        (("no.such", "--reason", "手机遗失"), "unknown_user"),
        (("my.reviewer", "--reason", " "), "reason_missing"),
    ):
        told = jieyue(on.path, "--json", "people", "reset-factor", *words)
        assert told.code == REFUSED
        assert code in told.stdout
    assert Authenticator.objects.filter(user=user).count() == 2
    assert jieyue(on.path, "people", "reset-factor", "my.reviewer", "--reason", "手机遗失").code == 0
    assert not Authenticator.objects.filter(user=user).exists()
    entry = ActionLog.objects.get(verb="identity.reset_second_factor")
    assert (entry.reason, entry.object) == ("手机遗失", f"user:{user.pk}")
    assert jieyue(on.path, "people", "reset-factor", "my.reviewer", "--reason", "再来").code == REFUSED


def test_who_has_no_app_gets_no_recovery_codes(on: World) -> None:
    from allauth.mfa.models import Authenticator

    user, before = User.objects.get(username="my.reporter"), ActionLog.objects.count()
    with pytest.raises(RefusedError, match="no second factor"):
        renew_recovery_codes(user)
    assert not Authenticator.objects.filter(user=user).exists()
    assert ActionLog.objects.count() == before
