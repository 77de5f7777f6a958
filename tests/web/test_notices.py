"""What is said after a press: a sign and a word of its own for each level, never a colour alone."""

import re

from tests.web.conftest import City, operator


def notices(text: str) -> list[tuple[str, str, str]]:
    """(class, role, sign and word) of every notice of a page."""
    form = r'<div class="(notice[^"]*)" role="(\w+)"><span class="word">([^<]+)</span>'
    return re.findall(form, text)


def test_each_level_has_its_own_look_and_word(city: City) -> None:
    assert notices(city.client().get("/style/").content.decode()) == [
        ("notice notice-good", "status", "● 已完成"),
        ("notice notice-care", "alert", "◆ 请注意"),
        ("notice notice-bad", "alert", "▲ 未能完成"),
        ("notice", "status", "○ 供参考"),
    ]


def test_a_warning_after_a_press_does_not_look_like_success(own_city: City) -> None:
    page = operator().post("/people/codes/", {}, follow=True).content.decode()
    assert notices(page) == [("notice notice-care", "alert", "◆ 请注意")]
    assert "没有勾选账号。" in page
