"""Two institutions of two districts with four metering points and three weeks of readings, worked out by hand.

All readings are hourly from 2026-11-01 00:00 in China; the home's clock says 2026-11-22, so that 504 hours are past.
T is X's main meter: 10 an hour, nothing missing. Below it stand A (X's, 10 an hour, silent since hour 300) and B (Y's,
20 an hour: with A 3,000 + 10,080 = 13,080 against T's 5,040). S is X's second main meter: it shows 500 all the time.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
from django.contrib.auth import get_user_model
from django.test import Client

#: 2026-11-01 00:00 in China.
BEGIN = 1793462400
HOURS = 504
DISTRICTS = {"500103": "渝中区", "500104": "大渡口区"}
HEAD = "meter,name,institution,carrier,unit,kind,end_use,step_min,multiplier,parent,serial,valid_from"
METERS = f"""{HEAD}
T,总表,X,electricity,kWh,register,,60,1,,T1,2026-10-01
A,教学楼,X,electricity,kWh,register,01A00,60,1,T,A1,2026-10-01
B,借用教室,Y,electricity,kWh,register,,60,1,T,B1,2026-10-01
S,二号总表,X,electricity,kWh,register,,60,1,,S1,2026-10-01
"""


def furnish(home: Path) -> dict[str, int]:
    """Institutions, meters, readings, uses; code → point."""
    from jieyue.apps.metering.points import numbers_of
    from jieyue.apps.registry.services.bulk_register import bulk_register
    from jieyue.apps.trees.services.register_nodes import NodeSpec, register_nodes

    begin = date(2015, 1, 1)
    register_nodes(
        [NodeSpec("line", f"L-{code}", f"{name}节能管理部门", "city", begin, kind="district_bureau")
         for code, name in DISTRICTS.items()],
        actor="tests",
    )  # fmt: skip
    named = {"X": ("榆林学校", "500103"), "Y": ("柏林学校", "500104")}
    rows = [{"code": code, "name": name, "valid_from": begin} for code, (name, _district) in named.items()]
    places = [
        {"code": code, "tree": tree, "target": target, "valid_from": begin}
        for code, (_name, district) in named.items()
        for tree, target in (("line", f"L-{district}"), ("area", district), ("type", "021"))
    ]
    bulk_register(pl.DataFrame(rows), pl.DataFrame(places), actor="tests")
    meters(METERS)
    take(home, "T", [10 * n for n in range(HOURS + 1)])
    take(home, "A", [10 * n for n in range(301)])
    take(home, "B", [20 * n for n in range(HOURS + 1)])
    take(home, "S", [500] * (HOURS + 1))
    derive()
    return numbers_of(["T", "A", "B", "S"])


def meters(text: str) -> None:
    """Store a file of meters."""
    from jieyue.apps.metering.services.import_meters import import_meters

    outcome = import_meters(text.encode(), "meters.csv", actor="tests")
    assert outcome.result.applied, outcome.result


def take(home: Path, meter: str, shown: Sequence[float], *, start: int = BEGIN) -> None:
    """Store a meter's hourly readings."""
    from jieyue.apps.metering.services.import_readings import import_readings

    file = home / "readings.csv"
    lines = [f"{meter},{start + n * 3600},{value}" for n, value in enumerate(shown)]
    file.write_text("\n".join(["meter,ts,value", *lines]) + "\n", "utf-8")
    assert import_readings(file, file.name, actor="tests").result.applied


def derive() -> None:
    """Make uses of what has come."""
    from jieyue.apps.metering.services.clean import clean

    clean(actor="tests")


def who(name: str, role: str, node: str) -> Client:
    """A client of a new account with a role at a node of the line."""
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import tree

    user = create_user(name, actor="tests")
    grant(user, role, node=tree("line").by_code[node].id, valid_from=date(2020, 1, 1), actor="tests")
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=user.pk), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client
