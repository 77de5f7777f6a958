"""Who sees which institution: by the reporting line, never by the map."""

from datetime import date

import pytest

from jieyue.apps.accounts.scope import access_for
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import grants_of
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.scope import Read, get_institution, institutions_for, may_at
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.set_unit import set_unit
from jieyue.apps.registry.services.transfer import transfer

Nodes = dict[tuple[str, str], int]
BEGIN, DAY = date(2020, 1, 1), date(2026, 1, 1)


def institution(code: str, line: str, area: str = "500103") -> int:
    places = {"area": area, "type": "024", "line": line}
    return create({"code": code, "name": code}, places=places, valid_from=BEGIN, actor="tester")


def holder(role: str, node: int) -> User:
    user = create_user(f"{role}-{node}", actor="tester")
    grant(user, role, node=node, valid_from=BEGIN, actor="tester")
    return user


def seen(user: User, day: date = DAY) -> set[int]:
    return set(institutions_for(user, day).values_list("pk", flat=True))


@pytest.mark.postgres
def test_a_municipal_hospital_in_a_district_is_not_the_districts(city_trees: Nodes) -> None:
    own = institution("A", "L-500103")
    below = institution("B", "L-500103-EDU")
    hospital = institution("H", "L-M-HEALTH")  # stands in the same district
    neighbour = institution("N", "L-500104", area="500104")
    district = holder("reviewer", city_trees["line", "L-500103"])
    assert seen(district) == {own, below}
    assert seen(holder("viewer", city_trees["line", "city"])) == {own, below, hospital, neighbour}
    assert seen(holder("viewer", city_trees["line", "L-500103-EDU"])) == {below}
    assert seen(holder("system_admin", city_trees["line", "city"])) == set()
    # Not found and not allowed look the same.
    assert get_institution(district, hospital, DAY) is None
    assert get_institution(district, 1, DAY) is None
    assert get_institution(district, own, DAY).code == "A"


def test_after_a_transfer_the_successor_sees_it(city_trees: Nodes) -> None:
    number = institution("A", "L-500103")
    before, after = (
        holder("viewer", city_trees["line", "L-500103"]),
        holder("viewer", city_trees["line", "L-500104"]),
    )
    transfer(number, "line", "L-500104", day=DAY, actor="tester")
    assert seen(before, date(2025, 12, 31)) == {number}
    assert seen(before) == set()
    assert seen(after, date(2025, 12, 31)) == set()
    assert seen(after) == {number}


def test_a_reporter_sees_the_own_unit_and_its_members(city_trees: Nodes) -> None:
    unit, member, other = (
        institution("U", "L-500103"),
        institution("M", "L-500103"),
        institution("O", "L-500103"),
    )
    set_unit(member, unit, BEGIN, actor="tester")
    reporter = holder("reporter", unit)
    assert seen(reporter) == {unit, member}
    assert set(institutions_for(reporter, DAY, verb="approve")) == set()
    assert get_institution(reporter, other, DAY) is None


@pytest.mark.postgres
def test_one_institution_asked_by_itself_is_answered_as_the_whole_list_answers(city_trees: Nodes) -> None:
    bureau, school, city = (city_trees["line", code] for code in ("L-500103", "L-500103-EDU", "city"))
    stays, moves, member = (
        institution("A", "L-500103"),
        institution("B", "L-500103-EDU"),
        institution("C", "L-500104"),
    )
    ends, heir = institution("D", "L-500103"), institution("E", "L-M-HEALTH")
    set_unit(member, stays, date(2025, 1, 1), actor="tester")
    transfer(moves, "line", "L-500104", day=date(2025, 10, 15), actor="tester")
    close(ends, date(2025, 7, 1), actor="tester", filer=heir)
    others = [city_trees["line", code] for code in ("L-500104", "L-M-HEALTH")]
    places = [bureau, school, city, *others, stays, heir, moves]
    users = [holder(role, place) for role in ("reporter", "reviewer", "approver") for place in places]
    asked = 0
    for user in users:
        read = Read(grants_of(user), last_done())
        for day in (date(2024, 12, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 10, 31), DAY):
            for verb in ("view", "enter", "submit", "approve"):
                among = set(institutions_for(user, day, verb=verb).values_list("pk", flat=True))
                for number in (stays, moves, member, ends, heir, 987_654):
                    assert may_at(user, number, day, verb, read) is (number in among), (verb, day, number)
                    asked += number in among
        access, now = access_for(user, last_done()), set(institutions_for(user).values_list("pk", flat=True))
        for number in (stays, moves, member, ends, heir):
            assert access.sees_institution(number) is (number in now), (user, number)
    assert asked > 100
