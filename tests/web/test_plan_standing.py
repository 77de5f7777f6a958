"""The pages on how sure the plan's verdicts are: not computed until asked, then stored; binding and expected apart."""

import csv
import io
import re
from decimal import Decimal
from html import unescape

from jieyue.apps.targets.models import StandingRow
from tests.web.conftest import City


def test_nothing_is_computed_until_somebody_asks(own_city: City) -> None:
    client = own_city.client()
    StandingRow.objects.all().delete()  # the city that this one is a copy of may have been asked
    for path in ("/plan/sensitivity/", "/plan/brief/"):
        assert "还没有算过" in unescape(client.get(f"{path}?period=2025").content.decode())
    assert StandingRow.objects.count() == 0
    assert client.get("/plan/sensitivity/?period=2025&export=csv").status_code == 404
    first = unescape(client.get("/plan/brief/?period=2025&compute=1").content.decode())
    assert StandingRow.objects.count() == 1
    assert unescape(client.get("/plan/brief/?period=2025").content.decode()).count("把握") == first.count(
        "把握"
    )
    answer = client.get("/plan/sensitivity/?period=2025&export=csv")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert len([row for row in rows if len(row) == len(head)]) == 7
    assert "不作为考核结论" in rows[-1][0]
    page = unescape(client.get("/plan/sensitivity/?period=2025").content.decode())
    for words in (
        "规划口径",
        "电力因子取当年公布值",
        "车辆边界只计公务用车",
        "按现行区划",
        "未报的按上年数补入",
    ):
        assert words in page
    assert "【由人填写后再呈送】" in first
    assert client.get("/plan/brief/?period=1999").status_code == 404


def test_the_gap_is_actual_less_target_and_grouped_like_them(own_city: City) -> None:
    page = unescape(own_city.client().get("/plan/brief/?period=2025&compute=1").content.decode())
    row = next(part for part in page.split("<tr>") if "用水总量" in part and "13,526.00" in part)
    cells = [
        re.sub("<[^>]+>", "", cell).strip()
        for cell in re.findall(r'<td class="number".*?</td>', row, re.DOTALL)
    ]
    target, actual, gap = (Decimal(cell.replace(",", "")) for cell in cells)
    assert gap == actual - target
    assert cells[2] == f"{gap:,}"
