"""Every parameter of every address with what breaks a query: quotes, wildcards, JSON paths, formulas, huge numbers.

No error, no delay, nothing more found than there is. The parameters are those that the visits and the list of all
pages name, and every one that the code of the pages reads."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import resolve

import jieyue.web
from tests.security.client import signed_in
from tests.security.routes import ROUTES
from tests.security.test_headers import runs
from tests.security.test_scripts_in_texts import LOOKS
from tests.security.visits import few_visits
from tests.security.world import PLACES, World
from tests.web.addresses import plain

ODD = (
    "'", '"', "' OR '1'='1", "1; DROP TABLE registry_institution;--",
    "1) UNION SELECT null,username FROM identity_user--",
    "'||pg_sleep(9)||'", "1 AND (SELECT COUNT(*) FROM sqlite_master a, sqlite_master b, sqlite_master c)>0", "%", "_",
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%_", "\\", "[a-z]*", "(a+)+$", "$.a[*]", "facts__contains", "password", "-pk",
    "user__password", "pk__in", "__class__.__init__", "{0.__class__}", "-" * 500, "9" * 400, "-1", "1e999", "NaN", "０",
    "\u202e\u0000", "\ud7ff\U0001f600", "../../etc/passwd", "2025-13", "0000-01", "99999-99", "line:", "institution:",
    "institution:%", "area:500103' --", "tree:line", "[]", "{}", "null", "true", " ", "",
)  # fmt: skip
#: A page may take this long [s] on a machine that others keep busy; a query that was made to wait takes longer.
PATIENCE = 30
#: Read for programs that come with a header, or behind a link that only a person's file makes.
READ_ELSEWHERE = frozenset({"lang"})


def asked(world: World) -> dict[tuple[str, str], tuple[str, str, dict[str, str]]]:
    """(route, parameter) → role at the root, path, the other parameters beside it."""
    own = PLACES["OWN"].code
    found: dict[tuple[str, str], tuple[str, str, dict[str, str]]] = {}
    where = [
        (LOOKS.get(ROUTES[visit.route], "publisher"), visit.path)
        for visit in few_visits(world, lambda visit: own in visit.path)
        if "post" not in ROUTES[visit.route]
    ]
    names = sorted(read_by_pages())
    for role, address in [*where, *(("publisher", path) for path in plain())]:
        parts = urlsplit(address)
        said = dict(parse_qsl(parts.query, keep_blank_values=True))
        route = resolve(parts.path).url_name or parts.path
        for name in said:
            found.setdefault((route, name), (role, parts.path, said))
        for name in names:
            found.setdefault((f"{route} too", name), (role, parts.path, said))
    return found


def read_by_pages() -> set[str]:
    """Names that the pages' code takes from `request.GET`: written out, or in the tuple of a loop over it."""
    names: set[str] = set()
    for file in Path(jieyue.web.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names |= set(_names(node))
    return names


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of = node.func.value
        if node.func.attr in ("get", "getlist") and isinstance(of, ast.Attribute) and of.attr == "GET":
            yield from (one.value for one in node.args[:1] if isinstance(one, ast.Constant))
    if isinstance(node, ast.DictComp | ast.GeneratorExp) and ".GET" in ast.unparse(node):
        for loop in node.generators:
            if isinstance(loop.iter, ast.Tuple):
                yield from (one.value for one in loop.iter.elts if isinstance(one, ast.Constant))


def sent(client: Client, path: str, said: dict[str, str]) -> tuple[int, str, float]:
    begun = time.monotonic()
    answer = client.get(f"{path}?{urlencode(said, errors='surrogatepass')}")
    text = answer.content.decode("utf-8", "replace") if "html" in answer.get("Content-Type", "") else ""
    return answer.status_code, text, time.monotonic() - begun


def wrong_answers(world: World, every: int, first: int) -> list[str]:
    """What is wrong with the answers. every: of the odd texts each parameter gets one in so many."""
    wrong = []
    clients = {role: signed_in(world.users[role, "parent"]) for role in {"publisher", *LOOKS.values()}}
    for place, ((route, name), (role, path, said)) in enumerate(asked(world).items()):
        if route.endswith(" too") and place % every:
            continue
        for text in ODD[(place + first) % every :: every]:
            status, page, seconds = sent(clients[role], path, {**said, name: text})
            if status >= 500 or seconds > PATIENCE or runs(page) or "sqlite3" in page or "psycopg" in page:
                wrong.append(f"{path} {name}={text!r}: {status}, {seconds:.1f} s {runs(page)}")
    return wrong


def test_no_parameter_breaks_a_page(world: World) -> None:
    assert wrong_answers(world, 45, 0) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(1, 45))
def test_nor_does_any_other_odd_text(world: World, first: int) -> None:
    assert wrong_answers(world, 45, first) == []


def test_every_parameter_that_the_code_reads_is_among_them(world: World) -> None:
    names = {name for _route, name in asked(world)}
    read = read_by_pages()
    assert len(read) > 40
    assert read <= names


@pytest.mark.parametrize(
    "wild", ["%", "_", "%%", "*", "?", "[榆]荫书院", "榆荫_院", "榆荫%", ".*", "榆荫.院", "\\"]
)
def test_a_sign_that_stands_for_any_other_in_a_query_is_only_itself(world: World, wild: str) -> None:
    """The search of institutions and of people finds what holds the sign; nothing here does."""
    publisher, keeper = (signed_in(world.users[role, "parent"]) for role in ("publisher", "city_admin"))
    names = [place.name for place in PLACES.values()]
    listed = publisher.get("/institutions/?" + urlencode({"q": wild})).content.decode()
    assert not [name for name in names if re.search(rf">\s*{name}\s*<", listed)]
    people = keeper.get("/people/?" + urlencode({"q": wild})).content.decode()
    if wild not in "_.":
        assert "viewer.own<" not in people
    found = publisher.get("/institutions/?" + urlencode({"q": "榆荫书院"})).content.decode()
    assert "榆荫书院" in found
