"""Pages call a person by his name: every field of the office that keeps who did something, every page."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.urls import resolve

from tests.security import written
from tests.security.client import signed_in
from tests.security.test_scripts_in_texts import given, one_of_a_kind, pages
from tests.security.world import World

ACCOUNT, NAME = "clerk.nine", "沈九畹"
#: The log and the list of accounts keep accounts: what a checker compares from one end to the other.
BY_ACCOUNT = re.compile(r"/log/.*|/auditing/.*|/people/(\?.*)?")
#: Where somebody is named in this world.
NAMED = frozenset(
    {"boundaries", "collecting", "disclosure", "imports", "joint-item", "joint-minutes", "joint-review",
     "meter-edits", "paper", "paper-returned", "paper-templates", "papers", "papers-returned", "person",
     "return", "rules", "spotcheck", "spotcheck-item", "summary", "summary-public", "summary-sent",
     "their-file", "their-table", "their-tables", "theirs", "walls", "worklist-return"}
)  # fmt: skip


def whose_fields() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    """(table, field) of each account that an office table keeps as text."""
    for table, field in written.text_fields():
        if isinstance(field, models.CharField) and (
            field.name in ("actor", "by") or field.name.endswith("_by")
        ):
            yield table, field


@pytest.fixture
def one_did_it_all(own_world: World) -> World:
    """The world with a row in each table, where one person did everything that anybody did."""
    written.fill_up(given(own_world))
    get_user_model().objects.create(username=ACCOUNT, real_name=NAME)
    written.unlock()
    for table, field in whose_fields():
        written.hold(table, field, lambda _row, _place: ACCOUNT)
    return own_world


def test_no_page_shows_an_account_where_its_person_has_a_name(one_did_it_all: World) -> None:
    users = one_did_it_all.users
    where = one_of_a_kind(pages(one_did_it_all))
    clients = {role: signed_in(users[role, "parent"]) for role, _path in where}
    named, bare = set(), set()
    for role, path in where:
        said = clients[role].get(path).content.decode(errors="replace")
        if NAME in said:
            named.add(resolve(urlsplit(path).path).url_name)
        if ACCOUNT in said and not BY_ACCOUNT.fullmatch(path):
            bare.add(path)
    assert bare == set()
    assert named >= NAMED, named
