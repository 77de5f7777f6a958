"""Silences longer than the days that a month looks at: what was used meanwhile is booked once and whole, in whichever
order the readings came."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.command import DONE, jieyue
from tests.cli.test_rollups import add_meters, bytes_of, take

#: 2025-01-01 00:00 in China, by months from there.
BEGIN = 1735660800
HOUR, DAY = 3600, 86400
MONTHS = {"01": 0, "02": 31, "03": 59, "04": 90, "05": 120, "06": 151, "07": 181}
METERS = [
    "M1,A,electricity,kWh,register,60,2024-12-01",
    "M2,A,electricity,kWh,register,60,2024-12-01",
    "I1,A,water,m3,interval,60,2024-12-01",
]


@pytest.fixture
def metered(home: Path) -> Path:
    add_meters(home, METERS, head="meter,institution,carrier,unit,kind,step_min,valid_from")
    return home


def at(day: str, hour: int = 0) -> int:
    """An instant of 2025: "02-21"."""
    month, number = day.split("-")
    return BEGIN + (MONTHS[month] + int(number) - 1) * DAY + hour * HOUR


def hourly(day: str, count: int, shown: int, by: int, meter: str = "M1") -> list[tuple[str, int, object]]:
    """So many readings from the beginning of a day on, each by so much higher than the one before."""
    return [(meter, at(day) + n * HOUR, shown + n * by) for n in range(count)]


def by_month(home: Path, meter: str = "M1") -> dict[str, Decimal]:
    file = home / "hours.csv"
    assert jieyue(home, "readings", "export", "--grain", "hour", "-o", file).code == DONE
    found: dict[str, Decimal] = defaultdict(Decimal)
    with file.open(encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            if row["meter"] == meter and row["value"]:
                day = (int(row["ts"]) - BEGIN) // DAY
                month = max((word for word, first in MONTHS.items() if first <= day), default="12")
                found[month] += Decimal(row["value"])
    return dict(found)


def same_as_rebuilt(home: Path) -> bool:
    so_far = bytes_of(home)
    assert jieyue(home, "readings", "rebuild").code == DONE
    return bytes_of(home) == so_far


def said(**months: object) -> dict[str, Decimal]:
    return {word[1:]: Decimal(str(value)) for word, value in months.items()}


@pytest.mark.parametrize("another", [False, True])
def test_what_was_used_over_months_of_silence_is_booked_in_each_of_them(metered: Path, another: bool) -> None:
    """Heard until 3 January 00:00 (1,480) and from 11 April on (6,184): 4,704 in 98 days, 2 an hour. A reading of 21
    February, after 49 of them, says 1,176: 1 an hour before it, 3 after. The last one of January is corrected by 11.76,
    a hundredth of that. another: a meter is heard all the time, so that there are readings in every month."""
    if another:
        take(metered, hourly("01-01", 24 * 105, 0, 5, meter="M2"))
    take(metered, hourly("01-01", 49, 1000, 10))
    assert by_month(metered) == said(m01=480)
    take(metered, hourly("04-11", 25, 6184, 10))
    assert by_month(metered) == said(m01=480 + 1392, m02=1344, m03=1488, m04=480 + 240)
    assert same_as_rebuilt(metered)
    take(metered, [("M1", at("02-21"), 1480 + 1176)])
    assert by_month(metered) == said(m01=480 + 696, m02=480 + 576, m03=2232, m04=720 + 240)
    assert same_as_rebuilt(metered)
    take(metered, [("M1", at("01-03"), "1491.76")], "--correction")
    assert by_month(metered) == said(m01="1180.8", m02="1051.2", m03=2232, m04=720 + 240)
    assert same_as_rebuilt(metered)
    assert not any(by_month(metered, "I1").values())


def test_what_came_in_the_other_order_is_the_same(metered: Path) -> None:
    """April first, then January: nothing was heard before it, and now something is."""
    take(metered, hourly("04-11", 25, 6184, 10))
    assert by_month(metered) == said(m04=240)
    take(metered, hourly("01-01", 49, 1000, 10))
    assert by_month(metered) == said(m01=480 + 1392, m02=1344, m03=1488, m04=480 + 240)
    assert same_as_rebuilt(metered)


def test_months_of_silence_say_that_they_are_estimates(metered: Path) -> None:
    take(metered, [*hourly("01-01", 49, 1000, 10), *hourly("04-11", 25, 6184, 10)])
    found = jieyue(metered, "readings", "export", "--grain", "month", "-o", metered / "month.csv")
    assert found.code == DONE
    with (metered / "month.csv").open(encoding="utf-8") as opened:
        assert [row["quality"] for row in csv.DictReader(opened)] == ["estimated"] * 4


def test_readings_that_do_not_count_do_not_hide_the_good_ones_beyond(metered: Path) -> None:
    """In the silence three instants of February have two values each, three of March are set aside by a person."""
    take(metered, hourly("01-01", 49, 1000, 10))
    for shown in (1500, 1600):
        take(metered, hourly("02-05", 3, shown, 0))
    take(metered, hourly("03-20", 3, 99_000, 1))
    take(metered, hourly("04-11", 25, 6184, 10))
    aside = jieyue(
        metered, "readings", "edit", "exclude", "M1", "--from", "2025-03-20T00:00:00+08:00",
        "--to", "2025-03-20T02:00:00+08:00", "--reason", "another meter's numbers",
    )  # fmt: skip
    assert aside.code == DONE, aside.stderr
    assert by_month(metered) == said(m01=480 + 1392, m02=1344, m03=1488, m04=480 + 240)
    assert same_as_rebuilt(metered)


def test_the_ends_of_a_silence_are_judged_beside_their_own_neighbours(metered: Path) -> None:
    """The last reading before the silence stands out of its hours by far, so does the first after it, by which the
    register would have fallen: every month books between the good ones."""
    take(metered, [*hourly("01-01", 49, 1000, 10), ("M1", at("01-03", 1), 5900)])
    take(metered, [("M1", at("04-10", 23), 1700), *hourly("04-11", 25, 6184, 10)])
    assert by_month(metered) == said(m01=480 + 1392, m02=1344, m03=1488, m04=480 + 240)
    assert same_as_rebuilt(metered)


def test_a_register_that_began_anew_in_the_silence_leaves_it_open_in_every_month(metered: Path) -> None:
    take(metered, [*hourly("01-01", 49, 1000, 10), *hourly("04-11", 25, 20, 10)])
    assert by_month(metered) == said(m01=480, m04=240)
    assert open_items(metered) == {("M1", "reset")}
    assert same_as_rebuilt(metered)


def test_a_meter_that_reports_uses_has_an_open_item_over_its_silence(metered: Path) -> None:
    take(metered, [*hourly("01-01", 48, 3, 0, meter="I1"), *hourly("04-11", 24, 3, 0, meter="I1")])
    assert by_month(metered, "I1") == said(m01=144, m04=72)
    assert open_items(metered) == {("I1", "silence")}
    assert same_as_rebuilt(metered)


def open_items(home: Path) -> set[tuple[str, str]]:
    """What is open in March, in which nothing was heard."""
    found = jieyue(home, "readings", "quality", "--from", "2025-03-01", "--to", "2025-03-31")
    assert found.code == DONE, found.stderr
    return {(one["meter"], kind) for one in found.document for kind in one["work"]}


def test_meters_read_by_hand_every_quarter_are_judged_alike_in_every_month(metered: Path) -> None:
    """1 January 1,000; 1 April a slip of the pen, 10; 1 July 1,200: 200 in 181 days, and nothing twice."""
    rows: Sequence[tuple[str, int, object]] = [
        ("M1", at("01-01") - 92 * DAY, 700), ("M1", at("01-01"), 1000), ("M1", at("04-01"), 10),
        ("M1", at("07-01"), 1200), ("M1", at("07-01") + 92 * DAY, 1500),
    ]  # fmt: skip
    for row in rows:
        take(metered, [row])
    found = by_month(metered)
    assert sum(found[month] for month in MONTHS if month != "07") == 200
    assert same_as_rebuilt(metered)


def test_late_readings_of_few_meters_among_many_are_derived_as_a_rebuild_does(home: Path) -> None:
    """Ten meters use 6 an hour for two days; then the first and the last get what they showed in a hole of the first
    day: 2 an hour before noon, 10 after."""
    head = "meter,institution,carrier,unit,kind,step_min,valid_from"
    names = [f"M{n}" for n in range(10, 20)]
    add_meters(home, [f"{name},A,electricity,kWh,register,60,2024-12-01" for name in names], head=head)
    every = [row for name in names for row in hourly("02-10", 49, 0, 6, meter=name)]
    late = [(name, at("02-10", hour)) for name in ("M10", "M19") for hour in range(1, 24)]
    take(home, [row for row in every if row[:2] not in late])
    assert jieyue(home, "readings", "clean").code == DONE
    shown = {at("02-10", hour): 2 * hour if hour <= 12 else 24 + 10 * (hour - 12) for hour in range(1, 24)}
    take(home, [(name, ts, shown[ts]) for name, ts in late])
    assert jieyue(home, "readings", "clean").code == DONE
    uses = {name: by_hour(home, name) for name in ("M10", "M15", "M19")}
    assert uses["M10"] == uses["M19"] == [2] * 12 + [10] * 11 + [10] + [6] * 24
    assert uses["M15"] == [6] * 48
    assert same_as_rebuilt(home)


def by_hour(home: Path, meter: str) -> list[Decimal]:
    file = home / "hours.csv"
    assert jieyue(home, "readings", "export", "--grain", "hour", "-o", file).code == DONE
    with file.open(encoding="utf-8") as opened:
        return [
            Decimal(row["value"]) for row in csv.DictReader(opened) if row["meter"] == meter and row["value"]
        ]
