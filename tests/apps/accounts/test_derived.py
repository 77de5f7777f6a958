"""Derived figures: each worked out by hand, each with a receipt that shows, replays and names its parts."""

from fractions import Fraction

import pytest

from jieyue.apps.accounts import derived
from jieyue.apps.accounts.alike_frame import AlikeFrame
from jieyue.apps.accounts.changes import change as change_of
from jieyue.apps.accounts.derived_receipts import DerivedView, replay_any, view_any
from jieyue.apps.accounts.derived_words import words
from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.accounts.queries import figures, run_for
from jieyue.apps.accounts.receipts import UnknownReceiptError
from jieyue.apps.accounts.services.export_receipt import export_receipt
from jieyue.domain.change import Effect
from jieyue.domain.completeness import Status
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc

WATER = "water_total_m3"
#: Water of the small city by hand (test_change.py): 2024, 2025, and of those that reported both times.
THEN, NOW, SAME_THEN, SAME_NOW = 80_200, 94_482, 75_800, 76_538
#: 2024 of Yuzhong: SC-01, SC-02, OR-01, CL-01, MG-01, GA-01, NU-01.
YUZHONG = 8_000 + 3_100 + 1_900 + 600 + 1_500 + 1_100 + 300


def pair(scope: str = "city", indicator: str = WATER):
    return [desk.figure(scope, year, indicator) for year in ("2025", "2024")]


def checked(found: derived.Derived) -> derived.Derived:
    """Its receipt says the same number, and computes again to the same figures."""
    view = view_any(found.receipt)
    assert isinstance(view, DerivedView)
    assert view.derived == found
    assert view.id == found.receipt
    again = replay_any(found.receipt)
    assert again.equal
    assert again.compared > 100
    return found


def test_change_absolute_and_relative(city) -> None:
    now, then = pair()
    absolute = checked(derived.change(now, then))
    assert (absolute.value, absolute.display, absolute.unit) == (NOW - THEN, "14282", "m3")
    assert absolute.parts == (now.receipt, then.receipt)
    relative = checked(derived.relative(now, then))
    assert relative.value == Fraction(100 * (NOW - THEN), THEN)
    assert words(relative) == ("上升 17.8%", "up 17.8%")
    assert words(derived.relative(then, now))[0] == "下降 15.1%"  # 14,282 ÷ 94,482
    assert words(derived.relative(then, then))[0] == "持平"
    assert relative.status == "provisional"  # 2025 lacks institutions


def test_like_for_like_and_the_effects(city) -> None:
    found = change_of("city", WATER, "2024", "2025")
    alike = checked(derived.alike(found))
    assert alike.value == Fraction(100 * (SAME_NOW - SAME_THEN), SAME_THEN)
    assert words(alike)[0] == "上升 1.0%"
    assert checked(derived.alike_change(found)).value == SAME_NOW - SAME_THEN
    assert checked(derived.effect(found, Effect.ENTRIES)).value == 1_257
    assert checked(derived.effect(found, Effect.MISSING)).display == "-2300"
    parts = [derived.effect(found, each).value for each in Effect]
    assert sum(part for part in parts if part is not None) == NOW - THEN


def test_a_replay_sees_that_the_like_for_like_frame_was_changed(own_city) -> None:
    made = derived.alike(change_of("city", WATER, "2024", "2025"))
    assert replay_any(made.receipt).equal
    row = RunFrame.objects.get(part__startswith="alike:")
    frame = AlikeFrame.from_bytes(bytes(row.content))
    RunFrame.objects.filter(pk=row.pk).update(content=AlikeFrame(frame.table.slice(1)).to_bytes())
    again = replay_any(made.receipt)
    assert again.different == ("city/derived.alike.v1",)


def test_a_share_a_ratio_a_gap(city) -> None:
    whole, part = desk.figure("city", "2024", WATER), desk.figure("area:500103", "2024", WATER)
    made = checked(derived.share(part, whole))
    assert made.value == Fraction(100 * YUZHONG, THEN)
    assert words(made)[0] == "20.6%"
    ratio = checked(derived.ratio(part, whole))
    assert (ratio.value, ratio.unit) == (Fraction(YUZHONG, THEN), "1")
    over = checked(derived.gap(whole, Fraction("80000.5"), "plan:chongqing-14fyp:water_total_m3"))
    assert over.value == Fraction("199.5")
    assert view_any(over.receipt).rows[1].display == "160001/2"


def test_a_share_changes_in_points(city) -> None:
    now, then = pair(indicator="energy_share_electricity")
    made = checked(derived.points(now, then))
    assert made.value == now.exact - then.exact
    assert made.unit == "pp"
    assert words(made)[0].endswith(" 个百分点")
    with pytest.raises(derived.NotComparableError):
        derived.points(*pair())
    with pytest.raises(derived.NotComparableError):
        derived.change(now, desk.figure("city", "2024", WATER))


def test_a_region_without_a_past_is_new_and_one_without_returns_has_no_base(city) -> None:
    now, then = pair(f"area:{sc.NEW_DISTRICT}")
    assert then.reasons == ("not_founded",)
    for made in (derived.change(now, then), derived.relative(now, then)):
        assert (checked(made).value, made.reason, made.status) == (None, "new", "missing")
        assert words(made)[0] == "新设"
    # HO-02 was there in 2024 and reported nothing.
    made = derived.relative(*pair("HO-02"))
    assert (made.reason, words(made)[0]) == ("no_base", "无可比基数")
    gone = derived.relative(*reversed(pair("HO-02")))
    assert (gone.reason, words(gone)[0]) == ("no_current", "本期缺数")


def test_no_rank_among_three(city) -> None:
    made = derived.rank(run_for("2024"), "area:500103", "water_per_person_m3")
    assert (made.value, made.reason) == (None, "few_peers")
    assert words(made)[0] == "同级不足 5 个，不排序"


#: Six districts: kWh of 1,000 persons; the fourth has two institutions of which one is silent.
POWER = {"500101": 100, "500102": 300, "500103": 200, "500104": 50, "500105": 200, "500106": 400}


@pytest.fixture(scope="module")
def districts(sqlite_home):
    with sqlite_home() as home:
        rows = [(code, f"I-{code}") for code in POWER] + [("500104", "SILENT")]
        desk.register(
            [
                {"code": name, "name": name, "type": "01", "region": code, "valid_from": "2015-01-01"}
                for code, name in rows
            ]
        )
        desk.publish(
            {
                (f"I-{code}", "2024"): {"110": str(power * 1000), "103": "1000"}
                for code, power in POWER.items()
            }
        )
        yield home


def test_ranks_share_ties_and_leave_the_incomplete_out(districts) -> None:
    plan = run_for("2024")
    places = {}
    for code in POWER:
        made = checked(derived.rank(plan, f"area:{code}", "energy_per_person_kgce"))
        places[code] = (made.value, made.of, made.reason)
    assert places == {
        "500101": (1, 5, ""),
        "500102": (4, 5, ""),
        "500103": (2, 5, ""),
        "500104": (None, 0, "below_threshold"),
        "500105": (2, 5, ""),
        "500106": (5, 5, ""),
    }
    assert words(derived.rank(plan, "area:500106", "energy_per_person_kgce"))[0] == "第 5 位（共 5 个）"
    with pytest.raises(derived.NotComparableError):
        derived.rank(plan, "city", "energy_per_person_kgce")
    raw = derived.rank(plan, "area:500101", "institutions")
    assert raw.reason == "no_direction"


def test_how_many_of_a_group_are_provisional(districts) -> None:
    plan = run_for("2024")
    figures(["city"], "2024")
    peers = derived.peers_of(plan, "area:500101", "energy_per_person_kgce")
    assert peers is not None
    made = checked(derived.count(plan, peers, Status.PROVISIONAL))
    assert (made.value, made.display) == (1, "1")
    assert checked(derived.count(plan, peers, Status.FINAL)).value == 5


def test_an_export_holds_each_part(city, tmp_path) -> None:
    made = derived.relative(*pair())
    done = export_receipt(made.receipt, tmp_path / "out")
    assert done.files[0] == "derived.json"
    assert {"part-1/workbook.xlsx", "part-2/inputs.csv"} <= set(done.files)
    assert all((tmp_path / "out" / name).is_file() for name in done.files)


@pytest.mark.parametrize(
    "text",
    [
        "derived.relative.v1/0123456789abcdef/city/water_total_m3~fedcba9876543210/=/=",
        "derived.relative.v1/0123456789abcdef/city/water_total_m3",
        "derived.nothing.v1/0123456789abcdef/city/water_total_m3~=/=/=",
        "derived.gap.v1/",
        "derived.relative.v1//x/y~=/=/=",
    ],
)
def test_a_receipt_that_is_none(city, text: str) -> None:
    with pytest.raises(UnknownReceiptError):
        view_any(text)
    with pytest.raises(UnknownReceiptError):
        replay_any(text)
