"""Returns keep the form's own arithmetic, belong to who owes them, and months make up the year."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from jieyue.domain.period import Period
from jieyue.sample.model import APPROVED, DRAFT, NOT_BEGUN, ReturnsFrame, SampleCity

YEARS = ["2015", "2020", "2021", "2022", "2023", "2024", "2025"]
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025, 2026) for month in range(1, 13)][10:34]
PRICES = {  # the default ranges of the audit rules P01–P08
    "110": ("111", 0.4, 1.2),
    "120": ("121", 1.5, 10),
    "140": ("141", 1.5, 6),
    "150": ("151", 5.5, 10.5),
    "160": ("161", 5, 10),
    "130": ("131", 400, 2_000),
    "105": ("1051", 4, 12),
}
FLOWS = [
    "110",
    "111",
    "120",
    "121",
    "130",
    "131",
    "140",
    "141",
    "105",
    "1051",
    "150",
    "151",
    "160",
    "161",
    "180",
    "181",
]


def honest(city: SampleCity, frame: ReturnsFrame) -> NDArray[np.bool_]:
    """Rows of the frame without a planted mistake that were sent."""
    wrong = set(city.planted.filter(pl.col("period") == frame.period)["institution"])
    clean = np.array([code not in wrong for code in frame.institutions])
    return clean & ~np.isin(frame.states, [NOT_BEGUN, DRAFT])


def test_the_periods_are_those_asked_for(city: SampleCity) -> None:
    assert [frame.period for frame in city.returns("NY201") if len(frame.period) == 4] == YEARS
    assert [frame.period for frame in city.returns("NY201") if len(frame.period) == 7] == MONTHS
    assert {frame.period for frame in city.returns("NY203")} == {"2024-HS", "2025-HS"}
    assert "2025" in {frame.period for frame in city.returns("NY202")}
    for frame in city.returns():
        Period.parse(frame.period)


def test_frames_are_well_formed(city: SampleCity) -> None:
    for frame in city.returns():
        shape = (len(frame.institutions), len(frame.codes))
        assert frame.values.shape == frame.origins.shape == shape
        assert frame.values.dtype == np.int64
        assert frame.origins.dtype == np.uint8
        assert len(frame.states) == len(frame.instances) == shape[0]
        keys = list(zip(frame.institutions, frame.instances, strict=True))
        assert keys == sorted(set(keys))
        assert frame.values.min() >= 0
        assert set(np.unique(frame.origins)) <= {0, 1, 2, 3, 4, 9}
        assert not frame.values[np.isin(frame.origins, [0, 9])].any()


def test_schemes_are_those_of_the_periods_last_day(city: SampleCity) -> None:
    schemes = {frame.period: frame.scheme for frame in city.returns("NY201")}
    assert (schemes["2015"], schemes["2021"], schemes["2022"], schemes["2025-10"]) == (
        "2020",
        "2020",
        "2022",
        "2022",
    )
    assert schemes["2025-11"] == schemes["2025"] == "2025-11"
    deleted = {"101", "106", "190", "191", "192"}  # by the revision of November 2025
    assert not deleted & set(city.frame("NY201", "2025-11").codes)
    assert deleted <= set(city.frame("NY201", "2025-10").codes)
    assert "pv_kwh" not in city.frame("NY201", "2021").codes


@pytest.mark.parametrize("period", YEARS + MONTHS)
def test_the_forms_own_arithmetic_holds(city: SampleCity, period: str) -> None:
    frame = city.frame("NY201", period)
    rows = honest(city, frame)
    q = {code: frame.column(code)[rows] for code in frame.codes}
    assert (q["150"] == q["1501"] + q["1502"]).all()
    assert (q["151"] == q["1511"] + q["1512"]).all()
    assert (q["160"] == q["1601"] + q["1602"]).all()
    assert (q["161"] == q["1611"] + q["1612"]).all()
    assert (q["104"] >= q["1041"] + q["1042"] + q["1043"]).all()
    assert (q["1041"][q["1501"] > 0] > 0).all()
    assert (q["1042"][q["1601"] > 0] > 0).all()
    assert (q["102"] > 0).all()
    assert (q["103"] > 0).all()
    assert (q["1031"] <= q["103"]).all()
    assert (q["110"] > 0).all()
    for item, (cost, low, high) in PRICES.items():
        both = (q[item] > 0) & (q[cost] > 0)
        price = q[cost][both] / q[item][both]
        large = q[item][both] >= 100_000  # ten units: below that a cent decides
        assert ((price >= low) & (price <= high))[large].all()
        assert not q[cost][q[item] == 0].any()


def test_months_of_2025_make_up_the_year_to_the_last_digit(city: SampleCity) -> None:
    year = city.frame("NY201", "2025")
    touched = set(city.planted.filter(pl.col("period").str.starts_with("2025-"))["institution"])
    clean = np.array([code not in touched for code in year.institutions])
    sums = {item: np.zeros(len(year.institutions), dtype=np.int64) for item in FLOWS}
    place = {code: index for index, code in enumerate(year.institutions)}
    for period in MONTHS[2:14]:
        month = city.frame("NY201", period)
        at = np.array([place[code] for code in month.institutions])
        for item in FLOWS:
            sums[item][at] += month.column(item)
    assert clean.sum() > 15_500
    for item in FLOWS:
        assert (sums[item][clean] == year.column(item)[clean]).all(), item
    assert not all((sums[item] == year.column(item)).all() for item in FLOWS)  # the mistakes show


def test_those_file_who_owe(city: SampleCity) -> None:
    members = city.memberships.filter(pl.col("tree") == "unit")
    extra = set(city.cases["doubled"]["institutions"])
    for period in [*YEARS, "2025-06", "2026-03", "2026-06", "2026-10"]:
        day = Period.parse(period).last_day
        held = members.filter((pl.col("valid_from") <= day) & (pl.col("valid_to") > day))
        owing = set(held.filter(pl.col("code") == pl.col("target"))["code"])
        filed = set(city.frame("NY201", period).institutions)
        missing = set(
            city.planted.filter((pl.col("period") == period) & (pl.col("kind") == "missing_months"))[
                "institution"
            ]
        )
        doubled = extra if period in ("2026-05", "2026-06", "2026-07") else set()
        assert filed == (owing - missing) | doubled, period


def test_a_compound_return_holds_its_members(city: SampleCity) -> None:
    day = date(2025, 12, 31)
    frame = city.frame("NY201", "2025")
    stock = {
        row["code"]: row["floor_area"]
        for row in city.institutions.iter_rows(named=True)
        if row["valid_from"] <= day < row["valid_to"]
    }
    area = dict(zip(frame.institutions, (frame.column("102") // 10_000).tolist(), strict=True))
    unit = city.memberships.filter(
        (pl.col("tree") == "unit") & (pl.col("valid_from") <= day) & (pl.col("valid_to") > day)
    )
    held: dict[str, int] = {}
    for code, filer in unit.select("code", "target").iter_rows():
        held[filer] = held.get(filer, 0) + stock[code]
    assert len(held) < len(stock)
    assert held == area


def test_nobody_has_every_carrier_and_not_used_is_told_from_zero(city: SampleCity) -> None:
    frame = city.frame("NY201", "2025")
    used = {
        code: float((frame.column(code) > 0).mean())
        for code in ("110", "120", "140", "130", "105", "160", "170")
    }
    assert used["110"] == used["120"] == 1
    assert 0.3 < used["140"] < 0.7
    assert 0 < used["130"] < 0.03
    assert 0 < used["105"] < 0.05
    assert used["170"] == 0
    coal = frame.codes.index("130")
    assert (frame.origins[frame.values[:, coal] == 0, coal] == 9).all()
    assert (frame.origins[:, frame.codes.index("104")] == 3).all()


def test_origins_are_mixed_and_the_four_cases_of_payment_are_there(city: SampleCity) -> None:
    frame = city.frame("NY201", "2025")
    power, money = (frame.origins[:, frame.codes.index(code)] for code in ("110", "111"))
    shares = {origin: float((power == origin).mean()) for origin in (1, 2, 3, 4)}
    assert shares[2] > 0.5
    assert all(share > 0.01 for share in shares.values())
    for metered in (True, False):
        for paid in (True, False):
            assert (((power != 4) == metered) & ((money != 9) == paid)).any(), (metered, paid)


def test_honest_monthly_noise_is_at_least_ten_per_cent(city: SampleCity) -> None:
    """The deviation of the same month's ratio between two years, net of the common movement, over √2."""
    ratios = []
    for month in ("03", "06", "09"):
        first, second = city.frame("NY201", f"2025-{month}"), city.frame("NY201", f"2026-{month}")
        before = dict(zip(first.institutions, first.column("110").tolist(), strict=True))
        sent = honest(city, second) & np.isin(second.institutions, first.institutions)
        pairs = [
            (after, before[code])
            for code, after, taken in zip(
                second.institutions, second.column("110").tolist(), sent, strict=True
            )
            if taken
        ]
        logs = np.log([after / old for after, old in pairs])
        middle = logs[np.abs(logs - np.median(logs)) < 1]
        ratios.append(float(np.std(middle)) / 2**0.5)
    assert min(ratios) >= 0.10
    assert max(ratios) < 0.20


def test_institutions_are_heavy_tailed(city: SampleCity) -> None:
    power = np.sort(city.frame("NY201", "2025").column("110"))[::-1]
    tenth = int(power[: len(power) // 10].sum())
    assert 0.40 < tenth / int(power.sum()) < 0.75
    assert power.max() > 100 * np.median(power)


def test_stocks_stand_in_every_month_and_move_little(city: SampleCity) -> None:
    first, second = city.frame("NY201", "2024"), city.frame("NY201", "2025")
    reorganised = city.cases["reorganisations"]
    changed = set(reorganised["split"]) | {parent for parent, _ in reorganised["split"].values()}
    changed |= {into for into, _ in reorganised["merged"].values()}
    for item in ("102", "103"):
        before = dict(zip(first.institutions, first.column(item).tolist(), strict=True))
        now = zip(second.institutions, second.column(item).tolist(), strict=True)
        moved = [
            abs(value / before[code] - 1) for code, value in now if code in before and code not in changed
        ]
        assert np.mean(np.array(moved) > 0.1) < 0.01
    december, year = city.frame("NY201", "2025-12"), city.frame("NY201", "2025")
    rows = honest(city, december)
    whole = dict(zip(year.institutions, year.column("103").tolist(), strict=True))
    persons = zip(np.array(december.institutions)[rows], december.column("103")[rows].tolist(), strict=True)
    assert all(whole[code] == value for code, value in persons)


def test_rooms_are_part_of_their_institution(city: SampleCity) -> None:
    assert len(set(city.frame("NY202", "2025").institutions)) == 300
    for frame in city.returns("NY202"):
        q = {code: frame.column(code) for code in frame.codes}
        assert (q["240"] == q["2401"] + q["2402"] + q["2403"]).all()
        assert (q["220"] == q["2201"] + q["2202"] + q["2203"]).all()
        assert (q["240"] >= q["2401"]).all()
        assert set(frame.instances) == {"1", "2"}
        whole = city.frame("NY201", frame.period)
        sent = honest(city, whole)
        power = {
            c: v
            for c, v, ok in zip(whole.institutions, whole.column("110").tolist(), sent, strict=True)
            if ok
        }
        rooms: dict[str, int] = {}
        for code, value in zip(frame.institutions, q["240"].tolist(), strict=True):
            rooms[code] = rooms.get(code, 0) + value
        assert all(value < power[code] for code, value in rooms.items() if code in power)


def test_rooms_of_2025_add_up_over_the_months(city: SampleCity) -> None:
    parts = sum(city.frame("NY202", period).column("240") for period in MONTHS[2:14])
    assert (parts == city.frame("NY202", "2025").column("240")).all()


def test_heating_stays_within_the_season(city: SampleCity) -> None:
    for start, frame in ((2024, city.frame("NY203", "2024-HS")), (2025, city.frame("NY203", "2025-HS"))):
        assert len(frame.institutions) == len(set(frame.institutions)) > 100
        assert (frame.column("301") == frame.column("3011")).all()
        assert ((frame.column("302") >= 10_000) & (frame.column("302") <= 366 * 10_000)).all()
        months = [f"{start}-11", f"{start}-12", *(f"{start + 1}-{month:02d}" for month in (1, 2, 3))]
        for part, whole in (("320", "110"), ("340", "140")):
            season: dict[str, int] = {}
            for period in months:
                month = city.frame("NY201", period)
                for code, value in zip(month.institutions, month.column(whole).tolist(), strict=True):
                    season[code] = season.get(code, 0) + value
            wrong = set(city.planted.filter(pl.col("period").is_in(months))["institution"])
            for code, value in zip(frame.institutions, frame.column(part).tolist(), strict=True):
                assert code in wrong or value <= season[code]


def test_only_october_2026_is_in_work(city: SampleCity) -> None:
    for frame in city.returns():
        states = set(np.unique(frame.states).tolist())
        if (frame.form, frame.period) == ("NY201", "2026-10"):
            assert states == {"未录入", "录入中", "已上报", "已退回", "已审核"}
        else:
            assert states == {APPROVED}
    october = city.frame("NY201", "2026-10")
    assert not october.values[october.states == NOT_BEGUN].any()
    assert (october.origins[october.states == NOT_BEGUN] == 0).all()
    drafts = october.origins[october.states == DRAFT]
    assert (drafts == 0).any(axis=1).all()
    assert (drafts != 0).any(axis=1).all()
    assert (october.origins[np.isin(october.states, ["已上报", APPROVED])] != 0).all()
