"""Boundary files: read strictly, matched by code, old code or name, shown under their review number only."""

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.trees.boundaries import boundaries_on
from jieyue.apps.trees.models import BoundaryFile
from jieyue.apps.trees.services.load_boundary import load_boundary
from jieyue.domain.boundary import LARGEST, BoundaryError, read_boundary
from tests.web.conftest import City

APPROVAL = "渝S(2026)001号"
MAP = "/map/?period=2025&draw=outline"


def square(west: float, south: float) -> list[list[list[float]]]:
    return [[[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]]


def feature(place: int, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": square(105 + place, 29)}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def document(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


#: By code, by a code of before 2016, by name, and one that is no region of Chongqing.
HOLE = ((105.2, 29.2), (105.4, 29.2), (105.4, 29.4), (105.2, 29.2))
FILE = document(
    {
        "properties": {"code": "500103"},
        "geometry": {"type": "Polygon", "coordinates": [*square(105, 29), HOLE]},
    },
    feature(1, adcode=500228),
    feature(2, name="两江新区"),
    feature(3, name="成都市"),
)


def upload(
    client: Client, content: bytes, approval: str = APPROVAL, day: str = "2025-11-06"
) -> tuple[int, str]:
    file = SimpleUploadedFile("界线.geojson", content)
    answer = client.post("/map/boundaries/load/", {"file": file, "approval": approval, "from": day})
    return answer.status_code, answer.content.decode()


def test_matched_shown_with_its_number_and_taken_off(own_city: City) -> None:
    client = own_city.client()
    assert "outline-map" not in client.get(MAP).content.decode()
    status, text = upload(client, FILE)
    assert status == 200
    assert "成都市" in text
    assert "500101" in text  # 万州 has no shape, and is named
    shown = client.get(MAP).content.decode()
    assert shown.count('class="tile" href') == 3
    assert APPROVAL in shown
    for code in ("500103", "500155", "cq-liangjiang-district"):
        assert f"scope=area%3A{code}" in shown
    exported = client.get(f"{MAP}&export=csv").content.decode("utf-8-sig")
    assert APPROVAL in exported
    assert APPROVAL not in client.get("/map/?period=2025").content.decode()
    assert boundaries_on(date(2025, 11, 5)) is None
    assert "outline-map" not in client.get("/map/?period=2024&draw=outline").content.decode()
    row = BoundaryFile.objects.get()
    assert client.post(f"/map/boundaries/{row.pk}/withdraw/").status_code == 302
    assert "outline-map" not in client.get(MAP).content.decode()
    verbs = (
        ActionLog.objects.filter(object=f"boundary:{row.pk}").order_by("pk").values_list("verb", flat=True)
    )
    assert list(verbs) == ["trees.load_boundary", "trees.withdraw_boundary"]


def test_what_is_published_carries_the_number(own_city: City) -> None:
    load_boundary(FILE, "f.geojson", approval=APPROVAL, day=date(2025, 11, 6), actor="tests")
    found = boundaries_on(date(2025, 12, 31))
    assert found is not None
    content = found.public_geojson({"500103": {"energy_total_tce": "1.00"}})
    features: Any = content["features"]
    assert content["approval"] == APPROVAL
    assert {one["properties"]["approval"] for one in features} == {APPROVAL}
    own = next(one for one in features if one["id"] == "500103")
    assert own["properties"]["energy_total_tce"] == "1.00"
    assert [tuple(polygon) for polygon in own["geometry"]["coordinates"]] == [
        (tuple((x, y) for x, y in square(105, 29)[0]), HOLE)
    ]
    shapes = read_boundary(json.dumps(content).encode())
    assert {shape.code for shape in shapes} == {"500103", "500155", "cq-liangjiang-district"}


WRONG = {
    "no number": (FILE, " ", "审图号"),
    "empty": (b" \n", APPROVAL, "文件是空的"),
    "no json": (b"{", APPROVAL, "JSON"),
    "deep": (b"[" * 200_000, APPROVAL, "JSON"),
    "no collection": (b'{"type":"Feature"}', APPROVAL, "FeatureCollection"),
    "nothing": (document(feature(0, name="成都市")), APPROVAL, "对得上"),
    "twice": (document(feature(0, code="500103"), feature(1, name="渝中区")), APPROVAL, "两个图形"),
    "nameless": (document(feature(0)), APPROVAL, "第 1 个图形"),
    "open": (
        document(
            {
                "properties": {"code": "500103"},
                "geometry": {"type": "Polygon", "coordinates": [square(1, 1)[0][:-1]]},
            }
        ),
        APPROVAL,
        "未闭合",
    ),
    "no degree": (
        document(
            {
                "properties": {"code": "500103"},
                "geometry": {"type": "Polygon", "coordinates": square(3000, 1)},
            }
        ),
        APPROVAL,
        "单位度",
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_file_is_refused_with_words_and_keeps_nothing(own_city: City, case: str) -> None:
    content, approval, words = WRONG[case]
    status, text = upload(own_city.client(), content, approval)
    assert status == 422
    assert words in text
    assert not BoundaryFile.objects.exists()


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(BoundaryError) as caught:
        read_boundary(b" " * (LARGEST + 1))
    assert caught.value.code == "boundary_size"
