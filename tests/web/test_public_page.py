"""The public page beside its tables: the sketch of districts, quantiles by type, the boundaries to take away."""

import json
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client

from jieyue.domain.public_quantiles import public_quantiles
from tests.web.conftest import City
from tests.web.test_boundaries import APPROVAL, FILE
from tests.web.test_disclosure import ask_for, propose, proposer, release, releaser, rows

__all__ = ["proposer", "releaser"]

RULE = {"least": 3, "dominance": Fraction(4, 5), "within": Fraction(1, 10)}


def test_a_quantile_is_the_mean_of_a_few_and_refused_where_one_of_them_shows() -> None:
    """Of 1…15: ranks 2.8, 7, 11.2 counted from 0, the three around each are 3 4 5, 7 8 9 and 11 12 13."""
    values = [Fraction(n) for n in range(1, 16)]
    assert public_quantiles(values, **RULE) == {"p20": 4, "p50": 8, "p80": 12}
    assert public_quantiles(values[1:], **RULE) is None, "fewer than three would lie below P20"
    heavy = [Fraction(1)] * 11 + [Fraction(100)] * 4
    assert public_quantiles(heavy, **RULE) is None, (
        "around P80 stand 1, 100, 100: who is one 100 knows the other"
    )


@pytest.fixture
def out(own_city: City, proposer: Client, releaser: Client) -> int:
    ask_for(4, own_city)
    from datetime import date

    from jieyue.apps.trees.services.load_boundary import load_boundary

    load_boundary(FILE, "f.geojson", approval=APPROVAL, day=date(2025, 11, 6), actor="tests")
    propose(proposer)
    return release(releaser)


def test_sketch_quantiles_and_boundaries_say_what_the_tables_say(out: int) -> None:
    from jieyue.apps.disclosure.models import DataRelease
    from jieyue.apps.trees.models import BoundaryFile

    everybody = Client()
    page = everybody.get("/public/").content.decode()
    assert "/static/tokens" in page, "colours and sizes of everything on it"
    data = rows(everybody.get(f"/public/{out}/data.csv").content)
    said = {
        row["code"]: row["value"]
        for row in data
        if row["kind"] == "area" and row["indicator"] == "energy_per_area_kgce_m2"
    }
    sketch = page[page.index('id="map"') :].partition("</section>")[0]
    assert "示意图" in sketch
    assert "不表示" in sketch
    assert sketch.count('class="tile"') == 37
    assert ("不显示</title>" in sketch) is True
    assert [said[code] == "※" for code in ("500154", "500103")] == [True, False], "two institutions; fourteen"
    assert f">渝中区 {Decimal(said['500103']):,}" in sketch
    other = everybody.get("/public/?map=co2_total_t")
    assert other["ETag"] != everybody.get("/public/")["ETag"]
    assert "碳排放" in other.content.decode().partition('id="map"')[2][:120]
    assert not everybody.cookies

    quantiles = rows(everybody.get(f"/public/{out}/quantiles.csv").content)
    kept = DataRelease.objects.get(pk=out).kept
    shown = [row for row in quantiles if row["n"] != "※"]
    assert {row["indicator"] for row in quantiles} == {"energy_per_area_kgce_m2"}
    assert shown
    assert all(int(row["n"]) >= 20 for row in shown), "five times the four that a cell needs"
    for row in shown:
        assert Decimal(row["p20"]) <= Decimal(row["p50"]) <= Decimal(row["p80"])
        assert len(kept["quantiles"][f"type:{row['type']}/{row['indicator']}"]) == int(row["n"])
        assert f">{Decimal(row['p50']):,}<" in page
    assert "本系统同类分位，非定额" in page

    assert f"审图号：{APPROVAL}" in page
    answer = everybody.get(f"/public/{out}/areas.geojson")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/geo+json")
    content = json.loads(answer.content)
    assert content["approval"] == APPROVAL
    own = {one["id"]: one["properties"] for one in content["features"]}
    assert own["500103"]["energy_per_area_kgce_m2"] == float(said["500103"])
    for code, value in own.items():
        assert (value["withheld"], value["energy_per_area_kgce_m2"] is None) == (
            said[code] == "※",
            said[code] == "※",
        )
    BoundaryFile.objects.update(withdrawn_at="2026-11-22T00:00:00Z")
    assert everybody.get(f"/public/{out}/areas.geojson").status_code == 404
    assert "areas.geojson" not in everybody.get("/public/").content.decode()


def test_the_sections_stand_in_the_order_of_the_plan_of_the_page(out: int) -> None:
    """一 to 七; the map and the tables of districts under 三, quantiles under 四."""
    page = Client().get("/public/").content.decode()
    heads = re.findall(r'<h2 id="part-\d">([^<]+)</h2>', page)
    assert heads == [
        "一、2025年全市公共机构用了多少",
        "二、五年变化",
        "三、区县",
        "四、类型分位",
        "五、怎么算的",
        "六、下载",
        "七、勘误与版本",
    ]
    parts = re.split(r'<h2 id="part-\d">', page)[1:]
    assert ['id="map"' in part for part in parts] == [False, False, True, False, False, False, False]
    assert ["P80" in part for part in parts] == [False, False, False, True, False, False, False]
    assert page.count("<h2") == 7, "what stands within a section is a heading below it"
    said = Client().get("/public/?lang=en").content.decode()
    assert "1. What public institutions of the whole city used in 2025" in said
