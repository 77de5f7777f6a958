"""What institutions own: by file and by page through one set of rules, dated, logged, carried along by the registry."""

from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.export_gate import csv_bytes
from jieyue.apps.exchange.list_import import ListChoice
from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.holdings.outward import file_rows, titles
from jieyue.apps.holdings.queries import counted, on, unknown
from jieyue.apps.holdings.rules import home_holdings
from jieyue.apps.holdings.services.end_holding import end_holding
from jieyue.apps.holdings.services.import_holdings import import_holdings
from jieyue.apps.holdings.services.keep_holding import Said, keep_holding
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.registry.services.split import Part, split
from jieyue.apps.registry.services.transfer import transfer

Nodes = dict[tuple[str, str], int]
BEGIN, DAY = date(2020, 1, 1), date(2025, 7, 1)

FILE = """机构,类别,设施编号,名称,餐位数,同时就餐人数,炊事用能,能效等级,额定功率（kW）,启用日期,停用日期,来源
A,食堂,1,一食堂,320,260,燃气,,,2021-01-01,,盘点表
A,canteen,2,二食堂,120,,全部用电,,,2021-01-01,2024-09-01,
B,制冷主机,1,1号机,,,,3级,400.5,2019-06-01,,
"""


def school(code: str, line: str = "L-500103-EDU", **more: object) -> int:
    places = {"area": "500103", "type": "021", "department": "D-EDU", "line": line}
    return create(
        {"code": code, "name": f"学校{code}", **more},
        places=places,
        valid_from=date(2018, 1, 1),
        actor="tester",
    )


def take(text: str, **choice: object) -> dict[str, object]:
    found = import_holdings(text.encode(), "list.csv", ListChoice(**choice), actor="tests").result
    return {
        "counts": (found.read, found.accepted, found.duplicate, found.rejected, found.applied),
        "errors": [(one.code, one.row, one.column) for one in found.findings if one.severity == "error"],
    }


def spans(institution: int) -> list[tuple[str, str, str, str]]:
    rows = HoldingSpan.objects.filter(institution=institution).order_by("kind", "code", "valid_from")
    return [(row.code, row.name, str(row.valid_from), str(row.valid_to)) for row in rows]


FOREVER = "9999-12-31"


@pytest.mark.postgres
def test_a_file_comes_in_once_and_goes_out_as_it_came(city_trees: Nodes) -> None:
    a, b = school("A"), school("B")
    assert take(FILE, dry_run=True) == {"counts": (3, 3, 0, 0, False), "errors": []}
    assert HoldingSpan.objects.count() == 0
    assert take(FILE) == {"counts": (3, 3, 0, 0, True), "errors": []}
    assert spans(a) == [("1", "一食堂", "2021-01-01", FOREVER), ("2", "二食堂", "2021-01-01", "2024-09-01")]
    assert take(FILE)["counts"] == (3, 0, 3, 0, True)
    chiller = HoldingSpan.objects.get(institution=b)
    assert chiller.values == {"efficiency_grade": 30000, "rated_power": 4005000}
    rules = home_holdings()
    rows = file_rows(HoldingSpan.objects.order_by("institution", "code"), rules)
    again = csv_bytes([titles(rules), *rows])
    assert take(again.decode("utf-8-sig")) == {"counts": (3, 0, 3, 0, True), "errors": []}
    # The counts of the plan's boxes, by hand: one canteen of 260 at once, one of 320 seats; of the other nobody says.
    counts = rules.counts(DAY)
    before = on(HoldingSpan.objects.all(), date(2024, 1, 1))
    assert [before.filter(counted(counts[code])).count() for code in ("canteen_200", "canteen_300")] == [1, 1]
    assert before.filter(unknown(counts["canteen_200"])).get().name == "二食堂"
    assert before.filter(counted(counts["canteen_200_fuel"])).get().name == "一食堂"
    assert before.filter(counted(counts["chiller_below_2"])).get().name == "1号机"
    assert ActionLog.objects.filter(verb="holdings.import_holdings").count() == 1


def test_what_is_wrong_is_told_at_its_cell_and_nothing_is_stored(city_trees: Nodes) -> None:
    school("A", rooms="1、A301")
    head = "机构,类别,设施编号,名称,餐位数,炊事用能,机架数,能效等级,启用日期,停用日期\n"
    rows = (
        "Z,食堂,1,甲,,,,,2021-01-01,",
        "A,马厩,1,甲,,,,,2021-01-01,",
        "A,食堂,2,甲,12.5,,,,2021-01-01,",
        "A,食堂,3,甲,,柴火,,,2021-01-01,",
        "A,食堂,4,甲,,,,6,2021-01-01,",
        "A,食堂,5,甲,,,,,2021-01-01,2020-01-01",
        "A,食堂,6,,,,,,2021-01-01,",
        "A,机房,B1,,,,4,,2021-01-01,",
        "A,数据中心机房,B1,,,,4,,2021-01-01,",
        "A,采暖,1,甲,,,,,2021-01-01,",
        "A,食堂,7,甲,,,9,,2021-01-01,",
    )
    found = take(head + "\n".join(rows))
    assert found["counts"] == (11, 0, 0, 11, False)
    assert sorted(found["errors"], key=lambda one: one[1]) == [
        ("unknown_institution", 2, "institution"),
        ("meter_word", 3, "类别"),
        ("meter_word", 4, "餐位数"),
        ("meter_word", 5, "炊事用能"),
        ("meter_word", 6, "能效等级"),
        ("to_be_metered_span", 7, "valid_to"),
        ("missing_required", 8, "name"),
        ("meter_word", 9, "类别"),
        ("holding_room", 10, "code"),
        ("holding_elsewhere", 11, "kind"),
        ("holding_field", 12, "racks"),
    ]
    assert HoldingSpan.objects.count() == 0
    assert take(head + f"A,食堂,8,{'长' * 201},,,,,2021-01-01,")["errors"] == [("text_too_long", 2, "名称")]
    assert take(head + "A,数据中心机房,A301,,,,4,,2021-01-01,")["counts"] == (1, 1, 0, 0, True)


def test_a_heading_of_another_unit_stops_the_file(city_trees: Nodes) -> None:
    school("A")
    text = "机构,类别,设施编号,名称,建筑面积（万平方米）,启用日期\nA,建筑,1,甲楼,1.2,2021-01-01\n"
    assert take(text) == {
        "counts": (1, 0, 0, 1, False),
        "errors": [("wrong_unit", None, "建筑面积（万平方米）")],
    }
    assert take(text.replace("万平方米", "平方米"))["counts"] == (1, 1, 0, 0, True)


def test_a_later_day_is_a_change_the_same_day_a_correction_with_a_reason(city_trees: Nodes) -> None:
    a = school("A")
    take(FILE.replace("\nB,", "\nA,"))
    more = "机构,类别,设施编号,餐位数,启用日期\nA,食堂,1,400,2023-01-01\n"
    assert take(more)["counts"] == (1, 1, 0, 0, True)
    own = HoldingSpan.objects.filter(institution=a, kind="canteen", code="1").order_by("valid_from")
    assert [row.values["seats"] for row in own] == [3200000, 4000000]
    assert [row.values["diners_at_once"] for row in own] == [
        2600000,
        2600000,
    ]  # what a row does not say stays
    assert len({row.holding_id for row in own}) == 1
    wrong = more.replace("400", "410")
    assert take(wrong)["errors"] == [("conflict", 2, "valid_from")]
    assert take(wrong, restate="量错了")["counts"] == (1, 1, 0, 0, True)
    assert own.last().values["seats"] == 4100000
    entry = ActionLog.objects.filter(verb="holdings.import_holdings").last()
    assert entry.reason == "量错了"
    assert entry.data["replaced"][0]["values"]["seats"] == 4000000


def test_a_page_says_the_same_by_the_same_rules_and_asks_the_right(city_trees: Nodes) -> None:
    a = school("A")
    said = {
        "institution": "A",
        "kind": "canteen",
        "name": "一食堂",
        "seats": "320",
        "valid_from": "2021-01-01",
    }
    other = create_user("other", actor="tester")
    grant(other, "reporter", node=city_trees["line", "L-500104"], valid_from=BEGIN, actor="tester")
    with pytest.raises(RefusedError, match="kept by"):
        keep_holding(Said(said, is_new=True), actor="other", by=other)
    own = create_user("own", actor="tester")
    grant(own, "reporter", node=a, valid_from=BEGIN, actor="tester")
    thing = keep_holding(Said(said, is_new=True), actor="own", by=own)
    assert spans(a) == [("1", "一食堂", "2021-01-01", FOREVER)]
    with pytest.raises(RefusedError, match=r"12\.5"):
        keep_holding(
            Said({**said, "code": "1", "seats": "12.5", "valid_from": "2022-01-01"}), actor="own", by=own
        )
    keep_holding(Said({**said, "code": "1", "seats": "400", "valid_from": "2022-01-01"}), actor="own", by=own)
    with pytest.raises(RefusedError, match="day must be"):
        end_holding(thing, date(2021, 6, 1), actor="own", reason="拆除", by=own)
    end_holding(thing, date(2024, 6, 1), actor="own", reason="拆除", by=own)
    assert [row[2:] for row in spans(a)] == [("2021-01-01", "2022-01-01"), ("2022-01-01", "2024-06-01")]
    verbs = ActionLog.objects.filter(verb__startswith="holdings.").order_by("id").values_list("verb", "actor")
    assert list(verbs) == [("holdings.add", "own"), ("holdings.change", "own"), ("holdings.end", "own")]


@pytest.mark.postgres
def test_the_registry_carries_them_along(city_trees: Nodes) -> None:
    a, b = school("A"), school("B")
    take(FILE)
    take("机构,类别,设施编号,名称,启用日期\nB,食堂,1,北食堂,2021-01-01\nB,车辆,7,班车,2026-01-01\n")
    transfer(b, "line", "L-500104", day=DAY, actor="tester")
    assert len(spans(b)) == 3
    merge(a, [b], DAY, actor="tester")
    # B's canteen has a number that A's uses: its new number says where it is from.
    assert spans(a) == [
        ("1", "一食堂", "2021-01-01", FOREVER),
        ("2", "二食堂", "2021-01-01", "2024-09-01"),
        ("B-1", "北食堂", "2025-07-01", FOREVER),
        ("1", "1号机", "2025-07-01", FOREVER),
        ("7", "班车", "2026-01-01", FOREVER),
    ]
    assert spans(b) == [
        ("1", "北食堂", "2021-01-01", "2025-07-01"),
        ("1", "1号机", "2019-06-01", "2025-07-01"),
    ]
    later = date(2026, 3, 1)
    (part,) = split(a, [Part({"code": "C", "name": "学校C"})], later, actor="tester").parts
    assert {row[2] for row in spans(part)} == {"2026-03-01"}
    assert len(spans(part)) == 4
    close(part, date(2026, 6, 1), actor="tester")
    assert {row[3] for row in spans(part)} == {"2026-06-01"}
    assert ActionLog.objects.filter(verb="holdings.follow").count() == 3


def test_a_room_that_the_registry_gives_up_stays_on_record(city_trees: Nodes) -> None:
    a = school("A", rooms="1")
    take("机构,类别,设施编号,机架数,启用日期\nA,数据中心机房,1,12,2021-01-01\n")
    change(a, DAY, actor="tester", rooms="2")
    assert spans(a) == [("1", "", "2021-01-01", FOREVER)]


def test_a_number_used_again_is_another_thing_and_whoever_has_the_first_may_end_it(city_trees: Nodes) -> None:
    a, b = school("A"), school("B")
    take("机构,类别,设施编号,名称,启用日期\nA,食堂,1,一食堂,2021-01-01\n")
    first = HoldingSpan.objects.get().holding_id
    end_holding(first, date(2024, 1, 1), actor="tests", reason="移交", to=b)
    take("机构,类别,设施编号,名称,启用日期\nA,食堂,1,新食堂,2025-03-01\n")
    again = HoldingSpan.objects.get(institution=a, valid_from=date(2025, 3, 1))
    assert again.holding_id != first
    end_holding(first, date(2026, 1, 1), actor="tests", reason="拆除")
    assert [row[3] for row in spans(b)] == ["2026-01-01"]
    assert [row[3] for row in spans(a)] == ["2024-01-01", FOREVER]


def test_what_a_closing_takes_away_stands_in_the_log(city_trees: Nodes) -> None:
    a = school("A")
    take("机构,类别,设施编号,名称,启用日期\nA,食堂,1,旧食堂,2021-01-01\nA,食堂,2,新食堂,2026-01-01\n")
    close(a, DAY, actor="tester")
    assert spans(a) == [("1", "旧食堂", "2021-01-01", "2025-07-01")]
    entry = ActionLog.objects.get(verb="holdings.follow")
    assert [one["name"] for one in entry.data["replaced"]] == ["旧食堂", "新食堂"]
