"""What a plan's method says about completeness and population is what the figures do; stocks without returns."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.models import Run
from jieyue.apps.accounts.queries import FigureRow, figures_by
from jieyue.catalog.plan import load_plan
from jieyue.catalog.strict import CatalogError
from jieyue.domain.receipt import RunKey
from tests.apps.accounts import desk
from tests.plans import copy_plan

PLACE = {"type": "01", "region": "500103", "reporting_parent": "L-500103", "valid_from": "2015-01-01"}
STOCKS = {"floor_area_m2": 1000, "energy_users": 50, "vehicles": 2}
INDICATORS = ("floor_area_m2", "persons", "vehicles")


@pytest.fixture(scope="module", autouse=True)
def home(sqlite_home) -> Iterator[None]:
    """Ten of 1,000 m², 50 persons, 2 vehicles in the registry; nine file 100 kWh for 2024; a central unit files 7."""
    central = PLACE | {"reporting_parent": "L-CENTRAL"}
    with sqlite_home():
        rows = [{"code": f"I{n}", "name": f"机构{n}", **PLACE, **STOCKS} for n in range(10)]
        desk.register([*rows, {"code": "CE", "name": "中央单位", **central, **STOCKS}])
        facts = {(f"I{n}", "2024"): {"110": "100"} for n in range(9)} | {("CE", "2024"): {"110": "7"}}
        desk.publish(facts)
        yield


def plan_with(folder: Path, **said: str) -> Path:
    """A copy of the plan with other words in its method."""
    plan = copy_plan(folder)
    head = plan / "plan.toml"
    text = head.read_text("utf-8")
    for name, value in said.items():
        before = tomllib.loads(text)["method"][name]
        text = text.replace(f'{name} = "{before}"', f'{name} = "{value}"')
    head.write_text(text, "utf-8")
    return plan


def by(plan: Path, indicator: str = "energy_total_tce", period: str = "2024") -> FigureRow:
    (row,) = figures_by(MethodChoice.of_plan(load_plan(str(plan))), ["city"], period, indicators=[indicator])
    return row


def test_completeness_of_the_plan_decides_what_is_final(home: None, tmp_path: Path) -> None:
    """Nine of ten are there: 0.9 is enough for a plan that says 0.9, not for one that says 0.95."""
    strict = by(plan_with(tmp_path / "a", completeness="0.95"))
    loose = by(plan_with(tmp_path / "b", completeness="0.9"))
    hair = by(plan_with(tmp_path / "c", completeness="0.9001"))
    assert {row.completeness for row in (strict, loose, hair)} == {"0.9"}
    assert [row.status for row in (strict, loose, hair)] == ["provisional", "final", "provisional"]
    assert {row.exact for row in (strict, loose, hair)} == {Fraction("0.1229") * 900 / 1000}
    runs = {row.receipt.partition("/")[0] for row in (strict, loose, hair)}
    assert len(runs) == 3  # another threshold is another method, so another receipt
    shown = receipts.view(loose.receipt)
    assert (shown.key["completeness"], shown.figure.status) == ("0.9", "final")
    assert all(receipts.replay(row.receipt).equal for row in (strict, loose, hair))


def test_the_same_completeness_written_otherwise_is_the_same_run(home: None, tmp_path: Path) -> None:
    rows = [by(plan_with(tmp_path / name, completeness=name)) for name in ("0.9", "0.90")]
    assert rows[0].receipt == rows[1].receipt


def test_a_run_of_before_keeps_its_identity_and_the_catalogs_threshold(home: None) -> None:
    """A key without the completeness hashes as it always did; its figures take the catalog's 0.95."""
    key = RunKey("account.v1", "2020", "NY201", "s", "f", "e", "all_oil", "then", "own", 1, "d")
    assert key.run_id()[:8] == "3b013646"
    assert replace(key, completeness="0.95").run_id() != key.run_id()
    before = replace(MethodChoice.of_plan(load_plan("chongqing-14fyp")), completeness="")
    (row,) = figures_by(before, ["city"], "2024", indicators=["energy_total_tce"])
    assert (row.completeness, row.status) == ("0.9", "provisional")
    run = Run.objects.get(pk__startswith=row.receipt.partition("/")[0])
    del run.choice["completeness"], run.key["completeness"]
    run.save()
    assert receipts.view(row.receipt).figure.status == "provisional"
    assert receipts.replay(row.receipt).equal


def test_population_of_the_plan(home: None, tmp_path: Path) -> None:
    own = by(plan_with(tmp_path / "a"), "institutions")
    every = by(plan_with(tmp_path / "b", population="all", central_units="in"), "institutions")
    central = by(plan_with(tmp_path / "c", central_units="in"), "institutions")
    assert [row.value for row in (own, every, central)] == ["10", "11", "11"]


def test_a_population_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="central_units must be in"):
        load_plan(str(plan_with(tmp_path, population="all")))


@pytest.mark.parametrize("period", ["2019", "2030", "2026-11", "2023-Q2"])
def test_stocks_without_any_return_are_provisional_and_say_so(home: None, period: str) -> None:
    for scope, many in (("city", 10), ("line:L-500103", 10), ("I3", 1)):
        found = [desk.figure(scope, period, indicator) for indicator in INDICATORS]
        assert [row.exact for row in found] == [1000 * many, 50 * many, 2 * many]
        for row in found:
            assert (row.status, row.reasons) == ("provisional", ("no_return_of_period",)), row
    energy = desk.figure("city", period, "energy_total_tce")
    assert (energy.status, energy.reasons) == ("missing", ())


def test_stocks_with_returns_of_the_period_stay_final(home: None) -> None:
    """Nine returns of 2024 stand behind the city; the tenth institution, which filed none, is provisional alone."""
    for indicator in INDICATORS:
        assert desk.figure("city", "2024", indicator).status == "final"
        assert desk.figure("I3", "2024", indicator).status == "final"
        alone = desk.figure("I9", "2024", indicator)
        assert (alone.status, alone.reasons) == ("provisional", ("no_return_of_period",))
