"""Good bodies of signing in, one's own account, and other people's accounts."""

from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.security.sends import PASSWORD, Ask, done, file, node, number, send, who
from tests.security.world import BEGIN, PLACES, WAITING, YEAR, World

DAYS = {"first": "2026-11-22", "last": "2026-12-01"}


def me(role: str = "viewer") -> tuple[object, Client]:
    """A person of the district with a password, signed in."""
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from tests.security.client import signed_in

    user = create_user("me", actor="tests", password=PASSWORD)
    grant(user, role, node=node("L-500103"), valid_from=BEGIN, actor="tests")
    return user, signed_in("me")


@send("signin", next="where it leads")
def _(world: World) -> Ask:
    me()
    return Ask(Client(), "/signin/", {"username": "me", "password": PASSWORD})


@send("signout")
def _(world: World) -> Ask:
    return Ask(who(world, "viewer"), "/signout/", {})


@send("second-factor")
def _(world: World) -> Ask:
    from tests.security.test_second_factor import totp

    settings.JIEYUE_SECOND_FACTOR = True
    try:
        me("reviewer")
        client = Client()
        done(client.post("/signin/", {"username": "me", "password": PASSWORD}))
        done(client.get("/signin/second/"))
        secret = client.session["jieyue_pending"]["secret"]
    finally:
        settings.JIEYUE_SECOND_FACTOR = False
    return Ask(client, "/signin/second/", {"code": totp(secret, timezone.now())})


@send("activate")
def _(world: World) -> Ask:
    from jieyue.apps.identity.services.new_code import new_code

    user, _client = me()
    slip = new_code(user, actor="tests", by=None)
    said = {"username": "me", "code": slip.code, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    return Ask(Client(), "/activate/", said)


@send("account-password", username="for the browser's store of passwords")
def _(world: World) -> Ask:
    said = {"old": PASSWORD, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    return Ask(me()[1], "/account/password/", said)


@send("account-sessions", session="one of them instead of all others")
def _(world: World) -> Ask:
    client = me()[1]
    done(Client().post("/signin/", {"username": "me", "password": PASSWORD}))
    return Ask(client, "/account/sessions/", {})


def delegation(world: World) -> dict[str, str]:
    return {"username": world.users["viewer", "own"], **DAYS, "form": "NY201", "occasion": "出差"}


@send("account-delegate")
def _(world: World) -> Ask:
    return Ask(who(world, "approver", "own"), "/account/delegate/", delegation(world))


@send("account-handed-end")
def _(world: World) -> Ask:
    chief = who(world, "approver", "own")
    done(chief.post("/account/delegate/", delegation(world)))
    return Ask(chief, f"/account/handed/{mandate()}/end/", {})


def mandate() -> int:
    from jieyue.apps.identity.models import Mandate

    return Mandate.objects.latest("pk").pk


TOKEN = {"name": "报表程序", "days": "30", "verb": "view", "old": PASSWORD}


@send("account-tokens")
def _(world: World) -> Ask:
    return Ask(me()[1], "/account/tokens/", TOKEN)


@send("account-tokens-revoke")
def _(world: World) -> Ask:
    from jieyue.apps.identity.models import ApiToken

    client = me()[1]
    done(client.post("/account/tokens/", TOKEN))
    return Ask(client, "/account/tokens/revoke/", {"token": str(ApiToken.objects.latest("pk").pk)})


def enrolled() -> tuple[object, str]:
    """A person with a second factor, and its secret."""
    from jieyue.apps.identity.services.enrol_second_factor import enrol_second_factor
    from tests.security.test_second_factor import totp

    user, _client = me("reviewer")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    before = timezone.now().replace(microsecond=0)
    enrol_second_factor(user, secret, totp(secret, before - timedelta(seconds=30)))
    return user, secret


@send("account-recovery")
def _(world: World) -> Ask:
    from tests.security.client import signed_in
    from tests.security.test_second_factor import totp

    _user, secret = enrolled()
    return Ask(signed_in("me"), "/account/recovery/", {"code": totp(secret, timezone.now())})


@send("appearance", next="where it leads")
def _(world: World) -> Ask:
    return Ask(who(world, "viewer"), "/appearance/", {"theme": "dark", "size": "large"})


@send("saved-views", next="where it leads", name="what the person calls it")
def _(world: World) -> Ask:
    return Ask(who(world, "viewer"), "/views/", {"name": "我的视图", "next": "/quality/?period=2025"})


SHARED = {"name": "渝中的", "body": "L-500103", "next": "/quality/?period=2025"}


@send("shared-views", next="where it leads", name="what those who find it call it")
def _(world: World) -> Ask:
    return Ask(who(world, "city_admin"), "/views/shared/", SHARED)


@send("shared-view-end", next="where it leads")
def _(world: World) -> Ask:
    from jieyue.apps.identity.models import SharedView

    client = who(world, "city_admin")
    done(client.post("/views/shared/", SHARED))
    path = f"/views/shared/{SharedView.objects.latest('pk').pk}/end/"
    return Ask(client, path, {"next": "/quality/?period=2025"})


@send("language", next="where it leads")
def _(world: World) -> Ask:
    return Ask(who(world, "viewer"), "/language/", {"language": "en"})


@send("help-seen")
def _(world: World) -> Ask:
    return Ask(who(world, "viewer"), "/help/seen/", {})


def loan(world: World) -> dict[str, str]:
    return {
        "body": str(node("L-500103")), "form": "NY201", "period": WAITING, "occasion": "交叉审核",
        "username": world.users["reviewer", "sibling"], "first": "2026-11-22", "last": "2026-11-24",
    }  # fmt: skip


@send("handing-lend")
def _(world: World) -> Ask:
    return Ask(who(world, "district_admin", "own"), "/people/handed/lend/", loan(world))


@send("handing-end")
def _(world: World) -> Ask:
    admin = who(world, "district_admin", "own")
    done(admin.post("/people/handed/lend/", loan(world)))
    return Ask(admin, f"/people/handed/{mandate()}/end/", {"reason": "结束"})


@send("person-successor", last="the day of an audit or a loan")
def _(world: World) -> Ask:
    me()
    said = {"username": "me", "first": "2026-11-22", "occasion": "调离"}
    path = f"/people/{number(world, 'reporter')}/successor/"
    return Ask(who(world, "district_admin", "own"), path, said)


@send("person-audit", body="a whole body instead of codes")
def _(world: World) -> Ask:
    said = {"occasion": "抽查一", "codes": PLACES["OWN"].code, "form": "NY201", "periods": YEAR, **DAYS}
    path = f"/people/{me()[0].pk}/audit/"
    return Ask(who(world, "security_admin", "own"), path, said)


@send("person-factor")
def _(world: World) -> Ask:
    user, _secret = enrolled()
    return Ask(who(world, "security_admin"), f"/people/{user.pk}/factor/", {"reason": "手机丢失"})


@send("people-new")
def _(world: World) -> Ask:
    said = {"real_name": "钱某", "username": "qian.new", "role": "reporter", "institution": PLACES["OWN"].code,
            "body": ""}  # fmt: skip
    return Ask(who(world, "city_admin"), "/people/new/", said)


@send("people-import")
def _(world: World) -> Ask:
    rows = f"用户名,姓名,角色,机构代码\nqian.new,钱某,reporter,{PLACES['OWN'].code}\n"
    return Ask(who(world, "city_admin"), "/people/import/", {"file": file("people.csv", rows)})


@send("people-codes", reason="of a single account", q="of the list", page="of the list")
def _(world: World) -> Ask:
    return Ask(who(world, "city_admin"), "/people/codes/", {"account": [str(number(world, "reporter"))]})


@send("person-grant")
def _(world: World) -> Ask:
    said = {"role": "reporter", "institution": PLACES["OWN"].code, "body": ""}
    return Ask(who(world, "city_admin"), f"/people/{number(world, 'viewer')}/grant/", said)


@send("person-end")
def _(world: World) -> Ask:
    from jieyue.apps.identity.models import Grant

    person = number(world, "reporter")
    held = Grant.objects.filter(user=person).latest("pk")
    return Ask(who(world, "city_admin"), f"/people/{person}/end/", {"grant": str(held.pk), "reason": "调离"})
