"""The evaluation of a plan takes the change since the base year apart by its drivers (LMDI), of a city of one."""

from collections.abc import Iterator

import pytest

from jieyue.apps.papers.binding import annex_of
from jieyue.apps.papers.make import evaluation_for
from jieyue.apps.papers.plain import text_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.services.publish import ensure_tables
from tests.apps.accounts import desk
from tests.apps.papers.papers import annex_names
from tests.apps.targets.test_standing import CQ, PLAN
from tests.shared_home import home_from, turned_to


@pytest.fixture(scope="module")
def grown(seeded_sqlite, tmp_path_factory, django_db_blocker) -> Iterator[None]:
    """CQ alone, with the base year: 6 × 10⁹ kWh = 737,400 tce on 80 × 10⁶ m², 5 × 10⁶ persons."""
    place = {"type": "01", "region": "500103", "valid_from": "2015-01-01", "reporting_parent": "L-500103"}
    made = home_from(seeded_sqlite, tmp_path_factory.mktemp("grown") / "home", plan=PLAN, clock=desk.TODAY)
    base = CQ | {"110": "6000000000", "102": "80000000", "103": "5000000"}
    with django_db_blocker.unblock(), turned_to(made.path):
        ensure_tables()
        desk.register([{"code": "CQ", "name": "单位CQ", **place}])
        desk.publish({("CQ", "2020"): base, ("CQ", "2025"): CQ})
        yield


def test_the_change_since_the_base_year_is_taken_apart_by_its_drivers(grown: None) -> None:
    """245,800 ÷ ln(4/3) × ln(90/80) = 100,635.64 tce are the floor area's, × ln(5.5/5) = 81,434.49 the persons'."""
    paper = evaluation_for(PLAN, None, sequence=last_done())
    text = text_of(paper).replace("（初步）", "").replace("*", "")
    assert (
        "按驱动因素分解（对数平均迪氏指数法LMDI，加法，无余项），2020年至2025年建筑能耗上升245,800.00吨标准煤，"
        "其中面积变化的影响上升100,635.64吨标准煤、电力强度上升145,164.36吨标准煤。"
    ) in text
    table = text.partition("建筑能耗变化的原因\n")[2]
    assert "规模（面积或人数） | 上升100,635.64 | 上升81,434.49" in table
    assert "电力单位用量 | 上升145,164.36 | 上升164,365.51" in table
    assert "变化合计 | 上升245,800.00 | 上升245,800.00" in table
    size = next(row.number for row in annex_of(paper) if row.number.code.startswith("size_effect"))
    assert desk.figure("city", "2020", "floor_area_m2").receipt in size.parts
    assert desk.figure("city", "2025", "floor_area_m2").receipt in size.parts
    coded = [name for name in annex_names(paper) if "_" in name or "(" in name]
    assert not coded, "the annex of sources names what each number is"


def test_what_stands_in_the_way_is_named(grown: None) -> None:
    """Nobody reported 2024: of that year neither energy nor area is there."""
    text = text_of(evaluation_for(PLAN, 2024, sequence=last_done()))
    assert "按建筑面积：不作分解。缺：2024年能源消费总量" in text
    assert "LMDI" not in text
