"""The session is over while a return is typed: nothing is lost, and nobody else gets it."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.screenshots import Served, sign_in
from tests.e2e.conftest import DESK, OWN, PATIENCE, _watched

pytestmark = pytest.mark.browser

KEPT = "Object.entries(sessionStorage).filter(([name]) => name.startsWith('entry '))"
#: What is kept was typed by somebody else.
GIVEN_TO_ANOTHER = (
    f"{KEPT}.forEach(([name, text]) => sessionStorage.setItem("
    "name, JSON.stringify({...JSON.parse(text), person: '0'})))"
)


def open_return(page: Page) -> str:
    """A return that no other test enters, begun; its address."""
    address = f"/returns/{OWN[0][0]}/NY201/2026-05/"
    page.goto(address)
    page.get_by_role("button", name="开始填报").click()
    page.wait_for_selector("#c-140")
    return address


def sign_in_again(page: Page, city: Served) -> None:
    """On the page that one was led to."""
    page.fill("[name=username]", city.user)
    page.fill("[name=password]", city.password)
    page.click("form:has([name=password]) [type=submit]")


def test_what_was_typed_after_the_end_is_offered_again(city: Served, chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=city.address)
    watch = _watched(context, city)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    sign_in(page, city)
    address = open_return(page)
    was = page.locator("#c-140").input_value()
    context.clear_cookies(name=re.compile("session"))
    page.locator("#c-140").fill("4321")
    page.locator("#c-140").press("Enter")
    expect(page.locator("#ended")).to_contain_text("没有存上：登录已失效")
    page.locator("#c-120").fill("77")  # typed on before he signs in
    page.locator("#ended a").click()
    expect(page).to_have_url(re.compile("/signin/"))
    sign_in_again(page, city)
    expect(page).to_have_url(f"{city.address}{address}")
    expect(page.locator("#c-140")).to_have_value(was)
    expect(page.locator("#kept")).to_contain_text("4321")
    page.locator("#kept [data-take]").click()
    expect(page.locator("#saved")).to_contain_text("已保存")
    page.reload()
    expect(page.locator("#c-140")).to_have_value(re.compile("4,?321"))
    expect(page.locator("#c-120")).to_have_value("77")
    expect(page.locator("#kept")).to_be_hidden()

    # Submitted by the button, at once: the form itself is led to the sign-in page.
    context.clear_cookies(name=re.compile("session"))
    page.locator("#c-140").fill("1234")
    page.locator("#entry").evaluate("form => form.requestSubmit()")
    expect(page).to_have_url(re.compile("/signin/"))
    # Somebody else who signs in in this window gets nothing of it.
    assert "1234" in page.evaluate(KEPT)[0][1]
    page.evaluate(GIVEN_TO_ANOTHER)
    sign_in_again(page, city)
    expect(page).to_have_url(f"{city.address}{address}")
    expect(page.locator("#kept")).to_be_hidden()
    assert page.evaluate(KEPT) == []
    context.close()
    assert [one for one in watch.troubles if "403 (Forbidden)" not in one] == []


def test_what_is_offered_again_stays_until_the_person_decides(city: Served, chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN", viewport=DESK, base_url=city.address)
    watch = _watched(context, city)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    sign_in(page, city)
    address = f"/returns/{OWN[0][0]}/NY201/2026-04/"
    page.goto(address)
    page.get_by_role("button", name="开始填报").click()
    page.locator("#c-120").fill("55")
    page.locator("#c-120").press("Enter")
    expect(page.locator("#saved")).to_contain_text("已保存")

    # Signed in anew in a second tab; in the first the form is of the session before, pressed before it is saved.
    context.clear_cookies(name=re.compile("session"))
    second = context.new_page()
    sign_in(second, city)
    second.close()
    page.locator("#c-140").fill("4321")
    page.locator("#c-120").fill("")
    page.locator("#entry").evaluate("form => form.requestSubmit()")
    expect(page.locator("body")).to_contain_text("JY-403")
    page.goto(address)
    said = page.locator("#kept [data-typed]")
    expect(said).to_contain_text("4321")
    expect(said).to_contain_text("— (55)")  # what was emptied is kept too

    # Loaded again, or a use set by its select, and the question still stands.
    page.reload()
    expect(said).to_contain_text("4321")
    with page.expect_navigation():
        page.locator("select[name='case-140']").select_option(index=1)
    expect(said).to_contain_text("4321")
    page.locator("#kept button:not([data-take])").click()
    expect(page.locator("#kept")).to_be_hidden()
    assert page.evaluate(KEPT) == []
    page.reload()
    expect(page.locator("#kept")).to_be_hidden()

    # What went with a form that was taken is not asked for again, however it was spelled.
    page.locator("#c-140").fill("4000+321")
    with page.expect_navigation():
        page.locator("#entry").evaluate("form => form.requestSubmit()")
    expect(page.locator("#c-140")).to_have_value("4321")
    expect(page.locator("#kept")).to_be_hidden()
    assert page.evaluate(KEPT) == []
    context.close()
    assert [one for one in watch.troubles if "403 (Forbidden)" not in one] == []
