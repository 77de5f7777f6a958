"""Public data: one proposes, the worker withholds, another releases; everybody reads, and nobody works anything out."""

import csv
import io
import shutil
from decimal import Decimal

import pytest
from django.test import Client

from jieyue.jobs.worker import Worker
from tests.web.conftest import City
from tests.web.test_review import root, signed_in

YEAR = "2025"
CHOSEN = ["energy_total_tce", "energy_per_area_kgce_m2", "co2_total_t", "floor_area_m2"]


@pytest.fixture
def proposer(own_city: City) -> Client:
    return signed_in("publisher.one", "publisher", node=root())


@pytest.fixture
def releaser(own_city: City) -> Client:
    return signed_in("publisher.two", "publisher", node=root())


def ask_for(least: int, city: City) -> None:
    """The authority's own threshold, as its administrator writes it."""
    folder = city.path / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    head = "code,value,unit,name_zh,name_en,source,document,issuer,confidence,verified,note"
    row = f"disclosure_least,{least},piece,公开门槛,Least number,本市规定,,,high,yes,"
    (folder / "thresholds.csv").write_text(f"{head}\n{row}\n", "utf-8")


def propose(client: Client, **more: object) -> str:
    said = {"period": YEAR, "indicator": CHOSEN, "note": "", **more}
    answer = client.post("/disclosure/", said, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    Worker(()).once()
    return answer.content.decode()


def newest() -> int:
    from jieyue.apps.disclosure.models import DataRelease

    return DataRelease.objects.order_by("-pk").values_list("pk", flat=True)[0]


def release(client: Client) -> int:
    number = newest()
    answer = client.post(f"/disclosure/{number}/", {"verb": "release"}, follow=True)
    assert "数据已公开" in answer.content.decode(), answer.content.decode()
    return number


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_one_proposes_the_worker_withholds_another_releases(
    own_city: City, proposer: Client, releaser: Client
) -> None:
    empty = Client().get("/public/").content.decode()
    assert "还没有公开过数据" in empty
    # A sample's is under no real authority's name, and says what it is, before anything is released too.
    assert ("示例市" in empty, "样例数据" in empty, "机关事务管理局" in empty) == (True, True, False)
    propose(proposer)
    own = proposer.get("/disclosure/").content.decode()
    assert "须由另一人公开" in own
    refused = proposer.post(f"/disclosure/{newest()}/", {"verb": "release"})
    assert (refused.status_code, "须由另一人公开" in refused.content.decode()) == (422, True)
    assert "还没有公开过数据" in Client().get("/public/").content.decode()
    number = release(releaser)
    everybody = Client()
    page = everybody.get("/public/")
    assert (page.status_code, everybody.cookies) == (200, {})
    assert page["Cache-Control"] == "public, max-age=300"
    assert "2025 年公共机构能源资源消费情况" in page.content.decode()
    assert everybody.get("/public/", headers={"if-none-match": page["ETag"]}).status_code == 304
    assert (
        "Energy and water of public institutions in 2025"
        in everybody.get("/public/?lang=en").content.decode()
    )
    assert releaser.post(f"/disclosure/{number}/", {"verb": "drop"}).status_code == 422


def test_what_is_out_is_what_the_pages_say_and_withheld_cells_hold_no_number(
    own_city: City, proposer: Client, releaser: Client
) -> None:
    from jieyue.apps.accounts.queries import figures
    from jieyue.apps.disclosure.models import DataRelease

    ask_for(6, own_city)
    propose(proposer)
    number = release(releaser)
    data = rows(Client().get(f"/public/{number}/data.csv").content)
    city = {row["indicator"]: row for row in data if row["kind"] == "city"}
    expected = {row.indicator: row.display for row in figures(["city"], YEAR, indicators=CHOSEN)}
    assert {code: row["value"] for code, row in city.items()} == expected
    held = {(row["kind"], row["code"]) for row in data if row["value"] == "※"}
    kept = DataRelease.objects.get(pk=number).kept
    inside = {key: len(who) for key, who in kept["members"].items() if "~" not in key}
    few = {key for key, count in inside.items() if 0 < count < 6 and ":" in key}
    assert few, "a city of 300 has areas with less than six institutions"
    assert few <= {":".join(one) for one in held}
    assert all(row["status"] == "withheld" for row in data if row["value"] == "※")
    exact = figures([f"{kind}:{code}" for kind, code in held], YEAR, indicators=CHOSEN)
    shown = Client().get(f"/public/{number}/").content.decode()
    everything = shown + "".join(
        Client().get(f"/public/{number}/{name}").content.decode("utf-8-sig")
        for name in ("data.csv", "sdmx.csv")
    )
    for row in exact:
        if row.display and len(row.display) > 5:
            assert row.display not in everything, row
            assert f"{Decimal(row.display):,}" not in shown, row


def test_nobody_subtracts_his_way_to_a_withheld_area(
    own_city: City, proposer: Client, releaser: Client
) -> None:
    """From the printed rows alone: what the withheld areas have together is known, and no more than that."""
    ask_for(6, own_city)
    propose(proposer)
    number = release(releaser)
    data = rows(Client().get(f"/public/{number}/data.csv").content)
    energy = [row for row in data if row["indicator"] == "energy_total_tce"]
    for kind in ("area", "type"):
        held = [row for row in energy if row["kind"] == kind and row["value"] == "※"]
        assert len(held) != 1, "one withheld cell of a table is the total less the others"
    assert any(row["value"] == "※" for row in energy)


def test_a_year_that_is_out_is_corrected_with_a_reason_and_the_old_one_stays(
    own_city: City, proposer: Client, releaser: Client
) -> None:
    ask_for(6, own_city)
    propose(proposer)
    first = release(releaser)
    again = proposer.post("/disclosure/", {"period": YEAR, "indicator": CHOSEN, "note": ""})
    assert (again.status_code, "请写明这次更正了什么" in again.content.decode()) == (422, True)
    propose(proposer, note="补报两家")
    second = release(releaser)
    old = Client().get(f"/public/{first}/").content.decode()
    assert "这一年有更新的版本" in old
    assert f"/public/{second}/" in old
    assert "补报两家" in Client().get("/public/").content.decode()
    held = [
        {
            (row["kind"], row["code"])
            for row in rows(Client().get(f"/public/{n}/data.csv").content)
            if row["value"] == "※"
        }
        for n in (first, second)
    ]
    assert held[0] <= held[1], "what was withheld stays so"


def test_who_may_not_and_what_is_not(own_city: City, proposer: Client) -> None:
    viewer = signed_in("only.looks", "viewer", node=root())
    assert viewer.get("/disclosure/").status_code == 403
    assert viewer.post("/disclosure/", {"period": YEAR, "indicator": CHOSEN}).status_code == 403
    for said, words in (
        ({"period": "2026", "indicator": CHOSEN}, "还没有结束"),
        ({"period": "2025-03", "indicator": CHOSEN}, "按年公开"),
        ({"period": YEAR, "indicator": []}, "至少选一项"),
        ({"period": YEAR, "indicator": ["energy_cost_yuan"]}, "至少选一项"),
        ({"period": "never", "indicator": CHOSEN}, "never"),
    ):
        answer = proposer.post("/disclosure/", said)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), said
    for address in ("/public/99/", "/public/99/data.csv", "/public/1/other.csv"):
        assert Client().get(address).status_code == 404


def test_a_proposal_is_dropped_and_never_seen(own_city: City, proposer: Client, releaser: Client) -> None:
    propose(proposer)
    number = newest()
    assert Client().get(f"/public/{number}/").status_code == 404
    assert "已撤销" in proposer.post(f"/disclosure/{number}/", {"verb": "drop"}, follow=True).content.decode()
    assert releaser.post(f"/disclosure/{number}/", {"verb": "release"}).status_code == 422
    assert Client().get(f"/public/{number}/data.csv").status_code == 404


def only_asked_for(client: Client) -> int:
    """Proposed, and the worker has not come yet."""
    said = {"period": YEAR, "indicator": CHOSEN, "note": ""}
    assert client.post("/disclosure/", said).status_code == 302
    return newest()


def verbs_of(number: int) -> list[str]:
    from jieyue.apps.audit.models import ActionLog

    rows = ActionLog.objects.filter(object=f"disclosure:{number}").order_by("id")
    return [verb.removeprefix("disclosure.") for verb in rows.values_list("verb", flat=True)]


def test_one_that_was_dropped_before_the_worker_came_is_let_be(own_city: City, proposer: Client) -> None:
    from jieyue.apps.disclosure.models import DataRelease
    from jieyue.apps.disclosure.services.decide_release import fail

    number = only_asked_for(proposer)
    assert proposer.post(f"/disclosure/{number}/", {"verb": "drop"}).status_code == 302
    Worker(()).once()
    fail(number)
    row = DataRelease.objects.get(pk=number)
    assert (row.state, row.content, row.digest) == (DataRelease.State.DROPPED, {}, "")
    assert verbs_of(number) == ["propose", "drop"]


def test_one_whose_figures_cannot_be_had_fails_is_told_so_and_can_be_dropped(
    own_city: City, proposer: Client
) -> None:
    """The lake is away, as a folder of the network is, while the worker computes."""
    number = only_asked_for(proposer)
    lake, away = own_city.path / "lake", own_city.path / "away"
    lake.rename(away)
    Worker(()).once()
    shutil.rmtree(lake, ignore_errors=True)
    away.rename(lake)
    assert verbs_of(number) == ["propose", "fail"]
    assert "没有算成" in proposer.get("/disclosure/").content.decode()
    assert proposer.post(f"/disclosure/{number}/", {"verb": "release"}).status_code == 422
    assert proposer.post(f"/disclosure/{number}/", {"verb": "drop"}).status_code == 302
    assert verbs_of(number) == ["propose", "fail", "drop"]


def own_rules(city: City, **values: object) -> None:
    """The authority's own thresholds of disclosure."""
    folder = city.path / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    head = "code,value,unit,name_zh,name_en,source,document,issuer,confidence,verified,note"
    lines = [
        f"disclosure_{name},{value},piece,公开门槛,Least number,本市规定,,,high,yes,"
        for name, value in values.items()
    ]
    (folder / "thresholds.csv").write_text("\n".join([head, *lines, ""]), "utf-8")


def test_what_stands_in_the_way_is_told_with_the_least_to_leave_out_and_goes_out_without_it(
    own_city: City, proposer: Client, releaser: Client
) -> None:
    """A value must be open up to 1.99 times itself: 021, behind which the two small types below 02 hide, uses more
    than half of the whole city, and 02 more still. Without what 02 is made of (6 cells) neither need be withheld; all
    types (9 cells) would lose more."""
    from jieyue.apps.disclosure.models import DataRelease

    own_rules(own_city, least=3, within="0.99")
    propose(proposer)
    first = newest()
    page = releaser.get("/disclosure/").content.decode()
    kept = DataRelease.objects.get(pk=first).kept
    assert kept["in_the_way"] == {
        "type:021": {"table": "type:02", "why": "complementary"},
        "type:02": {"table": "city/type", "why": "complementary"},
    }
    assert kept["remedy"] == [{"table": "type:02", "cells": 6}]
    assert {one["indicator"] for one in kept["open"]} >= {"energy_total_tce", "co2_total_t"}
    for words in ("挡住公开的格", "机构类型", "（6 格）", "去掉这些表重新拟"):
        assert words in page, words
    assert releaser.post(f"/disclosure/{first}/", {"verb": "release"}).status_code == 422
    assert proposer.post(f"/disclosure/{first}/", {"verb": "without"}).status_code == 302
    Worker(()).once()
    assert verbs_of(first)[-1] == "drop"
    again = DataRelease.objects.get(pk=newest())
    assert (again.left_out, again.kept["exposed"]) == (["type:02"], [])
    number = release(releaser)
    codes = {
        row["code"]
        for row in rows(Client().get(f"/public/{number}/data.csv").content)
        if row["kind"] == "type"
    }
    assert codes == {"01", "02", "03"}
    public = Client().get(f"/public/{number}/").content.decode()
    assert "为使不显示的数推算不出，本版不列" in public


def test_where_both_trees_stand_in_the_way_only_the_whole_is_left(own_city: City, proposer: Client) -> None:
    """Every cell is of fewer than 400. The central area, of 179, stands below the city, so no smaller table than that
    of all areas takes it out; 02, of 229, no smaller one than that of all types."""
    from jieyue.apps.disclosure.models import DataRelease

    own_rules(own_city, least=400, within="0.9")
    propose(proposer)
    kept = DataRelease.objects.get(pk=newest()).kept
    assert {"area:cq-main", "type:02", "type:021"} <= set(kept["exposed"])
    assert [one["table"] for one in kept["remedy"]] == ["city/area", "city/type"]
    proposer.post(f"/disclosure/{newest()}/", {"verb": "without"})
    Worker(()).once()
    row = DataRelease.objects.get(pk=newest())
    assert ([cell["scope"] for cell in row.content["cells"]], row.kept["exposed"]) == (["city"], [])


def test_where_nothing_stands_in_the_way_there_is_nothing_to_leave_out(
    own_city: City, proposer: Client
) -> None:
    propose(proposer)
    number = newest()
    refused = proposer.post(f"/disclosure/{number}/", {"verb": "without"})
    assert refused.status_code == 422
    assert verbs_of(number) == ["propose", "compute"]


def test_of_a_proposal_that_cannot_be_dropped_none_is_made_in_its_place(
    own_city: City, proposer: Client, monkeypatch
) -> None:
    """Of two who press the button at once the second finds the old one dropped: its new one must not stay."""
    from jieyue.apps.disclosure import refusals
    from jieyue.apps.disclosure.services import decide_release

    own_rules(own_city, least=3, within="0.99")
    propose(proposer)
    number = newest()

    def dropped_meanwhile(*_: object) -> None:
        raise refusals.decided()

    with monkeypatch.context() as other:
        other.setattr(decide_release, "drop", dropped_meanwhile)
        assert proposer.post(f"/disclosure/{number}/", {"verb": "without"}).status_code == 422
    assert newest() == number
    assert proposer.post(f"/disclosure/{number}/", {"verb": "without"}).status_code == 302
    assert newest() == number + 1
