"""The access matrix: every route as every role, with the grant at every place of the reporting line.

A grant of a district must not show anything of the neighbour, of the body above, of a municipal hospital that
stands in the district, or of units of central departments: no name, no code, no number, in no form.
"""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from jieyue.apps.identity.roles import ROLES
from tests.security.answers import leads_to, readable, unpublished
from tests.security.client import normal, signed_in
from tests.security.routes import (
    APPROVE_POST,
    APPROVES,
    AUDIT,
    AUDITS,
    BLIND,
    BOUNDED,
    BRINGS,
    DISCLOSES,
    DISCLOSES_POST,
    ENTERS,
    ENTERS_POST,
    EXTEND_POST,
    EXTENDS,
    FILES,
    GRANT_POST,
    IMPORT,
    IMPORT_POST,
    JUDGE,
    JUDGE_POST,
    JUDGES,
    KEEPS,
    KEEPS_HOLDINGS,
    KEEPS_REGISTRY,
    LINK,
    MANAGES,
    OPERATE,
    OPERATES,
    OWN_POST,
    PASS,
    PASS_POST,
    PENDING,
    PEOPLE,
    PEOPLE_POST,
    POST,
    PUBLIC,
    PUBLISH,
    PUBLISHES,
    RELEASED,
    REMIND_POST,
    REVIEWS,
    ROUTES,
    RULES_POST,
    SCREENS,
    SEES,
    SIGNED_IN,
    VIEW,
    VIEW_POST,
    WATCH,
    WATCHES,
    WHOLE,
    site_routes,
)
from tests.security.visits import Visit, few_visits, visits
from tests.security.world import (
    LINE,
    MONTH,
    PLACES,
    REACH,
    Markers,
    World,
    allowed,
    everything,
    foreign,
)
from tests.shared_home import turned_to

POSTS = (
    VIEW_POST,
    PASS_POST,
    PEOPLE_POST,
    ENTERS_POST,
    JUDGE_POST,
    APPROVE_POST,
    EXTEND_POST,
    REMIND_POST,
    GRANT_POST,
    RULES_POST,
    IMPORT_POST,
    DISCLOSES_POST,
)
#: Position → positions whose accounts it may see: its own, and those below it on the line (see world.py).
ACCOUNTS = {
    "own": {"own", "child", "leaf"},
    "child": {"child"},
    "sibling": {"sibling"},
    "parent": set(REACH),
    "foreign": {"foreign"},
    "leaf": {"leaf"},
}


def test_every_route_is_classified() -> None:
    names = {name for name, route in site_routes() if not route.startswith("api/")}
    assert names == set(ROUTES), "say in tests/security/routes.py who may have a new page"


def test_the_interface_for_programs_opens_to_no_session(world: World) -> None:
    """Every address of it, whoever adds one: a cookie of the highest role shows nothing but the description."""
    routes = {route for _name, route in site_routes() if route.startswith("api/")}
    assert len(routes) > 8
    for client in (Client(), signed_in(world.users["publisher", "parent"])):
        for route in routes:
            path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda _m: PLACES["OWN"].code, route)
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                answer = client.generic(method, path)
                if route == "api/v1/openapi.json":
                    continue
                assert answer.status_code in (401, 403, 404, 405), (method, path, answer.status_code)
                assert not everything().found_in(answer.content.decode()) - {PLACES["OWN"].code}


def test_every_role_is_in_the_matrix() -> None:
    assert set(ROLES) == SEES | BLIND | AUDITS


def test_every_route_is_visited(world: World) -> None:
    assert {visit.route for visit in visits(world)} == set(ROUTES)


@pytest.mark.parametrize("position", list(REACH))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_answer_shows_what_is_not_the_roles_to_see(world: World, role: str, position: str) -> None:
    shown = visited_as(world, role, position, every=role == "viewer")
    if role == "viewer":  # the matrix would pass on empty pages: one's own must be there
        own = [PLACES[name] for name in REACH[position][1]]
        assert shown >= {text for place in own for text in (place.name, place.code, str(int(place.floor)))}


def test_the_same_holds_on_a_server(postgres_world: World, django_db_blocker) -> None:
    with django_db_blocker.unblock(), turned_to(postgres_world.path):
        assert connection.vendor == "postgresql"
        for role in ("publisher", "security_admin"):
            for position in REACH:
                shown = visited_as(postgres_world, role, position, every=False)
                own = [PLACES[name] for name in REACH[position][1]]
                assert (shown >= {place.name for place in own}) is (role == "publisher")


def visited_as(world: World, role: str, position: str, *, every: bool) -> set[str]:
    """What of one's own was shown; fails on what is another's, and on a status that the table does not give."""
    client = signed_in(world.users[role, position])
    hidden = foreign(position) if role in SEES | AUDITS else everything()
    # Who gives roles chooses among the bodies below: their names, never a number.
    names = Markers(foreign(position).words, everything().numbers)
    wrong, shown = [], set()
    for visit in visits(world) if every else few_visits(world, lambda v: _sees(v.subject, position)):
        answer = visit.made_by(client)
        text = readable(answer, visit)
        shown |= allowed(position).found_in(text)
        gives = role not in SEES and ROUTES[visit.route] in (PEOPLE, PEOPLE_POST)
        against = names if gives else hidden
        if visit.route == "summary-public" and role in SEES:
            against = unpublished(visit, world, hidden)
        if leaked := against.found_in(text):
            wrong.append(f"{visit.route} {visit.path} shows {sorted(leaked)}")
        if answer.status_code not in expected(visit, role, position):
            wrong.append(f"{visit.route} {visit.path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    return shown


def test_signed_out_nothing_is_shown(world: World) -> None:
    client = Client(raise_request_exception=False)
    for visit in visits(world):
        answer = visit.made_by(client)
        assert not everything().found_in(readable(answer, visit)), visit
        kind = ROUTES[visit.route]
        if kind == PUBLIC:
            assert answer.status_code == 200
        elif kind in (LINK, RELEASED):  # no such link; nothing is out in this world
            assert answer.status_code == 404
        elif kind == POST:
            assert answer.status_code == 405
        else:
            assert leads_to(answer, visit).partition("?")[0] == "/signin/", visit


def test_without_any_grant_nothing_is_shown(world: World) -> None:
    client = signed_in("nobody")
    for visit in visits(world):
        answer = visit.made_by(client)
        assert not everything().found_in(readable(answer, visit)), visit
        assert answer.status_code in expected(visit, "", "")


@pytest.mark.parametrize("position", ["own", "leaf"])
def test_not_there_and_not_allowed_look_the_same(world: World, position: str) -> None:
    """The same address with a name that nobody has gives the same answer, but for what was typed."""
    roles = ("publisher", "district_admin", "city_admin")
    publisher, manager, keeper = (signed_in(world.users[role, position]) for role in roles)
    pairs = 0
    for visit in visits(world):
        made_up = no_such(visit, world)
        if made_up is None or _sees(visit.subject, position):
            continue
        client = {PEOPLE: manager, KEEPS: keeper, KEEPS_HOLDINGS: keeper}.get(ROUTES[visit.route], publisher)
        answers = [visit.made_by(client), made_up.made_by(client)]
        assert [answer.status_code for answer in answers] == [404, 404], visit
        first, second = (normal(a, v.path) for a, v in zip(answers, (visit, made_up), strict=True))
        assert first == second, visit
        assert _headers(answers[0]) == _headers(answers[1])
        pairs += 1
    assert pairs > 40


def _headers(answer: Any) -> dict[str, str]:
    """Without the length: the answer repeats the address, whose length the visitor knows."""
    return {name: value for name, value in answer.headers.items() if name != "Content-Length"}


def no_such(visit: Visit, world: World) -> Visit | None:
    """The visit with something in the place of its subject that does not exist."""
    kind, _, code = visit.subject.partition(":")
    if visit.route == "import-confirm":
        return None  # a post; see test_imports.py
    if visit.subject == "batch":
        return Visit(visit.route, visit.path.replace(f"/{world.batch}/", "/987654/"), fragment=visit.fragment)
    if visit.route == "person":
        return Visit(visit.route, "/people/987654/", fragment=visit.fragment)
    if visit.route == "summary-sent":
        return Visit(visit.route, re.sub(r"/summary/\d+/", "/summary/987654/", visit.path))
    if visit.route == "their-file":
        return Visit(visit.route, re.sub(r"/theirs/\d+/", "/theirs/987654/", visit.path))
    if visit.route == "paper":
        return Visit(visit.route, re.sub(r"/papers/\d+/", "/papers/987654/", visit.path))
    if visit.route == "paper-returned":
        return Visit(visit.route, re.sub(r"/returned/\d+/", "/returned/987654/", visit.path))
    if visit.route in ("spotcheck", "spotcheck-item"):
        return Visit(visit.route, re.sub(r"/spotchecks/\d+/", "/spotchecks/987654/", visit.path))
    if visit.route in ("meter", "meter-edits", "meter-change"):
        return Visit(visit.route, re.sub(r"/meters/\d+/", "/meters/987654/", visit.path))
    if visit.route == "holding":
        return Visit(visit.route, "/holdings/987654/")
    if visit.route in ("meters-heat", "meters-balance") and "meter=" in visit.path:
        return Visit(visit.route, re.sub(r"meter=\d+", "meter=987654", visit.path))
    if visit.route in ("joint-review", "joint-item", "joint-minutes"):
        return Visit(visit.route, re.sub(r"/joint/\d+/", "/joint/987654/", visit.path))
    if visit.route == "worklist-return":
        return Visit(visit.route, "/worklist/987654/")
    if visit.route == "review-finding":
        return Visit(visit.route, "/review/987654/", fragment=visit.fragment)
    if not code or (visit.route == "data-tree" and kind != "line"):
        return None
    return Visit(visit.route, visit.path.replace(code, "QX-NO-SUCH"), fragment=visit.fragment)


def expected(visit: Visit, role: str, position: str) -> Iterable[int]:
    """Statuses that a visit may have, from the table of routes and from where the grant is."""
    kind = ROUTES[visit.route]
    if kind in (PUBLIC, SIGNED_IN):
        return {302} if visit.route == "signin" else {200}
    if kind == RELEASED:
        return {404}
    if kind == PENDING:
        return {302}
    if kind == LINK:
        return {404}
    if kind in (POST, OWN_POST):
        return {405}
    needed = {
        VIEW: SEES, WHOLE: SEES, IMPORT: BRINGS, PUBLISH: BRINGS, VIEW_POST: SEES, PASS_POST: REVIEWS,
        PEOPLE: MANAGES, PEOPLE_POST: MANAGES, ENTERS: FILES, ENTERS_POST: FILES, PASS: REVIEWS,
        OPERATE: OPERATES, JUDGE: JUDGES, JUDGE_POST: JUDGES, APPROVE_POST: APPROVES, EXTEND_POST: EXTENDS,
        WATCH: WATCHES, REMIND_POST: JUDGES | EXTENDS, SCREENS: EXTENDS,
        KEEPS_REGISTRY: {"city_admin"}, AUDIT: AUDITS, GRANT_POST: {"security_admin"},
        RULES_POST: {"city_admin"}, IMPORT_POST: BRINGS, PUBLISHES: {"publisher"},
        KEEPS: {"city_admin"}, KEEPS_HOLDINGS: FILES | {"city_admin"}, DISCLOSES: {"publisher"},
        DISCLOSES_POST: {"publisher"},
    }[kind]  # fmt: skip
    if role in AUDITS and visit.route in BOUNDED:
        if kind in POSTS:
            return {405}
        beyond = visit.route == "return" and f"/{MONTH}/" not in visit.path
        return {404} if beyond or not _sees(visit.subject, position) else {200}
    if role not in needed:
        return {403}
    if kind in POSTS:
        return {405}
    if visit.route in ("import-upload", "import-confirm"):
        return {405}  # posts only
    if visit.route == "meter-change":  # a point that he does not keep looks as one that is not there
        return {200} if position == "parent" else {403} if _sees(visit.subject, position) else {404}
    if visit.route in ("overview", "quality") and "scope=" not in visit.path and position == "leaf":
        return {302}
    if kind in (PASS, KEEPS, DISCLOSES, WATCH):
        return {200} if position == "parent" else {403}
    if kind == WHOLE:
        return {200} if position == "parent" else {404}
    if visit.route in ("data", "own-profile"):  # each leads on to a page of its own
        return {302}
    return {200} if _sees(visit.subject, position) else {404}


def _sees(subject: str, position: str) -> bool:
    kind, _, code = subject.partition(":")
    if not subject:
        return True
    if kind == "institution":
        return code in {PLACES[name].code for name in REACH[position][1]}
    if kind == "judged":  # a body judges; a grant on an institution itself is none
        return position != "leaf" and _sees(f"institution:{code}", position)
    if kind == "account":
        return code in ACCOUNTS[position]
    if kind == "line":
        return code in LINE[position]
    return position == "parent" and subject != "nothing"
