"""D7: a department by the districts its institutions stand in, summed by hand, equal to the department's figure."""

import csv
import io
import re
from fractions import Fraction

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.apps.accounts import desk
from tests.apps.summaries.dozen import Dozen
from tests.apps.summaries.test_pages import visitor

PAGE = "/overview/?scope=department:D-EDU&period=2025&compute=1"
KGCE_PER_KWH, COAL = Fraction("0.1229"), Fraction("0.7143")
#: By hand, of 2025: A1 12,078 kWh, A2 50,000.5 kWh and 2.25 t of coal, C1 (which files for M1 and M2) 90,000 kWh and
#: 1.0001 t, all in 500103; X1 in no district 0.0003 kWh; P1 and S1 in 500104 have no whole year.
YUZHONG = Fraction("152078.5") * KGCE_PER_KWH / 1000 + Fraction("3.2501") * COAL
AREA = 2012 + 9000 + 15000


def shown(value: Fraction) -> str:
    return f"{float(value):.2f}"


def rows() -> dict[str, list[str]]:
    answer = visitor("c-approver").get(f"{PAGE}&chart=districts&export=csv")
    assert answer.status_code == 200
    return {
        row[0]: row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) if len(row) > 3
    }


def test_the_districts_are_those_added_up_by_hand(read: Dozen) -> None:
    found = rows()
    (own,) = [row for name, row in found.items() if "渝中" in name]
    assert own[3] == shown(YUZHONG) == "21.01"
    assert own[4] == "100.0"
    total = found["合计"]
    assert total[3] == desk.figure("department:D-EDU", "2025", "energy_total_tce").display
    assert sum(
        Fraction(row[3] or 0) for name, row in found.items() if name not in ("合计", "区县")
    ) == Fraction(total[3])
    assert "不在区县内" in found
    assert own[6] == shown(YUZHONG * 1000 / AREA)


def test_the_card_has_its_sentence_picture_files_and_the_way_to_the_source(read: Dozen) -> None:
    client = visitor("c-approver")
    page = client.get(f"{PAGE}&part=institutions").content.decode()
    card = page.partition('id="districts"')[2].partition("</section>")[0]
    assert "2025年 1 个区县单位建筑面积能耗" in card
    assert 'data-picture="chart-districts"' in card
    link = re.search(r'href="(/source/[^"]*)"', card)
    assert link
    assert client.get(link[1].replace("&amp;", "&")).status_code == 200
    assert client.get(f"{PAGE}&chart=districts&export=xlsx").status_code == 200
    for other in ("line:L-500103", "city", "type:021"):
        address = f"/overview/?scope={other}&period=2025&compute=1"
        assert 'id="districts"' not in client.get(f"{address}&part=institutions").content.decode()
        assert client.get(f"{address}&chart=districts&export=csv").status_code == 404
    assert visitor("d-viewer").get(f"{PAGE}&chart=districts&export=csv").status_code == 404
    with CaptureQueriesContext(connection) as asked:
        client.get("/overview/?scope=department:D-EDU&period=2025&part=institutions")
    assert len(asked) <= 12
