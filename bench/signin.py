"""Sign-in: a storm of ten a second on the city of `load`, and how far apart an unknown name and a wrong password are.

The storm is an open loop as in `load`: a time counts from the planned instant. The two refusals are asked in turn, each
of a name of its own, so that nobody is locked out; what counts is the difference of their medians (catalogue A8).
"""

import os
import time
from collections.abc import Callable, Generator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import homes, load
from bench.common import Bars, Side, Work

RATE, SECONDS, PAIRS = 10, 30, 200
_WORD = "a long and quiet word"
_TOKEN = "a" * 32
_FOUND = 302


def ours(place: str) -> Generator[float | None, None, Any]:
    """Gives the 95th percentile of the storm itself."""
    with load.Server(Path(place)) as server:
        address = server.address()
        names = _people(Path(place), address)
        with load.site(Path(place) / "home", address) as (port, busy):
            for name in names[-20:]:
                _send(port, name, _WORD)
            before = busy()
            yield None
            seconds, wrong = _storm(port, names[: RATE * SECONDS])
            spent = busy() - before
            yield load.p95(seconds)
            unknown, known = _refusals(port, names)
    return {
        "signed_in": len(seconds),
        "wrong": wrong,
        "processor_ms_each": round(spent / len(seconds) * 1000, 1),
        "unknown_ms": round(unknown * 1000, 2),
        "known_ms": round(known * 1000, 2),
    }


def _people(place: Path, address: str) -> list[str]:
    """Accounts with one password, hashed once for all."""
    os.environ["JIEYUE_DATABASE"] = address
    homes.enter(place / "home")
    from django.contrib.auth.hashers import make_password
    from django.db import connections

    from jieyue.apps.identity.models import User
    from jieyue.config import boot

    boot.migrate()
    stamp, hashed = f"{time.time():.0f}", make_password(_WORD)
    names = [f"storm-{stamp}-{number}" for number in range(RATE * SECONDS + 20)]
    User.objects.bulk_create(User(username=name, password=hashed) for name in names)
    connections.close_all()
    return names


def _send(port: int, name: str, password: str) -> tuple[int, float]:
    """One sign-in on a connection of its own: its status, and its seconds."""
    start = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Cookie": f"jieyue_csrf={_TOKEN}",
        "X-CSRFToken": _TOKEN,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/signin/", urlencode({"username": name, "password": password}), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - start


def _storm(port: int, names: list[str]) -> tuple[list[float], int]:
    """Seconds from the planned instants, and how many were not signed in."""
    answers: list[tuple[int, float]] = []

    def one(name: str, late: Callable[[], float]) -> None:
        status, _ = _send(port, name, _WORD)
        answers.append((status, late()))

    load.on_time(((number / RATE, name) for number, name in enumerate(names)), one)
    return [seconds for _, seconds in answers], len(names) - sum(status == _FOUND for status, _ in answers)


def _refusals(port: int, names: list[str]) -> tuple[float, float]:
    """Median seconds of an unknown name and of a wrong password."""
    unknown, known = [], []
    for name in names[:PAIRS]:
        unknown.append(_send(port, f"no-{name}", "something else entirely")[1])
        known.append(_send(port, name, "something else entirely")[1])
    return sorted(unknown)[PAIRS // 2], sorted(known)[PAIRS // 2]


def told(answer: Mapping[str, Any]) -> str:
    """What stands beside the 95th percentile."""
    apart = abs(answer["unknown_ms"] - answer["known_ms"])
    return (
        f"{answer['processor_ms_each']} cpu-ms each of {answer['signed_in']}, {answer['wrong']} wrong; unknown name "
        f"{answer['unknown_ms']} ms, wrong password {answer['known_ms']} ms: {apart:.2f} ms apart (bar 5)"
    )


WORK = Work(
    name="signin",
    shape="whole city on PostgreSQL, worker running, ten sign-ins a second for half a minute; then refusals in turn",
    prepare=load.prepare,
    ours=Side("jieyue", "bench.signin:ours"),
    runs=1,
    bars=Bars(seconds=0.4),
    told=told,
)
