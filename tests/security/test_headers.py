"""What every answer carries: the content policy, no inline script, headers, cookies, methods, CSRF, host."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from jieyue.apps.identity.services.create_user import create_user
from tests.security.client import signed_in
from tests.security.routes import ROUTES, site_routes
from tests.security.visits import Visit, few_visits, visits
from tests.security.world import PLACES, World

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
PASSWORD = "a long and quiet word"
#: Pages that take a form: at another door, or at their own.
POSTING = {
    "signin",
    "signout",
    "language",
    "import-upload",
    "import-confirm",
    "second-factor",
    "activate",
}
BOTH = {
    "collecting",
    "disclosure",
    "holding",
    "holding-new",
    "import-mapping",
    "import-names",
    "joint-call",
    "key-units",
    "meter-change",
    "meter-edits",
    "meter-new",
    "meters-publish",
    "people-new",
    "people-import",
}


def some(world: World) -> list[Visit]:
    """Every route, with something that is there and with something that is not."""
    return [
        *few_visits(world, lambda visit: not visit.subject.startswith("line:")),
        Visit("", "/no/such/page"),
        Visit("", "/institutions/QX-NO-SUCH/"),
        Visit("", "/data/line/?period=1e9"),
        Visit("", "/api/v1/figures?scope=city&period=2025"),
    ]


@pytest.fixture(scope="module")
def kept() -> dict[str, list[tuple[str, Any]]]:
    return {}


@pytest.fixture
def answers(world: World, kept: dict[str, list[tuple[str, Any]]]) -> list[tuple[str, Any]]:
    """One answer of each kind: as a publisher of the whole, as somebody without a grant, signed out."""
    if not kept:
        kept["all"] = [
            (f"{visit.path} of {name}", visit.made_by(client))
            for name, client in (
                ("publisher", signed_in(world.users["publisher", "parent"])),
                ("nobody", signed_in("nobody")),
                ("stranger", Client(raise_request_exception=False)),
            )
            for visit in some(world)
        ]
    return kept["all"]


def test_the_content_policy_is_exactly_the_designs(answers: list[tuple[str, Any]]) -> None:
    for where, answer in answers:
        parts = [part.strip() for part in answer["Content-Security-Policy"].split(";") if part.strip()]
        assert dict(part.split(" ", 1) for part in parts) == POLICY, where


def test_headers_of_every_answer(answers: list[tuple[str, Any]]) -> None:
    for where, answer in answers:
        assert answer["X-Frame-Options"] == "DENY", where
        assert answer["X-Content-Type-Options"] == "nosniff", where
        assert answer["Referrer-Policy"] == "same-origin", where
        assert "Server" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_cache_keeps_an_answer(answers: list[tuple[str, Any]]) -> None:
    for where, answer in answers:
        if where.startswith("/public/ "):  # what is out is everybody's, and no cookie comes with it
            assert not answer.cookies, where
            continue
        assert re.search(r"\bno-store\b", answer["Cache-Control"]), where
        assert "public" not in answer["Cache-Control"], where


class Scripts(HTMLParser):
    """Collects what a page would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        values = dict(attrs)
        if tag == "script" and not (values.get("src") or "").startswith("/static/"):
            self.wrong.append(f"script {values}")
        if tag in ("style", "iframe", "object", "embed", "base", "template"):
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith(("on", "hx-on")) or name in ("srcdoc", "hx-vals", "hx-vars"):
                self.wrong.append(f"{tag} {name}")
            outside = re.match(r"\s*(javascript|data|https?|//)", value or "", re.IGNORECASE)
            if name in ("href", "src", "action", "formaction") and outside:
                self.wrong.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._in == "script" and data.strip():
            self.wrong.append(f"inline {data[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""


def runs(text: str) -> list[str]:
    """What an HTML page would run that is not one of our own files."""
    parser = Scripts()
    parser.feed(text)
    return parser.wrong


def test_no_page_has_a_script_in_it_or_fetches_from_elsewhere(answers: list[tuple[str, Any]]) -> None:
    pages = 0
    for where, answer in answers:
        if answer["Content-Type"].startswith("text/html"):
            assert not runs(answer.content.decode()), where
            pages += 1
    assert pages > 60
    assert runs("<script>1</script>")
    assert runs('<img src="//elsewhere/x">')
    assert runs('<p onclick="x()">')


def test_pages_that_only_show_take_no_other_method(world: World) -> None:
    client = signed_in(world.users["publisher", "parent"])
    for visit in few_visits(world, lambda visit: not visit.subject.startswith("line:")):
        if visit.route not in POSTING | BOTH and not ROUTES[visit.route].startswith("post"):
            assert client.post(visit.path).status_code == 405, visit
        if visit.route not in ("signin", "second-factor", "activate"):
            for method in ("PUT", "DELETE", "PATCH"):
                assert client.generic(method, visit.path).status_code == 405, (method, visit)


def test_a_post_without_the_forms_token_is_refused_on_every_route(own_world: World) -> None:
    """Also as htmx or as JSON would send it; nothing is read, nothing happens."""
    username = own_world.users["publisher", "parent"]
    routes = {route for _name, route in site_routes() if not route.startswith("api/")}
    assert len(routes) >= len(ROUTES)
    for route in routes:
        path = "/" + route.replace("<int:batch>", str(own_world.batch)).replace("<int:number>", "1").replace(
            "<int:place>", "1"
        )
        path = (
            path.replace("<int:edit>", "1")
            .replace("<slug:chapter>", "reporter")
            .replace("<slug:kind>", "monthly")
        )
        path = re.sub(r"<\w+:code>", PLACES["OWN"].code, path)
        path = path.replace("<slug:form>", "NY201").replace("<str:period>", "2026-09")
        path = re.sub(r"<\w+:tree>", "line", re.sub(r"<\w+:receipt>", "x/city/y", path))
        client = signed_in(username, csrf=True)
        for more in (
            {"data": {"language": "en"}},
            {"data": "{}", "content_type": "application/json", "headers": {"HX-Request": "true"}},
            {"data": {}, "headers": {"Referer": "https://elsewhere.example/"}},
        ):
            answer = client.post(path, **more)
            assert answer.status_code == 403, route
            assert "表单" in answer.content.decode(), route
    assert get_user_model().objects.get(username=username).language == ""
    assert signed_in(username).get("/").status_code == 200, "signout did not happen"


def test_a_foreign_host_name_is_refused(world: World) -> None:
    client = signed_in(world.users["viewer", "parent"])
    for host in ("elsewhere.example", "testserver.elsewhere.example", "testserver:80@elsewhere.example"):
        for path in ("/", "/signin/", "/institutions/", "/no/such/page"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 400, (host, path)
            assert host not in answer.content.decode()
    forwarded = client.get("/signin/", headers={"X-Forwarded-Host": "elsewhere.example"})
    assert "elsewhere.example" not in forwarded.content.decode() + forwarded.get("Location", "")


def test_cookies_are_not_for_scripts_nor_for_other_sites(own_world: World) -> None:
    create_user("zhao", actor="tests", password=PASSWORD)
    client = Client()
    client.get("/signin/")
    answer = client.post("/signin/", {"username": "zhao", "password": PASSWORD})
    assert answer.status_code == 302
    client.post("/language/", {"language": "en"})
    assert set(client.cookies) == {"jieyue_session", "jieyue_csrf", "jieyue_language"}
    for name, cookie in client.cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name
    assert not client.cookies["jieyue_session"]["max-age"], "it ends with the browser"


_HTTPS = """
from pathlib import Path
from jieyue.config import boot
from jieyue.config.home import Home
boot.setup(Home.create(Path({path!r}), synthetic=True))
from django.conf import settings
settings.ALLOWED_HOSTS.append("testserver")
from django.test import Client
answer = Client().get("/signin/", secure=True)
for name, cookie in answer.cookies.items():
    print(name, bool(cookie["secure"]), cookie["path"], repr(cookie["domain"]))
for name in ("Strict-Transport-Security", "Cross-Origin-Opener-Policy"):
    print(name, answer.headers.get(name))
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE)
print(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_SECURE)
"""


def test_behind_https_cookies_are_bound_to_host_and_transport(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("JIEYUE_HTTPS", "1")
    code = _HTTPS.format(path=str(tmp_path / "home"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = set(done.stdout.splitlines())
    assert lines == {
        "__Host-jieyue_csrf True / ''",
        "Strict-Transport-Security max-age=31536000",
        "Cross-Origin-Opener-Policy same-origin",
        "__Host-jieyue_session True",
        "__Host-jieyue_language True",
    }


def test_static_files_lead_nowhere_else(world: World) -> None:
    """Nor do other addresses: the home with its key and database lies outside of all of them."""
    client = signed_in(world.users["publisher", "parent"])
    key = (world.path / "secret.key").read_text()
    for path in (
        "/static/../../../../secret.key",
        "/static/%2e%2e/%2e%2e/secret.key",
        "/static//etc/passwd",
        f"/static/{world.path}/secret.key",
        "/institutions/..%2f..%2fsecret.key/",
        "/receipt/../../secret.key",
        "/receipt/..%2f..%2fsecret.key/city/x",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert key not in answer.content.decode()


def test_the_matrix_of_visits_is_what_this_file_uses(world: World) -> None:
    assert {visit.route for visit in some(world)} >= {visit.route for visit in visits(world)}
