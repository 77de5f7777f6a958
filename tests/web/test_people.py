"""People on pages: a slip from the press to the first sign-in, who sees whom, one's own sessions."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from tests.clients import signed_in
from tests.web.conftest import City

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PASSWORD, OTHER = "a long and quiet word", "another long and quiet word"
CODE = re.compile(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}")


def node(code: str) -> int:
    from jieyue.apps.trees.queries import tree

    return tree("line").by_code[code].id


def holder(name: str, *roles: str, at: str, password: str | None = None) -> Client:
    user = create_user(name, actor="tests", password=password)
    for role in roles:
        grant(user, role, node=node(at), valid_from=date(2020, 1, 1), actor="tests")
    return signed_in(name)


def new_account(client: Client, **more: str):
    form = {"real_name": "钱七", "username": "qian.qi", "role": "reporter", "body": str(node("L-500111"))}
    return client.post("/people/new/", {**form, **more})


def activate(
    code: str, *, username: str = "qian.qi", first: str = PASSWORD, again: str = PASSWORD, client=None
):
    form = {"username": username, "code": code, "password1": first, "password2": again}
    return (client or Client()).post("/activate/", form)


def sign_in(username: str, password: str, **more):
    client = Client(**more)
    return client, client.post("/signin/", {"username": username, "password": password})


def test_from_the_press_over_the_slip_to_the_first_sign_in(own_city: City) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    slip = new_account(admin)
    text = slip.content.decode()
    (code,) = CODE.findall(text)
    for word in ("账号启用单", "钱七", "qian.qi", "http://testserver/activate/"):
        assert word in text
    assert slip["Cache-Control"] == "no-store, private"
    assert code not in admin.get("/people/").content.decode()
    assert "待启用" in admin.get("/people/?q=qian").content.decode()
    client = Client()
    differs = activate(code, again=OTHER, client=client)
    assert (differs.status_code, "两次输入的密码不一致" in differs.content.decode()) == (422, True)
    weak = activate(code, first="12345", again="12345", client=client)
    assert (weak.status_code, "密码" in weak.content.decode()) == (422, True)
    assert activate(code, client=client)["Location"] == "/signin/"
    me, answer = sign_in("qian.qi", PASSWORD)
    assert answer.status_code == 302
    assert me.get("/account/").status_code == 200
    again = activate(code, first=OTHER, again=OTHER)
    assert (again.status_code, "激活码不符" in again.content.decode()) == (200, True)
    listed = admin.get("/people/?q=钱七").content.decode()
    assert "正常" in listed
    assert User.objects.get(username="qian.qi").last_login.strftime("%Y") in listed


def test_an_unknown_name_and_a_wrong_code_get_the_same_answer(own_city: City) -> None:
    new_account(holder("district", "district_admin", at="L-500111"))
    texts = []
    for name in ("qian.qi", "nobody.at.all", "district"):
        answer = activate("2222-2222-2222", username=name)
        body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        texts.append((answer.status_code, body.replace(f'value="{name}"', "")))
    assert texts[0] == texts[1] == texts[2]
    assert "用户名与激活码不符" in texts[0][1]


def test_codes_and_passwords_are_tried_five_times_together_and_nothing_typed_is_kept(own_city: City) -> None:
    from axes.models import AccessAttempt

    (code,) = CODE.findall(new_account(holder("district", "district_admin", at="L-500111")).content.decode())
    with time_machine.travel(NOW, tick=False) as clock:
        found = [
            activate("2222-2222-2222", first="typed by me", again="typed by me").status_code for _ in range(3)
        ]
        found += [sign_in("qian.qi", "wrong")[1].status_code for _ in range(2)]
        assert found == [200, 200, 200, 200, 429]
        assert activate(code).status_code == 429, "the right code does not help any more"
        assert activate(code, client=Client(REMOTE_ADDR="10.9.8.7"))["Location"] == "/signin/"
        kept = str(list(AccessAttempt.objects.values()))
        assert "typed by me" not in kept
        assert code not in kept
        entry = ActionLog.objects.get(verb="identity.locked_out")
        assert (entry.object, entry.data["tries"], entry.data["minutes"]) == ("sign-in:qian.qi", 5, 15)
        clock.shift(timedelta(minutes=16))
        assert sign_in("qian.qi", PASSWORD)[1].status_code == 302


def test_a_name_that_is_no_accounts_is_not_written_when_it_is_locked(own_city: City) -> None:
    """A password typed where the name belongs must not stand in a log that nobody can mend."""
    slip = "Chunjie-2026-hua!"
    before = ActionLog.objects.count()
    assert [sign_in(slip, "zhao")[1].status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    entry = ActionLog.objects.get(verb="identity.locked_out")
    assert (ActionLog.objects.count(), entry.object) == (before + 1, "unknown-name:")
    assert entry.data == {"address": "127.0.0.1", "tries": 5, "minutes": 15}
    assert slip.casefold() not in str(list(ActionLog.objects.values())).casefold()
    auditor = holder("auditor", "audit_admin", at="city")
    for language, said in (("zh-hans", "没有账号的登录名"), ("en", "unknown name")):
        User.objects.filter(username="auditor").update(language=language)
        seen = auditor.get("/log/").content.decode()
        assert (said in seen, slip in seen) == (True, False), language


def test_the_wait_grows_with_every_five_tries_more(own_city: City) -> None:
    create_user("zhao", actor="tests", password=PASSWORD)
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(10):
            sign_in("zhao", "wrong")
        assert [one.data["minutes"] for one in ActionLog.objects.filter(verb="identity.locked_out")] == [
            15,
            30,
        ]
        create_user("li", actor="tests", password=PASSWORD)
        clock.shift(timedelta(minutes=29))
        sign_in("li", "wrong")  # another one's wrong try clears no wait but what is over
        assert sign_in("zhao", PASSWORD, REMOTE_ADDR="10.1.1.1")[1].status_code == 302
        clock.shift(timedelta(minutes=2))
        assert sign_in("zhao", PASSWORD)[1].status_code == 302


def test_a_storm_from_one_address_locks_nobody_out_but_who_tries_wrongly(own_city: City) -> None:
    names = [f"storm.{number}" for number in range(8)]
    for name in names:
        create_user(name, actor="tests", password=PASSWORD)
    for name in names:
        for _ in range(3):
            sign_in(name, "wrong")
    for _ in range(6):
        sign_in("stranger", "wrong")
    assert [sign_in(name, PASSWORD)[1].status_code for name in names] == [302] * 8


def test_an_administrator_sees_and_touches_only_what_is_below(own_city: City) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    for name, at in (("ours", "L-500111"), ("theirs", "L-500106")):
        holder(name, "reporter", at=at)
    holder("reviewer.ours", "reviewer", at="L-500111")
    text = admin.get("/people/").content.decode()
    assert ["ours" in text, "reviewer.ours" in text, "theirs" in text] == [True, True, False]
    theirs, reviewer = (User.objects.get(username=name) for name in ("theirs", "reviewer.ours"))
    held = Grant.objects.get(user=theirs)
    assert admin.get(f"/people/{theirs.pk}/").status_code == 404
    assert admin.post(f"/people/{theirs.pk}/end/", {"grant": held.pk}).status_code == 404
    assert admin.post("/people/codes/", {"account": [theirs.pk]}).status_code == 404
    assert admin.post("/people/codes/", {"account": [reviewer.pk]}).status_code == 422
    ours = User.objects.get(username="ours")
    assert admin.post(f"/people/{ours.pk}/end/", {"grant": held.pk}).status_code == 404
    assert (
        admin.post(f"/people/{ours.pk}/grant/", {"role": "approver", "body": node("L-500111")}).status_code
        == 422
    )
    assert (
        admin.post(f"/people/{ours.pk}/grant/", {"role": "reporter", "body": node("L-500106")}).status_code
        == 422
    )
    assert new_account(admin, username="a", role="reviewer").status_code == 422
    assert new_account(admin, username="b", body=str(node("L-500106"))).status_code == 422
    assert (
        new_account(admin, username="c", is_superuser="on", is_staff="on", password=PASSWORD).status_code
        == 200
    )
    made = User.objects.get(username="c")
    assert (made.is_superuser, made.is_staff, made.has_usable_password()) == (False, False, False)
    assert new_account(admin, username="d", body="", institution="no.such.code").status_code == 422
    city = holder("city.wide", "city_admin", at="city")
    assert new_account(city, username="e", body="987654").status_code == 422
    assert not User.objects.filter(username__in=["a", "b", "d", "e"]).exists()
    assert holder("viewer.only", "viewer", at="city").post("/people/new/", {}).status_code == 403


def test_a_security_administrator_gives_and_takes_and_nobody_gives_himself(own_city: City) -> None:
    security = holder("security", "security_admin", at="city")
    holder("wang", "reporter", at="L-500111")
    wang, me = (User.objects.get(username=name) for name in ("wang", "security"))
    form = {"role": "approver", "body": node("L-500111")}
    assert security.post(f"/people/{wang.pk}/grant/", form).status_code == 302
    seen = signed_in("wang")
    assert seen.get("/data/line/?scope=line:L-500111").status_code == 200
    own = security.post(f"/people/{me.pk}/grant/", form)
    assert (own.status_code, "不能给自己授权" in own.content.decode()) == (422, True)
    for held in Grant.objects.filter(user=wang):
        assert security.post(f"/people/{wang.pk}/end/", {"grant": held.pk}).status_code == 302
    ended = seen.get("/data/line/?scope=line:L-500111")
    assert (ended.status_code, ended["Location"][:8]) == (302, "/signin/"), "with the next request"
    assert signed_in("wang").get("/data/line/?scope=line:L-500111").status_code == 403, "and signed in anew"
    assert "目前没有角色" in security.get("/people/?q=wang").content.decode()


def test_new_codes_for_several_stand_on_one_page_and_end_their_sessions(own_city: City) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    clients = [holder(f"rep.{number}", "reporter", at="L-500111", password=PASSWORD) for number in range(3)]
    numbers = list(User.objects.filter(username__startswith="rep.").values_list("pk", flat=True))
    assert [client.get("/account/").status_code for client in clients] == [200] * 3
    text = admin.post("/people/codes/", {"account": numbers}).content.decode()
    assert len(set(CODE.findall(text))) == 3
    assert text.count('<section class="slip">') == 3
    assert [client.get("/account/").status_code for client in clients] == [302] * 3
    assert sign_in("rep.0", PASSWORD)[1].status_code == 200, "the old password opens nothing"


def test_ones_own_sessions_are_listed_and_ended(own_city: City) -> None:
    create_user("zhao", actor="tests", password=PASSWORD)
    create_user("thief", actor="tests", password=PASSWORD)
    here, _ = sign_in(
        "zhao", PASSWORD, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"
    )
    phone, _ = sign_in("zhao", PASSWORD, HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Firefox/128.0")
    third, _ = sign_in("zhao", PASSWORD, HTTP_USER_AGENT="<script>alert(1)</script>")
    text = here.get("/account/").content.decode()
    assert ["Chrome · Windows" in text, "Firefox · Android" in text, "<script>alert" in text] == [
        True,
        True,
        False,
    ]
    number = re.findall(r'name="session" value="(\d+)"', text)
    assert len(number) == 2
    thief, _ = sign_in("thief", PASSWORD)
    assert thief.post("/account/sessions/", {"session": number[0]}).status_code == 404
    assert here.post("/account/sessions/", {"session": number[0]}).status_code == 302  # the newest other one
    assert [c.get("/account/").status_code for c in (here, phone, third)] == [200, 200, 302]
    here.post("/account/sessions/")
    assert [c.get("/account/").status_code for c in (here, phone, thief)] == [200, 302, 200]


def test_a_changed_password_keeps_this_session_and_ends_the_others(own_city: City) -> None:
    from jieyue.apps.identity.services.issue_token import issue_token
    from jieyue.apps.identity.tokens import caller_of

    holder("zhao", "viewer", at="L-500111", password=PASSWORD)
    _, secret = issue_token(User.objects.get(username="zhao"), "tool", days=9, actor="zhao")
    here, _ = sign_in("zhao", PASSWORD)
    other, _ = sign_in("zhao", PASSWORD)
    form = {"old": PASSWORD, "password1": OTHER, "password2": OTHER}
    assert here.post("/account/password/", {**form, "old": "wrong"}).status_code == 422
    assert here.post("/account/password/", {**form, "password1": "1", "password2": "1"}).status_code == 422
    assert here.post("/account/password/", form).status_code == 302
    assert [c.get("/account/").status_code for c in (here, other)] == [200, 302]
    assert "本会话" in here.get("/account/").content.decode()
    assert caller_of(secret) is None
    assert sign_in("zhao", OTHER)[1].status_code == 302
    for _ in range(5):
        last = here.post("/account/password/", {**form, "username": "someone.else"})
    assert last.status_code == 429, "a stolen session does not try passwords for ever"


@pytest.mark.parametrize("path", ["/people/", "/people/new/", "/account/", "/people/?q=op"])
def test_a_page_of_people_asks_the_database_at_most_twelve_times(own_city: City, path: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for number in range(60):
        user = create_user(f"op.{number:02}", actor="tests")
        grant(user, "reporter", node=node("L-500111"), valid_from=date(2020, 1, 1), actor="tests")
    client = holder("district", "district_admin", at="L-500111")
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) <= 12, [query["sql"][:90] for query in asked]
