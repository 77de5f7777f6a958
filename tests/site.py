"""A home served over HTTP by processes of its own, with many threads, and requests that reach it at one moment."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from tests.clients import signed_in

_TOKEN = "a" * 32
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that somebody sends: the cookie of his session, where to, and what."""

    session: str
    address: str
    form: Mapping[str, str]
    token: str = _TOKEN
    after: int = 0  # small requests that he makes first: so much later than the others is his


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    location: str
    text: str

    @property
    def word(self) -> str:
        """`done`, if it led on to a page; else its status."""
        led_on = self.status == 302 and not self.location.startswith("/signin/")
        return "done" if led_on else str(self.status)


def session_of(username: str) -> str:
    """The cookie of a new session of the account."""
    return signed_in(username).cookies["jieyue_session"].value


@contextmanager
def serving(home: Path, *, workers: int, threads: int) -> Iterator[int]:
    """The pages of the home, without the worker; gives the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:jieyue.config.server",
        "jieyue.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--threads", str(threads), "--workers", str(workers),
    ]  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "JIEYUE_"))}
    with (home.parent / "site.log").open("w") as log:
        environment = {**kept, "JIEYUE_HOME": str(home)}
        web = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield port
        finally:
            web.terminate()
            web.wait(timeout=_PATIENCE)


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            if _get(port, "/healthz") == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)  # not listening yet, or its first worker is not awake
    raise TimeoutError(f"no answer on port {port} within {_PATIENCE} s")


def _get(port: int, address: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", address)
        return connection.getresponse().status
    finally:
        connection.close()


def at_once(port: int, forms: Sequence[Sent]) -> list[Answer]:
    """Each form on a connection of its own, whole but for its last byte; the last bytes leave together."""
    gate = threading.Barrier(len(forms))
    answers: list[Answer | None] = [None] * len(forms)

    def send(place: int, form: Sent) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        body = urlencode(form.form).encode()
        connection.putrequest("POST", form.address)
        for name, value in _headers(form, len(body)).items():
            connection.putheader(name, value)
        connection.endheaders(body[:-1])
        gate.wait(_PATIENCE)
        for _ in range(form.after):
            _get(port, "/signin/")
        connection.send(body[-1:])
        got = connection.getresponse()
        answers[place] = Answer(got.status, got.headers.get("Location", ""), got.read().decode())
        connection.close()

    threads = [threading.Thread(target=send, args=one) for one in enumerate(forms)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * _PATIENCE)
    return [answer for answer in answers if answer is not None]


def _headers(form: Sent, length: int) -> dict[str, str]:
    return {
        "Cookie": f"jieyue_session={form.session}; jieyue_csrf={_TOKEN}",
        "X-CSRFToken": form.token,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(length),
    }
