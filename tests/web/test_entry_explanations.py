"""Explanations beside entry: none goes over a colleague's unseen, none is lost by a refusal."""

import html
import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.web.html_text import text_of
from tests.web.school import MONTH, PAPERS, UNUSED, School, names_of_fields


def drawn(client: Client, address: str) -> dict[str, str]:
    """The fields of explanations as a page draws them, with what each was drawn over."""
    page = client.get(address).content.decode()
    said = re.findall(r'name="(why-[^"]+)"[^>]*>([^<]*)</textarea>', page)
    over = re.findall(r'name="(over-why-[^"]+)" value="([^"]*)"', page)
    assert len(said) == len(over) > 0
    return {name: html.unescape(text) for name, text in said} | dict(over)


def kept_explanation(school: School) -> tuple[str, str]:
    from jieyue.apps.review.models import ReviewFinding

    row = ReviewFinding.objects.get(subject=school.number, period=MONTH, rule="Y01", item="103")
    return row.explanation, row.explained_by


@pytest.mark.parametrize("where", ["submitted and withdrawn", "on the page of the finding"])
def test_an_explanation_goes_over_none_that_a_colleague_gave_meanwhile(school: School, where: str) -> None:
    """Drawn over nothing, or over the colleague's first words: both texts are shown, and sent again it is meant."""
    school.enter_papers()
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
    school.enter_papers()
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
