"""A good body for every address that takes one: what a person sends who does what the page is for.

Each is made in a copy of the world of its own, with whatever has to come before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.security.client import signed_in
from tests.security.world import World

PASSWORD = "a long and quiet word"


@dataclass(frozen=True)
class Ask:
    """Who sends what where. body: name → text, texts, a file, or rows. key: the token of a program."""

    client: Client
    path: str
    body: dict[str, Any]
    key: str = ""

    def posted(self, strange: Mapping[str, str]) -> Any:
        """The answer to the body with strange fields beside its own; a program's body is JSON where it is nested."""
        more = {"HTTP_AUTHORIZATION": f"Bearer {self.key}"} if self.key else {}
        if any(
            isinstance(value, list) and value and isinstance(value[0], dict) for value in self.body.values()
        ):
            return self.client.post(
                self.path, _swollen(self.body, strange), content_type="application/json", **more
            )
        return self.client.post(self.path, {**strange, **self.body}, **more)


@dataclass(frozen=True)
class Send:
    """A route with a good body. also: names that the same form takes in another case of its, so that they are no
    strangers; each with the case as its value."""

    route: str
    make: Callable[[World], Ask]
    also: dict[str, str]


def _swollen(body: dict[str, Any], strange: Mapping[str, str]) -> dict[str, Any]:
    rows = {
        name: [{**strange, **row} for row in value] if isinstance(value, list) else value
        for name, value in body.items()
    }
    return {**strange, **rows}


SENDS: list[Send] = []


def send(route: str, **also: str) -> Callable[[Callable[[World], Ask]], Callable[[World], Ask]]:
    """Note the good body of a route."""

    def noted(make: Callable[[World], Ask]) -> Callable[[World], Ask]:
        SENDS.append(Send(route, make, also))
        return make

    return noted


def who(world: World, role: str, position: str = "parent") -> Client:
    """The client of an account of the world."""
    return signed_in(world.users[role, position])


def file(name: str, content: str | bytes) -> SimpleUploadedFile:
    """A file that is sent."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def number(world: World, role: str, position: str = "own") -> int:
    """The key of an account of the world."""
    from jieyue.apps.identity.models import User

    return User.objects.get(username=world.users[role, position]).pk


def node(code: str) -> int:
    """The key of a node of the reporting line."""
    from jieyue.apps.trees.queries import tree

    return tree("line").by_code[code].id


def done(answer: Any) -> Any:
    """What comes before the send went well."""
    assert answer.status_code in (200, 302), answer.content.decode()[:2000]
    return answer
