"""Every page, in Chinese and in English, in a full city, in one right after `init`, and in a bare database."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.addresses import of_city, plain
from tests.web.conftest import City, operator
from tests.web.html_text import Page, page_of

LANGUAGES = (("zh-hans", "zh-CN"), ("en", "en"))
MOST_QUERIES = 12
#: Latin words that a Chinese page may hold: units, file kinds, names of forms, sets and standards, codes.
ALLOWED = re.compile(
    r"""[0-9a-f]{16}/[\w:-]+/\w+|XLSX|XLS|CSV|CO₂|CO2|kgce|kgCO2|tCO2|tce|tCO₂|kWh|GJ|MJ|NY\d+|English|Jieyue|jieyue|
    [0-9A-Fa-f]{6,}|JY-\d+-\w+|L-[\w-]+|D-[\w-]+|S\d{6}|operator|c-[a-z]+|btn|notice|UTF-8|GB\ ?/?T?\ ?\d*|
    receipt\ (?:replay|export|show)\ \S+|account\.v\d|[a-z0-9]+(?:[-_.][a-z0-9]+)+(?:@\w+)?|LNG|LPG|LED|PDF|ID|
    city|line|type|area|AA|m³|m²|m2|m3|\bkg\b|\bt\b|\bL\b|\bx\b|CH₄|N₂O|IPCC|JGJ|DB\d*|km|h""",
    re.VERBOSE,
)


@pytest.mark.parametrize(("language", "tag"), LANGUAGES)
def test_every_page_of_the_city(city: City, language: str, tag: str) -> None:
    client = city.client(language)
    for path in [*plain(), *of_city(city)]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer["Content-Language"] == language
        page = page_of(answer)
        assert page.language == tag, path
        assert page.text.count("\n") > 10, path


@pytest.mark.parametrize(("language", "tag"), LANGUAGES)
def test_every_page_right_after_init(empty_city: Path, language: str, tag: str) -> None:
    client = operator(language)
    for path in plain():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert page_of(answer).language == tag
    words = {
        "zh-hans": ("没有符合条件的机构", "还没有导入过文件", "未报"),
        "en": ("No institution matches", "No file has come in yet", "Not reported"),
    }[language]
    shown = "".join(page_of(client.get(path)).text for path in ("/institutions/", "/import/", "/data/line/"))
    assert [word in shown for word in words] == [True] * 3


def test_a_bare_database_shows_pages_and_no_error(bare_city: Callable[[], Client]) -> None:
    client = bare_city()
    assert "尚未" in page_of(client.get("/")).text
    assert client.get("/style/").status_code == 200
    for path in ("/plan/", "/data/line/", "/institutions/", "/import/"):
        assert client.get(path).status_code == 403, path
    stranger = Client()
    assert stranger.get("/signin/").status_code == 200
    assert stranger.get("/").status_code == 302


def test_no_page_asks_the_database_more_than_twelve_times(city: City) -> None:
    """Once its figures are computed, which the first visit after a publication does."""
    client = city.client()
    many = {}
    for path in [*plain(), *of_city(city)]:
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200, path
        if len(asked) > MOST_QUERIES:
            many[path] = len(asked)
    assert not many


def test_no_page_of_a_district_asks_the_database_more_than_twelve_times(own_city: City) -> None:
    from datetime import date

    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import tree

    user = create_user("district", actor="tests")
    node = tree("line").by_code["L-500111"].id
    grant(user, "publisher", node=node, valid_from=date(2020, 1, 1), actor="tests")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    many = {}
    code = institutions_of("L-500111", own_city)
    for path in (
        "/",
        "/data/line/",
        "/data/line/?list=institutions",
        "/institutions/",
        "/import/",
        f"/institutions/{code}/?compute=1",
        f"/institutions/{code}/register/",
        f"/source/?scope=institution:{code}&indicator=energy_total_tce&period=2025",
    ):
        own_city.client().get(path)  # what every process keeps of a publication is there
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200, path
        if len(asked) > MOST_QUERIES:
            many[path] = len(asked)
    assert not many


def institutions_of(node: str, city: City) -> str:
    """The code of an institution that hangs at a node of the line, now and in 2025."""
    rows = city.sample.memberships.iter_rows(named=True)
    return next(
        row["code"]
        for row in rows
        if (row["tree"], row["target"]) == ("line", node)
        and row["valid_from"].year < 2025
        and row["valid_to"].year == 9999
    )


def latin(page: Page) -> set[str]:
    """Texts and labels of a page that hold Latin words other than the allowed ones."""
    found = set()
    for text in [*(text for _tag, text in page.texts), *page.spoken]:
        rest = ALLOWED.sub(" ", text)
        if re.search(r"[A-Za-z]{3,}", rest):
            found.add(text)
    return found


def test_no_english_stands_in_a_chinese_page(city: City) -> None:
    client = city.client("zh-hans")
    found = {}
    for path in [*plain(), *of_city(city), "/no/such/page", "/institutions/?page=99"]:
        if words := latin(page_of(client.get(path))):
            found[path] = words
    signin = Client().get("/signin/")
    if words := latin(page_of(signin)):
        found["/signin/"] = words
    wrong = Client().post("/signin/", {"username": "", "password": ""})
    if words := latin(page_of(wrong)):
        found["signin"] = words
    assert not found


def test_no_chinese_stands_in_the_frame_of_an_english_page(city: City) -> None:
    """Names of institutions, plans and documents are what they are; headings, labels and buttons speak English."""
    client = city.client("en")
    names = {"简体中文", *city.sample.institutions["name"].to_list()}
    names |= {f"{name} {word}" for name in names for word in ("Years", "Months")}
    found = {}
    for path in [*plain(), *of_city(city)]:
        page = page_of(client.get(path))
        words = {
            text
            for tag, text in page.texts
            if tag in ("h2", "th", "label", "button", "dt", "legend", "caption")
            and re.search(r"[一-鿿]", text)
        }
        if left := words - names:
            found[path] = left
    assert not found
