"""The pages of what institutions own: put on record, changed, ended by form; listed, counted by the plan, exported.

The home's clock says 2026-11-22. X is 榆林学校, Y is 柏林学校 (metered_city).
"""

import re
from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.exchange.list_import import ListChoice
from jieyue.apps.holdings.services.import_holdings import import_holdings
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import built, own_points, rows_of
from tests.web.test_pages import MOST_QUERIES

__all__ = ["built", "own_points"]

LONG = (
    "重庆市榆林学校南山校区第二学生生活中心一层与二层连通的清真与大众合营食堂（含教职工就餐区和三处对外窗口）"
)
HERE = "/institutions/X/holdings/"


def take(text: str, **choice: object) -> None:
    assert import_holdings(text.encode(), "list.csv", ListChoice(**choice), actor="tests").result.applied


def test_a_canteen_is_put_on_record_changed_and_ended_by_form(own_points: dict[str, int]) -> None:
    client = operator()
    assert "这里还没有登记" in client.get(HERE).content.decode()
    form = f"{HERE}new/?kind=canteen"
    assert "渝机管发〔2021〕96号 专栏3" in client.get(form).content.decode()
    said = {"name": LONG, "seats": "320", "diners_at_once": "二百", "valid_from": "2024-01-01"}
    refused = client.post(form, said)
    assert (refused.status_code, "同时就餐人数" in refused.content.decode()) == (422, True)
    assert LONG in refused.content.decode()  # what was typed is still there
    stored = client.post(form, said | {"diners_at_once": "260", "cooking_energy": "gas"})
    assert stored.status_code == 302
    thing = stored["Location"]
    row = ["1", "320", "260", "燃气", "未知", "未知", "2024-01-01", "—", "—"]
    assert rows_of(client, f"{HERE}?kind=canteen&export=csv") == [[LONG, *row]]
    assert len(LONG) > 50
    same = {"act": "change", "name": LONG, "seats": "320", "diners_at_once": "180", "cooking_energy": "gas"}
    assert client.post(thing, same | {"valid_from": "2024-01-01"}).status_code == 422  # a correction says so
    changed = client.post(thing, same | {"valid_from": "2026-03-01"})
    assert changed.status_code == 302, page_of(changed).text[-800:]
    assert client.post(thing, same | {"valid_from": "2026-03-01"}).status_code == 422  # nothing to change
    assert [row[3] for row in rows_of(client, f"{HERE}?kind=canteen&show=all&export=csv")] == ["260", "180"]
    ended = client.post(thing, {"act": "end", "valid_to": "2026-06-01", "reason": "拆除"})
    assert ended.status_code == 302
    assert rows_of(client, f"{HERE}?export=csv") == []
    assert len(rows_of(client, f"{HERE}?show=all&export=csv")) == 2


def test_the_plans_counts_open_their_lists_and_what_nobody_said_is_on_neither_side(
    own_points: dict[str, int],
) -> None:
    """By hand: X has canteens of 260 and 199 at once and one of which nobody said; Y one of 200."""
    head = "机构,类别,设施编号,名称,同时就餐人数,启用日期,停用日期\n"
    rows = (
        "X,食堂,1,甲,260,2024-01-01,", "X,食堂,2,乙,199,2024-01-01,", "X,食堂,3,丙,,2024-01-01,",
        "Y,食堂,1,丁,200,2024-01-01,", "Y,食堂,2,戊,500,2024-01-01,2026-11-22",
    )  # fmt: skip
    take(head + "\n".join(rows) + "\n")
    client = operator()
    shown = client.get("/holdings/").content.decode()
    counted = re.search(r"200 人以上同时就餐的食堂</th>.*?</tr>", shown, re.DOTALL)
    assert counted is not None
    assert re.findall(r">(\d+)</a>", counted.group()) == ["2", "1"]
    assert [row[0] for row in rows_of(client, "/holdings/?count=canteen_200&export=csv")] == ["甲", "丁"]
    assert [row[0] for row in rows_of(client, "/holdings/?count=canteen_200&unknown=yes&export=csv")] == [
        "丙"
    ]
    assert [row[0] for row in rows_of(client, "/holdings/?q=丁&export=csv")] == ["丁"]
    # The columns of the import, with what has ended; brought back all of it is there already.
    file = client.get("/holdings/?kind=canteen&export=register-csv").content.decode("utf-8-sig").splitlines()
    assert len(file) == 7  # the word that it is a sample, the headings, five rows
    again = import_holdings("\n".join(file).encode(), "again.csv", ListChoice(), actor="tests").result
    assert (again.read, again.duplicate) == (5, 5)
    assert client.get("/holdings/?kind=stable").status_code == 404
    assert client.get("/holdings/?count=nothing").status_code == 404
    assert client.get(f"/holdings/{10**20}/").status_code == 404


def test_a_page_asks_few_questions_and_a_broken_folder_is_told(own_points: dict[str, int]) -> None:
    from django.conf import settings

    take("机构,类别,设施编号,名称,启用日期\nX,建筑,1,教学楼,2001-09-01\nY,车辆,1,班车,2020-01-01\n")
    client = operator()
    client.get("/holdings/")
    for path in ("/holdings/", "/holdings/?kind=building", HERE):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(path).status_code == 200
        assert len(asked) <= MOST_QUERIES, path
    own = settings.JIEYUE_HOME.path / "holdings"
    own.mkdir()
    (own / "kinds.csv").write_text("code,name\nstable,马厩\n", "utf-8")
    told = client.get("/holdings/")
    assert (told.status_code, "kinds.csv" in told.content.decode()) == (422, True)


def test_what_went_to_another_institution_is_there_from_its_day(own_points: dict[str, int]) -> None:
    take("机构,类别,设施编号,名称,启用日期\nX,车辆,1,班车,2020-01-01\nY,车辆,1,轿车,2020-01-01\n")
    client = operator()
    (row,) = re.findall(r'href="(/holdings/\d+/)"', client.get(HERE).content.decode())
    moved = client.post(row, {"act": "end", "valid_to": "2026-02-01", "to": "Y", "reason": "调剂"})
    assert moved.status_code == 302
    assert rows_of(client, f"{HERE}?export=csv") == []
    there = rows_of(client, "/institutions/Y/holdings/?kind=vehicle&export=csv")
    assert [(one[0], one[1]) for one in there] == [("轿车", "1"), ("班车", "X-1")]
    assert date.fromisoformat(there[1][-3]) == date(2026, 2, 1)
