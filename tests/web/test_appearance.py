"""Light, dark and large print: the page comes as it was chosen, by the server, without a script."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from jieyue.web.appearance import Appearance
from tests.web.conftest import City, operator


def html(client: Client, path: str = "/style/") -> str:
    """The opening tag of the page."""
    text = client.get(path).content.decode()
    return text[text.index("<html") : text.index(">", text.index("<html")) + 1]


def test_what_was_chosen_is_in_the_page_that_comes(own_city: City) -> None:
    client = operator()
    assert html(client) == '<html lang="zh-CN">'  # nothing chosen: the style sheet asks the system
    answer = client.post("/appearance/", {"theme": "dark", "size": "large", "next": "/style/"})
    assert (answer.status_code, answer["Location"]) == (302, "/style/")
    assert html(client) == '<html lang="zh-CN" data-theme="dark" data-size="large">'
    client.post("/appearance/", {"theme": "", "size": "", "next": "/style/"})
    assert html(client) == '<html lang="zh-CN">'


def test_it_is_the_persons_on_every_machine_and_the_machines_before_signing_in(own_city: City) -> None:
    client = operator()
    client.post("/appearance/", {"theme": "dark", "size": "", "next": "/"})
    assert get_user_model().objects.get(username="operator").appearance == "dark"
    assert html(operator()) == '<html lang="zh-CN" data-theme="dark">'  # a browser without the cookie
    guest = Client()
    guest.cookies["jieyue_appearance"] = client.cookies["jieyue_appearance"].value
    assert html(guest, "/signin/") == '<html lang="zh-CN" data-theme="dark">'


@pytest.mark.parametrize("text", ["", "pink", 'dark"onload="x', "DARK", "x" * 5000])
def test_unknown_words_say_nothing(city: City, text: str) -> None:
    guest = Client()
    guest.cookies["jieyue_appearance"] = text
    assert html(guest, "/signin/") == '<html lang="zh-CN">'
    assert str(Appearance.parse(text)) == ""


def test_the_other_site_is_not_gone_to(own_city: City) -> None:
    answer = operator().post("/appearance/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert operator(csrf=True).post("/appearance/", {"theme": "light"}).status_code == 403
