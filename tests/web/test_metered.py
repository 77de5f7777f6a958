"""A month's use by meter: published once, offered beside the cell, taken with one press, never by itself."""

import html
from datetime import date

import pytest

from jieyue.apps.metering.facts import metered_of
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.metering.services.import_readings import import_readings
from jieyue.apps.metering.services.publish_metered import Outcome, publish_metered
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.registry.models import Institution
from jieyue.apps.registry.queries import by_code, codes_of
from tests.web.school import School

#: 2026-10-01 00:00 in China; October has 744 hours.
BEGIN, HOURS = 1790784000, 744


def meter(school: School, shown: list[int]) -> None:
    """The school's main meter (40 to one) and what it showed, hour by hour."""
    head = "meter,institution,carrier,unit,step_min,multiplier,valid_from"
    meters = f"{head}\nE1,{school.code},electricity,kWh,60,40,2026-09-01\n"
    import_meters(meters.encode(), "meters.csv", actor="tests")
    rows = "".join(f"E1,{BEGIN + n * 3600},{value}\n" for n, value in enumerate(shown))
    assert import_readings(f"meter,ts,value\n{rows}".encode(), "r.csv", actor="tests").result.applied
    clean(actor="tests")


def test_what_meters_say_is_offered_and_taken_with_one_press(school: School) -> None:
    meter(school, [2 * n for n in range(HOURS + 1)])  # 2 × 40 × 744 = 59,520 kWh
    assert publish_metered(202610, actor="tests") == Outcome(1, 0, 0)
    assert publish_metered(202610, actor="tests") == Outcome(0, 1, 0)
    school.reporter.post(f"{school.address}start/")
    shown = html.unescape(school.reporter.get(school.address).content.decode())
    assert "表计：59,520（完整率 100.0%）" in shown
    assert "110" not in school.cells()  # shown, not filled in
    form = {"estimate": "110:metered", "revision": school.row().revision}
    assert school.reporter.post(f"{school.address}estimate/", form).status_code == 302
    assert school.cells()["110"] == ["59520", "kWh", 1]
    shown = html.unescape(school.reporter.get(school.address).content.decode())
    assert "取自表计" in shown
    assert "表计：" not in shown
    gas = {"estimate": "140:metered", "revision": school.row().revision}
    answer = school.reporter.post(f"{school.address}estimate/", gas)
    assert answer.status_code == 422
    assert "没有公布过 140 的表计用量" in html.unescape(answer.content.decode())


def test_late_readings_change_what_is_published_only_with_a_reason(school: School) -> None:
    meter(school, [2 * n for n in range(HOURS - 9)])  # 734 hours are known
    publish_metered(202610, actor="tests")
    rows = "".join(f"E1,{BEGIN + n * 3600},{2 * n}\n" for n in range(HOURS - 9, HOURS + 1))
    import_readings(f"meter,ts,value\n{rows}".encode(), "late.csv", actor="tests")
    clean(actor="tests")
    assert publish_metered(202610, actor="tests") == Outcome(0, 0, 1)
    assert [(row["use"], row["replaces"] is None) for row in stored()] == [(734 * 80, True)]
    assert publish_metered(202610, actor="tests", restate="补传") == Outcome(1, 0, 0)
    old, new = stored()
    assert (new["use"], new["replaces"], new["completeness"]) == (744 * 80, old["row_id"], 1)
    assert float(old["completeness"]) == 0.9865  # 734 of 744, rounded down
    assert old["seq"] < new["seq"]


def test_a_line_that_is_no_more_is_withdrawn_with_a_reason_and_no_longer_offered(school: School) -> None:
    """The meter turns out to have been another institution's all the time; then it is given back."""
    meter(school, [2 * n for n in range(HOURS + 1)])
    publish_metered(202610, actor="tests")
    head = "meter,institution,carrier,unit,step_min,multiplier,valid_from"

    def serves(code: str) -> None:
        file = f"{head}\nE1,{code},electricity,kWh,60,40,2026-09-01\n".encode()
        assert import_meters(file, "m.csv", actor="tests", restate="归属").result.applied
        clean(actor="tests")

    own = by_code([school.code])[school.code]
    other = Institution.objects.exclude(pk=own).order_by("pk").first().pk
    assert metered_of(own, 202610) == {"electricity": (59_520, 1)}
    serves(codes_of([other])[other])
    assert publish_metered(202610, actor="tests") == Outcome(1, 0, 1)
    assert metered_of(own, 202610) == {"electricity": (59_520, 1)}  # what is published stays
    assert publish_metered(202610, actor="tests", restate="归属有误") == Outcome(1, 1, 0)
    assert metered_of(own, 202610) == {}
    assert metered_of(other, 202610) == {"electricity": (59_520, 1)}
    assert publish_metered(202610, actor="tests", restate="再看一遍") == Outcome(0, 1, 0)
    assert [(row["replaces"] is None, bool(row["gone"])) for row in stored()] == [
        (True, False), (True, False), (False, True),
    ]  # fmt: skip
    serves(school.code)
    assert publish_metered(202610, actor="tests") == Outcome(0, 0, 2)
    assert publish_metered(202610, actor="tests", restate="更正归属") == Outcome(2, 0, 0)
    assert metered_of(own, 202610) == {"electricity": (59_520, 1)}
    assert metered_of(other, 202610) == {}


def stored() -> list[dict]:
    lake = open_lake()
    names = lake.snapshot(["metered"]).tables["metered"].schema.names
    return sorted(lake.read("metered", names).to_pylist(), key=lambda row: row["seq"])


def test_a_month_that_is_not_over_is_not_published(school: School) -> None:
    from django.conf import settings

    today: date = settings.JIEYUE_HOME.today()
    with pytest.raises(RefusedError) as refused:
        publish_metered(today.year * 100 + today.month, actor="tests")
    assert refused.value.code == "metered_running"
    assert "还没有过完" in refused.value.message_zh
