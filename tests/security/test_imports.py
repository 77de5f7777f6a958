"""A file speaks only of what its bringer may publish; nobody touches, or learns from, another one's file."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.models import Batch
from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.returns.models import Return
from tests.security.client import signed_in
from tests.security.test_grants import node_of
from tests.security.world import BEGIN, PLACES, World, foreign

PERIOD = "2026-08"
DAY = timedelta(days=1)


def rows_for(*names: str, value: str = "1234") -> bytes:
    lines = [f"{PLACES[name].code},{PERIOD},NY201:110,{value},kWh" for name in names]
    return "\n".join(["institution,period,item,value,unit", *lines]).encode()


def brought(client: Client, content: bytes, kind: str = "returns") -> Any:
    file = SimpleUploadedFile("a.csv", content)
    return client.post("/import/upload/", {"file": file, "kind": kind}, follow=True)


def confirm(client: Client, preview: Any, **more: str) -> Any:
    return client.post(f"{preview.request['PATH_INFO']}confirm/", more)


def publishes(world: World, preview: Any, position: str = "own") -> int:
    """The publisher there opens the file that another brought and publishes the rows without error."""
    return int(
        confirm(signed_in(world.users["publisher", position]), preview, valid_rows_only="yes").status_code
    )


def published(world: World) -> set[str]:
    numbers = set(Return.objects.filter(period=PERIOD).values_list("subject", flat=True))
    return {name for name, number in world.ids.items() if number in numbers}


def test_a_districts_publisher_publishes_for_the_district_only(own_world: World) -> None:
    client = signed_in(own_world.users["city_admin", "own"])
    preview = brought(client, rows_for("OWN", "SIBLING", "FOREIGN"))
    assert publishes(own_world, preview) == 302
    assert published(own_world) == {"OWN"}
    counts = client.get(preview.request["PATH_INFO"]).content.decode()
    assert counts.count("<dd>2</dd>") >= 1, "two rows are rejected"


def test_a_foreign_institution_in_a_file_is_as_unknown_as_a_made_up_one(own_world: World) -> None:
    """By code, by its exact name, by a name that is nearly its own: no candidate, no finding tells of it."""
    client = signed_in(own_world.users["publisher", "own"])
    hospital = PLACES["FOREIGN"]
    lines = ["institution,period,item,value,unit"]
    lines += [
        f"{text},{PERIOD},NY201:110,1,kWh"
        for text in (hospital.code, hospital.name, "杏林医院部", "无此单位")
    ]
    preview = brought(client, "\n".join(lines).encode())
    address = preview.request["PATH_INFO"]
    typed = {hospital.code, hospital.name}
    hidden = foreign("own")
    for path in (address, f"{address}names/", f"{address}mapping/", "/import/"):
        text = client.get(path).content.decode().replace("杏林医院部", "")
        assert hidden.found_in(text) <= typed, path
    assert str(own_world.ids["FOREIGN"]) not in client.get(f"{address}names/").content.decode()
    from jieyue.apps.exchange.models import Batch

    found = Batch.objects.get(pk=address.strip("/").rpartition("/")[2]).findings
    unknown = [finding["code"] for finding in found if finding["severity"] == "error"]
    assert unknown == ["unknown_institution"] * 4
    everywhere = brought(signed_in(own_world.users["publisher", "parent"]), "\n".join(lines).encode())
    offered = client_names(own_world, everywhere.request["PATH_INFO"])
    assert hospital.name in offered, "who may publish for it is offered it"


def client_names(world: World, address: str) -> str:
    return signed_in(world.users["publisher", "parent"]).get(f"{address}names/").content.decode()


def test_a_printed_total_of_a_foreign_body_is_not_published(own_world: World) -> None:
    client = signed_in(own_world.users["city_admin", "own"])
    lines = ["institution,period,item,value,unit"]
    lines += [f"{node},{PERIOD},NY201:110,1,kWh" for node in ("line:L-500104", "city", "area:500103")]
    preview = brought(client, "\n".join(lines).encode())
    assert publishes(own_world, preview) == 302
    assert not Return.objects.filter(period=PERIOD).exists()


def test_who_may_import_there_and_publish_here_publishes_only_here(own_world: World) -> None:
    user = User.objects.get(username=own_world.users["city_admin", "sibling"])
    grant(user, "publisher", node=node_of("L-500103"), valid_from=BEGIN, actor="tests")
    preview = brought(signed_in(own_world.users["publisher", "parent"]), rows_for("OWN", "SIBLING"))
    assert confirm(signed_in(user.username), preview, valid_rows_only="yes").status_code == 404
    assert published(own_world) == set(), "the file of one who sees more is not there"
    preview = brought(signed_in(own_world.users["city_admin", "own"]), rows_for("OWN", "SIBLING"))
    confirm(signed_in(user.username), preview, valid_rows_only="yes")
    assert published(own_world) == {"OWN"}


def test_a_file_stays_where_its_bringer_was(own_world: World) -> None:
    """He has moved to another district since; its publisher does not see what he brought before."""
    user = User.objects.get(username=own_world.users["city_admin", "own"])
    address = brought(signed_in(user.username), rows_for("OWN")).request["PATH_INFO"]
    today = settings.JIEYUE_HOME.today()
    Batch.objects.filter(by=user.username).update(
        at=datetime(today.year, today.month, today.day, tzinfo=UTC) - DAY
    )
    Grant.objects.filter(user=user).update(valid_to=today)
    grant(user, "city_admin", node=node_of("L-500104"), valid_from=today, actor="tests")
    for part in ("", "marked/"):
        assert signed_in(own_world.users["publisher", "sibling"]).get(f"{address}{part}").status_code == 404
        assert signed_in(own_world.users["publisher", "parent"]).get(f"{address}{part}").status_code == 200


def test_nobody_publishes_what_he_brought(own_world: World) -> None:
    """Neither at the top nor below; another who may publish there does, and the log names both."""
    for position in ("own", "parent"):
        bringer = signed_in(own_world.users["publisher", position])
        preview = brought(bringer, rows_for("OWN"))
        shown = preview.content.decode()
        assert "要由另一位" in shown
        assert "confirm/" not in shown
        refused = confirm(bringer, preview)
        assert refused.status_code == 409
        assert "自己带进来" in refused.content.decode()
        assert published(own_world) == set()
    above = signed_in(own_world.users["publisher", "parent"])
    other = brought(signed_in(own_world.users["publisher", "own"]), rows_for("OWN"))
    assert confirm(signed_in(own_world.users["publisher", "sibling"]), other).status_code == 404
    assert confirm(above, other).status_code == 302
    assert published(own_world) == {"OWN"}
    (entry,) = ActionLog.objects.filter(verb="returns.import")
    assert (entry.actor, entry.data["brought_by"]) == (
        own_world.users["publisher", "parent"],
        own_world.users["publisher", "own"],
    )


def test_who_may_import_but_not_publish_stores_nothing(own_world: World) -> None:
    client = signed_in(own_world.users["city_admin", "parent"])
    preview = brought(client, rows_for("OWN"))
    assert preview.status_code == 200
    assert "confirm/" not in preview.content.decode()
    assert confirm(client, preview).status_code == 403
    assert published(own_world) == set()


def test_the_registry_is_written_only_by_who_keeps_all_of_it(own_world: World) -> None:
    rows = "code,name,type,region,reporting_parent,valid_from\nNEW-1,新机构,01,500103,L-500103,2020-01-01\n"
    for role, position in (("publisher", "parent"), ("city_admin", "own"), ("publisher", "own")):
        client = signed_in(own_world.users[role, position])
        assert brought(client, rows.encode(), "institutions").status_code == 403, (role, position)
    keeper = signed_in(own_world.users["city_admin", "parent"])
    preview = brought(keeper, rows.encode(), "institutions")
    assert preview.status_code == 200
    other = signed_in(own_world.users["publisher", "parent"])
    assert confirm(other, preview).status_code == 403
    assert "新机构" not in keeper.get("/institutions/").content.decode()
    assert confirm(keeper, preview).status_code == 302
    assert "新机构" in keeper.get("/institutions/").content.decode()


def test_somebody_elses_file_is_not_there(own_world: World) -> None:
    client = signed_in(own_world.users["publisher", "own"])
    address = f"/import/{own_world.batch}/"
    for part in ("", "mapping/", "names/", "marked/"):
        assert client.get(f"{address}{part}").status_code == 404
        assert client.get(f"/import/424242/{part}").status_code == 404
    for part in ("mapping/", "names/", "confirm/"):
        assert client.post(f"{address}{part}", {"valid_rows_only": "yes"}).status_code == 404
    assert published(own_world) == set()
    assert "brought.csv" not in client.get("/import/").content.decode()
    assert "brought.csv" in signed_in("somebody.else").get("/import/").content.decode()


def test_an_answer_cannot_name_an_institution_that_was_not_offered(own_world: World) -> None:
    from jieyue.apps.exchange.models import MatchAnswer

    client = signed_in(own_world.users["publisher", "own"])
    lines = f"institution,period,item,value,unit\n榆荫书院二,{PERIOD},NY201:110,1,kWh"
    address = brought(client, lines.encode()).request["PATH_INFO"]
    for number in (own_world.ids["FOREIGN"], own_world.ids["SIBLING"], 7, "x", -1):
        client.post(f"{address}names/", {"answer-0": str(number)})
    assert not MatchAnswer.objects.exists()
    client.post(f"{address}names/", {"answer-0": str(own_world.ids["OWN"])})
    assert MatchAnswer.objects.get().institution == own_world.ids["OWN"]
