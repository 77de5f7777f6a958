"""Grants in time, accounts that are locked, limited grants, codes that pass to another institution."""

from datetime import date

from django.test import Client

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.revoke import revoke
from tests.security.answers import readable
from tests.security.client import signed_in
from tests.security.visits import few_visits
from tests.security.world import BEGIN, PLACES, YEAR, World, everything

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)  # the world's clock stands at TODAY
OWN, FOREIGN = (f"/institutions/{PLACES[name].code}/register/" for name in ("OWN", "FOREIGN"))


def node_of(code: str) -> int:
    from jieyue.apps.trees.queries import tree

    return tree("line").by_code[code].id


def holder(name: str, code: str, first: date, end: date = date(9999, 12, 31), **more: object) -> Client:
    user = create_user(name, actor="tests")
    Grant.objects.create(
        user=user, role="viewer", node=node_of(code), valid_from=first, valid_to=end, granted_by="x", **more
    )
    return signed_in(name)


def test_a_grant_holds_from_its_first_day_until_its_last(own_world: World) -> None:
    spans = (
        (BEGIN, TOMORROW, 200),  # today is the last day
        (TODAY, date(9999, 12, 31), 200),  # today is the first day
        (BEGIN, TODAY, 403),  # ended yesterday
        (TOMORROW, date(9999, 12, 31), 403),  # begins tomorrow
    )
    for place, (first, end, status) in enumerate(spans):
        assert holder(f"in.time.{place}", "L-500103", first, end).get(OWN).status_code == status, (first, end)


def test_a_grant_that_is_not_in_force_shows_nothing_anywhere(own_world: World) -> None:
    client = holder("too.late", "city", BEGIN, TODAY)
    holder("too.early", "city", TOMORROW)
    for one in (client, signed_in("too.early")):
        for visit in few_visits(own_world, lambda _visit: True):
            assert not everything().found_in(readable(visit.made_by(one), visit)), visit


def test_a_grant_that_is_taken_back_ends_with_the_next_request(own_world: World) -> None:
    user = create_user("moved.on", actor="tests")
    made = grant(user, "viewer", node=node_of("L-500103"), valid_from=BEGIN, actor="tests")
    client = signed_in("moved.on")
    assert client.get(OWN).status_code == 200
    revoke(made.pk, TODAY, actor="tests")
    answer = client.get(OWN)
    assert answer.status_code == 302  # it was the last: the session has gone with it
    assert answer["Location"].startswith("/signin/?next=")
    assert signed_in("moved.on").get(OWN).status_code == 403


def test_a_locked_account_is_out_with_the_next_request(own_world: World) -> None:
    client = signed_in(own_world.users["viewer", "own"])
    assert client.get(OWN).status_code == 200
    User.objects.filter(username=own_world.users["viewer", "own"]).update(is_active=False)
    answer = client.get(OWN)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin/?next=")


def test_djangos_own_flags_give_no_right(own_world: World) -> None:
    create_user("super", actor="tests")
    User.objects.filter(username="super").update(is_superuser=True, is_staff=True)
    client = signed_in("super")
    assert [client.get(path).status_code for path in (OWN, "/plan/", "/import/", "/data/")] == [403] * 4


def test_a_role_that_is_not_in_the_table_gives_no_right(own_world: World) -> None:
    client = holder("odd", "city", BEGIN)
    Grant.objects.filter(user__username="odd").update(role="root")
    assert client.get(OWN).status_code == 403


def test_a_limited_grant_does_not_open_what_it_leaves_out(own_world: World) -> None:
    for place, limit in enumerate(({"forms": ["NY202"]}, {"periods": ["2024"]}, {"verbs": ["enter"]})):
        client = holder(f"limited.{place}", "L-500103", BEGIN, **limit)
        assert [client.get(path).status_code for path in (OWN, "/data/")] == [403] * 2, limit


def test_two_grants_do_not_lend_each_other_their_place(own_world: World) -> None:
    """A publisher of one district who views another one's data publishes nothing there, nor sees the sum."""
    client = holder("two.places", "L-500103", BEGIN)
    user = User.objects.get(username="two.places")
    grant(user, "publisher", node=node_of("L-500104"), valid_from=BEGIN, actor="tests")
    seen = [client.get(f"/institutions/{PLACES[n].code}/register/").status_code for n in PLACES]
    assert dict(zip(PLACES, seen, strict=True)) == {
        "OWN": 200, "CHILD": 200, "SIBLING": 200, "PARENT": 404, "FOREIGN": 404, "CENTRAL": 404, "MEMBER": 200,
    }  # fmt: skip
    assert client.get(f"/data/line/?scope=city&period={YEAR}").status_code == 404


def test_a_municipal_hospital_in_a_district_is_not_the_districts_to_see(world: World) -> None:
    """It stands in area 500103, whose bureau holds the highest role there is; its reporting line decides."""
    district = signed_in(world.users["publisher", "own"])
    hospital = PLACES["FOREIGN"]
    assert hospital.area == PLACES["OWN"].area
    assert district.get(FOREIGN).status_code == 404
    assert district.get("/data/area/?scope=area:500103").status_code == 404
    assert hospital.name not in district.get(f"/institutions/?q={hospital.name}").content.decode().replace(
        f'value="{hospital.name}"', ""
    )
    health = signed_in(world.users["viewer", "foreign"])
    assert hospital.name in health.get(FOREIGN).content.decode()


def test_a_code_that_passed_to_another_institution_does_not_open_the_former_ones_figures(
    own_world: World,
) -> None:
    """2025 the code was the hospital's, since 2026 it is the school's: each keeps its own years."""
    from jieyue.apps.registry.services.change import change

    code, day = PLACES["FOREIGN"].code, date(2026, 1, 1)
    change(own_world.ids["FOREIGN"], day, code="QX-FOREIGN-NEW", actor="tests")
    change(own_world.ids["CHILD"], day, code=code, actor="tests")
    school = signed_in(own_world.users["viewer", "child"])
    query = f"/source/?scope=institution:{code}&indicator=energy_total_tce&period="
    assert school.get(f"{query}2025").status_code == 404
    assert school.get(f"/receipt/{own_world.receipts[f'institution:{code}']}").status_code == 404
    assert school.get(f"{query}2026-09").status_code == 200
    hospital = signed_in(own_world.users["viewer", "foreign"])
    assert hospital.get(f"{query}2025").status_code == 200
    assert hospital.get(f"{query}2026-09").status_code == 404
