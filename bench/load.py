"""Load: a whole city on PostgreSQL, pages and worker running, an open loop of deadline day from 200 signed-in users.

3 submissions, 20 pages and 30 autosaves with their checks a second, each at its own planned instant whatever became of
those before it: a time counts from the plan, so that a stalled server cannot hide. Reports the 95th percentile of all,
and the servers' processor time for each page.
"""

import json
import os
import pwd
import queue
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from bench import homes
from bench.common import Bars, BenchError, Side, Work

T = TypeVar("T")
USERS = 200
RATES = {"submit": 3, "page": 20, "save": 30}
SECONDS = 60
#: Until every page has been drawn once in each process: the first reader of a district's institutions after a
#: publication waits a second for them (docs/benchmarks.md says what that does to the first minute).
WARM_UP = 40
PERIOD, FORM = "2026-10", "NY201"
_SETTINGS = {"listen_addresses": "", "max_connections": "60", "shared_buffers": "256MB"}


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The city in a server of its own, made once and kept; its users and their open returns."""
    place = folder / f"load-{institutions or 'whole'}"
    if not (place / "ready").is_file():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with Server(place, fresh=True) as server:
            address = server.address()
            environment = {**os.environ, "JIEYUE_DATABASE": address}
            size = ["--institutions", str(institutions)] if institutions else []
            command = [*homes.jieyue(), "--home", str(place / "home"), "demo", "--no-serve", *size]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BenchError(done.stderr[-2000:])
        (place / "ready").touch()
    return {"place": str(place)}


class Server:
    """PostgreSQL as in production (fsync on), on a socket in a folder that stays."""

    def __init__(self, place: Path, *, fresh: bool = False) -> None:
        self._data, self._fresh = place / "pg", fresh
        self._socket = Path("/tmp") / f"jieyue-load-{os.getpid()}"
        from tests.postgres import binaries

        self._bin = binaries()

    def __enter__(self) -> "Server":
        self._socket.mkdir()
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            self._data.mkdir(exist_ok=True)
            os.chown(self._data, owner.pw_uid, owner.pw_gid)
            os.chown(self._socket, owner.pw_uid, owner.pw_gid)
        if self._fresh:
            self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        options = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())
        log = str(self._socket / "log")
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", f"-k {self._socket} {options}", "start"
        )
        if self._fresh:
            self._run("createdb", "-h", str(self._socket), "-U", "postgres", "jieyue")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")
        shutil.rmtree(self._socket, ignore_errors=True)

    def address(self) -> str:
        """For JIEYUE_DATABASE."""
        return f"postgresql://postgres@/jieyue?host={self._socket}"

    def _run(self, program: str, *words: str) -> None:
        as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_owner, str(self._bin / program), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, check=False, cwd="/tmp",
        )  # fmt: skip
        if done.returncode != 0:
            raise BenchError(f"{program}: {done.stderr[-1000:]}")


@dataclass
class Seen:
    """What became of the requests: seconds from the planned instant by kind and by page, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in RATES})
    pages: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Open:
    """A return that is being entered, and who enters it."""

    cookie: str
    code: str
    revision: int


@dataclass
class Made:
    """What the loop works on: returns to save and to submit, and (cookie, address) of pages."""

    saves: "queue.SimpleQueue[Open]" = field(default_factory=queue.SimpleQueue)
    submits: "queue.SimpleQueue[Open]" = field(default_factory=queue.SimpleQueue)
    pages: list[tuple[str, str]] = field(default_factory=list)


def ours(place: str) -> Generator[float | None, None, Any]:
    """Gives the 95th percentile of all requests itself."""
    with Server(Path(place)) as server:
        address = server.address()
        made = _people(Path(place), address)
        with site(Path(place) / "home", address) as (port, busy):
            drive(port, made, WARM_UP, Seen(), 1)
            seen, before = Seen(), busy()
            yield None
            drive(port, made, SECONDS, seen, 2)
            spent = busy() - before
            yield p95([one for kind in seen.seconds.values() for one in kind])
        published = _count(place, address)
    count = sum(map(len, seen.seconds.values()))
    return {
        "requests": count,
        "p95": {kind: round(p95(found), 3) for kind, found in seen.seconds.items()},
        "median": {kind: round(sorted(found)[len(found) // 2], 3) for kind, found in seen.seconds.items()},
        "processor_ms_each": round(spent / count * 1000, 1),
        "wrong": len(seen.wrong),
        "first_wrong": seen.wrong[:3],
        **published,
    }


def _people(place: Path, address: str) -> Made:
    """Sign 200 persons in: clerks with six or seven institutions each, and twenty reviewers of districts."""
    os.environ["JIEYUE_DATABASE"] = address
    homes.enter(place / "home")
    from datetime import date

    from django.db import connections
    from django.test import Client

    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.insights import standard
    from jieyue.apps.publication.queries import last_done
    from jieyue.apps.registry.queries import codes_of
    from jieyue.apps.trees.queries import tree
    from jieyue.config import boot

    boot.migrate()
    standard.prepare(last_done())  # as the worker has done long before the first of them comes
    stamp, day, made = f"{time.time():.0f}", date(2020, 1, 1), Made()

    def signed_in(name: str, role: str, nodes: list[int]) -> str:
        user: User = create_user(f"{name}-{stamp}", actor="bench")
        for node in nodes:
            grant(user, role, node=node, valid_from=day, actor="bench")
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client.cookies["jieyue_session"].value

    drafts, ready = _drafts(), _ready()
    codes = codes_of([number for number, _ in (*drafts, *ready)])
    clerks = USERS - USERS // 10
    for place_, (kind, listed) in ((0, ("saves", drafts)), (1, ("submits", ready))):
        for start in range(clerks):
            own = listed[start::clerks]
            if not own:
                continue
            cookie = signed_in(f"clerk{place_}-{start}", "reporter", [number for number, _ in own])
            for number, revision in own:
                getattr(made, kind).put(Open(cookie, codes[number], revision))
            sheet = f"/returns/{codes[own[0][0]]}/{FORM}/{PERIOD}/"
            made.pages += [(cookie, one) for one in ("/", "/returns/", sheet, sheet)]
    for number, node in enumerate(list(tree("line").nodes.values())[1 : 1 + USERS // 10]):
        cookie = signed_in(f"reviewer{number}", "reviewer", [node.id])
        pages = ("/", "/review/", f"/data/line/?scope=line:{node.code}&period=2025", "/institutions/")
        made.pages += [(cookie, one) for one in pages for _ in range(4)]
    connections.close_all()
    return made


def _drafts() -> list[tuple[int, int]]:
    from jieyue.apps.returns.models import Return

    rows = Return.objects.filter(form=FORM, period=PERIOD, state="draft", subject_kind="institution")
    return list(rows.order_by("id").values_list("subject", "revision")[:1000])


def _ready() -> list[tuple[int, int]]:
    """Returns without a finding, taken back from the reviewer to be submitted once more."""
    from jieyue.apps.returns.models import Return
    from jieyue.apps.review.services.check_returns import look_at
    from jieyue.domain.period import Period

    rows = Return.objects.filter(form=FORM, period=PERIOD, state="submitted", subject_kind="institution")
    found: list[tuple[int, int]] = []
    wanted = RATES["submit"] * (SECONDS + WARM_UP) + 20
    for subject, revision in rows.order_by("id").values_list("subject", "revision")[: 4 * wanted]:
        if not look_at(FORM, Period.parse(PERIOD), [subject]).flags:
            found.append((subject, revision))
        if len(found) == wanted:
            break
    rows.filter(subject__in=[subject for subject, _ in found]).update(state="draft", step=0)
    return found


@contextmanager
def site(home: Path, database: str = "") -> Iterator[tuple[int, Callable[[], float]]]:
    """The web processes as deploy/systemd has them, and a worker; the port, and what processor seconds they have taken.

    database: empty for the home's own file.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment = {**kept, "JIEYUE_HOME": str(home)} | ({"JIEYUE_DATABASE": database} if database else {})
    command = [sys.executable, "-m", "gunicorn", "--config", "python:jieyue.config.server",
               "jieyue.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
               "--worker-class", "gthread", "--threads", "1", "--workers", "4", "--keep-alive", "30"]  # fmt: skip
    log = (home.parent / f"{home.name}-site.log").open("w")
    web = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    worker = subprocess.Popen([*homes.jieyue(), "worker"], env=environment, stdout=log, stderr=log)
    try:
        _wait(port)
        yield port, lambda: sum(map(_spent, _children(web.pid)))
    finally:
        for child in (web, worker):
            child.send_signal(signal.SIGTERM)
        for child in (web, worker):
            child.wait(timeout=120)  # as the unit of the worker: a task of a whole city comes to its end
        log.close()


def _wait(port: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise BenchError("the site does not answer")


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(one) for one in listed]


def _spent(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drive(
    port: int, made: Made, seconds: int, seen: Seen, seed: int, rates: Mapping[str, int] = RATES
) -> None:
    """The plan of so many seconds, each request at its instant."""
    chance, local = random.Random(seed), threading.local()
    plan = [
        (at, (kind, chance.randrange(10**9)))
        for at, kind in sorted(
            (n / rate, kind) for kind, rate in rates.items() for n in range(rate * seconds)
        )
    ]

    def one(asked: tuple[str, int], late: Callable[[], float]) -> None:
        kind, pick = asked
        address = ""
        try:
            address = _request(port, local, made, kind, pick, seen)
        except Exception as error:  # noqa: BLE001  whatever happens to a request is told, and the loop goes on
            seen.wrong.append(f"{kind}: {error!r}")
        seconds = late()
        seen.seconds[kind].append(seconds)
        if kind == "page":
            seen.pages.setdefault(address, []).append(seconds)

    on_time(plan, one)


def on_time(
    plan: Iterable[tuple[float, T]], act: Callable[[T, Callable[[], float]], None], threads: int = 64
) -> None:
    """Do each act at its planned second, whatever became of those before it: an open loop.

    act: takes what is asked, and a clock that says how many seconds have gone since its instant.
    """
    start = time.perf_counter()

    def since(at: float) -> float:
        return time.perf_counter() - start - at

    with ThreadPoolExecutor(threads) as pool:
        for at, asked in plan:
            time.sleep(max(0.0, -since(at)))
            pool.submit(act, asked, partial(since, at))


def _request(port: int, local: Any, made: Made, kind: str, pick: int, seen: Seen) -> str:
    """Ask one thing of the site; its address."""
    if kind == "page":
        cookie, address = made.pages[pick % len(made.pages)]
        status, _ = ask(port, local, "GET", address, cookie)
        good = status == 200
    else:
        source = made.saves if kind == "save" else made.submits
        held = source.get(timeout=30)
        address = f"/returns/{held.code}/{FORM}/{PERIOD}/"
        if kind == "save":
            # Another number than the one that stands there, in a home that is kept from run to run too.
            body = {"revision": held.revision, "c-110": 1000 + (pick + time.time_ns() // 1_000_000) % 90_000}
            status, told = ask(port, local, "POST", f"{address}cells/", held.cookie, body)
            good = status == 200
            held.revision = json.loads(told)["revision"] if good else held.revision
            made.saves.put(held)
        else:
            status, told = ask(
                port, local, "POST", f"{address}submit/", held.cookie, {"revision": held.revision}
            )
            good = status == 302
    if not good:
        seen.wrong.append(f"{kind} {address}: {status}")
    return address


def ask(
    port: int, local: Any, method: str, address: str, cookie: str, body: Mapping[str, Any] | None = None
) -> tuple[int, str]:
    """One request on this thread's own connection, kept open as a proxy does."""
    if not hasattr(local, "connection"):
        local.connection = HTTPConnection("127.0.0.1", port, timeout=60)
    token = "a" * 32
    headers = {"Cookie": f"jieyue_session={cookie}; jieyue_csrf={token}", "X-CSRFToken": token}
    if body is not None:
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        if address.endswith("cells/"):
            headers |= {"Accept": "application/json"}
    for again in (True, False):
        try:
            local.connection.request(method, address, urlencode(body) if body is not None else None, headers)
            answer = local.connection.getresponse()
            return answer.status, answer.read().decode()
        except (ConnectionError, HTTPException):
            local.connection.close()
            if not again:
                raise
    raise AssertionError


def _count(place: str, address: str) -> dict[str, int]:
    """What the worker has done by the end."""
    from django.db import connections

    from jieyue.apps.audit.models import ActionLog, LogLeaf
    from jieyue.apps.returns.models import ReturnSnapshot

    found = {
        "submitted": ReturnSnapshot.objects.filter(verb="submit").count(),
        "log": ActionLog.objects.count(),
        "numbered": LogLeaf.objects.count(),
    }
    connections.close_all()
    return found


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def told(answer: Mapping[str, Any]) -> str:
    """What stands beside the 95th percentile of all: that of each kind, processor time, what went wrong."""
    kinds = ", ".join(f"{kind} {seconds:.3f} s" for kind, seconds in answer["p95"].items())
    return (
        f"p95 {kinds}; {answer['processor_ms_each']} cpu-ms each of {answer['requests']}; "
        f"{answer['wrong']} wrong {answer['first_wrong']}"
    )


WORK = Work(
    name="load",
    shape="whole city on PostgreSQL, worker running, a second: 3 submits, 20 pages, 30 autosaves of 200 users",
    prepare=prepare,
    ours=Side("jieyue", "bench.load:ours"),
    runs=1,
    bars=Bars(seconds=0.4),
    told=told,
)
