"""Balance by day, and hours that are missing before a meter's first value and after its last one.

T shows 240 a day; below it A 240 until noon of the 13th and B 480: 720 against 240 on twelve days, unknown on nine.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import built, own_points, points, rows_of
from tests.web.test_pages import MOST_QUERIES, latin

__all__ = ["built", "own_points", "points"]

MONTH = "month=2026-11"


def test_a_day_with_a_missing_hour_cannot_be_judged(points: dict[str, int]) -> None:
    (row,) = rows_of(operator(), f"/meters/balance/?{MONTH}&export=csv")
    assert (row[0], row[4:]) == ("T", ["2", "0", "12", "9", "2026-11-01"])
    days = rows_of(operator(), f"/meters/balance/?meter={points['T']}&{MONTH}&export=csv")
    assert days[0] == ["2026-11-01", "240.0000", "720.0000", "-480.0000", "不平衡"]
    assert days[12] == ["2026-11-13", "240.0000", "", "", "无法判断"]
    assert len(days) == 21


def test_what_is_another_bodys_is_judged_with_and_not_shown(own_points: dict[str, int]) -> None:
    client = metered.who("chief", "viewer", "L-500103")
    days = rows_of(client, f"/meters/balance/?meter={own_points['T']}&{MONTH}&export=csv")
    assert days[0] == ["2026-11-01", "240.0000", "", "", "不平衡"]
    page = page_of(client.get(f"/meters/balance/?meter={own_points['T']}&{MONTH}")).text
    assert "其他部门的计量点" in page
    assert "720" not in page
    for path in (f"?meter={own_points['B']}", "?meter=987654", "?meter=x", "?month=x", "?page=9"):
        assert client.get(f"/meters/balance/{path}").status_code == 404, path


def test_what_a_child_used_while_it_was_another_bodys_stays_hidden(own_points: dict[str, int]) -> None:
    """B serves Y until the 4th and X from the 5th on: the sum of A and B is shown from then on only."""
    metered.meters(f"{metered.HEAD}\nB,借用教室,X,electricity,kWh,register,,60,1,T,B1,2026-11-05\n")
    metered.derive()
    chief = metered.who("chief", "viewer", "L-500103")
    days = rows_of(chief, f"/meters/balance/?meter={own_points['T']}&{MONTH}&export=csv")
    assert [row[2:4] for row in days[:4]] == [["", ""]] * 4
    assert days[4][1:4] == ["240.0000", "720.0000", "-480.0000"]


def test_a_child_counts_on_the_days_only_on_which_it_hangs_there(own_points: dict[str, int]) -> None:
    """From the 5th on B hangs elsewhere: 240 below 240, in balance, until A is silent."""
    metered.meters(f"{metered.HEAD}\nB,借用教室,Y,electricity,kWh,register,,60,1,S,B1,2026-11-05\n")
    metered.derive()
    days = rows_of(operator(), f"/meters/balance/?meter={own_points['T']}&{MONTH}&export=csv")
    assert [row[-1] for row in days] == ["不平衡"] * 4 + ["平衡"] * 8 + ["无法判断"] * 9
    assert days[4][1:4] == ["240.0000", "240.0000", "0.0000"]


def test_the_board_counts_the_hours_that_are_missing_and_what_cannot_be_judged(
    points: dict[str, int],
) -> None:
    """November: A lacks 204 of 504 hours. October: nobody was heard of, 744 hours each, and T cannot be judged."""
    board = {row[0]: row for row in rows_of(operator(), f"/meters/quality/?{MONTH}&export=csv")}
    assert (board["榆林学校"][-1], board["柏林学校"][-1]) == ("204", "0")
    october = {row[0]: row for row in rows_of(operator(), "/meters/quality/?month=2026-10&export=csv")}
    assert october["榆林学校"][1:7] == ["3", "3", "0", "0", "1", "3"]
    assert (october["榆林学校"][-1], october["柏林学校"][-1]) == (str(3 * 744), "744")
    listed = rows_of(operator(), "/meters/?month=2026-10&state=unjudged&export=csv")
    assert [row[0] for row in listed] == ["T"]


def test_a_meter_that_left_is_neither_silent_nor_missing_since(own_points: dict[str, int]) -> None:
    """Its period ends on the 13th at noon, when it was heard of last: 300 of 300 hours."""
    from jieyue.apps.metering.models import MeterPeriod

    MeterPeriod.objects.filter(point_id=own_points["A"]).update(ends=metered.BEGIN + 300 * 3600)
    row = {one[0]: one for one in rows_of(operator(), f"/meters/?{MONTH}&export=csv")}["A"]
    assert (row[7], row[9]) == ("1.0", "正常")


@pytest.mark.parametrize("query", ["", "?meter={T}"])
def test_the_page_speaks_chinese_and_asks_little(own_points: dict[str, int], query: str) -> None:
    client, path = (
        metered.who("chief", "viewer", "L-500103"),
        f"/meters/balance/{query.format_map(own_points)}",
    )
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert len(asked) <= MOST_QUERIES, [one["sql"][:200] for one in asked]
    assert not {word for word in latin(page_of(answer)) if "chief" not in word}
