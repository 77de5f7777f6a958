"""The sensitive mark goes along with a split and a merger, with its dates: no part of it stands alone in public."""

from datetime import date, timedelta

import pytest

from jieyue.apps.registry import queries
from jieyue.apps.registry.models import InstitutionVersion
from jieyue.apps.registry.sensitive import sensitive_on
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.registry.services.split import Part, split
from jieyue.domain.tree import OPEN_END
from tests.apps.registry.test_verbs import DAY, Nodes, school

#: Marked from September on, lifted in November: a split or merger in July takes just these days along.
MARKED, LIFTED = date(2025, 9, 1), date(2025, 11, 1)


def marked_days(number: int) -> list[tuple[date, date]]:
    rows = InstitutionVersion.objects.as_of().filter(institution_id=number, sensitive="yes")
    return list(rows.order_by("valid_from").values_list("valid_from", "valid_to"))


@pytest.mark.parametrize("remains", [None, {"persons": 70}])
@pytest.mark.parametrize("says", [{}, {"sensitive": "no"}])
def test_the_parts_of_a_sensitive_institution_are_sensitive_on_the_same_days(
    city_trees: Nodes, remains: dict[str, int] | None, says: dict[str, str]
) -> None:
    origin = school("A")
    change(origin, MARKED, actor="tester", sensitive="yes")
    change(origin, LIFTED, actor="tester", sensitive="no")
    parts = [Part({"code": code, "name": code, **says}) for code in ("A1", "A2")]
    result = split(origin, parts, DAY, actor="tester", remains=remains)
    assert [marked_days(number) for number in result.parts] == [[(MARKED, LIFTED)]] * 2
    assert sensitive_on(date(2025, 10, 1)) - {origin} == set(result.parts)
    assert sensitive_on(date(2025, 12, 1)) == frozenset()


def test_the_parts_of_one_that_is_marked_already_are_so_from_their_first_day(city_trees: Nodes) -> None:
    origin = school("A")
    change(origin, DAY - timedelta(days=30), actor="tester", sensitive="yes")
    (part,) = split(origin, [Part({"code": "A1", "name": "一部"})], DAY, actor="tester").parts
    assert marked_days(part) == [(DAY, OPEN_END)]


def test_what_takes_a_sensitive_institution_in_is_sensitive_on_the_same_days(city_trees: Nodes) -> None:
    into, gone, plain = school("A"), school("B"), school("C")
    change(gone, MARKED, actor="tester", sensitive="yes")
    merge(into, [gone, plain], DAY, actor="tester", attributes={"persons": 90})
    assert marked_days(into) == [(MARKED, OPEN_END)]
    assert queries.institution(into, LIFTED).attributes.persons == 90


def test_a_split_of_one_that_is_not_sensitive_marks_nobody(city_trees: Nodes) -> None:
    split(school("A"), [Part({"code": "A1", "name": "一部"})], DAY, actor="tester")
    assert not InstitutionVersion.objects.filter(sensitive="yes").exists()
