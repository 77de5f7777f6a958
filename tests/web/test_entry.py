"""Entry on pages: the first core task with its figures, two editors, wrong cells, and who may not."""

import re

import pytest

from tests.web.conftest import City
from tests.web.html_text import text_of
from tests.web.school import PAPERS, UNUSED, School, names_of_fields


def test_the_first_task_is_done_and_shows_its_figures(school: School) -> None:
    school.begin()
    for item in UNUSED:
        answer = school.reporter.post(
            f"{school.address}use/",
            {"use": item, f"case-{item}": "not_used", "revision": school.row().revision},
        )
        assert answer.status_code == 302
    told = school.save(cells=PAPERS).json()
    assert told["wrong"] == {}
    found = school.cells()
    assert (found["110"], found["111"]) == (["57900", "kWh", 3], ["32424", "yuan", 3])
    assert (found["150"][0], found["151"][0], found["1501"][0]) == ("186", "1506.6", "186")
    assert found["102"][0] == "21350", "the area is as before"
    assert [found[item][2] for item in UNUSED] == [9] * len(UNUSED)
    # 57,900 × 0.1229 + 3,150 × 1.2143 kgce and 186 L of petrol: worked out beside the product (tests/coefficients).
    shown = text_of(told["side"])
    assert "11.505" in shown
    assert "11.305" in shown
    # Persons 1,720 → 1,905 is +10.8 %; it is asked for, and nothing is missing.
    page = text_of(school.reporter.get(school.address).content.decode())
    assert "+10.8%" in page
    assert "项必填" not in page
    refused = school.reporter.post(f"{school.address}submit/", {"revision": school.row().revision})
    assert refused.status_code == 422
    assert "有提示须先说明" in text_of(refused.content.decode())
    said = {name: "新生入学" for name in names_of_fields(refused.content.decode()) if name.startswith("why-")}
    assert "why-Y01-103" in said
    done = school.reporter.post(
        f"{school.address}submit/", {"revision": school.row().revision, **said}, follow=True
    )
    assert "已上报" in text_of(done.content.decode())
    assert "新生入学" in text_of(done.content.decode())
    assert school.row().state == "submitted"


def test_an_item_whose_code_on_paper_is_not_known_shows_none(school: School) -> None:
    """The name by which we keep it is no code of the form."""
    line = re.search(r'<tr id="r-pv_kwh".*?</tr>', school.reporter.get(school.address).content.decode(), re.S)
    assert line
    assert "太阳能光电系统发电量" in line[0]
    assert "pv_kwh" not in text_of(line[0])


def test_money_beside_a_cell_has_its_fen(school: School) -> None:
    """29,310.40 over 8,018.00: a column of money lines up at its point."""
    row = re.search(r'<tr id="r-111".*?</tr>', school.reporter.get(school.address).content.decode(), re.S)
    assert row
    assert re.search(r">29,310\.40<", row[0])


def test_a_cell_that_cannot_be_read_is_kept_and_the_others_are_saved(school: School) -> None:
    school.begin()
    told = school.save(cells={"110": "约五万", "120": "2180"}).json()
    assert set(told["wrong"]) == {"110"}
    assert "约五万" in told["wrong"]["110"]
    assert "电消费量" in told["wrong"]["110"]
    found = school.cells()
    assert "110" not in found
    assert found["120"][0] == "2180"
    # Without script: the page comes back with what was typed, and says the same.
    data = {"c-110": "约五万", "revision": school.row().revision}
    answer = school.reporter.post(f"{school.address}cells/", data)
    assert answer.status_code == 422
    assert 'value="约五万"' in answer.content.decode()


def test_what_was_typed_into_a_row_stays_text(school: School) -> None:
    school.begin()
    typed = '"><b id="in">{code} & more'
    data = {"c-110": typed, "revision": school.row().revision}
    page = school.reporter.post(f"{school.address}cells/", data).content.decode()
    assert '<b id="in">' not in page
    assert (
        page.count("&quot;&gt;&lt;b id=&quot;in&quot;&gt;{code} &amp; more") >= 2
    )  # its value, and what it was


def test_two_editors_see_both_values_and_nothing_is_lost(school: School) -> None:
    school.begin()
    other = school.person("school.two", "reporter")
    revision = school.row().revision
    assert school.save(other, cells={"110": "100", "120": "7"}, revision=revision).status_code == 200
    answer = school.save(cells={"110": "200"}, revision=revision)
    assert answer.status_code == 409
    (contested,) = answer.json()["conflict"]
    assert (contested["code"], contested["mine"], contested["theirs"], contested["by"]) == (
        "110", "200", "100", "school.two",
    )  # fmt: skip
    assert school.cells()["110"][0] == "100"
    page = school.reporter.post(f"{school.address}cells/", {"c-110": "200", "revision": revision})
    assert page.status_code == 409
    assert 'value="200"' in page.content.decode()
    assert school.save(cells={"110": "200"}).status_code == 200
    assert school.cells()["110"][0] == "200"
    assert school.cells()["120"][0] == "7"


def test_an_estimate_stands_with_its_name_until_it_is_emptied(school: School) -> None:
    school.begin()
    year_ago = school.case["history"]
    answer = school.reporter.post(
        f"{school.address}estimate/", {"estimate": "120:last_period", "revision": school.row().revision}
    )
    assert answer.status_code == 302, text_of(answer.content.decode())
    assert year_ago
    assert school.cells()["120"][2] == 4
    assert "推算：取上期" in text_of(school.reporter.get(school.address).content.decode())
    school.save(cells={"120": ""})
    assert "120" not in school.cells()


def test_who_may_not_enter_reads_or_sees_nothing(school: School, own_city: City) -> None:
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.trees.queries import Tree, tree

    school.begin()
    before = school.row().draft
    root = tree(Tree.LINE).root
    assert root is not None
    viewer = school.person("looks", "viewer", root.id)
    others = (
        [code for code in own_city.sample.codes() if code != school.code]
        if hasattr(own_city.sample, "codes")
        else []
    )
    stranger = school.person(
        "elsewhere", "reporter", number_of(others[0]) if others else number_of("S000001")
    )
    assert viewer.get(school.address).status_code == 200
    assert 'name="c-110"' not in viewer.get(school.address).content.decode()
    assert viewer.post(f"{school.address}cells/", {"c-110": "1", "revision": "0"}).status_code == 403
    assert stranger.get(school.address).status_code == 404
    for part in ("cells", "submit", "withdraw", "start", "use", "estimate"):
        answer = stranger.post(f"{school.address}{part}/", {"c-110": "1", "revision": "0"})
        assert answer.status_code == 404, part
    assert school.row().draft == before


@pytest.mark.parametrize(
    "address",
    [
        "NY201/2026-13/",
        "NY999/2026-10/",
        "NY301/2026/",
        "NY201/2026-H1/",
        "NY101/2026/",
    ],
)
def test_what_is_no_return_is_not_found(school: School, address: str) -> None:
    assert school.reporter.get(f"/returns/{school.code}/{address}").status_code == 404


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_revision_that_is_none_changes_nothing(school: School, revision: str) -> None:
    school.begin()
    before = school.row().draft
    assert school.save(cells={"110": "5"}, revision=revision).status_code == 404
    assert school.row().draft == before


def test_a_submitted_return_is_read_and_withdrawn(school: School) -> None:
    school.submit_first_task()
    page = school.reporter.get(school.address).content.decode()
    assert 'name="c-110"' not in page
    assert "撤回" in page
    assert school.save(cells={"110": "5"}).status_code == 409
    assert school.reporter.post(f"{school.address}withdraw/").status_code == 302
    assert school.row().state == "draft"


@pytest.mark.parametrize(
    ("part", "more"),
    [
        ("submit", {}),
        ("use", {"use": "120", "case-120": "not_used"}),
        ("estimate", {"estimate": "121:last_period"}),
    ],
)
def test_nothing_is_done_over_numbers_that_the_person_has_not_seen(
    school: School, part: str, more: dict[str, str]
) -> None:
    school.begin()
    known = school.row().revision
    other = school.person("school.two", "reporter")
    school.save(other, cells={"120": "7"}, revision=known)
    before = school.row().draft
    answer = school.reporter.post(f"{school.address}{part}/", {"revision": known, **more})
    assert answer.status_code == 409
    assert (school.row().state, school.row().draft) == ("draft", before)


def test_the_list_leads_to_the_return(school: School) -> None:
    page = school.reporter.get("/returns/").content.decode()
    assert school.address in page
    assert "开始填报" in page
    school.begin()
    assert "继续" in school.reporter.get("/returns/").content.decode()
