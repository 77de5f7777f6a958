"""The client against a running server: frames with the numbers that were imported, errors that say what to do."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application

import jieyue
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.client import Client, InterfaceError
from tests.api.conftest import USES, Caller, office, person, returns_csv, root, token_for
from tests.api.test_scope import submit

__all__ = ["office", "person", "root"]  # fixtures


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def address(root: Caller) -> Iterator[str]:
    """The office served on a free port by a thread of this process."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_was_submitted_as_a_frame(address: str, root: Caller, person) -> None:
    submit(person, "A1", "L-500103", 100)
    publish_waiting(reported=True)
    frame = Client(address, root.secret).reported("NY201", "2025-01").filter(item="NY201:110")
    assert frame.sort("submitted_at").select("value", "first").rows() == [
        (Decimal(100), True),
        (Decimal(101), False),
    ]
    assert str(frame.schema["submitted_at"]) == "Datetime(time_unit='us', time_zone='UTC')"
    empty = Client(address, root.secret).reported("NY201", "2025-02")
    assert (empty.height, empty.columns) == (0, frame.columns)


def test_figures_institutions_and_returns_as_frames(address: str, root: Caller, tmp_path) -> None:
    city = Client(address, root.secret)
    figures = city.figures(
        "city", "A1", period="2024", indicators=["energy_total_tce", "energy_per_area_kgce_m2"]
    )
    assert figures.height == 4
    total = figures.filter(scope="city", unit="tce").row(0, named=True)
    expected = Decimal(sum(use[0] for use in USES.values())) * Decimal("0.1229") / 1000
    assert Decimal(total["exact"]) == expected
    assert total["value"] == float(expected)
    assert city.replay(total["receipt"])
    assert city.receipt(total["receipt"])["unit"] == "tce"
    assert city.institutions()["code"].to_list() == ["A1", "A2", "B1", "H1"]
    cells = city.returns("NY201", "2024")
    electricity = cells.filter(item="NY201:110")
    assert dict(zip(electricity["institution"], electricity["value"], strict=True)) == {
        code: Decimal(use[0]) for code, use in USES.items()
    }
    assert cells.filter(item="NY201:130")["origin"].to_list() == [9] * 4
    assert city.plan_status("chongqing-14fyp", 2024).height == 7
    assert "carriers" not in city.catalog("units").columns
    assert city.scopes("2024", "line").height >= 5
    file = tmp_path / "more.csv"
    file.write_bytes(returns_csv("2023"))
    assert city.import_returns(file, publish=True)["applied"] is True
    assert city.import_returns(file, publish=True)["accepted"] == 0


def test_errors_say_what_is_wrong(address: str, root: Caller) -> None:
    with pytest.raises(InterfaceError) as wrong:
        Client(address, root.secret).figures(period="20x5")
    assert (wrong.value.status, wrong.value.code) == (422, "period_form")
    assert "期间" in wrong.value.message_zh
    with pytest.raises(InterfaceError) as stranger:
        Client(address, "jy_none").scopes("2024")
    assert stranger.value.status == 401
    with pytest.raises(InterfaceError) as nobody:
        Client("http://127.0.0.1:9", "jy_none", timeout=2).scopes("2024")
    assert (nobody.value.status, nobody.value.code) == (0, "unreachable")
    with pytest.raises(ValueError, match="an address such as"):
        Client("energy.example.cn", "jy_none")


def test_the_package_gives_rules_plans_periods_and_the_client() -> None:
    assert jieyue.load_plan("chongqing-14fyp").base_year == 2020
    assert jieyue.load_catalog().carriers["electricity"].unit == "kWh"
    assert str(jieyue.Period.parse("2025-Q1")) == "2025-Q1"
    assert jieyue.Client is Client
    assert jieyue.domain.period.Period is jieyue.Period
    with pytest.raises(AttributeError):
        jieyue.nothing  # noqa: B018


def test_readings_are_sent_and_asked_after(address: str, root: Caller) -> None:
    from datetime import UTC, datetime

    from jieyue.apps.identity.models import User
    from jieyue.apps.metering import write_ahead
    from jieyue.apps.metering.services.fold_packets import fold_packets
    from jieyue.apps.metering.services.import_meters import import_meters

    meters = b"meter,institution,carrier,unit,valid_from\nE1,A1,electricity,kWh,2024-12-01\n"
    assert import_meters(meters, "m.csv", actor="tests").result.applied
    office = Client(address, token_for(User.objects.get(username="operator"), "push").secret)
    rows = [
        {"meter": "E1", "ts": datetime(2025, 1, 1, tzinfo=UTC), "value": Decimal("1024.5")},
        {"meter": "E9", "ts": 1735689600, "value": 1},
    ]
    sent = office.push_readings(rows, key="one")
    assert (sent["received"], sent["rejected"]) == (2, 1)
    assert office.push_readings(rows, key="one") == sent
    assert office.batch(sent["batch"])["state"] == "pending"
    fold_packets()
    folded = office.batch(sent["batch"])
    assert (folded["state"], folded["stored"], folded["duplicates"]) == ("folded", 1, 0)
    with pytest.raises(InterfaceError) as none:
        office.batch(sent["batch"] + 1)
    assert none.value.status == 404
    write_ahead.write_log().close()
    write_ahead._opened.clear()
