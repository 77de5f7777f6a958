"""D7: a department by the districts its institutions stand in, summed by hand, equal to the department's figure."""

import csv
import io
import re
from fractions import Fraction

import polars as pl
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieyue.apps.registry.services.bulk_register import bulk_register
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import BEGIN, Dozen
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


#: More of the department, each with a yearly return of 2025 [kWh, m2]: S1 in 500104, N1 in 500106, and N2 in no
#: district beside X1, which used 0.0003 kWh.
MORE = {"S1": (20_000, 4_000), "N1": (30_000, 10_000), "N2": (5_000, 1_000), "N3": (40_000, 8_000)}
#: N3 stands in 江北, which ended in November 2025, and was not placed anew.
STANDS = {"N1": "500106", "N3": "500105"}
OF_NONE = Fraction("5000.0003")


def grow(*codes: str) -> None:
    new = [code for code in codes if code.startswith("N")]
    if new:
        hangs = {"line": "city", "department": "D-EDU", "type": "026"}
        places = [(code, tree, node) for code in new for tree, node in hangs.items()]
        places += [(code, "area", STANDS[code]) for code in new if code in STANDS]
        bulk_register(
            pl.DataFrame([{"code": code, "name": f"单位{code}", "valid_from": BEGIN} for code in new]),
            pl.DataFrame(
                [
                    {"code": code, "tree": tree, "target": node, "valid_from": BEGIN}
                    for code, tree, node in places
                ]
            ),
            actor="tests",
        )
    desk.publish({(code, "2025"): {"110": str(MORE[code][0]), "102": str(MORE[code][1])} for code in codes})


def tce(kwh: Fraction | int) -> Fraction:
    return kwh * KGCE_PER_KWH / 1000


def test_two_districts_and_nobody_outside_but_the_one_of_no_district(dozen: Dozen) -> None:
    """500103 has 21.0119 of 23.4699 tce, which is 89.5 in a hundred; 500104 20,000 kWh, 2.458 tce, 10.5."""
    grow("S1")
    found = rows()
    whole = YUZHONG + tce(20_000) + tce(Fraction("0.0003"))
    first, second = (next(row for name, row in found.items() if word in name) for word in ("渝中", "大渡口"))
    assert (first[3:5], second[3:5]) == (
        [shown(YUZHONG), f"{float(YUZHONG * 100 / whole):.1f}"],
        ["2.46", "10.5"],
    )
    assert (first[4], shown(whole)) == ("89.5", "23.47")
    assert (
        found["合计"][3]
        == shown(whole)
        == desk.figure("department:D-EDU", "2025", "energy_total_tce").display
    )
    # 2.458 tce over 4,000 m2 is 0.6145 kgce/m2, a half that goes to the even digit before it.
    assert second[5:7] == ["4000", "0.61"]
    assert found["合计"][6] == shown(whole * 1000 / (AREA + 4_000))


def test_three_districts_and_a_blank_one_are_ordered_by_energy_and_sum_to_the_whole(dozen: Dozen) -> None:
    grow("S1", "N1", "N2")
    found = rows()
    by_hand = {
        "渝中": (YUZHONG, AREA),
        "沙坪坝": (tce(30_000), 10_000),
        "大渡口": (tce(20_000), 4_000),
        "不在区县内": (tce(OF_NONE), 1_000),
    }
    assert [shown(energy) for energy, _area in by_hand.values()] == ["21.01", "3.69", "2.46", "0.61"]
    whole = sum((energy for energy, _area in by_hand.values()), Fraction())
    names = [name for name in found if name not in ("区县", "合计")]
    assert [next(word for word in by_hand if word in name) for name in names] == list(by_hand)
    for name, (energy, area) in zip(names, by_hand.values(), strict=True):
        assert found[name][3:5] == [shown(energy), f"{float(energy * 100 / whole):.1f}"]
        assert Fraction(found[name][5]) == area
        assert found[name][6] == f"{float(energy * 1000 / area):.2f}"
    total = found["合计"]
    assert total[3:5] == [shown(whole), "100.0"]
    assert sum(int(found[name][1]) for name in names) == int(total[1])
    assert sum(int(found[name][2]) for name in names) == int(total[2]) == 7
    page = visitor("c-approver").get(f"{PAGE}&part=institutions").content.decode()
    card = page.partition('id="districts"')[2].partition("</section>")[0]
    assert "2025年 3 个区县单位建筑面积能耗" in card, "the blank one is none"
    assert "不在区县内" in card


def test_who_stands_in_a_district_that_has_ended_counts_under_its_name(dozen: Dozen) -> None:
    """40,000 kWh are 4.916 tce; at the end of 2025 there is no 江北 any more, and nobody has placed N3 elsewhere. The
    accounts by area count it there too."""
    grow("N3")
    found = rows()
    (ended,) = [row for name, row in found.items() if "江北" in name]
    assert ended[0] == "江北区（已撤销）"
    assert ended[1:4] == ["1", "1", shown(tce(40_000))]
    assert desk.figure("area:500105", "2025", "energy_total_tce").display == ended[3] == "4.92"
    assert found["不在区县内"][1] == "1", "X1 alone"
    page = visitor("c-approver").get(f"{PAGE}&part=institutions").content.decode()
    card = page.partition('id="districts"')[2].partition("</section>")[0]
    assert "scope=area%3A500103" in card
    assert "scope=area%3A500105" not in card, "what has ended has no dashboard"
