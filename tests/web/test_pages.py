"""Every page, in Chinese and in English, in a full city, in one right after `init`, and in a bare database."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.registry.queries import codes_of
from jieyue.apps.returns.models import Attachment, Return
from jieyue.apps.trees.queries import memberships, tree
from tests.clients import signed_in
from tests.persons_rule import lay_formula
from tests.web.addresses import of_city, plain
from tests.web.conftest import City, operator
from tests.web.html_text import Page, page_of

#: A Chinese mark with no Chinese character on either side, and a letter or digit on one.
_MARK = re.compile(
    r"(?<=[A-Za-z0-9%²³₂]) ?[，。；：、（）](?![㐀-鿿“《])"
    r"|(?<![㐀-鿿”》])[，。；：、（）] ?(?=[A-Za-z0-9])"
)
_ODD_DAY = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日|\d{4}[/.]\d{1,2}[/.]\d{1,2}\b"
    r"|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}"
)
LANGUAGES = (("zh-hans", "zh-CN"), ("en", "en"))
MOST_QUERIES = 12
#: Latin words that a Chinese page may hold: units, file kinds, names of forms, sets and standards, codes.
ALLOWED = re.compile(
    r"""[0-9a-f]{16}/[\w:-]+/\w+|XLSX|XLS|CSV|PNG|CO₂|CO2|kgce|kgCO2|tCO2|tce|tCO₂|kWh|GJ|MJ|NY\d+|English|Jieyue|jieyue|
    [0-9A-Fa-f]{6,}|JY-\d+-\w+|L-[\w-]+|D-[\w-]+|S\d{6}|operator|c-[a-z]+|btn|notice|UTF-8|GB\ ?/?T?\ ?\d*|
    receipt\ (?:replay|export|show)\ \S+|account\.v\d|[a-z0-9]+(?:[-_.][a-z0-9]+)+(?:@\w+)?|LNG|LPG|LED|PDF|ID|
    Excel|Word|WPS|PUE|SHA-256|user:\d+|GeoJSON|MB|SDMX|xlsx|docx|pdf|jpg|png|csv|WGS|CGCS|
    city|line|type|area|AA|m³|m²|m2|m3|\bkg\b|\bt\b|\bL\b|\bx\b|CH₄|N₂O|IPCC|JGJ|DB\d*|km|h""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Seen:
    """A page of the city as it came, and how often it asked the database when it came a second time."""

    status: int
    language: str
    page: Page
    queries: int


def seen(client: Client, path: str) -> Seen:
    """The page at its second visit: the first one after a publication computes the figures."""
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    return Seen(answer.status_code, answer["Content-Language"], page_of(answer), len(asked))


def test_every_page_of_the_city_in_chinese(city: City) -> None:
    """Each works, asks the database at most twelve times, and holds no English."""
    client = city.client("zh-hans")
    found = {path: seen(client, path) for path in [*plain(), *of_city(city)]}
    check(found, "zh-hans", "zh-CN")
    pages = {path: one.page for path, one in found.items()}
    pages |= {path: page_of(client.get(path)) for path in ("/no/such/page", "/institutions/?page=99")}
    pages["/signin/"] = page_of(Client().get("/signin/"))
    pages["wrong"] = page_of(Client().post("/signin/", {"username": "x", "password": "y"}))
    assert not {path: words for path, page in pages.items() if (words := latin(page))}


def test_every_page_of_the_city_in_english(city: City) -> None:
    """Each works, asks at most twelve times, and its headings, labels and buttons speak English; names of
    institutions, plans and documents are what they are."""
    client = city.client("en")
    found = {path: seen(client, path) for path in [*plain(), *of_city(city)]}
    check(found, "en", "en")
    names = {"简体中文", *city.sample.institutions["name"].to_list()}
    names |= {f"{name} {word}" for name in names for word in ("Years", "Months")}
    frame = ("h2", "th", "label", "button", "dt", "legend", "caption")
    odd = {}
    for path, one in found.items():
        words = {text for tag, text in one.page.texts if tag in frame and re.search(r"[一-鿿]", text)}
        if left := words - names:
            odd[path] = left
    assert not odd
    marks = {path: wrong for path, one in found.items() if (wrong := chinese_marks(one.page))}
    assert not marks, marks


def chinese_marks(page: Page) -> list[str]:
    """Texts of an English page with a Chinese mark between words or numbers that are not Chinese: names and documents
    have theirs among Chinese characters."""
    texts = [text for _tag, text in page.texts] + page.spoken
    return sorted({text for text in texts if _MARK.search(text)})


def check(found: dict[str, Seen], language: str, tag: str) -> None:
    """What holds of every page."""
    for path, one in found.items():
        assert one.status == 200, path
        assert (one.language, one.page.language) == (language, tag), path
        assert one.page.text.count("\n") > 10, path
    assert not {path: one.queries for path, one in found.items() if one.queries > MOST_QUERIES}
    assert not {path: odd for path, one in found.items() if (odd := odd_days(one.page))}


def odd_days(page: Page) -> list[str]:
    """Days that are not written 2026-10-31: one form on all pages. Papers have theirs."""
    texts = [text for _tag, text in page.texts] + page.spoken
    return sorted({day for text in texts for day in _ODD_DAY.findall(text)})


@pytest.mark.parametrize("state", ["draft", "returned"])
def test_a_return_that_is_being_entered_asks_no_more(own_city: City, state: str) -> None:
    """Beside it stand rules, meters, papers, comments and the authority's own formula, whoever looks at it."""
    row = Return.objects.filter(state=state, form="NY201").order_by("pk")[0]
    lay_formula(own_city.path)
    paper = {"name": "a.pdf", "kind": "pdf", "size": 1, "sha256": "0" * 64, "actor": "tests", "at": now()}
    Attachment.objects.create(parent=row, **paper)
    path = f"/returns/{codes_of([row.subject])[row.subject]}/NY201/{row.period}/"
    clients = {"operator": own_city.client("zh-hans")}
    for role, node in (
        ("reporter", row.subject),
        ("reviewer", memberships([row.subject])[row.subject]["line"]),
    ):
        grant(create_user(role, actor="tests"), role, node=node, valid_from=date(2020, 1, 1), actor="tests")
        clients[role] = signed_in(role)
    found = {role: seen(client, path) for role, client in clients.items()}
    assert {one.status for one in found.values()} == {200}
    assert not {role: one.queries for role, one in found.items() if one.queries > MOST_QUERIES}


@pytest.mark.parametrize(("language", "tag"), LANGUAGES)
def test_every_page_right_after_init(empty_city: Path, language: str, tag: str) -> None:
    client = operator(language)
    for path in plain():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert page_of(answer).language == tag
    words = {
        "zh-hans": ("名录里还没有机构", "还没有导入过文件", "未报"),
        "en": ("No institution is there yet", "No file has come in yet", "Not reported"),
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


def test_no_page_of_a_district_asks_the_database_more_than_twelve_times(own_city: City) -> None:
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
    """Texts and labels of a page, codes aside, that hold Latin words other than the allowed ones."""
    found = set()
    for text in [*(text for tag, text in page.texts if tag != "code"), *page.spoken]:
        rest = ALLOWED.sub(" ", text)
        if re.search(r"[A-Za-z]{3,}", rest):
            found.add(text)
    return found
