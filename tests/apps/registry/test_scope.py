"""Who sees which institution: by the reporting line, never by the map."""

from datetime import date

import pytest

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.registry.scope import get_institution, institutions_for
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
