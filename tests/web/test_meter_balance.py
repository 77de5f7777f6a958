"""Balance by day, and hours that are missing before a meter's first value and after its last one.

T shows 240 a day; below it A 240 until noon of the 13th and B 480: 720 against 240 on twelve days, unknown on nine.
"""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.metering.points import numbers_of
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


@pytest.mark.parametrize(
    ("move", "wrong", "unsure"),
    [
        # until the 4th 720 below T's 240, from then on 480 below S, which shows nothing
        ("S,B1,2026-11-05", "ST", ""),
        # all of the month's days are T's, whatever is so from today on
        ("S,B1,2026-11-22", "T", ""),
        # from the 1st on: 240 of A below T's 240, until A is silent
        ("S,B1,2026-11-01", "S", "T"),
        # A hangs below T until the 9th, in balance, and from the 10th on below B, that knows more days than A
        ("S,B1,2026-11-01\nA,教学楼,X,electricity,kWh,register,01A00,60,1,B,A1,2026-11-10", "S", "B"),
    ],
)
def test_the_board_judges_each_day_by_what_hung_there_then(
    own_points: dict[str, int], move: str, wrong: str, unsure: str
) -> None:
    metered.meters(f"{metered.HEAD}\nB,借用教室,Y,electricity,kWh,register,,60,1,{move}\n")
    metered.derive()
    for state, codes, word in (("unbalanced", wrong, "不平衡"), ("unjudged", unsure, "无法判断")):
        listed = rows_of(operator(), f"/meters/?{MONTH}&state={state}&export=csv")
        assert "".join(sorted(row[0] for row in listed)) == codes
        for code in codes:
            days = rows_of(operator(), f"/meters/balance/?meter={own_points[code]}&{MONTH}&export=csv")
            assert word in {row[-1] for row in days}


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


VIRTUAL = f"{metered.HEAD.removesuffix(',valid_from')},formula,valid_from"


def test_what_hangs_below_is_what_the_line_unmetered_takes_off(own_points: dict[str, int]) -> None:
    """T: 240 − A 240 − W 60 = −60 a day; S: 0 − B 480. V shows a half of T again, U stands below A, G is a level."""
    from jieyue.apps.metering.institution_uses import institution_uses
    from jieyue.apps.registry.queries import number_of

    metered.meters(
        f"{VIRTUAL}\nB,借用教室,Y,electricity,kWh,register,,60,1,S,B1,,2026-11-01\n"
        "V,,X,electricity,kWh,virtual,,,,T,,T*1/2,2026-10-01\n"
        "W,,Y,electricity,kWh,virtual,,,,,,T*1/4,2026-11-01\n"
        "U,,X,electricity,kWh,virtual,01B00,,,,,A*1/2,2026-10-01\n"
        "G,,X,electricity,kWh,gauge,,60,,T,G1,,2026-10-01\n"
    )
    metered.derive()
    days = rows_of(operator(), f"/meters/balance/?meter={own_points['T']}&{MONTH}&export=csv")
    assert days[0] == ["2026-11-01", "240.0000", "300.0000", "-60.0000", "不平衡"]
    span = metered.BEGIN, metered.BEGIN + 86_400
    found = institution_uses("day", [number_of("X") or 0], span, end_use="unmetered")
    assert found.use.tolist() == [-540_0000]
    rows = {row[0]: row[4] for row in rows_of(operator(), f"/meters/balance/?{MONTH}&export=csv")}
    assert rows == {"A": "1", "S": "1", "T": "2"}


def test_a_virtual_meter_of_the_same_institution_is_not_counted_beside_what_is_metered(
    own_points: dict[str, int],
) -> None:
    """A alone hangs below T, 240 of 240; V says once more what T says."""
    metered.meters(
        f"{VIRTUAL}\nB,借用教室,Y,electricity,kWh,register,,60,1,S,B1,,2026-11-01\n"
        "V,,X,electricity,kWh,virtual,,,,T,,T*1/2,2026-10-01\n"
    )
    metered.derive()
    days = rows_of(operator(), f"/meters/balance/?meter={own_points['T']}&{MONTH}&export=csv")
    assert [row[-1] for row in days] == ["平衡"] * 12 + ["无法判断"] * 9
    rows = {row[0]: row for row in rows_of(operator(), f"/meters/?{MONTH}&export=csv")}
    assert rows["T"][9] == "平衡无法判断"


def test_a_level_below_a_point_neither_hinders_its_balance_nor_lacks_an_hour(
    own_points: dict[str, int],
) -> None:
    metered.meters(
        f"{metered.HEAD}\nA,教学楼,X,electricity,kWh,register,01A00,60,1,S,A1,2026-11-01\n"
        "B,借用教室,Y,electricity,kWh,register,,60,1,S,B1,2026-11-01\n"
        "G,液位,X,electricity,kWh,gauge,,60,1,T,G1,2026-10-01\n"
    )
    metered.derive()
    rows = {row[0]: row for row in rows_of(operator(), f"/meters/?{MONTH}&export=csv")}
    assert (rows["T"][9], rows["G"][7], rows["G"][9]) == ("正常", "", "正常")
    board = {row[0]: row for row in rows_of(operator(), f"/meters/quality/?{MONTH}&export=csv")}
    assert board["榆林学校"][-1] == "204"  # A's


def test_a_virtual_point_is_on_record_on_the_days_of_its_versions(own_points: dict[str, int]) -> None:
    """V from the 5th on: 408 hours, all known. U shows A, which is silent: 204 of its 504 hours are missing."""
    metered.meters(
        f"{VIRTUAL}\nV,,X,electricity,kWh,virtual,,,,,,T*1/2,2026-11-05\n"
        "U,,X,electricity,kWh,virtual,,,,,,A*1/2,2026-10-01\n"
    )
    metered.derive()
    rows = {row[0]: row for row in rows_of(operator(), f"/meters/?{MONTH}&export=csv")}
    assert (rows["V"][7], rows["V"][9]) == ("1.0", "正常")
    assert float(rows["U"][7]) == pytest.approx(300 / 504)
    board = {row[0]: row for row in rows_of(operator(), f"/meters/quality/?{MONTH}&export=csv")}
    assert board["榆林学校"][-1] == "408"  # A's and U's
    number = numbers_of(["U"])["U"]
    text = page_of(operator().get(f"/meters/heat/?meter={number}&{MONTH}")).text
    assert "应有 504 小时，其中确定 300（59.5%）、不确定 0、缺 204" in text


def test_each_day_is_judged_by_the_tolerance_that_holds_on_it(own_points: dict[str, int]) -> None:
    """A 240 and W 20 below 240 are 108.3 %: too much for 5 %, not for 10 % from the 10th on, until A is silent."""
    metered.meters(
        f"{VIRTUAL}\nB,借用教室,Y,electricity,kWh,register,,60,1,S,B1,,2026-11-01\n"
        "W,,Y,electricity,kWh,virtual,,,,,,T*1/12,2026-11-01\n"
    )
    metered.derive()
    folder = Path(settings.JIEYUE_HOME.path) / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    head = "code,meters,value,unit,name_zh,name_en,source,confidence,verified,valid_from"
    text = f"{head}\nbalance,*,0.1,1,平衡,Balance,本局通知,medium,no,2026-11-10\n"
    (folder / "reading_rules.csv").write_text(text, "utf-8")
    days = rows_of(operator(), f"/meters/balance/?meter={own_points['T']}&{MONTH}&export=csv")
    assert [row[-1] for row in days] == ["不平衡"] * 9 + ["平衡"] * 3 + ["无法判断"] * 9
    listed = operator().get(f"/meters/balance/?{MONTH}&export=csv").content.decode()
    assert "超过它的 105%、110%" in listed


def test_the_file_has_every_point_however_many_there_are(own_points: dict[str, int], monkeypatch) -> None:
    """Two points with others below, read one after the other."""
    monkeypatch.setattr("jieyue.web.views.meter_balance._PART", 1)
    metered.meters(f"{metered.HEAD}\nB,借用教室,Y,electricity,kWh,register,,60,1,S,B1,2026-11-05\n")
    metered.derive()
    rows = {row[0]: row[4] for row in rows_of(operator(), f"/meters/balance/?{MONTH}&export=csv")}
    assert rows == {"S": "1", "T": "2"}


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
