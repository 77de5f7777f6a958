"""The registry's verbs: dated twice, names kept, duties named, one publication and one log entry each."""

from datetime import date
from decimal import Decimal

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication import events
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry import queries
from jieyue.apps.registry.duties import Duty
from jieyue.apps.registry.models import Alias, FilingDuty, Institution, InstitutionVersion
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.registry.services.rename import rename
from jieyue.apps.registry.services.set_unit import set_unit
from jieyue.apps.registry.services.split import Part, split
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.registry.services.transfer_many import transfer_many
from jieyue.apps.trees.queries import memberships

Nodes = dict[tuple[str, str], int]
BEGIN, DAY = date(2020, 1, 1), date(2025, 7, 1)


def school(code: str, name: str | None = None, **more: object) -> int:
    places = {"area": "500103", "type": "021", "department": "D-EDU", "line": "L-500103-EDU"}
    values = {"code": code, "name": name or f"学校{code}", "persons": 100, "floor_area": "2500.5"}
    values |= {key: more.pop(key) for key in list(more) if key in ("credit_code", "in_count")}
    return create(values, places=places, valid_from=BEGIN, actor="tester", **more)


def log_of(verb: str) -> ActionLog:
    return ActionLog.objects.get(verb=verb)


@pytest.mark.postgres
def test_create_places_the_institution_in_every_tree(city_trees: Nodes) -> None:
    number = school("A", aliases=[("foreign", "X-1")])
    info = queries.institution(number, DAY)
    assert info.attributes.floor_area == Decimal("2500.5000")
    assert info.attributes.beds is None
    assert info.attributes.in_count is True
    assert info.nodes == {
        "area": city_trees["area", "500103"],
        "type": city_trees["type", "021"],
        "department": city_trees["department", "D-EDU"],
        "line": city_trees["line", "L-500103-EDU"],
    }
    assert info.unit is None
    assert queries.by_code(["A", "B"], DAY) == {"A": number}
    assert queries.by_name(["学校A"], DAY) == {"学校A": [number]}
    assert queries.by_alias(["X-1"], DAY) == {"X-1": [number]}
    assert queries.institution(number, date(2019, 12, 31)) is None
    entry = log_of("registry.create")
    assert entry.data["institution"] == number
    assert entry.data["seq"] == last_done()


def test_what_cannot_be_is_refused_with_nothing_stored(city_trees: Nodes) -> None:
    school("A")
    counts = (Publication.objects.count(), ActionLog.objects.count(), Institution.objects.count())
    places = {"area": "500103", "type": "021", "line": "city"}
    for code, values, where in (
        ("code_taken", {"code": "A", "name": "x"}, places),
        ("place_missing", {"code": "B", "name": "x"}, {"area": "500103", "type": "021"}),
        ("unknown_node", {"code": "B", "name": "x"}, places | {"area": "999999"}),
        ("unknown_attribute", {"code": "B", "name": "x", "colour": 1}, places),
        ("bad_quantity", {"code": "B", "name": "x", "persons": -1}, places),
        ("bad_quantity", {"code": "B", "name": "x", "persons": "0.00001"}, places),
        ("not_a_number", {"code": "B", "name": "x", "persons": "many"}, places),
        ("empty", {"code": "B", "name": " "}, places),
    ):
        with pytest.raises(RefusedError) as caught:
            create(values, places=where, valid_from=BEGIN, actor="tester")
        assert caught.value.code == code
    # The district was abolished on 6 November 2025.
    with pytest.raises(RefusedError):
        create(
            {"code": "B", "name": "x"},
            places=places | {"area": "500105"},
            valid_from=date(2025, 11, 6),
            actor="tester",
        )
    assert (Publication.objects.count(), ActionLog.objects.count(), Institution.objects.count()) == counts


@pytest.mark.postgres
def test_a_change_keeps_the_past_in_both_times(city_trees: Nodes) -> None:
    number = school("A")
    seq = last_done()
    change(number, DAY, actor="tester", persons=130, reason="扩招")
    assert queries.institution(number, date(2025, 6, 30)).attributes.persons == 100
    assert queries.institution(number, DAY).attributes.persons == 130
    assert queries.institution(number, DAY, seq=seq).attributes.persons == 100
    # A correction of the past: another publication, the old rows stay.
    change(number, BEGIN, actor="tester", until=DAY, persons=110)
    history = [(first, end, str(value.persons)) for first, end, value in queries.institution_history(number)]
    assert history == [(BEGIN, DAY, "110.0000"), (DAY, date(9999, 12, 31), "130.0000")]
    assert InstitutionVersion.objects.count() == 4
    with pytest.raises(RefusedError) as caught:
        change(number, DAY, actor="tester", persons=130)
    assert caught.value.code == "no_change"
    entries = ActionLog.objects.filter(verb="registry.change").order_by("id")
    assert [entry.data["changed"] for entry in entries] == [{"persons": "130.0000"}, {"persons": "110.0000"}]
    assert all(
        len(entry.before) == len(entry.after) == 64 and entry.before != entry.after for entry in entries
    )


def test_a_rename_keeps_the_former_name(city_trees: Nodes) -> None:
    number = school("A", "示例第三中学")
    rename(number, "示例新第三中学", DAY, actor="tester")
    assert queries.by_name(["示例第三中学"], DAY) == {}
    assert queries.by_alias(["示例第三中学"], DAY) == {"示例第三中学": [number]}
    assert queries.by_alias(["示例第三中学"], date(2025, 6, 30)) == {}
    (entry,) = queries.matching_entries(DAY)
    assert (entry.name, entry.former_names) == ("示例新第三中学", ("示例第三中学",))
    assert log_of("registry.rename").data["from"] == "示例第三中学"


def test_one_course_says_what_the_lists_say(city_trees: Nodes) -> None:
    """Renamed in July 2025, closed at the end of 2026: name and span of any day, before, between and after."""
    number = school("A")
    rename(number, "新学校", DAY, actor="tester")
    close(number, date(2027, 1, 1), actor="tester")
    course = queries.course_of(number)
    assert course.span == (BEGIN, date(2027, 1, 1)) == queries.spans_of([number])[number]
    days = {date(2019, 1, 1): "新学校", BEGIN: "学校A", DAY: "新学校", date(2027, 1, 1): "新学校"}
    for day, name in days.items():
        assert course.label(day) == ("A", name) == queries.labels_of([number], day)[number], day
    assert queries.called("A", DAY) == (number, course)
    assert queries.called("nobody") is None
    assert (queries.course_of(7).span, queries.course_of(7).label()) == (None, ("", ""))


@pytest.mark.postgres
def test_a_transfer_of_the_line_names_who_collects(city_trees: Nodes) -> None:
    number = school("A")
    told: list[dict] = []
    events.institution_transferred.connect(lambda **news: told.append(news), weak=False, dispatch_uid="test")
    try:
        duties = transfer(number, "line", "L-M-HEALTH", day=DAY, actor="tester")
    finally:
        events.institution_transferred.disconnect(dispatch_uid="test")
    old, new = city_trees["line", "L-500103-EDU"], city_trees["line", "L-M-HEALTH"]
    assert duties == [
        Duty(number, number, 2025, 1, 6, collector=old),
        Duty(number, number, 2025, 7, 12, collector=new),
    ]
    assert memberships([number], date(2025, 6, 30))[number]["line"] == old
    assert memberships([number], DAY)[number]["line"] == new
    assert [(news["institution"], news["tree"], news["node"], news["day"]) for news in told] == [
        (number, "line", new, DAY)
    ]
    assert [(duty.first_month, duty.collector) for duty in queries.duties_of(number, 2025)] == [
        (1, old),
        (7, new),
    ]
    with pytest.raises(RefusedError) as caught:
        transfer(number, "line", "L-M-HEALTH", day=DAY, actor="tester")
    assert caught.value.code == "no_change"
    # Another area breaks no year.
    assert transfer(number, "area", "500104", day=DAY, actor="tester") == []


def test_in_mid_month_the_month_belongs_to_whom_its_last_day_finds(city_trees: Nodes) -> None:
    number = school("A")
    duties = transfer(number, "line", "city", day=date(2025, 7, 15), actor="tester")
    assert [(duty.first_month, duty.last_month) for duty in duties] == [(1, 6), (7, 12)]
    in_january = transfer(number, "line", "L-M-HEALTH", day=date(2026, 1, 20), actor="tester")
    assert [(duty.first_month, duty.last_month) for duty in in_january] == [(1, 12)]


@pytest.mark.postgres
def test_a_district_goes_over_as_a_whole(city_trees: Nodes) -> None:
    numbers = [school(code) for code in "ABC"]
    entries = ActionLog.objects.count()
    duties = transfer_many(numbers, "line", "L-500104", day=DAY, actor="tester")
    assert len(duties) == 6
    assert ActionLog.objects.count() == entries + 1
    target = city_trees["line", "L-500104"]
    assert {place["line"] for place in memberships(numbers, DAY).values()} == {target}
    with pytest.raises(RefusedError) as caught:
        transfer_many([*numbers, 99], "line", "city", day=DAY, actor="tester")
    assert caught.value.code == "unknown_institution"


@pytest.mark.postgres
def test_a_merger_carries_names_members_and_months(city_trees: Nodes) -> None:
    into, gone, member = school("A"), school("B", credit_code="C-B"), school("M")
    set_unit(member, gone, BEGIN, actor="tester")
    rename(gone, "第二名称", date(2022, 1, 1), actor="tester")
    duties = merge(into, [gone], DAY, actor="tester", attributes={"persons": 200}, reason="合并")
    assert duties == [Duty(gone, into, 2025, 1, 6), Duty(into, into, 2025, 7, 12)]
    assert queries.institution(gone, DAY) is None
    assert queries.institution(gone, date(2025, 6, 30)).name == "第二名称"
    assert memberships([gone], DAY)[gone] == {}
    assert queries.institution(into, DAY).attributes.persons == 200
    assert queries.institution(into, date(2025, 6, 30)).attributes.persons == 100
    for text in ("B", "C-B", "第二名称", "学校B"):
        assert queries.by_alias([text], DAY) == {text: [into]}
    assert queries.members_of_unit(into, DAY) == [member]
    assert queries.members_of_unit(gone, date(2025, 6, 30)) == [member]
    entry = log_of("registry.merge")
    assert entry.data["duties"][0] == {"institution": gone, "filer": into, "months": "2025-01..2025-06"}
    assert FilingDuty.objects.filter(verb="merge").count() == 2
    for bad in ([], [into], [gone, gone]):
        with pytest.raises(RefusedError):
            merge(into, bad, DAY, actor="tester")


def test_a_merger_of_a_unit_with_its_own_member_leaves_no_chain(city_trees: Nodes) -> None:
    into, gone, third = school("A"), school("B"), school("C")
    set_unit(into, gone, BEGIN, actor="tester")
    set_unit(third, gone, BEGIN, actor="tester")
    merge(into, [gone], DAY, actor="tester")
    assert queries.institution(into, DAY).unit is None
    assert queries.members_of_unit(into, DAY) == [third]


@pytest.mark.postgres
def test_a_split_says_who_inherits(city_trees: Nodes) -> None:
    origin, member = school("A"), school("M")
    set_unit(member, origin, BEGIN, actor="tester")
    result = split(
        origin,
        [
            Part({"code": "A1", "name": "一部", "persons": 60}),
            Part({"code": "A2", "name": "二部", "persons": 40}, {"line": "L-M-HEALTH"}),
        ],
        DAY,
        actor="tester",
    )
    first, second = result.parts
    assert result.duties == [
        Duty(origin, first, 2025, 1, 6),
        Duty(first, first, 2025, 7, 12),
        Duty(second, second, 2025, 7, 12),
    ]
    assert queries.institution(origin, DAY) is None
    assert queries.institution(first, DAY).nodes["line"] == city_trees["line", "L-500103-EDU"]
    assert queries.institution(second, DAY).nodes["line"] == city_trees["line", "L-M-HEALTH"]
    assert queries.by_alias(["A", "学校A"], DAY) == {"A": [first], "学校A": [first]}
    assert queries.members_of_unit(first, DAY) == [member]
    assert log_of("registry.split").data["parts"] == [first, second]


def test_a_split_may_leave_the_origin_in_being(city_trees: Nodes) -> None:
    origin = school("A")
    result = split(
        origin, [Part({"code": "A1", "name": "分校"})], DAY, actor="tester", remains={"persons": 70}
    )
    assert queries.institution(origin, DAY).attributes.persons == 70
    assert result.duties == [
        Duty(origin, origin, 2025, 7, 12),
        Duty(result.parts[0], result.parts[0], 2025, 7, 12),
    ]
    assert not Alias.objects.exists()


@pytest.mark.postgres
def test_closing_ends_it_everywhere_and_names_the_filer(city_trees: Nodes) -> None:
    number, other = school("A"), school("B")
    assert close(number, DAY, actor="tester", filer=other) == [Duty(number, other, 2025, 1, 6)]
    assert queries.institution(number, DAY) is None
    assert memberships([number], DAY)[number] == {}
    assert queries.find_institution("A", DAY).id == number  # it can still be asked for
    assert queries.codes_of([number, other], DAY) == {number: "A", other: "B"}
    with pytest.raises(RefusedError):
        change(number, DAY, actor="tester", persons=1)
    filer = school("C")
    set_unit(other, filer, BEGIN, actor="tester")
    with pytest.raises(RefusedError) as caught:
        close(filer, DAY, actor="tester")
    assert caught.value.code == "unit_in_use"


@pytest.mark.postgres
def test_a_reporting_unit_is_never_a_chain(city_trees: Nodes) -> None:
    first, second, third = school("A"), school("B"), school("C")
    set_unit(first, second, BEGIN, actor="tester")
    for member, unit in ((second, third), (third, first)):
        with pytest.raises(RefusedError) as caught:
            set_unit(member, unit, DAY, actor="tester")
        assert caught.value.code == "unit_chain"
    assert queries.members_of_unit(second, DAY) == [first]
    set_unit(first, first, DAY, actor="tester")  # its own again
    assert queries.members_of_unit(second, DAY) == []
    assert queries.members_of_unit(second, date(2025, 6, 30)) == [first]


def test_central_units_are_registered_but_not_counted(city_trees: Nodes) -> None:
    school("A")
    school("Z", in_count=False)
    assert queries.count_in_being(DAY) == 1
    assert Institution.objects.count() == 2
