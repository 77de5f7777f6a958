"""Raw readings to uses of hours, rule by rule, with numbers worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from jieyue.domain.derive import derive
from jieyue.domain.readings import (
    DAY,
    HOUR,
    UNSAID,
    Calendar,
    Derived,
    Kind,
    Method,
    Quality,
    Readings,
    Registers,
    Rules,
    Series,
    Verdict,
    Work,
)

UTC = Calendar(offset=0)
UNIT = 10_000


def series(count: int = 1, *, step: int = 900, kind: Kind = Kind.REGISTER, rated: float = np.nan,
           digit: float = 0.01, flat_after: int = 30 * DAY, no_value: Sequence[float] = ()) -> Series:  # fmt: skip
    return Series(
        np.full(count, step, np.int64), np.full(count, kind, np.uint8), np.full(count, rated * UNIT),
        np.full(count, round(digit * UNIT), np.int64), np.full(count, flat_after, np.int64),
        [frozenset(round(v * UNIT) for v in no_value)] * count,
    )  # fmt: skip


def readings(*pairs: tuple[int, float], ranks: Sequence[int] | None = None) -> Readings:
    """(seconds, shown) of one series."""
    return Readings(
        np.zeros(len(pairs), np.int64),
        np.array([ts for ts, _ in pairs], dtype=np.int64),
        np.array([round(value * UNIT) for _, value in pairs], dtype=np.int64),
        None if ranks is None else np.array(ranks, dtype=np.int64),
    )


def quarter_hours(*shown: float, start: int = 0) -> Readings:
    return readings(*((start + 900 * n, value) for n, value in enumerate(shown)))


def uses(found: Derived) -> list[float]:
    return [use / UNIT for use in found.intervals.use.tolist()]


def qualities(found: Derived) -> list[str]:
    return [Quality(one).name for one in found.intervals.quality.tolist()]


def words(found: Derived) -> list[str]:
    return [Verdict(one).name for one in found.verdict.tolist()]


def run(
    given: Readings, of: Series | None = None, registers: Registers | None = None, **options: object
) -> Derived:
    return derive(given, of or series(), registers or Registers.one_each(1), **{"calendar": UTC, **options})


def test_hours_are_differences_of_the_register_never_its_range_within_the_hour() -> None:
    found = run(quarter_hours(100, 101, 103, 106, 110, 110.5, 111, 111.5, 112))
    assert (uses(found), qualities(found)) == ([10, 2], ["MEASURED", "MEASURED"])
    assert found.intervals.start.tolist() == [0, HOUR]
    assert words(found) == ["GOOD"] * 9


def test_edges_between_readings_are_interpolated_and_rounded_once() -> None:
    # 0 at 00:30, 3 at 01:30, 4 at 02:30: at 01:00 1.5, at 02:00 3.5; the hour is 2.0
    found = run(readings((1800, 0), (5400, 3), (9000, 4)), series(step=HOUR))
    assert (uses(found), qualities(found), found.intervals.start.tolist()) == ([2.0], ["CALCULATED"], [HOUR])
    # a third of 0.0001 is lost at no edge: three hours over four hours' readings add up to the register
    given = readings(*((1200 + 2400 * n, 0.0001 * n) for n in range(20)))
    exact = run(given, series(step=2400)).intervals
    first, last = exact.start[0], exact.start[-1] + HOUR
    at = lambda ts: round((ts - 1200) / 2400)  # noqa: E731  the nearest whole ten-thousandth: none lies half-way
    assert int(exact.use.sum()) == at(last) - at(first)


def test_the_multiplier_is_applied_before_rounding() -> None:
    registers = Registers.one_each(1)
    registers.num[0], registers.den[0] = 3, 2
    found = run(readings((0, 0), (HOUR, 0.0001), (2 * HOUR, 0.0003)), series(step=HOUR), registers)
    # 1.5 and 4.5 ten-thousandths: to the even 2 and 4
    assert found.intervals.use.tolist() == [2, 2]


def test_a_higher_rank_stands_whenever_it_came_and_equal_rivals_are_a_conflict() -> None:
    given = readings((0, 0), (HOUR, 5), (HOUR, 6), (2 * HOUR, 10), (2 * HOUR, 10), (3 * HOUR, 20), (3 * HOUR, 21),
                     (4 * HOUR, 30), ranks=[0, 0, 1, 0, 0, 0, 0, 0])  # fmt: skip
    found = run(given, series(step=HOUR))
    assert words(found) == ["GOOD", "DUPLICATE", "GOOD", "GOOD", "DUPLICATE", "CONFLICT", "CONFLICT", "GOOD"]
    assert uses(found) == [6, 4, 10, 10]
    assert qualities(found) == ["MEASURED", "MEASURED", "ESTIMATED", "ESTIMATED"]


@pytest.mark.parametrize("seed", range(5))
def test_order_of_arrival_changes_nothing(seed: int) -> None:
    chance = np.random.default_rng(seed)
    ts = np.repeat(np.arange(0, 60 * HOUR, 900), 2)
    value = np.repeat(np.cumsum(chance.integers(0, 9_000, len(ts) // 2)), 2)
    rank = np.zeros(len(ts), dtype=np.int64)
    value[1::20] += 77  # a rival of equal rank
    rank[3::20] = 1
    value[3::20] += 55  # a correction
    order = chance.permutation(len(ts))
    zero = np.zeros(len(ts), dtype=np.int64)
    one = run(Readings(zero, ts, value, rank))
    other = run(Readings(zero, ts[order], value[order], rank[order]))
    for name in ("start", "use", "quality", "method"):
        assert getattr(one.intervals, name).tolist() == getattr(other.intervals, name).tolist()
    conflicts = np.flatnonzero(one.verdict == Verdict.CONFLICT)
    assert set(conflicts) == set(np.flatnonzero(other.verdict[np.argsort(order)] == Verdict.CONFLICT))


def test_a_momentary_zero_is_set_aside_and_nothing_is_booked_twice() -> None:
    found = run(quarter_hours(500, 501, 502, 0, 504, 505, 506, 507, 508))
    assert words(found)[3] == "DIP"
    assert words(found).count("GOOD") == 8
    assert uses(found) == [4, 4]


def test_a_spike_is_set_aside_though_the_next_reading_is_the_one_that_falls() -> None:
    found = run(quarter_hours(500, 501, 5020, 503, 504, 505, 506, 507, 508))
    assert words(found)[2] == "SPIKE"
    assert words(found).count("GOOD") == 8
    assert uses(found) == [4, 4]


def test_several_bad_readings_in_a_row_go_together() -> None:
    found = run(quarter_hours(500, 501, 0, 0, 0, 505, 506, 507, 508))
    assert [n for n, word in enumerate(words(found)) if word == "DIP"] == [2, 3, 4]
    assert sum(uses(found)) == 8


def test_a_fall_by_a_last_digit_is_no_use() -> None:
    found = run(quarter_hours(500, 500.5, 500.49, 500.49, 501, 502, 503, 504, 505))
    assert words(found) == ["GOOD"] * 9
    assert uses(found) == [1, 4]


def test_a_new_base_that_nobody_recorded_opens_the_curve_and_asks_somebody_to_look() -> None:
    found = run(quarter_hours(500, 501, 502, 503, 504, 505, 1, 2, 3, 4, 5, 6, 7))
    assert words(found) == ["GOOD"] * 13
    assert qualities(found) == ["MEASURED", "MISSING", "MEASURED"]
    assert uses(found) == [4, 0, 4]
    (item,) = found.work
    assert (item.kind, item.start, item.end) == (Work.RESET, HOUR, 2 * HOUR)


def test_a_new_base_needs_two_later_readings() -> None:
    found = run(quarter_hours(500, 501, 502, 503, 504, 505, 1, 2))
    assert words(found)[-2:] == ["UNCONFIRMED", "UNCONFIRMED"]
    assert uses(found) == [4]
    assert [item.kind for item in found.work] == [Work.UNCONFIRMED]


def test_a_full_register_begins_its_next_round_only_with_its_digits_on_record() -> None:
    shown = (9990, 9993, 9996, 9999, 2, 5, 8, 11, 14)
    registers = Registers.one_each(1)
    registers.span[0] = 10_000 * UNIT
    found = run(quarter_hours(*shown), series(rated=20), registers)
    assert (uses(found), found.work) == ([12, 12], [])
    unknown = run(quarter_hours(*shown), series(rated=20))
    assert qualities(unknown) == ["MISSING", "MEASURED"]
    assert [item.kind for item in unknown.work] == [Work.RESET]


def test_a_recorded_swap_loses_and_invents_nothing() -> None:
    # the old one showed 506 when it went at 01:20, the new one came with 40 and counts twice
    registers = Registers(
        *(np.array(column, dtype=np.int64) for column in (
            [0, 0], [-(10**9), 4800], [4800, 10**9], [1, 2], [1, 1], [0, 0],
            [UNSAID, 40 * UNIT], [506 * UNIT, UNSAID],
        ))
    )  # fmt: skip
    found = run(quarter_hours(500, 501, 502, 503, 504, 505, 41, 42, 43, 44, 45, 46, 47), registers=registers)
    # 01:00 to 02:00: 504 → 506 on the old one, (43 − 40) × 2 on the new one
    assert uses(found) == [4, 2 + 6, 8]
    assert found.work == []
    assert "MISSING" not in qualities(found)


def test_a_swap_without_its_numbers_stays_open() -> None:
    registers = Registers(
        *(np.array(column, dtype=np.int64) for column in (
            [0, 0], [-(10**9), 4800], [4800, 10**9], [1, 1], [1, 1], [0, 0], [UNSAID, UNSAID], [UNSAID, UNSAID],
        ))
    )  # fmt: skip
    found = run(
        quarter_hours(500, 501, 502, 503, 504, 505, 600, 601, 602, 603, 604, 605, 606), registers=registers
    )
    assert (uses(found), qualities(found)) == ([4, 0, 4], ["MEASURED", "MISSING", "MEASURED"])


def test_an_increment_above_what_the_point_can_use_is_a_spike_or_a_new_base() -> None:
    given = quarter_hours(100, 101, 102, 103, 104, 900, 901, 902, 903, 904, 905, 906, 907)
    found = run(given, series(rated=10))
    assert qualities(found) == ["MEASURED", "MISSING", "MEASURED"]
    assert [item.kind for item in found.work] == [Work.RESET]
    # a point that can use 4,000 an hour may have used it
    assert sum(uses(run(given, series(rated=4000)))) == 807


def test_what_a_gap_used_is_kept_to_the_last_digit_and_spread_like_other_days() -> None:
    # four days: 1 an hour at night, 3 from 12:00 on; of the third day 10:00 to 14:00 is not there
    hourly = ([1] * 12 + [3] * 12) * 5
    shown = np.concatenate(([0], np.cumsum(hourly))).astype(float)
    keep = [n for n in range(len(shown)) if not 2 * 24 + 10 < n < 2 * 24 + 14]
    start = 4 * DAY  # 1970-01-05, a Monday
    given = readings(*((start + n * HOUR, float(shown[n])) for n in keep))
    found = run(given, series(step=HOUR))
    gap = slice(2 * 24 + 10, 2 * 24 + 14)
    assert [use / UNIT for use in found.intervals.use[gap].tolist()] == [1, 1, 3, 3]
    assert set(found.intervals.method[gap].tolist()) == {Method.LIKE_DAY}
    assert qualities(found)[2 * 24 + 9 : 2 * 24 + 15] == ["MEASURED", *["ESTIMATED"] * 4, "MEASURED"]
    assert sum(uses(found)) == 240


def test_a_gap_across_a_border_is_parted_there_and_each_part_spread_by_itself() -> None:
    """Nights 1 an hour, from 12:00 on 3. 08:00 to 20:00 of the third day is not there: 4 + 24 = 28; a straight line has
    7/3 an hour, so 2 hours up to the border at 10:00 have 4.6667, evenly (night), the other 10 have 23.3333: in
    proportion 1 : 1 : 3 × 8 of 26 thirds of 3.5."""
    hourly = ([1] * 12 + [3] * 12) * 5
    shown = np.concatenate(([0], np.cumsum(hourly))).astype(float)
    keep = [n for n in range(len(shown)) if not 2 * 24 + 8 < n < 2 * 24 + 20]
    start = 4 * DAY
    given = readings(*((start + n * HOUR, float(shown[n])) for n in keep))
    border = start + (2 * 24 + 10) * HOUR
    found = run(given, series(step=HOUR), calendar=Calendar(offset=0, borders=(0, border, 300 * DAY)))
    left = found.intervals.use[2 * 24 + 8 : 2 * 24 + 10].tolist()
    right = found.intervals.use[2 * 24 + 10 : 2 * 24 + 20].tolist()
    assert (sum(left), sum(right)) == (46667, 280000 - 46667)
    assert sorted(left) == [23333, 23334]
    assert [round(one / 10000, 3) for one in right] == [0.897] * 2 + [2.692] * 8
    assert sum(uses(found)) == 240


def test_with_too_little_history_a_gap_is_spread_evenly() -> None:
    found = run(readings((0, 0), (HOUR, 2), (5 * HOUR, 10), (6 * HOUR, 13)), series(step=HOUR))
    assert uses(found) == [2, 2, 2, 2, 2, 3]
    assert found.intervals.method.tolist()[1:5] == [Method.LINEAR] * 4


def test_a_gap_across_an_unrecorded_new_base_stays_missing() -> None:
    found = run(
        readings((0, 500), (HOUR, 502), (5 * HOUR, 1), (6 * HOUR, 3), (7 * HOUR, 5)), series(step=HOUR)
    )
    assert qualities(found) == ["MEASURED", *["MISSING"] * 4, "MEASURED", "MEASURED"]
    (item,) = found.work
    assert (item.start, item.end) == (HOUR, 5 * HOUR)


def test_a_register_that_stands_still_is_suspect_and_keeps_its_zero() -> None:
    shown = [float(n) for n in range(12)] + [12.0] * 12 + [13.0, 14.0]
    found = run(
        readings(*((n * HOUR, value) for n, value in enumerate(shown))),
        series(step=HOUR, flat_after=6 * HOUR),
    )
    assert qualities(found)[:12] == ["MEASURED"] * 12
    assert qualities(found)[12:23] == ["SUSPECT"] * 11
    assert uses(found)[12:23] == [0] * 11
    (item,) = found.work
    assert (item.kind, item.start, item.end) == (Work.FLAT, 12 * HOUR, 23 * HOUR)


def test_a_stand_as_long_as_others_before_is_no_surprise() -> None:
    day = [0.0] * 10 + [1.0] * 14  # ten hours of nothing every night
    shown = np.concatenate(([0], np.cumsum(day * 10)))
    found = run(
        readings(*((n * HOUR, float(v)) for n, v in enumerate(shown))), series(step=HOUR, flat_after=6 * HOUR)
    )
    assert [item.start // DAY for item in found.work] == [0]


def test_zero_is_a_value_unless_the_meter_says_that_it_is_none() -> None:
    given = readings((0, 0), (HOUR, 0), (2 * HOUR, 5), (3 * HOUR, 6))
    assert uses(run(given, series(step=HOUR))) == [0, 5, 1]
    none = run(given, series(step=HOUR, no_value=[0]))
    assert words(none) == ["NO_VALUE", "NO_VALUE", "GOOD", "GOOD"]
    assert uses(none) == [1]


def test_a_meter_that_says_uses_has_holes_where_it_was_silent() -> None:
    given = readings((0, 1), (900, 2), (1800, 3), (2700, 4), (3600, 5), (5400, 5), (6300, 5), (7200, 1), (8100, 1),
                     (9000, 1), (9900, 1))  # fmt: skip
    found = run(given, series(kind=Kind.INTERVAL))
    assert (uses(found), qualities(found)) == ([10, 0, 4], ["MEASURED", "MISSING", "MEASURED"])


def test_a_daily_use_is_spread_over_its_hours_and_says_so() -> None:
    found = run(readings((0, 24), (DAY, 0.0003)), series(kind=Kind.INTERVAL, step=DAY))
    assert uses(found)[:24] == [1.0] * 24
    assert int(found.intervals.use[24:].sum()) == 3
    assert set(qualities(found)) == {"CALCULATED"}


def test_levels_have_no_use() -> None:
    found = run(quarter_hours(20, 21, 19), series(kind=Kind.GAUGE))
    assert (len(found.intervals), words(found)) == (0, ["GOOD"] * 3)


def test_readings_before_the_meter_came_belong_to_nobody() -> None:
    registers = Registers.one_each(1)
    registers.start[0] = 1800
    assert words(run(quarter_hours(1, 2, 3, 4), registers=registers))[:2] == ["NO_METER", "NO_METER"]


def test_what_a_person_has_set_aside_does_not_count() -> None:
    found = run(quarter_hours(0, 1, 2, 3, 4), excluded=np.array([2]))
    assert (words(found)[2], uses(found)) == ("EXCLUDED", [4])


def test_many_series_at_once_are_each_what_it_is_alone() -> None:
    """More readings than are worked on at once, with gaps, a spike, a new base and a meter without a register."""
    rng = np.random.default_rng(7)
    count, steps = 70, 2_400
    value = np.cumsum(rng.integers(0, 40, (count, steps)), axis=1) * 100
    value[3, 1_000] *= 9
    value[11, 1_500:] -= value[11, 1_500]
    keep = rng.random((count, steps)) > 0.03
    number, step = np.nonzero(keep)
    given = Readings(number, step * 900, value[keep])
    registers = Registers.one_each(count)
    registers.start[20] = DAY
    every = derive(given, series(count), registers, calendar=UTC)
    assert len(given) > 150_000
    for one in range(count):
        mine = Readings(number[number == one] * 0, given.ts[number == one], given.value[number == one])
        alone = derive(mine, series(), registers.between(one, one + 1), calendar=UTC)
        own = every.intervals.series == one
        assert every.verdict[number == one].tolist() == alone.verdict.tolist()
        for column in ("start", "use", "quality", "method"):
            found, wanted = getattr(every.intervals, column)[own], getattr(alone.intervals, column)
            assert found.tolist() == wanted.tolist(), (one, column)
        assert [(w.kind, w.start, w.end) for w in every.work if w.series == one] == [
            (w.kind, w.start, w.end) for w in alone.work
        ]
    assert {Verdict.SPIKE, Verdict.NO_METER} <= set(every.verdict.tolist())
    assert {(11, Work.RESET)} <= {(w.series, w.kind) for w in every.work}


def test_a_reading_too_large_to_be_a_use_is_bad_and_told_and_the_rest_goes_on() -> None:
    """× 10⁹ it would leave whole numbers; the meter beside it is as it was."""
    registers = Registers.one_each(2)
    registers.num[0] = 10**9
    given = Readings(
        np.repeat([0, 1], 3), np.tile([0, HOUR, 2 * HOUR], 2), np.array([0, 10**14, 0, 0, 10_000, 20_000])
    )
    found = run(given, series(2, step=HOUR), registers)
    assert words(found) == ["GOOD", "RANGE", "GOOD", "GOOD", "GOOD", "GOOD"]
    assert uses(found) == [0, 0, 1, 1]
    assert [(one.series, one.kind, one.start, one.end) for one in found.work] == [
        (0, Work.LARGE, HOUR, 2 * HOUR)
    ]


@pytest.mark.parametrize(
    ("rule", "given", "of"),
    [
        ("spike", quarter_hours(500, 501, 5020, 503, 504, 505, 506, 507, 508), {}),
        ("dip", quarter_hours(500, 501, 502, 0, 504, 505, 506, 507, 508), {}),
        ("jitter", quarter_hours(500, 500.5, 500.49, 500.49, 501, 502, 503, 504, 505), {}),
        ("reset", quarter_hours(500, 501, 502, 503, 504, 505, 1, 2, 3, 4, 5, 6, 7), {}),
        ("flat", quarter_hours(*[1.0] * 40, 2.0, 3.0), {"flat_after": HOUR}),
        ("like_day", readings(*((4 * DAY + n * HOUR, float(n + 5 * (n // 24 * 6 + min(n % 24, 6))))
                                for n in range(24 * 9) if not 100 < n < 108)), {"step": HOUR}),
    ],
)  # fmt: skip
def test_every_rule_counts(rule: str, given: Readings, of: dict[str, int]) -> None:
    def answer(rules: Rules) -> tuple[object, ...]:
        found = run(given, series(**of), rules=rules)  # type: ignore[arg-type]
        return words(found), uses(found), qualities(found), found.intervals.method.tolist(), found.work

    assert answer(Rules()) != answer(Rules(off=frozenset({rule})))
