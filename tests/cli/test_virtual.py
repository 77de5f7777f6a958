"""Virtual meters: what institutions that share a meter use, by hand; what cannot be is refused at its row."""

import random
import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.command import DONE, REFUSED, Said, jieyue
from tests.cli.test_metering import out as out_points
from tests.cli.test_rollups import BEGIN, HOUR, TABLES, bytes_of, lines, out, take

HEAD = "meter,institution,carrier,unit,kind,end_use,parent,formula,valid_from,step_min"
DAY_ONE = "2024-12-01"
#: A's main meter, which serves D and E as well, with A's kitchen below it; D has a meter of its own.
READ = [
    f"A0,A,electricity,kWh,,,,,{DAY_ONE},60",
    f"A1,A,electricity,kWh,,01A10,A0,,{DAY_ONE},60",
    f"D0,D,electricity,kWh,,,,,{DAY_ONE},60",
]
SHARES = [f"VD,D,electricity,kWh,虚拟,,,+A0*1/3,{DAY_ONE}"]
#: What each uses in an hour.
USE = {"A0": 100, "A1": 40, "D0": 7}


def bring(home: Path, rows: Sequence[str], *options: str) -> Said:
    file = home / "meters.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n", "utf-8")
    return jieyue(home, "import", "meters", file, *options)


def add(home: Path, rows: Sequence[str]) -> None:
    said = bring(home, rows)
    assert (said.code, said.document["applied"]) == (DONE, True), said.stdout


def steady(hours: int, use: dict[str, int] = USE) -> list[tuple[str, int, object]]:
    return [
        (meter, BEGIN + n * HOUR, 1000 + n * amount)
        for meter, amount in use.items()
        for n in range(hours + 1)
    ]


def day_of(home: Path, scope: str) -> dict[str, Decimal]:
    """End use → use of the first day, of electricity."""
    found = lines(out(home, scope, "day"))
    return {use: value for (_carrier, use, hour), value in found.items() if hour == 0}


@pytest.fixture
def shared(home: Path) -> Path:
    add(home, READ)
    return home


def test_shares_of_a_meter_are_taken_off_its_owner_and_add_up_to_the_city(shared: Path) -> None:
    add(shared, [SHARES[0], f"VE,E,electricity,kWh,virtual,,,A0*1/6,{DAY_ONE}"])
    take(shared, steady(24))
    # A0 2,400 in the day: D has a third of it (800) beside its own 168, E a sixth (400), A what is left
    assert day_of(shared, "D")[""] == 168 + 800
    assert day_of(shared, "E")[""] == 400
    own = day_of(shared, "A")
    assert own[""] == 2400 - 800 - 400
    assert day_of(shared, "city")[""] == 2400 + 168
    assert own["01A10"] == 960
    # children (kitchen, D, E) + unmetered = parent
    assert own["unmetered"] == 2400 - 960 - 800 - 400
    hours = [Decimal(row["value"]) for row in out_points(shared, "hour", "--meter", "VD")]
    assert hours[:3] == [Decimal("33.3333"), Decimal("33.3334"), Decimal("33.3333")]
    assert sum(hours) == 800


def test_three_thirds_are_the_whole_to_the_last_digit(shared: Path) -> None:
    add(shared, [f"V{who},{who},electricity,kWh,virtual,,,A0*1/3,{DAY_ONE}" for who in "BCD"])
    take(shared, steady(24))
    by_meter = [out_points(shared, "hour", "--meter", f"V{who}") for who in "BCD"]
    for rows in zip(*by_meter, strict=True):
        assert sum(Decimal(row["value"]) for row in rows) == 100
    assert day_of(shared, "A")[""] == 0


def test_what_is_taken_off_stays_with_whom_it_serves(shared: Path) -> None:
    """D has half of the main less the kitchen: the kitchen's use stays A's."""
    add(shared, [f"VD,D,electricity,kWh,virtual,,,A0*1/2 - A1,{DAY_ONE}"])
    take(shared, steady(24))
    assert day_of(shared, "D")[""] == 168 + 1200 - 960
    assert day_of(shared, "A")[""] == 2400 - (1200 - 960)
    assert day_of(shared, "city")[""] == 2568


def test_a_virtual_meter_of_the_same_institution_adds_nothing_to_its_total(shared: Path) -> None:
    add(
        shared,
        [
            f"VL,A,electricity,kWh,virtual,01A20,,A0 - A1,{DAY_ONE}",
            f"VX,A,electricity,kWh,virtual,,,A1*1/2,{DAY_ONE}",
        ],
    )
    take(shared, steady(24))
    own = day_of(shared, "A")
    assert (own[""], own["01A10"], own["01A20"], own["unmetered"]) == (2400, 960, 1440, 0)


def test_a_virtual_main_is_the_sum_of_what_hangs_below_it(home: Path) -> None:
    add(
        home,
        [
            f"P1,A,electricity,kWh,,,VM,,{DAY_ONE},60",
            f"P2,D,electricity,kWh,,,VM,,{DAY_ONE},60",
            f"VM,A,electricity,kWh,virtual,,,P1 + P2,{DAY_ONE}",
        ],
    )
    take(home, steady(24, {"P1": 10, "P2": 3}))
    assert (day_of(home, "A")[""], day_of(home, "D")[""], day_of(home, "city")[""]) == (240, 72, 312)
    assert day_of(home, "A")["unmetered"] == 0


def test_a_step_with_a_missing_part_is_missing_and_the_worst_part_names_its_quality(shared: Path) -> None:
    add(shared, [f"VD,D,electricity,kWh,virtual,,,A0*1/2 - A1*1/2,{DAY_ONE}"])
    rows = [row for row in steady(24) if not (row[0] == "A1" and (row[1] - BEGIN) // HOUR > 10)]
    take(shared, [row for row in rows if not (row[0] == "A0" and (row[1] - BEGIN) // HOUR in (4, 5))])
    found = out_points(shared, "hour", "--meter", "VD")
    assert [(row["value"], row["quality"]) for row in found[2:8]] == [
        ("30.0000", "measured"), *[("30.0000", "estimated")] * 3, ("30.0000", "measured"), ("30.0000", "measured"),
    ]  # fmt: skip
    assert [(row["value"], row["quality"]) for row in found[10:]] == [("", "missing")] * 14
    # D's own meter goes on; its share is known for ten hours, and what is not known is not taken off A either
    assert day_of(shared, "D")[""] == 168 + 300


REFUSALS = [
    (["VD,D,electricity,kWh,virtual,,,A0*3/2"], "meter_share", 2),
    (["VD,D,electricity,kWh,virtual,,,A0*1/0"], "meter_share", 2),
    (["VD,D,electricity,kWh,virtual,,,A0 A1"], "meter_formula", 2),
    (["VD,D,electricity,kWh,virtual,,,- A0"], "meter_formula", 2),
    (["VD,D,electricity,kWh,virtual,,,A0*1/2 + A0"], "meter_formula_twice", 2),
    (["VD,D,electricity,kWh,virtual,,,"], "meter_formula_alone", 2),
    (["X1,D,electricity,kWh,,,,A0"], "meter_formula_alone", 2),
    (["VD,D,electricity,kWh,virtual,,,A0-A1"], "meter_formula_unknown", 2),
    (["VD,D,electricity,MWh,virtual,,,A0"], "meter_formula_carrier", 2),
    (["VD,D,water,m3,virtual,,,A0"], "meter_formula_carrier", 2),
    (["G1,D,electricity,kWh,gauge,,,", "VD,D,electricity,kWh,virtual,,,G1"], "meter_formula_kind", 3),
    (["VD,D,electricity,kWh,virtual,,,VE", "VE,D,electricity,kWh,virtual,,,VD"], "meter_formula_circle", 2),
    (["VD,D,electricity,kWh,virtual,,,A0*1/2", "VE,E,electricity,kWh,virtual,,,A0*51%"], "meter_shares", 3),
    (["VD,D,electricity,kWh,virtual,,,A0", "VE,E,electricity,kWh,virtual,,,A1"], "meter_shares_branch", 3),
    (["VD,D,electricity,kWh,virtual,,,A0*2/3", "VE,E,electricity,kWh,virtual,,,A1*1/2"], "meter_shares_branch", 3),
    (
        ["VA,A,electricity,kWh,virtual,,,A1", "VD,D,electricity,kWh,virtual,,,A0*1/2",
         "VE,E,electricity,kWh,virtual,,,VA*51%"],
        "meter_shares_branch", 4,
    ),
    (["VD,D,electricity,kWh,virtual,,,A0 + D0"], "meter_formula_owners", 2),
    (["VD,D,electricity,kWh,virtual,,,A0*1/2 + A1*1/2"], "meter_formula_owners", 2),
    (["VD,A,electricity,kWh,virtual,01A10,,A1"], "meter_formula_end_use", 2),
    (["VD,D,electricity,kWh,virtual,,D0,A0*1/2"], "meter_formula_parent", 2),
    (["VD,D,electricity,kWh,virtual,,A0,A1*1/2"], "meter_formula_parent", 2),
    (["VD,D,electricity,kWh,virtual,,,A0*1/2", "A0,A,electricity,kWh,,,VD,"], "meter_formula_below", 2),
    (["A0,A,electricity,kWh,virtual,,,D0"], "meter_kind_stays", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "code", "row"), REFUSALS, ids=[f"{one[1]}{n}" for n, one in enumerate(REFUSALS)]
)
def test_what_cannot_be_is_refused_at_its_row_in_both_languages(
    shared: Path, rows: list[str], code: str, row: int
) -> None:
    said = bring(shared, [f"{one},2025-01-01" for one in rows])
    assert (said.code, said.document["applied"]) == (REFUSED, False)
    wrong = [one for one in said.document["findings"] if one["severity"] == "error"]
    found = {one["code"]: one for one in reversed(wrong)}
    assert found.keys() == {code}
    assert found[code]["row"] == row
    assert "{" not in found[code]["message_zh"] + found[code]["message_en"]
    assert out_points(shared, "hour") == []


def test_a_change_of_a_part_that_breaks_a_formula_is_refused_at_that_row(shared: Path) -> None:
    add(shared, SHARES)
    said = bring(shared, ["A0,A,electricity,MWh,,,,,2025-02-01"])
    assert said.code == REFUSED
    assert [(one["code"], one["row"]) for one in said.document["findings"]] == [("meter_formula_carrier", 2)]
    assert "VD" in said.document["findings"][0]["message_en"]
    some = bring(shared, ["A0,A,electricity,MWh,,,,,2025-02-01", "A1,A,electricity,kWh,,01A20,A0,,2025-02-01"],
                 "--valid-rows-only")  # fmt: skip
    assert (some.document["accepted"], some.document["rejected"], some.document["applied"]) == (1, 1, True)


def test_a_share_of_a_meter_is_a_share_of_all_below_it_unless_that_is_taken_off(shared: Path) -> None:
    """D has the main without the kitchen, E the kitchen: nothing is left to A. A second kitchen that is hung below the
    first, all of which E has, cannot be given to a third."""
    add(
        shared,
        [f"VD,D,electricity,kWh,virtual,,,A0 - A1,{DAY_ONE}", f"VE,E,electricity,kWh,virtual,,,A1,{DAY_ONE}"],
    )
    take(shared, steady(24))
    assert [day_of(shared, scope)[""] for scope in ("A", "D", "E", "city")] == [0, 168 + 1440, 960, 2568]
    add(
        shared, [f"A2,A,electricity,kWh,,,,,{DAY_ONE},60", f"VG,G,electricity,kWh,virtual,,,A2*1/9,{DAY_ONE}"]
    )
    hung = bring(shared, ["A2,A,electricity,kWh,,,A1,,2025-02-03"])
    (finding,) = hung.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("meter_shares_branch", 2, "A2")
    assert all(code in finding["message_zh"] for code in ("VD", "VE", "VG"))


def test_what_a_meter_below_serves_another_body_is_no_part_of_a_share(shared: Path) -> None:
    """Below the main meter (100 an hour) one is read that serves G (70), behind a switch (80) of A: half of the main
    one for D would be half of G's 70 too, and A be left with 100 - 70 - 50 = -20. Without G's, D has half of 30."""
    below = [f"A2,A,electricity,kWh,,,A0,,{DAY_ONE},60", f"G1,G,electricity,kWh,,,A2,,{DAY_ONE},60"]
    refused = bring(shared, [*below, f"VD,D,electricity,kWh,virtual,,,A0*1/2,{DAY_ONE}"])
    (finding,) = refused.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("meter_shares_branch", 4, "G1")
    add(shared, [*below, f"VD,D,electricity,kWh,virtual,,,A0*1/2 - G1*1/2,{DAY_ONE}"])
    take(shared, steady(24, {"A0": 100, "A2": 80, "G1": 70, "D0": 7}))
    used = [day_of(shared, scope)[""] for scope in ("A", "G", "D", "city")]
    assert used == [24 * 15, 24 * 70, 24 * (15 + 7), 24 * 107]


def test_a_meter_for_another_body_is_not_hung_below_a_shared_one_that_does_not_take_it_off(
    shared: Path,
) -> None:
    """The share is there first; a level, or a meter of water, is no use of the kind that is shared."""
    add(shared, [*SHARES, f"G2,G,electricity,kWh,gauge,,A0,,{DAY_ONE},60"])
    later = bring(shared, ["G1,G,electricity,kWh,,,A1,,2025-02-03,60"])
    (finding,) = later.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("meter_shares_branch", 2, "G1")
    assert all(code in finding["message_zh"] for code in ("VD", "G1"))
    add(shared, ["G1,G,electricity,kWh,,,D0,,2025-02-03,60"])
    moved = bring(shared, ["A1,G,electricity,kWh,,,A0,,2025-02-03,60"])  # the kitchen is handed over to G
    assert [one["code"] for one in moved.document["findings"]] == ["meter_shares_branch"]


def test_signs_within_a_code_are_the_code_s(home: Path) -> None:
    """Full-width brackets and signs stand in codes; a code with spaces and a minus stands in brackets."""
    codes = {"楼（东）": 100, "A - B": 30, "E－01": 20, "K.１": 6}
    add(home, [f"{code},A,electricity,kWh,,,,,{DAY_ONE},60" for code in codes])
    formula = "＋楼（东）×50％ － ［A - B］＊1／3 − E－01*0．25 + K.１"
    add(home, [f"VA,A,electricity,kWh,virtual,,,{formula},{DAY_ONE}",
               f"VB,A,electricity,kWh,virtual,,,[楼（东）]*1/4,{DAY_ONE}"])  # fmt: skip
    take(home, steady(24, codes))
    assert {float(row["value"]) for row in out_points(home, "hour", "--meter", "VA")} == {50 - 10 - 5 + 6}
    assert {float(row["value"]) for row in out_points(home, "hour", "--meter", "VB")} == {25}
    said = jieyue(home, "export", "meters", "-o", home / "out.csv")
    assert said.code == DONE, said.stderr
    text = (home / "out.csv").read_text("utf-8-sig")
    assert "楼（东）*1/2 + K.１ - [A - B]*1/3 - E－01*1/4" in text
    again = jieyue(home, "import", "meters", home / "out.csv")
    assert (again.document["accepted"], again.document["rejected"]) == (0, 0)


def test_a_virtual_meter_takes_no_readings_of_its_own(shared: Path) -> None:
    add(shared, SHARES)
    file = shared / "readings.csv"
    file.write_text(f"meter,ts,value\nVD,{BEGIN},1\nVD,{BEGIN + HOUR},2\n", "utf-8")
    said = jieyue(shared, "import", "readings", file)
    assert (said.code, said.document["rejected"]) == (REFUSED, 2)
    assert [one["code"] for one in said.document["findings"]] == ["reading_virtual"]
    edit = jieyue(shared, "readings", "edit", "use", "VD", "--from", "2025-01-31T00:00:00+08:00", "--to",
                  "2025-01-31T02:00:00+08:00", "--use", "3", "--reason", "x")  # fmt: skip
    assert edit.code == REFUSED
    assert edit.document["error"]["code"] == "edit_virtual"


def test_a_share_of_what_is_fed_into_the_grid_says_so_and_is_taken_off_its_owner_s(home: Path) -> None:
    """A takes 100 and gives 30 an hour; half of both is D's: D 50 - 15 = 35 of 70 an hour."""
    file = home / "meters.csv"
    head = "meter,institution,carrier,unit,kind,formula,direction,valid_from,step_min"
    read = [f"A0,A,electricity,kWh,,,import,{DAY_ONE},60", f"X0,A,electricity,kWh,,,export,{DAY_ONE},60"]
    share = f"VI,D,electricity,kWh,virtual,A0*1/2,,{DAY_ONE},"
    fed = f"VX,D,electricity,kWh,virtual,X0*1/2,{{}},{DAY_ONE},"
    file.write_text("\n".join([head, *read, share, fed.format("")]) + "\n", "utf-8")
    said = jieyue(home, "import", "meters", file)
    assert (said.code, said.document["applied"]) == (REFUSED, False)
    (finding,) = said.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("meter_formula_direction", 5, "X0")
    assert "VX" in finding["message_zh"]
    file.write_text("\n".join([head, *read, share, fed.format("export")]) + "\n", "utf-8")
    assert jieyue(home, "import", "meters", file).code == DONE
    take(home, steady(24, {"A0": 100, "X0": 30}))
    assert [day_of(home, scope)[""] for scope in ("A", "D", "city")] == [840, 840, 1680]


def test_a_share_changes_from_a_day_on(shared: Path) -> None:
    add(shared, SHARES)
    add(shared, ["VD,D,electricity,kWh,virtual,,,A0*1/2,2025-02-01"])
    take(shared, steady(48))
    assert [Decimal(row["value"]) for row in out_points(shared, "day", "--meter", "VD")] == [800, 1200]
    assert [Decimal(row["value"]) for row in out(shared, "city", "day") if not row["end_use"]] == [2568, 2568]


def test_a_share_that_changes_moves_the_last_digits_of_those_after_it(shared: Path) -> None:
    """Of 100 an hour E has what lies between a third and two thirds of 100, 200, 300, each edge rounded; when D has two
    thirds, what lies between two thirds and the whole. Nothing of the meter itself has changed."""
    add(shared, [*SHARES, f"VE,E,electricity,kWh,virtual,,,A0*1/3,{DAY_ONE}"])
    take(shared, steady(24))
    first, then = ("33.3334", "33.3332", "33.3334"), ("33.3333", "33.3334", "33.3333")
    assert tuple(row["value"] for row in out_points(shared, "hour", "--meter", "VE")[:3]) == first
    add(shared, ["VD,D,electricity,kWh,virtual,,,A0*2/3,2025-01-01"])
    found = out_points(shared, "hour", "--meter", "VE")
    assert tuple(row["value"] for row in found[:3]) == then
    assert jieyue(shared, "readings", "rebuild").code == DONE
    assert out_points(shared, "hour", "--meter", "VE") == found
    assert day_of(shared, "A")[""] == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_order_of_packets_and_formulas_all_is_as_of_an_empty_folder(home: Path, seed: int) -> None:
    """Late packets, corrections and three formulas, one made of another, in a random order with and without a
    derivation between; then all that is derived is made again of the raw readings alone."""
    chance = random.Random(seed)
    add(home, READ)
    add(home, [f"VD,D,electricity,kWh,virtual,,,A0*1/3,{DAY_ONE}"])
    rows = steady(50)
    chance.shuffle(rows)
    size = len(rows) // 3
    steps = [lambda packet=rows[n * size : n * size + size + 9]: take(home, packet) for n in range(3)]
    steps += [
        lambda: add(home, ["VG,G,electricity,kWh,virtual,,,VD*1/7,2025-02-01"]),
        lambda: add(home, ["VE,E,electricity,kWh,virtual,,,A0*1/3,2025-01-20"]),
        lambda: add(home, ["VD,D,electricity,kWh,virtual,,,A0*2/3 - A1*1/9,2025-02-01"]),
        lambda: take(home, [("A1", BEGIN + 20 * HOUR, 1000 + 20 * 40 + 7)], "--correction"),
    ]
    chance.shuffle(steps)
    for step in steps:
        step()
        if chance.random() < 0.6:
            assert jieyue(home, "readings", "clean").code == DONE
    take(home, rows[3 * size - 5 :])
    so_far = bytes_of(home)
    assert jieyue(home, "readings", "rebuild").code == DONE
    assert bytes_of(home) == so_far
    empty = home.parent / "empty"
    shutil.copytree(home, empty, ignore=shutil.ignore_patterns(*TABLES))
    assert bytes_of(empty) == so_far
    assert b"VG" in so_far["hour"]


def test_a_formula_that_turns_round_within_a_month_is_filled_day_by_day(shared: Path) -> None:
    """Until 1 February V1 = V2, V2 = half of A0; then V1 = a quarter of A0, V2 = V1: never a circle."""
    add(
        shared,
        [
            f"V1,A,electricity,kWh,virtual,,,V2,{DAY_ONE}",
            f"V2,A,electricity,kWh,virtual,,,A0*1/2,{DAY_ONE}",
            "V1,A,electricity,kWh,virtual,,,A0*1/4,2025-02-02",
            "V2,A,electricity,kWh,virtual,,,V1,2025-02-02",
        ],
    )
    take(shared, steady(72))
    for meter in ("V1", "V2"):
        days = [Decimal(row["value"]) for row in out_points(shared, "day", "--meter", meter)]
        assert days == [1200, 1200, 600], meter
