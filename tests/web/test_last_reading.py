"""What a point was read last: kept as readings come, in any order, by any way; on the list and on the point's page."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared_home import copy_of, turned_to
from tests.web import metered_city as metered
from tests.web.conftest import operator
from tests.web.html_text import page_of
from tests.web.test_meters import rows_of

NOW = "2026-11-22 00:00（0 分钟前）"
LAST = metered.BEGIN + metered.HOURS * 3600


@pytest.fixture(scope="session")
def built(furnished: Path, tmp_path_factory, django_db_blocker) -> tuple[Path, dict[str, int]]:
    path = copy_of(furnished, tmp_path_factory.mktemp("read") / "home")
    with django_db_blocker.unblock(), turned_to(path):
        return path, metered.furnish(path)


@pytest.fixture
def points(built: tuple[Path, dict[str, int]], tmp_path: Path, django_db_blocker) -> Iterator[dict[str, int]]:
    with django_db_blocker.unblock(), turned_to(copy_of(built[0], tmp_path / "home")):
        yield built[1]


def kept() -> dict[str, tuple[int, str]]:
    from jieyue.apps.metering.models import LastReading

    return {
        row.point.code: (row.ts, "" if row.value is None else f"{row.value:.1f}")
        for row in LastReading.objects.select_related("point")
    }


def test_the_list_says_what_each_point_showed_last_and_how_long_ago(points: dict[str, int]) -> None:
    """The clock stands at the start of the 22nd: T was read that moment, A on the 13th at noon, 8½ days before."""
    rows = {row[0]: row for row in rows_of(operator(), "/meters/?month=2026-11&export=csv")}
    assert {code: (float(row[10]), row[11]) for code, row in rows.items()} == {
        "T": (5040.0, NOW), "A": (3000.0, "2026-11-13 12:00（8 天前）"),
        "B": (10080.0, NOW), "S": (500.0, NOW),
    }  # fmt: skip
    text = page_of(operator().get("/meters/?month=2026-11")).text
    assert all(word in text for word in ("3,000 千瓦时", "8 天前", "0 分钟前"))


def test_the_page_says_when_by_which_source_and_how_it_is_known(points: dict[str, int]) -> None:
    text = page_of(operator().get(f"/meters/{points['A']}/")).text
    assert all(
        word in text for word in ("3,000 千瓦时", "2026-11-13 12:00", "8 天前", "读数来源", "文件", "实测")
    )


def test_the_same_reading_stands_whatever_the_order_in_which_they_came(points: dict[str, int]) -> None:
    """Late ones do not count, a correction goes before a file, two files that differ leave no value. A rebuild from the
    lake's files finds the same."""
    from jieyue.apps.metering.services.clean import clean
    from jieyue.apps.metering.services.import_readings import import_readings

    def take(meter: str, ts: int, value: float, kind: str = "file") -> None:
        text = f"meter,ts,value\n{meter},{ts},{value}\n".encode()
        assert import_readings(text, "r.csv", actor="tests", kind=kind).result.applied

    metered.meters("\n".join([metered.HEAD, *(
        f"P{n},,X,electricity,kWh,register,,60,1,,P{n},2026-10-01" for n in range(4)
    )]) + "\n")  # fmt: skip
    packets = [("early", 0, 1.0, "file"), ("late", 3600, 5.0, "file"), ("late", 3600, 7.0, "correction")]
    for n in range(3):
        order = random.Random(n).sample(packets, len(packets))
        for _name, ts, value, kind in order:
            take(f"P{n}", metered.BEGIN + ts, value, kind)
    take("P3", metered.BEGIN, 2.0)
    take("P3", metered.BEGIN, 3.0)
    found = kept()
    assert {found[f"P{n}"] for n in range(3)} == {(metered.BEGIN + 3600, "7.0")}
    assert found["P3"] == (metered.BEGIN, "")
    clean(actor="tests", rebuild=True)
    assert kept() == found


def test_a_rebuild_and_an_older_home_make_it_again_of_the_lake(points: dict[str, int]) -> None:
    from jieyue.apps.metering.models import LastReading
    from jieyue.apps.metering.services.clean import clean

    before = kept()
    assert before["T"] == (LAST, "5040.0")
    LastReading.objects.update(ts=1, value=1)
    clean(actor="tests", rebuild=True)
    assert kept() == before
    LastReading.objects.all().delete()
    metered.take(_folder(), "A", [3000], start=metered.BEGIN + 301 * 3600)
    assert kept() == {**before, "A": (metered.BEGIN + 301 * 3600, "3000.0")}


def _folder() -> Path:
    from django.conf import settings

    return settings.JIEYUE_HOME.path


def test_who_had_a_point_before_does_not_see_what_it_shows_now(points: dict[str, int]) -> None:
    """A goes to Y a week after it was read last: Y sees no reading of it."""
    metered.meters(f"{metered.HEAD}\nT,总表,Y,electricity,kWh,register,,60,1,,T1,2026-11-22\n")
    after = metered.who("after", "viewer", "L-500104")
    rows = {row[0]: row for row in rows_of(after, "/meters/?month=2026-11&export=csv")}
    assert rows["T"][11] == NOW  # read at the first moment of the day on which it is theirs
    metered.meters(f"{metered.HEAD}\nA,教学楼,Y,electricity,kWh,register,,60,1,,A1,2026-11-20\n")
    rows = {row[0]: row for row in rows_of(after, "/meters/?month=2026-11&export=csv")}
    assert rows["A"][10:12] == ["", "从未有读数"]
    assert "3,000" not in page_of(after.get(f"/meters/{points['A']}/")).text


def test_the_page_lists_the_calibrations_of_its_meters(points: dict[str, int]) -> None:
    from jieyue.apps.exchange.list_import import ListChoice
    from jieyue.apps.metering.services.import_calibrations import import_calibrations

    text = "meter,serial,calibrated_on,valid_until,certificate,body\nT,T1,2026-10-05,2028-10-04,检字1号,市计量院\n"
    assert import_calibrations(text.encode(), "c.csv", ListChoice(), actor="tests").result.applied
    page = page_of(operator().get(f"/meters/{points['T']}/")).text
    assert all(word in page for word in ("2026-10-05", "2028-10-04", "检字1号", "市计量院"))
    assert "没有检定记录" in page_of(operator().get(f"/meters/{points['A']}/")).text
