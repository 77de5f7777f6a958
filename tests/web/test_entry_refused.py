"""Entry that is refused: what was typed is still there, and why is said to people and scripts."""

import re

import pytest
from django.test import Client

from tests.web.conftest import City
from tests.web.html_text import text_of
from tests.web.school import School


@pytest.mark.parametrize("part", ["cells", "submit", "use"])
def test_what_was_typed_is_still_there_where_a_colleague_has_submitted_meanwhile(
    school: School, part: str
) -> None:
    school.submit_first_task()
    before = school.row().draft
    there = school.cells()["110"][0]
    sent = {"c-110": "43219", "c-120": "twelve", "c-140": school.cells()["140"][0], "revision": "1"}
    answer = school.reporter.post(f"{school.address}{part}/", sent | {"use": "120", "case-120": "paid"})
    assert answer.status_code == 409
    page = text_of(answer.content.decode())
    told = page[page.index("您填的内容没有存上（括号内是现有的数）：") :][:200]
    assert re.search(r"43219 \( *[\d,]+", told), told
    assert "twelve (" in told
    assert there.split(".")[0] in told.replace(",", "")
    assert told.count("(") == 2, "a number that is the same is not lost"
    assert school.row().draft == before
    assert "括号内是现有的数" not in school.reporter.get(school.address).content.decode()


def test_what_was_explained_is_still_there_where_a_colleague_has_submitted_meanwhile(school: School) -> None:
    school.submit_first_task()
    sent = {"why-Y01-103": "两个分校并入 <b>", "why-Y02-110": "空调更换", "why-none": "x", "revision": "1"}
    answer = school.reporter.post(f"{school.address}submit/", sent)
    assert answer.status_code == 409
    page = answer.content.decode()
    told = text_of(page[page.index('id="unsaved"') :][:3000])
    assert "两个分校并入 <b>" in told
    assert "空调更换" in told
    assert "( 新生入学 )" in told or "(新生入学)" in told, "what stands there is told beside it"
    assert "<b></b>" not in page
    said = {"why-Y01-103": "新生入学", "revision": "1"}
    assert 'id="unsaved"' not in school.reporter.post(f"{school.address}submit/", said).content.decode()


def test_a_page_of_refusal_lists_what_was_typed(school: School, own_city: City) -> None:
    """Without a script: a form of an earlier session, and one that the person has no right to send any more."""
    from jieyue.apps.trees.queries import Tree, tree

    school.begin()
    assert school.save(cells={"110": "5"}).status_code == 200
    sent = {"revision": "2", "c-110": "43219", "c-120": "", "why-Y01-103": "Moved", "password": "密 码"}
    page_of_ours = {"Referer": f"http://testserver{school.address}"}
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "zh-hans"})
    strict.cookies = school.reporter.cookies
    for part in ("cells", "submit"):
        answer = strict.post(f"{school.address}{part}/", sent, headers=page_of_ours)
        assert answer.status_code == 403
        told = text_of(answer.content.decode())
        assert "您填的内容没有存上，需要的请抄下来：" in told
        assert "电消费量 43219" in told
        assert "Moved" in told
        assert "密 码" not in told
    root = tree(Tree.LINE).root
    assert root is not None
    looks = school.person("looks", "viewer", root.id)
    answer = looks.post(f"{school.address}cells/", sent, headers=page_of_ours)
    assert answer.status_code == 403
    assert "电消费量 43219" in text_of(answer.content.decode())
    for foreign in ({}, {"Referer": "http://elsewhere.example/"}):
        answer = strict.post(f"{school.address}cells/", sent, headers=foreign)
        assert answer.status_code == 403
        assert "43219" not in answer.content.decode(), "no other site writes onto a page of ours"
    assert school.cells()["110"][0] == "5"


@pytest.mark.parametrize(
    ("body", "kind", "host", "status"),
    [
        ("c-110=1", "application/x-www-form-urlencoded", "elsewhere.example", 400),
        ("&".join(f"c-{n}=1" for n in range(1500)), "application/x-www-form-urlencoded", "testserver", 404),
        ("c-110=1", "application/x-www-form-urlencoded; charset=latin-1", "testserver", 404),
        ("--x\r\nbroken", "multipart/form-data; boundary=y", "testserver", 404),
        ("c-110=1", "multipart/form-data", "testserver", 404),
    ],
)
def test_the_page_of_an_error_does_not_fail_where_the_request_cannot_be_read(
    school: School, body: str, kind: str, host: str, status: int
) -> None:
    headers = {"Referer": "http://testserver/", "Host": host}
    answer = school.reporter.post("/nowhere/", body, content_type=kind, headers=headers)
    assert answer.status_code == status
    assert "JY-500" not in answer.content.decode()


def test_a_script_is_told_why_its_save_is_refused(school: School, own_city: City) -> None:
    """No right, and a form of an earlier session, are two things."""
    from jieyue.apps.trees.queries import Tree, tree

    school.begin()
    root = tree(Tree.LINE).root
    assert root is not None
    answer = school.save(school.person("looks", "viewer", root.id), cells={"110": "5"})
    assert (answer.status_code, answer.json()["refused"]) == (403, "return_right")
    assert answer.json()["message"].startswith("您没有")
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "zh-hans"})
    strict.cookies = school.reporter.cookies
    answer = school.save(strict, cells={"110": "5"})
    assert (answer.status_code, answer.json()["refused"]) == (403, "signed_out")
    assert "110" not in school.cells()
