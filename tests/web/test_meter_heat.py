"""The heat map of a metering point and of an institution: what each hour says, what is missing, and who sees it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import built, chart_of, own_points, points, rows_of
from tests.web.test_pages import MOST_QUERIES, latin

__all__ = ["built", "own_points", "points"]

MONTH = "month=2026-11"


def test_each_hour_of_a_point_has_its_place(points: dict[str, int]) -> None:
    """T: 10 an hour in all 504; of the 21 days that are over each sums to 240."""
    rows = rows_of(operator(), f"/meters/heat/?meter={points['T']}&{MONTH}&export=csv")
    assert [row[0] for row in rows] == [f"2026-11-{day:02}" for day in range(1, 22)]
    assert all(row[1:] == ["10.0000"] * 24 + ["240.0000"] for row in rows)


def test_a_silent_points_hours_are_missing_from_its_last_value_on(points: dict[str, int]) -> None:
    """A was heard of until hour 300, which is noon of the 13th: 204 hours are missing since."""
    path = f"/meters/heat/?meter={points['A']}&{MONTH}"
    rows = {row[0][-2:]: row[1:] for row in rows_of(operator(), f"{path}&export=csv")}
    assert rows["13"] == ["10.0000"] * 12 + [""] * 13
    assert rows["21"] == [""] * 25
    answer = operator().get(path)
    use, missing, unsure = chart_of(answer)["series"]
    assert (len(use["data"]), len(missing["data"]), unsure["data"]) == (300, 204, [])
    assert (use["data"][0], missing["data"][0]) == ([0, 0, 10.0], [12, 12])
    text = page_of(answer).text
    assert "应有 504 小时，其中确定 300（59.5%）、不确定 0、缺 204" in text
    assert "最长的一段缺口 204 小时，自 2026-11-13 12:00 起" in text
    assert "—" in text


def test_before_the_first_value_hours_on_record_are_missing(own_points: dict[str, int]) -> None:
    """The meters are on record since 1 October and were heard of from 1 November on: 744 hours of October."""
    text = page_of(operator().get(f"/meters/heat/?meter={own_points['T']}&month=2026-10")).text
    assert "应有 744 小时，其中确定 0（0.0%）、不确定 0、缺 744" in text
    earlier = page_of(operator().get(f"/meters/heat/?meter={own_points['T']}&month=2026-09")).text
    assert "这个月没有在册的表" in earlier


def test_an_institution_is_the_sum_of_its_meters_and_says_what_is_not_sure(points: dict[str, int]) -> None:
    """X: T 10 less B 20 (Y's, below it) and S, which stands still at 500 and is suspect: −10 and not sure.
    Y: B alone, 20 an hour."""
    x = rows_of(operator(), f"/meters/heat/?institution=X&carrier=electricity&{MONTH}&export=csv")
    y = rows_of(operator(), f"/meters/heat/?institution=Y&{MONTH}&export=csv")
    assert {row[12] for row in x} == {"-10.0000"}
    assert {row[12] for row in y} == {"20.0000"}
    page = operator().get(f"/meters/heat/?institution=X&{MONTH}")
    use, missing, unsure = chart_of(page)["series"]
    assert (len(use["data"]), missing["data"]) == (504, [])
    assert len(unsure["data"]) > 400
    assert "≈-10" in page_of(page).text


def test_what_is_another_districts_is_not_found(own_points: dict[str, int]) -> None:
    client = metered.who("chief", "viewer", "L-500103")
    assert client.get(f"/meters/heat/?meter={own_points['T']}&{MONTH}").status_code == 200
    for query in (f"meter={own_points['B']}", "institution=Y", "institution=NO", "meter=987654", "meter=x",
                  "institution=X&carrier=water", "month=2026-13"):  # fmt: skip
        assert client.get(f"/meters/heat/?{query}").status_code == 404, query
    text = page_of(client.get(f"/meters/heat/?{MONTH}")).text
    assert ("榆林学校" in text, "柏林学校" in text) == (True, False)


def test_who_has_a_point_later_sees_no_hour_of_the_time_before(own_points: dict[str, int]) -> None:
    metered.meters(f"{metered.HEAD}\nT,总表,Y,electricity,kWh,register,,60,1,,T1,2026-11-10\n")
    metered.derive()
    days = {
        name: [row[0][-2:] for row in rows_of(
            metered.who(name, "viewer", node), f"/meters/heat/?meter={own_points['T']}&{MONTH}&export=csv"
        )]
        for name, node in (("before", "L-500103"), ("after", "L-500104"))
    }  # fmt: skip
    assert days == {"before": [f"{n:02}" for n in range(1, 10)], "after": [f"{n:02}" for n in range(10, 22)]}


@pytest.mark.parametrize("query", ["", "?meter={A}", "?institution=X"])
def test_the_page_speaks_chinese_and_asks_little(own_points: dict[str, int], query: str) -> None:
    client, path = metered.who("chief", "viewer", "L-500103"), f"/meters/heat/{query.format_map(own_points)}"
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert len(asked) <= MOST_QUERIES, [one["sql"][:200] for one in asked]
    assert not {word for word in latin(page_of(answer)) if "chief" not in word}
