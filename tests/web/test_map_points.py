"""Institutions as points over a loaded boundary: near ones as one, sensitive ones never, a stray one told."""

from datetime import date

import pytest
from django.test import Client

from tests.web.conftest import City
from tests.web.test_boundaries import APPROVAL, FILE, MAP
from tests.web.test_review import root, signed_in

POINTS = f"{MAP}&points=on"
TODAY = "2026-11-22"


@pytest.fixture
def loaded(own_city: City) -> City:
    """500103 is the square 105–106° E, 29–30° N; two more regions stand to its east."""
    from jieyue.apps.trees.services.load_boundary import load_boundary

    load_boundary(FILE, "f.geojson", approval=APPROVAL, day=date(2025, 11, 6), actor="tests")
    return own_city


def dozen() -> list[str]:
    """Twelve institutions that stand in 500103, by code."""
    from jieyue.apps.registry.queries import codes_of
    from jieyue.apps.trees.queries import Tree, members, node_by_code

    node = node_by_code(Tree.AREA, "500103")
    assert node is not None
    return sorted(codes_of(members([node.id], Tree.AREA)).values())[:12]


def import_points(codes: list[str]) -> object:
    """Nine side by side, one alone, one outside its region, one in a shifted system."""
    from jieyue.apps.registry.queries import find_institution
    from jieyue.apps.registry.services.import_file import import_file
    from jieyue.apps.trees.queries import node_by_id

    places = [f"105.5{n},29.5,CGCS2000" for n in ["0", *(f"000{n}" for n in range(1, 9))]]
    places += ["105.9,29.9,WGS84", "107.5,29.5,WGS84", "105.7,29.2,GCJ02"]
    lines = ["code,name,type,region,valid_from,lon,lat,coord_sys"]
    for code, place in zip(codes, places, strict=True):
        own = find_institution(code)
        assert own is not None
        kind = node_by_id(own.nodes["type"])
        assert kind is not None
        lines.append(f"{code},{own.name},{kind.code},500103,2025-11-30,{place}")
    return import_file("\n".join(lines).encode(), "points.csv", actor="tests").result


def dots(page: str) -> list[str]:
    return [part.partition('aria-label="')[2].partition('"')[0] for part in page.split("map-dot")[1:]]


def test_points_stand_over_the_boundary_and_a_stray_one_is_told(loaded: City) -> None:
    client, codes = loaded.client(), dozen()
    assert "没有机构登记了坐标" in client.get(POINTS).content.decode(), "the sample invents none"
    result = import_points(codes)
    assert (result.accepted, result.applied) == (12, True)  # type: ignore[attr-defined]
    told = [one for one in result.findings if one.code == "point_outside_region"]  # type: ignore[attr-defined]
    assert [(one.severity, one.row) for one in told] == [("warning", 12)]
    assert "map-dot" not in client.get(MAP).content.decode(), "only when asked for"
    page = client.get(POINTS).content.decode()
    assert sorted(dots(page))[0] == "9 家机构"
    assert len(dots(page)) == 3
    assert page.count("未画出</span>") == 1
    near = client.get(f"{POINTS}&near={codes[4]}").content.decode()
    listed = near[near.index('id="points"') :].partition("</section>")[0]
    assert [code in listed for code in codes] == [True] * 9 + [False] * 3
    assert f'href="/institutions/{codes[0]}/"' in listed
    assert f'href="/institutions/{codes[9]}/"' in page, "who stands alone leads to his own page"
    stray = client.get("/map/boundaries/").content.decode()
    stray = stray[stray.index("坐标在所属地区界线之外的机构") :]
    assert [code in stray for code in codes] == [False] * 10 + [True, False]


def test_a_sensitive_institution_is_no_point_and_in_no_list(loaded: City) -> None:
    from jieyue.apps.registry.queries import find_institution
    from jieyue.apps.registry.services.change import change

    client, codes = loaded.client(), dozen()
    import_points(codes)
    for code in (codes[0], codes[10]):
        own = find_institution(code)
        assert own is not None
        change(own.id, date.fromisoformat(TODAY), actor="tests", sensitive="yes")
    page = client.get(POINTS).content.decode()
    assert sorted(dots(page))[0] == "8 家机构"
    assert len(dots(page)) == 2
    points = page[page.index('id="points"') :].partition("</section>")[0]
    assert codes[0] not in points
    assert codes[1] in points
    assert "坐标在所属地区界线之外的机构" not in client.get("/map/boundaries/").content.decode()


def test_who_sees_a_part_gets_no_points_and_the_pages_ask_few_questions(
    loaded: City, django_assert_max_num_queries: object
) -> None:
    client, codes = loaded.client(), dozen()
    import_points(codes)
    client.get(POINTS)
    for address in (POINTS, "/map/boundaries/"):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            assert client.get(address).status_code == 200
    other: Client = signed_in("one.part", "viewer", node=part_of_the_line())
    page = other.get("/map/?period=2025&draw=outline&points=on", follow=True).content.decode()
    assert "map-dot" not in page
    assert root() != part_of_the_line()


def part_of_the_line() -> int:
    from jieyue.apps.trees.queries import Tree, tree

    line = tree(Tree.LINE)
    assert line.root is not None
    return line.children(line.root.id)[0].id
