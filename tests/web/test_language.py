"""Choosing a language: in the cookie of a guest, in the profile of a person; never in the address."""

import re

from django.contrib.auth import get_user_model
from django.test import Client

from tests.web.conftest import City, operator
from tests.web.html_text import page_of


def test_a_guest_keeps_the_language_in_a_cookie(city: City) -> None:
    client = Client()
    assert page_of(client.get("/signin/")).language == "zh-CN"
    answer = client.post("/language/", {"language": "en", "next": "/signin/"})
    assert (answer.status_code, answer["Location"]) == (302, "/signin/")
    assert client.cookies["jieyue_language"].value == "en"
    english = client.get("/signin/")
    assert (page_of(english).language, english["Content-Language"]) == ("en", "en")
    client.post("/language/", {"language": "zh-hans"})
    assert page_of(client.get("/signin/")).language == "zh-CN"


def test_a_persons_language_is_theirs_on_every_machine(own_city: City) -> None:
    client = operator("zh-hans")
    client.post("/language/", {"language": "en", "next": "/style/"})
    assert get_user_model().objects.get(username="operator").language == "en"
    other = Client()
    other.cookies["jieyue_language"] = "zh-hans"
    other.force_login(
        get_user_model().objects.get(username="operator"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert page_of(other.get("/style/")).language == "en", "the profile is above the machine's cookie"


def test_the_button_offers_the_other_language_and_leads_back(city: City) -> None:
    page = page_of(city.client("zh-hans").get("/data/line/?period=2025&view=energy"))
    assert "en" in page.fields["language"]
    assert set(page.fields["next"]) == {"/data/line/?period=2025&view=energy"}
    assert "zh-hans" in page_of(city.client("en").get("/style/")).fields["language"]


def test_an_unknown_language_changes_nothing(own_city: City) -> None:
    client = operator("zh-hans")
    for text in ("fr", "", "en ", "../en", "zh-hant"):
        answer = client.post("/language/", {"language": text, "next": "/style/"})
        assert (answer.status_code, answer["Location"]) == (302, "/style/")
        assert "jieyue_language" not in answer.cookies
    assert get_user_model().objects.get(username="operator").language == "zh-hans"


def test_a_forged_cookie_or_header_does_no_harm(city: City) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["jieyue_language"] = "xx"
    assert page_of(client.get("/signin/")).language == "zh-CN"


def test_numbers_are_the_same_in_both_languages(city: City) -> None:
    rows = {}
    for language in ("zh-hans", "en"):
        page = page_of(city.client(language).get("/data/line/?period=2025"))
        rows[language] = [line.cells[1:] for line in page.tables[-1].rows]
        assert len(rows[language]) > 30
    missing = {"—", "未报送", "Not reported"}
    mark = re.compile(r" ?(（初步）|\(provisional\))$")  # read aloud beside a provisional number

    def plain(cells: list[str]) -> list[str]:
        return ["" if cell in missing else mark.sub(" *", cell) for cell in cells]

    for zh, en in zip(rows["zh-hans"], rows["en"], strict=True):
        assert plain(zh) == plain(en)
    assert any(cell.endswith(" *") for row in rows["en"] for cell in plain(row))
