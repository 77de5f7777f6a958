"""One text, two engines: every query of the product gives on Spark what it gives on DuckDB."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jieyue.store import DeltaLake
from jieyue.store.errors import LakeCorrupt, LakeEngineError
from tests.contract.spark import on_spark
from tests.store.rows import TABLE, data_files, fact, facts, new_lake, published, total
from tests.store.test_corruption import flip

#: Compared in test_rollup_engines.py: they need a home with meters.
OF_READINGS = {"readings_rollup", "readings_rollup_check", "city_days"}
#: Put in front of other queries; never run alone.
PARTS = {"figures_graded", "figures_sums", "places_by_day"}


@dataclass(frozen=True)
class Asked:
    """A query as the product asked it."""

    verb: str
    name: str
    params: Mapping[str, object]
    more: Mapping[str, Any]

    def of(self, lake: DeltaLake) -> dict[str, pa.Table]:
        """Its results by step."""
        found = getattr(lake, self.verb)(self.name, self.params, **self.more)
        return found if isinstance(found, dict) else {"": found}


def plain(table: pa.Table) -> list[tuple[str, ...]]:
    """Rows in an order of their own; a number is a number, whatever type an engine gives it."""
    return sorted(tuple(_shown(row[name]) for name in sorted(row)) for row in table.to_pylist())


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return repr(value)
    return format(Decimal(value).normalize(), "f")


@pytest.fixture
def asked(own_city: object, monkeypatch: pytest.MonkeyPatch) -> dict[str, Asked]:
    """What the product asks the lake while it answers for the small city: the last question of each name."""
    found: dict[str, Asked] = {}

    def watch(verb: str) -> None:
        ask = getattr(DeltaLake, verb)

        def asks(lake: DeltaLake, name: str, params: Any = None, **more: Any) -> Any:
            kept = {key: value for key, value in more.items() if key != "given"}
            found[name] = Asked(verb, name, dict(params or {}), kept)
            return ask(lake, name, params, **more)

        monkeypatch.setattr(DeltaLake, verb, asks)

    watch("query")
    watch("steps")
    _use_everything()
    monkeypatch.undo()
    return found


def _use_everything() -> None:
    from datetime import date

    from jieyue.apps.accounts import receipts
    from jieyue.apps.accounts.checks import check_facts
    from jieyue.apps.accounts.due import weighted_completeness
    from jieyue.apps.accounts.export_inputs import inputs_of
    from jieyue.apps.accounts.queries import declared_figures, figures, part_of, run_for, run_of
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.returns.reported import reported
    from jieyue.apps.review.lake_desk import roll_of
    from jieyue.apps.summaries.ledger import ledger
    from jieyue.domain.period import Period
    from tests.apps.accounts import desk

    desk.publish({("city", "2025"): {"110": "1000000", "120": "123456"}})
    figures(["city"], "2025")
    receipts.view(desk.figure("institution:SC-01", "2025", "energy_total_tce").receipt)
    declared_figures("2025")
    check_facts("2025")
    weighted_completeness("city", "2025")
    plan = run_of("city", run_for("2025"))
    inputs_of(plan, *part_of("city", plan))
    ledger("NY301", Period.parse("2025"), sequence=last_done())
    roll_of(last_done(), date(2025, 12, 31))
    reported("NY201", "2025")


def test_every_query_of_the_product_gives_the_same_on_both_engines(asked: dict[str, Asked]) -> None:
    from jieyue.apps.publication.lake import open_lake

    texts = {
        path.name.removesuffix(".sql") for path in (resources.files("jieyue.store") / "queries").iterdir()
    }
    assert set(asked) == texts - OF_READINGS - PARTS
    here, cluster = open_lake(), on_spark(open_lake())
    for name, question in sorted(asked.items()):
        expected, found = question.of(here), question.of(cluster)
        assert {(name, step): plain(rows) for step, rows in found.items()} == {
            (name, step): plain(rows) for step, rows in expected.items()
        }
    assert sum(rows.num_rows for rows in asked["receipt_inputs"].of(here).values()) > 0


def test_sums_of_current_rows_are_exact_and_as_of_a_publication(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    lake.append(
        TABLE,
        facts([fact(n, 1, "99999999999.9999" if n % 2 else "0.0001") for n in range(6)]),
        txn=("publish", 1),
    )
    lake.append(TABLE, facts([fact(10, 2, "7.5", replaces=1)]), txn=("publish", 2))
    lake.append(TABLE, facts([fact(11, 3, "2.5", year=2021)]), txn=("publish", 3))
    cluster = on_spark(lake)
    before = Decimal("99999999999.9999") * 3 + Decimal("0.0003")
    after = before - Decimal("99999999999.9999") + Decimal("7.5")
    assert [total(cluster, seq) for seq in (0, 1, 2, 3)] == [None, before, after, after + Decimal("2.5")]


def test_damage_is_named_before_a_sum_is_made(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    published(lake, 2, "6")
    path = next(path for path in data_files(lake) if "publish-1-" in path.name)
    flip(path, 40)
    with pytest.raises(LakeCorrupt, match="SHA-256") as caught:
        total(on_spark(lake))
    assert (caught.value.file, caught.value.table) == (str(path), TABLE)
    flip(path, 40)
    assert total(on_spark(lake)) == Decimal(11)
    path.unlink()
    with pytest.raises(LakeCorrupt) as caught:
        total(on_spark(lake))
    assert caught.value.file == str(path)


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    from jieyue.store import EngineSettings

    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    away = DeltaLake(tmp_path, settings=EngineSettings(master="spark://127.0.0.1:1"))
    with pytest.raises(LakeEngineError) as caught:
        total(away)
    assert "spark://127.0.0.1:1" in caught.value.zh
    assert "JIEYUE_ENGINE" in caught.value.en
