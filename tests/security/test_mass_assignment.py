"""Fields that a form has not are nothing: every address that takes a body is sent its good body, and the same body with
every column of every table beside it; whatever the database holds afterwards is the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.security.routes import ROUTES
from tests.security.sends import SENDS, Send, people, programs, registry, returns, work
from tests.security.swelling import Rows, beside, differences, extras, rows, shown
from tests.security.test_headers import BOTH, POSTING
from tests.security.world import World

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
THEMES = (people, programs, registry, returns, work)


@dataclass(frozen=True)
class Sender:
    """Sends into copies of one world, each a new one."""

    world: World
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def sent(self, send: Send, *, swollen: bool = False) -> tuple[Any, Rows, Rows]:
        """The answer, and the rows before and after it."""
        with beside(self.world, self.folder / f"home-{next(self.numbers)}") as world:
            ask = send.make(world)
            more = extras(world) if swollen else {}
            strange = {name: text for name, text in more.items() if name not in send.also}
            before = rows()
            answer = ask.posted(strange)
            return answer, before, rows()


@pytest.fixture
def sender(built_world: World, tmp_path: Path, django_db_blocker) -> Iterator[Sender]:
    with django_db_blocker.unblock():
        yield Sender(built_world, tmp_path)


@pytest.mark.parametrize("send", SENDS, ids=lambda send: send.route)
def test_a_swollen_body_does_what_the_plain_one_does(sender: Sender, send: Send) -> None:
    with time_machine.travel(NOW, tick=False):
        answer, before, plain = sender.sent(send)
        assert answer.status_code in (200, 202, 302), words(answer)
        assert differences(before, plain), f"the plain body changes nothing: {words(answer)}"
        noise = differences(plain, sender.sent(send)[2])
        again, _before, swollen = sender.sent(send, swollen=True)
    beyond = differences(plain, swollen) - noise
    assert again.status_code == answer.status_code, words(again)
    found = shown(beyond, plain, swollen)
    if send.route == "/api/v1/readings":  # keeps the digest of the whole body, to know it again
        found = {place: pair for place, pair in found.items() if len(set(map(without_digest, pair))) > 1}
    assert found == {}


def without_digest(value: object) -> str:
    return re.sub(r"\b[0-9a-f]{64}\b", "SHA-256", str(value))


def words(answer: Any) -> str:
    """What a page says, for who mends a body that is not a good one."""
    text = answer.content.decode(errors="replace")
    text = re.sub(r"(?s)<(script|style|nav|header)\b.*?</\1>|<[^>]+>", " ", text)
    return f"{answer.status_code} {' '.join(text.split())[:1500]}"


def test_every_address_that_takes_a_body_has_a_good_one() -> None:
    takes = (
        {route for route, kind in ROUTES.items() if kind.startswith("post")}
        | POSTING
        | BOTH
        | posts_of_programs()
    )
    assert sorted(takes ^ {send.route for send in SENDS}) == []
    assert {send.make.__module__ for send in SENDS} == {theme.__name__ for theme in THEMES}


def posts_of_programs() -> set[str]:
    """Paths of the interface that take a body and keep something; a replay computes again and keeps nothing."""
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    found = {path for path, verbs in paths.items() if verbs.keys() & {"post", "put", "patch", "delete"}}
    assert "/api/v1/replays" in found
    return found - {"/api/v1/replays"}
