"""Each work on a tiny shape: it runs, both sides agree, and what it prints is one line."""

import json
from pathlib import Path

import pytest

from bench import city, common, floors, homes, imports, nation, pages, totals
from bench.common import Side
from bench.make_facts import Shape

TINY = Shape(400)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return dict(city.prepare(tmp_path_factory.mktemp("bench"), TINY))


@pytest.fixture(scope="module")
def answers(facts: dict[str, object]) -> dict[str, dict[str, object]]:
    """What each side says of the tiny city, each in a process of its own."""
    sides = (city.WORK.ours, *city.WORK.floors)
    return {side.name: common.run_cold(side, facts).answer for side in sides}


def test_the_product_and_both_floors_give_the_same_figures(answers: dict[str, dict[str, object]]) -> None:
    assert answers["jieyue"] == answers["duckdb"] == answers["polars"]
    assert answers["jieyue"]["figures"] > 25 * 60  # city, areas, departments, types and lines


def test_the_figures_are_those_of_the_rows(
    facts: dict[str, object], answers: dict[str, dict[str, object]]
) -> None:
    """Counted by hand from the generator: institutions, and months that are there out of those that are owed."""
    import polars as pl

    from bench import make_facts

    frames = [pl.from_arrow(rows) for _, rows in make_facts.publications(TINY)]
    rows = pl.concat(frames)
    replaced = set(rows["replaces"].drop_nulls())
    current = rows.filter(~pl.col("version").is_in(list(replaced)))
    said = answers["jieyue"]["city"]
    assert said["institutions"] == "400"
    top, bottom = (int(part) for part in said["completeness"].split("/"))
    assert top * 4800 == len(current) * bottom
    months = current.group_by("institution").len()
    whole = months.filter(pl.col("len") == 12)["institution"]
    water = current.filter(pl.col("institution").is_in(whole.to_list()))["c120"].sum()
    parts = [int(part) for part in said["water_total_m3"].split("/")]
    assert water * (parts[1] if len(parts) == 2 else 1) == parts[0]


def test_a_floor_that_forgets_the_corrections_is_caught(
    facts: dict[str, object], answers: dict[str, dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "corrections", lambda lake: [floors.files(lake, "dim_institution")[0]])
    steps = floors.by_duckdb(**facts)  # type: ignore[arg-type]
    next(steps)
    next(steps)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value["digest"] != answers["jieyue"]["digest"]


@pytest.mark.parametrize("floor", ["by_duckdb", "by_polars"])
def test_a_floor_gives_the_same_a_span_of_institutions_at_a_time(
    facts: dict[str, object],
    answers: dict[str, dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    floor: str,
) -> None:
    monkeypatch.setattr(floors, "SPAN", 150)  # three spans, the last one of a hundred
    before = sorted(Path().iterdir()), sorted(Path(str(facts["lake"])).parent.iterdir())
    steps = getattr(floors, floor)(**facts)
    next(steps)
    next(steps)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == answers["jieyue"]
    assert before == (sorted(Path().iterdir()), sorted(Path(str(facts["lake"])).parent.iterdir()))


def test_one_institution_of_the_nation(facts: dict[str, object]) -> None:
    arguments = {**nation.prepare_one(Path(str(facts["lake"])).parent.parent, TINY)}
    run = common.run_cold(nation.ONE.ours, arguments)
    assert run.answer == 56  # one scope, every indicator of the account


def test_import_and_pages_on_a_small_city(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bench-city")
    first = common.run_cold(imports.WORK.ours, dict(imports.prepare(folder, 120))).answer
    assert first["read"] == first["accepted"] > 80
    assert first["duplicate"] == first["rejected"] == 0
    shown = common.run_cold(pages.WORK.ours, dict(pages.prepare(folder, 120)))
    assert shown.answer["too_many_queries"] == {}
    assert shown.answer["pages"] >= 12
    assert 0 < shown.seconds < 5


def test_figures_are_told_exactly() -> None:
    from fractions import Fraction

    found = {("city", name): Fraction(1, 3) for name in totals.FIGURES}
    assert totals.told(found)["city"]["persons"] == "1/3"
    assert totals.told(found) != totals.told({**found, ("city", "persons"): Fraction(33, 100)})
    assert json.dumps(totals.told(found))


def test_only_takes_the_lines_of_a_work() -> None:
    from bench.__main__ import works

    assert {"city", "nation", "nation-one", "import", "pages", "pages-demo"} <= set(works())
    assert isinstance(works()["city"].ours, Side)
    assert homes.jieyue()[0].endswith("jieyue")
