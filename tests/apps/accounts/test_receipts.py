"""A receipt gives the first result years later: after new facts, new factors, new boundaries; and sees tampering."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.frame import Frame
from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.accounts.queries import figures
from jieyue.apps.publication import rules
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns.lake import schema
from jieyue.config.home import Home
from jieyue.domain.receipt import ReceiptId
from tests.apps.accounts import desk

CO2 = "co2_total_t"
NEW_FACTOR = (
    "region,region_zh,year,key,value,unit,kind,published,source,document,issuer,confidence,verified,note\n"
    "500000,重庆,2024,,0.6000,kgCO2/kWh,province,2026-12-01,2024年电力二氧化碳排放因子公告（测试）,,,low,no,\n"
)


@pytest.fixture(autouse=True)
def rules_are_read_anew():
    rules.forget()
    yield
    rules.forget()


def overlay(home: Home, name: str, text: str) -> None:
    folder = home.path / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    rules.forget()


def test_what_a_receipt_shows(city) -> None:
    shown = receipts.view(desk.figure("city", "2025", CO2).receipt)
    assert shown.key["method"] == "account.v1"
    assert shown.key["boundaries"] == "2025-12-31"
    assert shown.key["sequence"] == last_done()
    used = {(factor.use, factor.carrier): factor for factor in shown.factors}
    electricity = used["co2", "electricity"]
    assert Fraction(electricity.value) == desk.T_PER_TCE["110"]
    assert (electricity.document, electricity.verified) == ("渝机管发〔2021〕96号", False)
    assert Fraction(used["standard_coal", "raw_coal"].value) == Fraction("0.7143")
    document = json.loads(json.dumps(shown.as_dict(), ensure_ascii=False))
    assert document["behind"]["missing"] == {"months_missing": 1, "no_return": 1}
    assert abs(Fraction(document["figure"]["value"]) - shown.figure.value) < Fraction(1, 10**20)


def test_unknown_receipts(city) -> None:
    run = ReceiptId.parse(desk.figure("city", "2025", CO2).receipt).run
    for text in ("", "x", f"{run}/city/nothing", f"{run}/area:000000/{CO2}", f"0000000000000000/city/{CO2}"):
        with pytest.raises(receipts.UnknownReceiptError):
            receipts.view(text)


def test_the_first_result_after_everything_has_changed(own_city) -> None:
    """New facts, a restated one, a closed year, another factor, another place, other attributes: the receipt holds."""
    choice = {"factor_set": "jst-303-2026", "electricity_factor": "of-year"}
    before = figures(["city"], "2025", choice=choice) + figures(["city", "SC-01"], "2025")
    told = {row.receipt: row for row in before}

    desk.publish({("SI-01", "2025"): {"110": "31000", "120": "1100"}})
    desk.publish({("SC-01", "2025"): {"110": "999999"}}, restate="抄错")
    ids = by_code(["SC-01", "OR-01"])
    transfer(ids["OR-01"], "area", "500104", day=date(2025, 1, 1), actor="tests")
    change(ids["SC-01"], date(2025, 1, 1), actor="tests", code="SC-01X", floor_area="1")
    overlay(own_city, "grid_factors.csv", NEW_FACTOR)

    after = {row.indicator: row for row in figures(["city"], "2025", choice=choice)}
    assert after[CO2].factor_set == "jst-303-2026@2024"
    assert after[CO2].receipt not in told
    for text, row in told.items():
        if row.indicator in (CO2, "energy_per_area_kgce_m2", "unit_price_electricity"):
            shown = receipts.view(text)
            assert (shown.figure.value, shown.figure.status) == (row.exact, row.status), text
    for text in {ReceiptId.parse(text).run + text[16:].rpartition("/")[0]: text for text in told}.values():
        again = receipts.replay(text)
        assert again.equal, (text, again.different[:3])
        assert again.compared > 0


def test_replay_sees_a_changed_frame(own_city) -> None:
    receipt = desk.figure("city", "2025", CO2).receipt
    stored = RunFrame.objects.get(part="nodes")
    frame = Frame.from_bytes(bytes(stored.content))
    place = next(
        i for i, row in enumerate(frame.figures()) if (row.scope, row.indicator) == ("city", "water_total_m3")
    )
    column = frame.table.column("numerator").to_pylist()
    column[place] = str(int(column[place]) + 1)
    table = frame.table.set_column(
        frame.table.schema.get_field_index("numerator"), "numerator", pa.array(column)
    )
    stored.content = Frame(table).to_bytes()
    stored.save()
    found = receipts.replay(receipt)
    assert found.different == ("city/water_total_m3",)


def test_replay_sees_facts_that_were_changed_behind_the_publications(own_city) -> None:
    """A row put into the lake by hand, dated back to an old publication, in the place of SC-01's return."""
    receipt = desk.figure("SC-01", "2025", "water_total_m3").receipt
    lake = open_lake()
    table = lake.snapshot(["facts_NY201"]).tables["facts_NY201"]
    rows = pa.concat_tables(pq.ParquetFile(file.path).read() for file in table.files)
    (own,) = [
        row
        for row in rows.to_pylist()
        if row["period"] == "2025" and row["c120"] == 9_000 and row["c110"] == 101_000
    ]
    forged = {
        **own,
        "year": 2025,
        "version": own["version"] + 10**6,
        "replaces": own["version"],
        "c120": own["c120"] + 1,
    }
    lake.append("facts_NY201", pa.Table.from_pylist([forged], schema=schema("NY201")), txn=("forged", 1))
    found = receipts.replay(receipt)
    assert not found.equal
    assert any(name.endswith("/water_total_m3") for name in found.different)
    assert not any(name.endswith("/energy_total_tce") for name in found.different)


def test_the_same_question_has_the_same_receipt_and_another_has_another(own_city) -> None:
    first = desk.figure("city", "2025", CO2).receipt
    assert desk.figure("city", "2025", CO2).receipt == first
    others = {
        desk.figure("city", "2024", CO2).receipt,
        desk.figure("area:500103", "2025", CO2).receipt,
        desk.figure("city", "2025", CO2, choice={"vehicle_boundary": "official_vehicles"}).receipt,
        desk.figure("city", "2025", CO2, choice={"electricity_factor": "0.5581"}).receipt,
        desk.figure("city", "2025", CO2, boundaries="2025-11-05").receipt,
    }
    desk.publish({("SC-01", "2019"): {"110": "1"}})
    others.add(desk.figure("city", "2025", CO2).receipt)  # another publication: another run
    assert len(others - {first}) == 6


def test_a_method_that_this_version_lacks_is_named(own_city, monkeypatch) -> None:
    """A method id keeps its code; one that is not there is refused and not computed by another."""
    receipt = desk.figure("city", "2025", CO2).receipt
    found = receipts.find(receipt)
    other = replace(found[1], key=replace(found[1].key, method="account.v0"))
    monkeypatch.setattr(receipts, "find", lambda _text: (found[0], other, found[2], found[3]))
    with pytest.raises(receipts.UnknownReceiptError) as caught:
        receipts.replay(receipt)
    assert caught.value.code == "method_gone"
