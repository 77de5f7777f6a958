"""Who owes the returns of rooms (NY202) and of heating (NY203): of whom the registry says so, from a day, to a day."""

from datetime import UTC, date, datetime

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.obligations.tasks import open_ended
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.import_file import import_file
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import edit_return
from jieyue.config.home import Home
from jieyue.domain.period import Period
from tests.apps.obligations.duty_desk import OPENED, at, holder, place
from tests.shared_home import turned_to

Nodes = dict[tuple[str, str], int]
FEBRUARY = date(2021, 2, 1)


def opened(form: str, *periods: str) -> None:
    with at(OPENED):
        open_periods(form, [Period.parse(text) for text in periods], actor="tester")


def owed(form: str, period: str) -> set[tuple[int, str]]:
    return set(Obligation.objects.filter(form=form, period=period).values_list("subject", "instance"))


@pytest.mark.postgres
def test_each_room_owes_a_return_and_who_has_none_or_says_nothing_owes_none(
    home: Home, city_trees: Nodes
) -> None:
    two = place("A", "L-500103-EDU", rooms="1、A301")
    place("B", "L-500103", rooms="否")
    place("C", "L-500103")
    place("D", "L-500104", rooms="1", in_count=False)
    opened("NY202", "2021-01", "2021")
    assert owed("NY202", "2021-01") == owed("NY202", "2021") == {(two, "1"), (two, "A301")}
    rows = Obligation.objects.filter(form="NY202", period="2021-01")
    assert {row.body for row in rows} == {city_trees["line", "L-500103-EDU"]}
    assert {row.due for row in rows} == {date(2021, 2, 20)}


def test_a_room_that_opens_or_closes_on_a_day_owes_from_then_or_until_then(
    home: Home, city_trees: Nodes
) -> None:
    centre = place("A", "L-500103", rooms="1、2")
    opened("NY202", "2021-01", "2021-02")
    change(centre, FEBRUARY, actor="tester", rooms="2，3")
    assert owed("NY202", "2021-01") == {(centre, "1"), (centre, "2")}
    assert owed("NY202", "2021-02") == {(centre, "2"), (centre, "3")}
    assert ActionLog.objects.filter(verb="obligations.follow").count() == 1
    change(centre, date(2021, 2, 10), actor="tester", rooms="无")
    assert owed("NY202", "2021-02") == set()
    assert owed("NY202", "2021-01") == {(centre, "1"), (centre, "2")}


def test_what_was_begun_of_a_room_stays(home: Home, city_trees: Nodes) -> None:
    centre = place("A", "L-500103", rooms="1、2")
    clerk = holder("clerk", "reporter", centre)
    opened("NY202", "2021-02")
    edit_return.start(clerk, Key(centre, "NY202", "2021-02", "1"))
    change(centre, FEBRUARY, actor="tester", rooms="0")
    assert owed("NY202", "2021-02") == {(centre, "1")}
    close(centre, day=date(2021, 2, 20), actor="tester")
    assert owed("NY202", "2021-02") == {(centre, "1")}


@pytest.mark.postgres
def test_who_is_heated_owes_the_season_and_the_year_until_it_is_no_more(
    home: Home, city_trees: Nodes
) -> None:
    heated = place("A", "L-500103", heating="yes")
    place("B", "L-500103", heating="no")
    place("C", "L-500103")
    other = place("D", "L-500104", heating="yes")
    opened("NY203", "2020-HS", "2021")
    assert owed("NY203", "2020-HS") == owed("NY203", "2021") == {(heated, ""), (other, "")}
    last = Period.parse("2020-HS").last_day
    change(heated, last, actor="tester", heating="no")
    assert owed("NY203", "2020-HS") == owed("NY203", "2021") == {(other, "")}
    change(heated, date(2021, 12, 1), actor="tester", heating="yes")
    assert owed("NY203", "2021") == {(heated, ""), (other, "")}


def test_the_registry_refuses_what_is_no_room_and_no_answer(home: Home, city_trees: Nodes) -> None:
    centre = place("A", "L-500103")
    for said in (
        {"rooms": "一二三四五六七八九十一二三四五六七八九十一"},
        {"rooms": "1、0"},
        {"heating": "maybe"},
    ):
        with pytest.raises(RefusedError) as refused:
            change(centre, FEBRUARY, actor="tester", **said)
        assert refused.value.code in ("bad_rooms", "bad_heating")


def test_a_file_says_it_from_a_day_on(home: Home, city_trees: Nodes) -> None:
    centre = place("A", "L-500103")
    opened("NY201", "2021-01", "2021-02")
    head = "机构代码,机构名称,机构类型,区县,生效日期,是否有数据中心机房,机房数量,是否采暖\n"
    first = f"{head}A,示例A,021,500103,2021-01-01,是,2,是\n"
    assert import_file(first.encode(), "names.csv", actor="tester").result.applied
    opened("NY202", "2021-01", "2021-02")
    opened("NY203", "2021")
    assert owed("NY202", "2021-02") == {(centre, "1"), (centre, "2")}
    assert owed("NY203", "2021") == {(centre, "")}
    later = f"{head}A,示例A,021,500103,2021-02-01,否,0,否\n"
    assert import_file(later.encode(), "later.csv", actor="tester").result.applied
    assert owed("NY202", "2021-01") == {(centre, "1"), (centre, "2")}
    assert owed("NY202", "2021-02") == set()
    assert owed("NY203", "2021") == set()
    # An older file that comes late does not undo the change.
    older = f"{head}A,示例A,021,500103,2020-06-01,是,1,是\n"
    assert import_file(older.encode(), "older.csv", actor="tester").result.applied
    assert owed("NY202", "2021-02") == set()


@pytest.mark.parametrize(
    ("cells", "code"),
    [("是,0,是", "rooms_disagree"), ("否,2,是", "rooms_disagree"), ("是,1.5,是", "number_too_large"),
     ("是,1,也许", "unknown_code")],
)  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused_by_row(
    home: Home, city_trees: Nodes, cells: str, code: str
) -> None:
    text = (
        "机构代码,机构名称,机构类型,区县,报送上级,生效日期,是否有数据中心机房,机房数量,是否采暖\n"
        f"A,示例A,021,500103,L-500103,2021-01-01,{cells}\n"
    )
    result = import_file(text.encode(), "names.csv", actor="tester").result
    assert not result.applied
    assert code in [finding.code for finding in result.findings]


def test_the_worker_opens_the_month_of_the_rooms_as_well(home: Home, city_trees: Nodes) -> None:
    home.changed(clock=date(2021, 2, 2))
    with turned_to(home.path):
        centre = place("A", "L-500103", rooms="1")
        place("B", "L-500103", heating="yes")
        with at(datetime(2021, 2, 2, 1, 0, tzinfo=UTC)):
            open_ended()
        assert owed("NY202", "2021-01") == {(centre, "1")}
        assert len(owed("NY201", "2021-01")) == 2
        assert not Obligation.objects.filter(form="NY203").exists()
