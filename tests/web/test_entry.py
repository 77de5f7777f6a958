"""Entry on pages: the first core task with its figures, two editors, wrong cells, and who may not."""

import hashlib
import html
import json
import re
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from jieyue.domain.period import Period
from tests.web.conftest import City

MONTH = "2026-10"
#: The first core task: what stands on the papers (docs/explanation/entry.md), item → as it is typed.
PAPERS = {
    "110": "51240+7860-1200",
    "111": "28694.40+4401.60-672.00",
    "120": "2180吨",
    "121": "8,284.00",
    "140": "3150",
    "141": "7938",
    "1501": "186",
    "1511": "1506.60",
    "1502": "0",
    "1512": "0",
    "103": "1905",
}
ONE_SCHOOL = (
    "code,name,type,region,reporting_parent,floor_area_m2,energy_users,valid_from\n"
    "A1,示例甲中学,021,500103,L-500103,10000,1000,2020-01-01\n"
).encode()
UNUSED = ("130", "160", "105", "170", "180")


@pytest.fixture
def school(own_city: City) -> "School":
    return School(own_city)


class School:
    """The school of the first task, its reporter, and its return of October."""

    def __init__(self, city: City) -> None:
        from jieyue.apps.obligations.services.open_periods import open_periods
        from jieyue.apps.registry.queries import number_of

        self.case = city.sample.cases["T1"]
        self.code = str(self.case["institution"])
        self.number = number_of(self.code)
        assert self.number is not None
        self._a_year_ago()
        open_periods("NY201", [Period.parse(MONTH)], actor="tests")
        self.address = f"/returns/{self.code}/NY201/{MONTH}/"
        self.reporter = self.person("school.one", "reporter")

    def _a_year_ago(self) -> None:
        """The return of October 2025, which the small city of these tests lacks."""
        from jieyue.apps.returns.batch import ReturnsBatch
        from jieyue.apps.returns.cells import one_row
        from jieyue.apps.returns.services.publish_returns import publish_returns

        cells = {code: (value, 3) for code, value in self.case["history"]["2025-10"].items()}
        batch = ReturnsBatch("NY201", [self.number], ["2025-10"], one_row(cells), [""])
        publish_returns([batch], actor="tests")

    def person(self, name: str, role: str, node: int | None = None) -> Client:
        from jieyue.apps.identity.services.create_user import create_user
        from jieyue.apps.identity.services.grant import grant

        user = create_user(name, actor="tests")
        grant(user, role, node=node or self.number, valid_from=date(2010, 1, 1), actor="tests")
        user.language = "zh-hans"
        user.save(update_fields=["language"])
        client = Client()
        client.force_login(user)
        return client

    def row(self):
        from jieyue.apps.returns.models import Return

        return Return.objects.get(subject=self.number, form="NY201", period=MONTH)

    def cells(self) -> dict[str, list]:
        return json.loads(self.row().draft)

    def begin(self) -> None:
        assert self.reporter.post(f"{self.address}start/").status_code == 302

    def save(self, client: Client | None = None, **more):
        data = {f"c-{code}": text for code, text in more.pop("cells").items()}
        data["revision"] = more.pop("revision", self.row().revision)
        return (client or self.reporter).post(f"{self.address}cells/", data | more, headers=JSON)


def text_of(page: str) -> str:
    """What people read of a page: no tags, one space between words."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


JSON = {"Accept": "application/json"}


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


def names_of_fields(page: str) -> set[str]:
    return set(re.findall(r'name="([^"]+)"', page))


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
    test_the_first_task_is_done_and_shows_its_figures(school)
    page = school.reporter.get(school.address).content.decode()
    assert 'name="c-110"' not in page
    assert "撤回" in page
    assert school.save(cells={"110": "5"}).status_code == 409
    assert school.reporter.post(f"{school.address}withdraw/").status_code == 302
    assert school.row().state == "draft"


@pytest.mark.parametrize("part", ["cells", "submit", "use"])
def test_what_was_typed_is_still_there_where_a_colleague_has_submitted_meanwhile(
    school: School, part: str
) -> None:
    test_the_first_task_is_done_and_shows_its_figures(school)
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
    test_the_first_task_is_done_and_shows_its_figures(school)
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


def drawn(client: Client, address: str) -> dict[str, str]:
    """The fields of explanations as a page draws them, with what each was drawn over."""
    page = client.get(address).content.decode()
    said = re.findall(r'name="(why-[^"]+)"[^>]*>([^<]*)</textarea>', page)
    over = re.findall(r'name="(over-why-[^"]+)" value="([^"]*)"', page)
    assert len(said) == len(over) > 0
    return {name: html.unescape(text) for name, text in said} | dict(over)


def ready_to_explain(school: School) -> None:
    """All is entered, and some of it is asked about."""
    school.begin()
    for item in UNUSED:
        sent = {"use": item, f"case-{item}": "not_used", "revision": school.row().revision}
        assert school.reporter.post(f"{school.address}use/", sent).status_code == 302
    assert school.save(cells=PAPERS).json()["wrong"] == {}


def kept_explanation(school: School) -> tuple[str, str]:
    from jieyue.apps.review.models import ReviewFinding

    row = ReviewFinding.objects.get(subject=school.number, period=MONTH, rule="Y01", item="103")
    return row.explanation, row.explained_by


@pytest.mark.parametrize("where", ["submitted and withdrawn", "on the page of the finding"])
def test_an_explanation_goes_over_none_that_a_colleague_gave_meanwhile(school: School, where: str) -> None:
    """Drawn over nothing, or over the colleague's first words: both texts are shown, and sent again it is meant."""
    ready_to_explain(school)
    colleague = school.person("school.two", "reporter")
    first = drawn(school.reporter, school.address)
    assert first["why-Y01-103"] == first["over-why-Y01-103"] == ""
    names = [name for name in first if name.startswith("why-")]
    theirs = drawn(colleague, school.address) | dict.fromkeys(names, "新生入学，\r\n另有 <两个班>")

    def revision() -> dict[str, int]:
        return {"revision": school.row().revision}

    assert colleague.post(f"{school.address}submit/", theirs | revision()).status_code == 302
    assert colleague.post(f"{school.address}withdraw/").status_code == 302
    kept = kept_explanation(school)
    assert kept == ("新生入学，\r\n另有 <两个班>", "school.two")
    stale = first
    if where == "on the page of the finding":
        from jieyue.apps.review.models import ReviewFinding

        stale = drawn(school.reporter, school.address)
        assert stale["why-Y01-103"] == "新生入学，\r\n另有 <两个班>"
        number = ReviewFinding.objects.get(subject=school.number, period=MONTH, rule="Y01", item="103").pk
        page = colleague.get(f"/review/{number}/").content.decode()
        over = re.search(r'name="over" value="([^"]+)"', page)
        assert over is not None
        said = {"text": "并入一个分校", "over": over[1]}
        assert colleague.post(f"/review/{number}/explain/", said).status_code == 302
        kept = kept_explanation(school)
        # The page of the finding itself keeps to the same: its reader saw the first words.
        refused = school.reporter.post(f"/review/{number}/explain/", {"text": "搬入新楼", "over": over[1]})
        page = text_of(refused.content.decode())
        assert (refused.status_code, "并入一个分校" in page, "搬入新楼" in page) == (409, True, True)
        assert "用能人数（103）：" in page, "the finding is named"
        assert kept_explanation(school) == kept == ("并入一个分校", "school.two")
        # Left as it was drawn, the field says nothing there either, and who wrote what stands stays its writer.
        for text in ("新生入学，\r\n另有 <两个班>", "并入一个分校"):
            left = {"text": text, "over": over[1]}
            answer = school.reporter.post(f"/review/{number}/explain/", left, follow=True)
            assert answer.status_code == 200
            assert ("您没有改动" in text_of(answer.content.decode())) == (text != kept[0])
            assert kept_explanation(school) == kept
        # One's own words of another page are nobody else's.
        again = colleague.post(f"/review/{number}/explain/", {"text": "三个班", "over": over[1]})
        page = text_of(again.content.decode())
        assert (again.status_code, "这里有了另外的说明" in page, "别人" in page) == (409, True, False)

    mine = stale | dict.fromkeys(names, "扩招六个班")
    refused = school.reporter.post(f"{school.address}submit/", mine | revision())
    assert refused.status_code == 409
    page = refused.content.decode()
    told = text_of(page[page.index('id="explained-since"') : page.index('id="entry"')])
    assert "扩招六个班 " + " ".join(kept[0].split()) in told, "both, side by side"
    assert "school.two" in told
    assert "这里有了另外的说明" in told
    assert "别人" not in told, "it may be one's own, of another page"
    assert kept_explanation(school) == kept
    assert school.row().state == "draft"
    assert re.search(r'name="why-Y01-103"[^>]*>扩招六个班</textarea>', page), (
        "what was typed stands in its field"
    )
    get_user_model().objects.filter(username="school.one").update(language="en")
    english = text_of(school.reporter.post(f"{school.address}submit/", mine | revision()).content.decode())
    assert "Another explanation stands here since you opened the page." in english
    # Left as it was drawn, a field says nothing: the colleague's words hold.
    left = school.reporter.post(f"{school.address}submit/", stale | revision())
    assert left.status_code == 302
    assert kept_explanation(school) == kept
    assert school.reporter.post(f"{school.address}withdraw/").status_code == 302
    # Both seen, it is sent on purpose.
    seen = dict(re.findall(r'name="(over-why-[^"]+)" value="([^"]*)"', page))
    assert school.reporter.post(f"{school.address}submit/", mine | seen | revision()).status_code == 302
    assert kept_explanation(school) == ("扩招六个班", "school.one")


def test_another_refusal_does_not_hide_that_a_colleague_has_explained(school: School) -> None:
    """Refused for a cell, the page is drawn anew: over words that its reader has not seen, unless it shows them."""
    ready_to_explain(school)
    colleague = school.person("school.two", "reporter")
    first = drawn(school.reporter, school.address)
    names = [name for name in first if name.startswith("why-")]
    theirs = dict.fromkeys(names, "新生入学") | {"revision": school.row().revision}
    assert colleague.post(f"{school.address}submit/", theirs).status_code == 302
    assert colleague.post(f"{school.address}withdraw/").status_code == 302
    mine = first | dict.fromkeys(names, "扩招六个班") | {"revision": school.row().revision, "c-120": "twelve"}
    refused = school.reporter.post(f"{school.address}submit/", mine)
    assert refused.status_code == 422
    page = refused.content.decode()
    told = text_of(page[page.index('id="explained-since"') : page.index('id="entry"')])
    assert "扩招六个班 新生入学" in told


def test_what_was_explained_of_what_is_not_asked_any_more_is_still_there(school: School) -> None:
    school.begin()
    assert school.save(cells=PAPERS).status_code == 200
    sent = {"revision": school.row().revision, "c-103": "1720", "c-120": "twelve", "why-Y01-103": "新生入学"}
    answer = school.reporter.post(f"{school.address}submit/", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'name="why-Y01-103"' not in page, "the number is as last year now"
    assert "新生入学" in text_of(page[page.index('id="unsaved"') :][:1500])


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


def printed(answer: object) -> str:
    """The words of a PDF that a page hands out."""
    pages = pypdfium2.PdfDocument(answer.content)  # type: ignore[attr-defined]
    return "".join(page.get_textpage().get_text_range() for page in pages)


def test_a_return_is_printed_from_its_page_with_its_state(school: School) -> None:
    """51,240 + 7,860 − 1,200 = 57,900 kWh; what is not approved says so, and nobody prints what he does not see."""
    from jieyue.apps.registry.queries import number_of

    on_paper = f"{school.address}?export=pdf"
    assert school.reporter.get(on_paper).status_code == 404, "nobody has begun it"
    test_the_first_task_is_done_and_shows_its_figures(school)
    assert "?export=pdf" in school.reporter.get(school.address).content.decode()
    answer = school.reporter.get(on_paper)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert f"NY201-{school.code}-{MONTH}.pdf" in answer["Content-Disposition"]
    assert "57,900" in printed(answer)
    assert "已上报，尚未核准" in printed(answer)
    blank = school.reporter.get(f"{school.address}?export=blank")
    assert f"NY201-blank-{MONTH}.pdf" in blank["Content-Disposition"]
    assert "57,900" not in printed(blank)
    assert "空表。" in printed(blank)
    assert school.reporter.get(f"{school.address}?export=docx").status_code == 404
    assert school.person("elsewhere", "reporter", number_of("S000001")).get(on_paper).status_code == 404
    assert school.reporter.post(f"{school.address}withdraw/").status_code == 302
    said = printed(school.reporter.get(on_paper))
    assert "状态：录入中" in said
    assert "没有上报，各数为初步" in said
    assert school.person("other", "reporter", number_of("S000001")).get(on_paper).status_code == 404


def test_the_proof_of_an_approval_is_taken_from_its_page(school: School, tmp_path: Path) -> None:
    """It is verified by the command's own rule; nobody takes it whom the return is not for, and not before."""
    from jieyue.apps.audit.models import ActionLog
    from jieyue.apps.audit.offline.proving import check_proof
    from jieyue.apps.audit.services.checkpoint import checkpoint
    from jieyue.apps.identity.models import User
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns.acting import Key
    from jieyue.apps.returns.services.approve_return import approve
    from jieyue.apps.trees.queries import Tree, every_node

    imported = school.address.replace(MONTH, "2025-10")
    assert "export=proof" not in school.reporter.get(imported).content.decode(), "no person approved it"
    assert school.reporter.get(f"{imported}?export=proof").status_code == 404
    test_the_first_task_is_done_and_shows_its_figures(school)
    address = f"{school.address}?export=proof"
    assert school.reporter.get(address).status_code == 404, "not approved"
    assert "核准的证明" not in school.reporter.get(school.address).content.decode()
    school.person("li", "approver", next(one.id for one in every_node(Tree.LINE) if one.code == "city"))
    frozen = approve(User.objects.get(username="li"), Key(school.number, "NY201", MONTH))
    assert "?export=proof" in school.reporter.get(school.address).content.decode()
    assert school.reporter.get(address).status_code == 422, "no checkpoint covers it yet"
    checkpoint()
    answer = school.reporter.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert f"proof-NY201-{school.code}-{MONTH}.json" in answer["Content-Disposition"]
    file = tmp_path / "proof.json"
    file.write_bytes(answer.content)
    proof, problems = check_proof(file)
    assert problems == []
    assert (proof.entry["verb"], proof.entry["actor"]) == ("returns.approve", "li")
    assert proof.entry["data"]["snapshot"] == frozen.digest
    taken = ActionLog.objects.latest("pk")
    assert (taken.verb, taken.data["asked"]) == ("audit.take_out", [f"proof={proof.seq}"])
    assert taken.data["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert school.person("elsewhere", "reporter", number_of("S000001")).get(address).status_code == 404


def test_the_list_leads_to_the_return(school: School) -> None:
    page = school.reporter.get("/returns/").content.decode()
    assert school.address in page
    assert "开始填报" in page
    school.begin()
    assert "继续" in school.reporter.get("/returns/").content.decode()


def test_the_first_day_is_shown_until_there_is_a_table(empty_city) -> None:
    from tests.web.conftest import operator

    page = text_of(operator().get("/").content.decode())
    wanted = ("导入机构名录", "建立账号", "定收报安排", "导入历史报表", "看第一张表")
    places = [page.index(step) for step in wanted]
    assert places == sorted(places)


def test_the_first_day_leads_to_collecting_until_a_period_is_open(empty_city) -> None:
    from jieyue.apps.registry.services.import_file import import_file
    from tests.web.conftest import operator

    def step() -> str:
        page = operator().get("/").content.decode()
        (found,) = re.findall(r'<li><b><a href="/collecting/">.*?</li>', page, re.DOTALL)
        return text_of(found)

    assert "完成" not in step()
    done = import_file(ONE_SCHOOL, "registry.csv", actor="tests")
    assert done.result.applied, done.result.findings
    opened = operator().post("/collecting/", {"form": "NY201", "act": "open", "period": "2025"}, follow=True)
    assert opened.status_code == 200
    assert "完成" in step()


def test_over_no_data_nothing_is_judged_and_it_says_where_to_begin(empty_city) -> None:
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import Tree, tree
    from tests.web.conftest import operator

    page = text_of(operator().get("/").content.decode())
    assert "还没有数据。 请从本页最上面“第一天”的第一步开始。" in page
    assert "约束性指标" not in page
    root = tree(Tree.LINE).root
    assert root is not None
    user = create_user("reads.only", actor="tests")
    grant(user, "viewer", node=root.id, valid_from=date(2010, 1, 1), actor="tests")
    user.language = "zh-hans"
    user.save(update_fields=["language"])
    reader = Client()
    reader.force_login(user)
    page = text_of(reader.get("/").content.decode())
    assert "还没有数据。 机构登记、报表公布以后，这里给出规划结论。" in page
    assert "约束性指标" not in page


def test_the_first_day_is_over_in_a_city_with_figures(city: City) -> None:
    assert "从自己的文件到第一张表" not in text_of(city.client().get("/").content.decode())


def test_explanations_are_still_there_after_a_refused_submission(school: School) -> None:
    """One of two warnings is explained: the page asks for the other and keeps what was written."""
    school.begin()
    for item in UNUSED:
        values = {"use": item, f"case-{item}": "not_used", "revision": school.row().revision}
        school.reporter.post(f"{school.address}use/", values)
    school.save(cells={**PAPERS, "111": "300000"})  # 5.18 yuan for a kWh
    page = school.reporter.post(f"{school.address}submit/", {"revision": school.row().revision})
    asked = sorted(name for name in names_of_fields(page.content.decode()) if name.startswith("why-"))
    assert len(asked) > 1
    said = {"revision": school.row().revision, asked[0]: "只写了这一条"}
    page = school.reporter.post(f"{school.address}submit/", said)
    assert page.status_code == 422
    assert f'name="{asked[0]}" rows="2" maxlength="2000">只写了这一条</textarea>' in page.content.decode()
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
