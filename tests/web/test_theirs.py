"""Theirs and ours by their pages: taken through a recorded mapping, each cell told apart, nobody shown another's.

Ours of March 2026 (kWh, m³): X 110 80000.5, 120 1200; Y 110 24000; Z 110 5. Theirs in 万千瓦时 and 吨.
"""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.profile import parse
from jieyue.apps.exchange.services.save_profile import save_profile
from jieyue.apps.returns.models import Return, ReturnVersion, TheirFile
from tests.clients import signed_in
from tests.web.conftest import City, operator
from tests.web.html_text import page_of
from tests.web.test_exports import csv_rows, sheet_rows
from tests.web.test_import_pages import address, bring, csv_file
from tests.web.test_pages import latin

PERIOD, DISTRICT, OTHER = "2026-03", "L-500111", "L-500103"
PROFILE = """
profile = 1
id = "直报"
kind = "returns"
layout = "wide"
form = "NY201"
[[column]]
heading = "单位代码"
field = "code"
[[column]]
heading = "用电(万千瓦时)"
field = "NY201:110"
[[column]]
heading = "用水(吨)"
field = "NY201:120"
"""
HEADS = "单位代码,用电(万千瓦时),用水(吨)"


@pytest.fixture
def codes(own_city: City) -> dict[str, str]:
    """Ours are published, the mapping is kept; X and W hang in the district, Y and Z in another."""
    x, w = hanging(own_city, DISTRICT)[:2]
    y, z = hanging(own_city, OTHER)[:2]
    rows = (f"{x},{PERIOD},NY201:110,80000.5,kWh", f"{x},{PERIOD},NY201:120,1200,m3",
            f"{y},{PERIOD},NY201:110,24000,kWh", f"{z},{PERIOD},NY201:110,5,kWh")  # fmt: skip
    client = operator()
    preview = bring(client, csv_file(*rows))
    assert client.post(f"{address(preview)}confirm/").status_code == 302
    save_profile("直报", parse(PROFILE), actor="tests")
    return {"X": x, "W": w, "Y": y, "Z": z}


def hanging(city: City, node: str) -> list[str]:
    """Institutions that have hung at a body of the line since before 2025."""
    return [
        row["code"]
        for row in city.sample.memberships.iter_rows(named=True)
        if (row["tree"], row["target"]) == ("line", node)
        and row["valid_from"].year < 2025
        and row["valid_to"].year == 9999
    ]


def theirs(codes: dict[str, str]) -> bytes:
    lines = [HEADS, f"{codes['X']},8.00005,1200.25", f"{codes['Y']},,", f"{codes['W']},0.3,", "NO-SUCH,1,"]
    return "\n".join(lines).encode()


def take(client: Client, content: bytes, **more: str) -> Any:
    values = {
        "form": "NY201",
        "period": PERIOD,
        "body": "city",
        "file": SimpleUploadedFile("平台三月.csv", content),
    }
    return client.post("/theirs/take/", values | more, follow=True)


def person(name: str, role: str, node: str) -> Client:
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import tree

    user = create_user(name, actor="tests")
    number = tree("line").by_code[node].id
    grant(user, role, node=number, valid_from=date(2020, 1, 1), actor="tests")
    return signed_in(name)


def shown(answer: Any) -> list[tuple[str, ...]]:
    """Code, item, how it stands, ours, theirs, difference of each row."""
    rows = page_of(answer).tables[0].rows
    return [(row.cells[1], row.cells[2].split()[0], *row.cells[4:]) for row in rows]


def counts(answer: Any) -> list[str]:
    import re

    return re.findall(r"<dd>([\d,]+)</dd>", answer.content.decode())[:4]


def test_the_board_tells_each_cell_apart(codes: dict[str, str]) -> None:
    before = (Return.objects.count(), ReturnVersion.objects.count())
    client = operator()
    board = take(client, theirs(codes))
    assert board.status_code == 200
    assert counts(board) == ["1", "1", "1", "2"]
    assert set(shown(board)) == {
        (codes["X"], "120", "不符", "1,200", "1,200.25", "0.25"),
        (codes["W"], "110", "只有平台有", "未公布", "3,000", ""),
        (codes["Y"], "110", "只有本系统有", "24,000", "未报", ""),
        (codes["Z"], "110", "只有本系统有", "5", "未报", ""),
    }
    text = page_of(board).text
    assert "NO-SUCH" in text, "who is not in the directory is a finding"
    assert (Return.objects.count(), ReturnVersion.objects.count()) == before
    entry = ActionLog.objects.filter(verb="returns.take_theirs").latest("pk")
    assert (entry.actor, entry.data["returns"], entry.data["period"]) == ("operator", 2, PERIOD)


def test_a_kind_an_item_and_a_body_are_chosen_and_taken_away(codes: dict[str, str]) -> None:
    client = operator()
    path = address(take(client, theirs(codes)))
    (equal,) = shown(client.get(f"{path}?kind=equal"))
    assert equal == (codes["X"], "110", "相同", "80,000.5", "80,000.5", "0")
    assert {row[0] for row in shown(client.get(f"{path}?item=110"))} == {codes[one] for one in "WYZ"}
    district = client.get(f"{path}?body={DISTRICT}")
    assert ({row[0] for row in shown(district)}, counts(district)) == (
        {codes["X"], codes["W"]},
        ["1", "1", "1", "0"],
    )
    rows = csv_rows(client.get(f"{path}?body={DISTRICT}&export=csv"))
    assert [row[1] for row in rows[1:]] == [row[0] for row in shown(district)]
    assert len(sheet_rows(client.get(f"{path}?export=xlsx"))) == 5
    for query in ("kind=odd", "item=999", "body=L-NONE", "page=2"):
        assert client.get(f"{path}?{query}").status_code == 404, query
    href = f"/returns/{codes['X']}/NY201/{PERIOD}/"
    assert href in district.content.decode()


def test_the_board_stays_and_follows_what_is_published(codes: dict[str, str]) -> None:
    client = operator()
    path = address(take(client, theirs(codes)))
    preview = bring(client, csv_file(f"{codes['W']},{PERIOD},NY201:110,3000,kWh"))
    client.post(f"{address(preview)}confirm/")
    assert counts(client.get(path)) == ["2", "1", "0", "2"]
    listed = page_of(client.get("/theirs/")).tables[0].rows
    assert [row.cells[0] for row in listed] == ["平台三月.csv"]
    assert page_of(client.get("/import/")).tables[0].rows[0].cells[0] == "三月.csv", "it is no import"


def test_a_district_sees_its_own_cells_only(codes: dict[str, str]) -> None:
    path = address(take(operator(), theirs(codes)))
    viewer = person("viewer", "viewer", DISTRICT)
    board = viewer.get(path)
    assert counts(board) == ["1", "1", "1", "0"]
    assert {row[0] for row in shown(board)} == {codes["X"], codes["W"]}
    taken = viewer.get(f"{path}?export=csv").content.decode("utf-8-sig")
    for other in ("Y", "Z"):
        assert codes[other] not in board.content.decode() + taken
    assert "NO-SUCH" not in board.content.decode(), "what the file says of others is for who took it"
    assert viewer.get(f"{path}?body={OTHER}").status_code == 404
    assert "theirs/take/" not in viewer.get("/theirs/").content.decode()
    assert take(viewer, theirs(codes)).status_code == 403


def test_a_file_of_another_body_is_not_there(codes: dict[str, str]) -> None:
    lines = f"{HEADS}\n{codes['Y']},2.4,".encode()
    path = address(take(operator(), lines, body=OTHER))
    assert counts(operator().get(path)) == ["1", "0", "0", "1"]
    viewer = person("viewer", "viewer", DISTRICT)
    assert viewer.get(path).status_code == viewer.get("/theirs/987654/").status_code == 404
    assert page_of(viewer.get("/theirs/")).tables == []


def test_a_publisher_takes_for_his_own_body_only(codes: dict[str, str]) -> None:
    publisher = person("publisher", "publisher", DISTRICT)
    assert take(publisher, theirs(codes), body="city").status_code == 404
    board = take(publisher, theirs(codes), body=DISTRICT)
    assert counts(board) == ["1", "1", "1", "0"]
    assert codes["Y"] in page_of(board).text, "an institution of others is unknown to his file"
    assert TheirFile.objects.count() == 1


def test_what_cannot_be_taken_is_said_and_nothing_is_kept(codes: dict[str, str]) -> None:
    client = operator()
    unknown = take(client, "甲,乙,丙\n1,2,3".encode())
    assert (unknown.status_code, "映射方案" in page_of(unknown).text) == (422, True)
    odd = take(client, theirs(codes), period="三月")
    assert odd.status_code == 422
    early = take(client, f"{HEADS}\nNO-SUCH,1,".encode())
    assert (early.status_code, "NO-SUCH" in page_of(early).text) == (422, True)
    future = take(client, theirs(codes), period="2027-01")
    assert future.status_code == 422
    assert (
        client.post("/theirs/take/", {"form": "NY201", "period": PERIOD, "body": "city"}).status_code == 422
    )
    assert take(client, theirs(codes), profile="没有").status_code == 404
    assert TheirFile.objects.count() == 0
    assert not ActionLog.objects.filter(verb="returns.take_theirs").exists()


def test_the_board_asks_the_database_at_most_twelve_times(codes: dict[str, str]) -> None:
    path = address(take(operator(), theirs(codes)))
    for client in (operator(), person("viewer", "viewer", DISTRICT)):
        for page in (path, f"{path}?body={DISTRICT}&item=110", "/theirs/"):
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            assert len(asked) <= 12, (page, [one["sql"][:90] for one in asked])


def test_the_board_speaks_one_language(codes: dict[str, str]) -> None:
    board = take(operator(), theirs(codes))
    said_by_the_file = ("NO-SUCH", "平台三月.csv")
    assert not {text for text in latin(page_of(board)) if not any(word in text for word in said_by_the_file)}
    english = page_of(operator("en").get(address(board)))
    frame = {text for tag, text in english.texts if tag in ("h2", "th", "label", "button", "dt", "caption")}
    assert {"the same", "differs", "only theirs", "only ours", "Theirs less ours"} <= frame
