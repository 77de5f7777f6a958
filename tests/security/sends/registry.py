"""Good bodies of the registry, meters, boundaries, screens, files that come in and go out."""

import json
from typing import Any

from tests.above import FILE as ABOVE
from tests.above import LAYOUT
from tests.security.sends import Ask, done, file, send, who
from tests.security.world import MONTH, PLACES, YEAR, World

OWN = PLACES["OWN"].code


@send("institution-sensitive")
def _(world: World) -> Ask:
    said = {"verb": "set", "from": "2026-11-22", "reason": "涉密场所"}
    return Ask(who(world, "city_admin"), f"/institutions/{OWN}/sensitive/", said)


@send("holding-new")
def _(world: World) -> Ask:
    said = {"kind": "canteen", "code": "SECOND", "name": "二食堂", "valid_from": "2026-01-01", "source": "自查",
            "seats": "90", "diners_at_once": "260", "cooking_energy": "gas", "fume_cleaning": "yes",
            "kitchen_waste_machine": "no"}  # fmt: skip
    return Ask(who(world, "city_admin"), f"/institutions/{OWN}/holdings/new/?kind=canteen", said)


@send("holding", valid_to="to end it", to="to end it")
def _(world: World) -> Ask:
    said = {"act": "change", "name": "一食堂", "valid_from": "2026-01-01", "source": "自查", "seats": "90",
            "diners_at_once": "260", "cooking_energy": "gas", "fume_cleaning": "yes", "kitchen_waste_machine": "no",
            "reason": "扩建", "restate": "yes"}  # fmt: skip
    return Ask(who(world, "city_admin"), f"/holdings/{world.holdings['OWN']}/", said)


@send("key-units")
def _(world: World) -> Ask:
    said = {"act": "name", "institution": OWN, "document": "节能〔2026〕9号", "supervisor": "市机关事务局",
            "day": "2026-06-01", "reason": ""}  # fmt: skip
    return Ask(who(world, "city_admin"), "/keyunits/", said)


METER = {
    "meter": "MP-NEW", "carrier": "electricity", "kind": "register", "name": "新表", "institution": OWN, "end_use": "",
    "parent": "", "unit": "kWh", "direction": "import", "step_min": "15", "rated_per_hour": "", "no_value": "",
    "formula": "", "serial": "S9", "multiplier": "1", "digits": "6", "decimals": "1", "first_reading": "0",
    "valid_from": "2026-11-01", "reason": "新装",
}  # fmt: skip


@send("meter-new")
def _(world: World) -> Ask:
    return Ask(who(world, "city_admin"), "/meters/new/", METER)


@send("meter-change", serial="to swap", multiplier="to swap", digits="to swap", decimals="to swap",
      first_reading="to swap", last_reading="to swap or close")  # fmt: skip
def _(world: World) -> Ask:
    said = {"act": "change", "name": "总表一号", "institution": OWN, "end_use": "", "parent": "", "unit": "kWh",
            "direction": "import", "step_min": "60", "rated_per_hour": "5000", "no_value": "",
            "valid_from": "2026-11-01", "reason": "核对"}  # fmt: skip
    return Ask(who(world, "city_admin"), f"/meters/{world.points['OWN']}/change/", said)


EDIT = {"kind": "exclude", "begins": "2026-09-01T01:00", "ends": "2026-09-01T05:00", "use": "", "last": "", "first": "",
        "reason": "故障"}  # fmt: skip


@send("meter-edits")
def _(world: World) -> Ask:
    return Ask(who(world, "reviewer"), f"/meters/{world.points['OWN']}/edits/", EDIT)


@send("meter-edit-withdraw")
def _(world: World) -> Ask:
    from jieyue.apps.metering.models import ReadingEdit

    client, path = who(world, "reviewer"), f"/meters/{world.points['OWN']}/edits/"
    done(client.post(path, EDIT))
    return Ask(client, f"{path}{ReadingEdit.objects.latest('pk').pk}/withdraw/", {"reason": "抄错"})


@send("meters-publish")
def _(world: World) -> Ask:
    said = {"month": MONTH, "whole": "yes", "reason": ""}
    return Ask(who(world, "publisher"), "/meters/publish/", said)


SHAPES = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"adcode": 500103, "name": "渝中区"}, "geometry": {
        "type": "Polygon", "coordinates": [[[106, 29], [107, 29], [107, 30], [106, 30], [106, 29]]]}}]})  # fmt: skip


@send("boundary-load")
def _(world: World) -> Ask:
    said = {"file": file("界线.geojson", SHAPES), "approval": "渝S(2025)001号", "from": "2025-11-06"}
    return Ask(who(world, "city_admin"), "/map/boundaries/load/", said)


@send("boundary-withdraw")
def _(world: World) -> Ask:
    from jieyue.apps.trees.models import BoundaryFile

    client = who(world, "city_admin")
    said = {"file": file("界线.geojson", SHAPES), "approval": "渝S(2025)001号", "from": "2025-11-06"}
    done(client.post("/map/boundaries/load/", said))
    path = f"/map/boundaries/{BoundaryFile.objects.latest('pk').pk}/withdraw/"
    return Ask(client, path, {})


SCREEN = {"name": "大厅", "scope": "city", "indicator": "energy_total_tce", "days": "30"}


@send("wall-issue")
def _(world: World) -> Ask:
    return Ask(who(world, "city_admin"), "/wall/devices/issue/", SCREEN)


@send("wall-revoke")
def _(world: World) -> Ask:
    from jieyue.apps.identity.models import WallDevice

    client = who(world, "city_admin")
    done(client.post("/wall/devices/issue/", SCREEN))
    return Ask(client, f"/wall/devices/{WallDevice.objects.latest('pk').pk}/revoke/", {})


RETURNS = f"institution,period,item,value,unit\n{OWN},2026-08,NY201:110,777,kWh\n"


@send("import-upload", profile="a layout that was recorded")
def _(world: World) -> Ask:
    said = {"file": file("brought.csv", RETURNS), "kind": "returns", "form": "", "period": ""}
    return Ask(who(world, "publisher"), "/import/upload/", said)


def brought(client: Any, content: str, **more: str) -> str:
    """The address of the batch."""
    said = {"file": file("brought.csv", content), "kind": "returns", **more}
    return str(done(client.post("/import/upload/", said))["Location"])


@send("import-confirm", restate="where it is published already")
def _(world: World) -> Ask:
    """Of the file that somebody else brought: its rows without an error."""
    return Ask(who(world, "publisher"), f"/import/{world.batch}/confirm/", {"valid_rows_only": "yes"})


@send("import-mapping")
def _(world: World) -> Ask:
    client = who(world, "publisher")
    strange = f"甲,乙,丙\n{OWN},2026-08,777\n"
    path = brought(client, strange).removesuffix("mapping/")
    said = {
        "name": "甲乙丙",
        "field-0": "institution",
        "field-1": "period",
        "field-2": "NY201:110",
        "unit-2": "kWh",
    }
    return Ask(client, f"{path}mapping/", said)


@send("import-names")
def _(world: World) -> Ask:
    client = who(world, "publisher")
    alike = RETURNS.replace(OWN, f"{PLACES['OWN'].name}（新址）")
    path = brought(client, alike).removesuffix("names/")
    return Ask(client, f"{path}names/", {"answer-0": str(world.ids["OWN"])})


@send("theirs-take")
def _(world: World) -> Ask:
    said = {"file": file("platform.csv", RETURNS.replace("2026-08", YEAR)), "form": "NY201", "period": YEAR,
            "body": "city", "profile": ""}  # fmt: skip
    return Ask(who(world, "publisher"), "/theirs/take/", said)


def layout() -> str:
    """The number of a layout of the table above."""
    from jieyue.apps.exchange.profile import parse
    from jieyue.apps.exchange.queries import kept_profiles
    from jieyue.apps.exchange.services.save_profile import save_profile

    save_profile("above", parse(LAYOUT), actor="tests")
    return str(next(one.number for one in kept_profiles("summaries") if one.name == "above"))


def table(world: World) -> Any:
    said = {"file": file("NY301.csv", ABOVE), "period": YEAR, "body": "city", "profile": layout()}
    return Ask(who(world, "publisher"), "/theirs/tables/take/", said)


@send("their-tables-take")
def _(world: World) -> Ask:
    return table(world)


@send("their-table-keep")
def _(world: World) -> Ask:
    ask = table(world)
    path = done(ask.client.post(ask.path, ask.body))["Location"]
    return Ask(ask.client, f"{path}keep/", {})


@send("their-table-drop")
def _(world: World) -> Ask:
    ask = table(world)
    path = done(ask.client.post(ask.path, ask.body))["Location"]
    return Ask(ask.client, f"{path}drop/", {})


OUT = """
profile = 1
id = "out"
kind = "returns"
[[column]]
heading = "单位代码"
field = "code"
[[column]]
heading = "填报月"
field = "period"
[[column]]
heading = "用电"
field = "NY201:110"
unit = "kWh"
"""


@send("outward-take")
def _(world: World) -> Ask:
    from jieyue.apps.exchange.profile import parse
    from jieyue.apps.exchange.queries import kept_profiles
    from jieyue.apps.exchange.services.save_profile import save_profile

    save_profile("月报", parse(OUT), actor="tests")
    profile = str(next(one.number for one in kept_profiles("returns") if one.name == "月报"))
    said = {
        "profile": profile,
        "period": MONTH,
        "body": "city",
        "kind": "csv",
        "seen": "yes",
        "form": "NY201",
    }
    return Ask(who(world, "publisher"), "/outward/take/", said)


@send("outward-record")
def _(world: World) -> Ask:
    import io

    import openpyxl

    from jieyue.apps.publication.rules import home_catalog

    book = openpyxl.Workbook()
    names = [home_catalog().item(f"NY201:{code}").name_zh for code in ("110", "120")]
    for line in (["指标", "合计"], [names[0], 1], [names[1], 2]):
        book.active.append(line)
    sink = io.BytesIO()
    book.save(sink)
    said = {"file": file("sample.xlsx", sink.getvalue()), "form": "NY301", "name": "市级样表"}
    return Ask(who(world, "publisher"), "/outward/record/", said)
