"""Pages of the full sample city: the 95th percentile over every page of the site, and the way to the first one.

A page is asked for as a browser does, in the process of the web server, signed in as the operator, after one
round that opens the store (a server does that once). The second line is the command `jieyue demo` in an empty
folder until the sign-in page answers.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, BenchError, Side, Work

ROUNDS = 7
MOST_QUERIES = 12
TREES = ("line", "area", "department", "type")


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The home of the sample city."""
    return {"home": str(homes.sample_city(folder, institutions))}


def addresses(client: Any) -> list[str]:
    """Every page that shows something, with the codes that its own links name."""
    tables = [f"/data/{tree}/" for tree in TREES]
    plain = ["/", "/plan/", *tables, "/review/", "/institutions/", "/import/", "/style/"]
    listed = client.get("/institutions/").content.decode()
    code = re.search(r'href="/institutions/([^/"?]+)/', listed)
    found = [f"/institutions/{code[1]}/", f"/institutions/{code[1]}/register/"] if code else []
    from jieyue.apps.accounts.queries import figures

    receipt = figures(["city"], "2025", indicators=["co2_total_t"])[0].receipt
    source = "/source/?scope=city&indicator=co2_total_t&period=2025"
    return [*plain, *found, source, f"/receipt/{receipt}"]


def ours(home: str) -> Generator[float | None, None, Any]:
    """Gives the 95th percentile itself: seconds of one page."""
    homes.enter(Path(home))
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.make_operator import operator_name

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(
        User.objects.get(username=operator_name()), backend="django.contrib.auth.backends.ModelBackend"
    )
    pages = addresses(client)
    queries = {}
    for page in pages:
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(page)
        if answer.status_code != 200:
            raise BenchError(f"{page} answers {answer.status_code}")
        queries[page] = len(asked)
    many = {page: count for page, count in queries.items() if count > MOST_QUERIES}
    yield None
    seconds: dict[str, list[float]] = {page: [] for page in pages}
    busy: list[float] = []
    for _ in range(ROUNDS):
        for page in pages:
            start, processor = time.perf_counter(), time.process_time()
            client.get(page)
            seconds[page].append(time.perf_counter() - start)
            busy.append(time.process_time() - processor)
    yield _p95([value for values in seconds.values() for value in values])
    slowest = max(seconds, key=lambda page: sorted(seconds[page])[ROUNDS // 2])
    return {"pages": len(pages), "slowest": slowest, "too_many_queries": many, "busy_p95": _p95(busy)}


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def first_page(institutions: int | None = None) -> Generator[None, None, Any]:
    """`jieyue demo` in an empty folder until the first page answers."""
    folder = Path(tempfile.mkdtemp(prefix="jieyue-bench-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    size = ["--institutions", str(institutions)] if institutions else []
    command = [*homes.jieyue(), "--home", str(folder / "home"), "demo", "--port", str(port), *size]
    yield
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        status = _wait(server, f"http://127.0.0.1:{port}/signin/")
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
    return {"status": status}


def _wait(server: "subprocess.Popen[str]", address: str, *, most: float = 1800.0) -> int:
    end = time.monotonic() + most
    while time.monotonic() < end:
        if server.poll() is not None:
            raise BenchError(
                f"demo ended with {server.returncode}: {server.stderr.read() if server.stderr else ''}"
            )
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return int(answer.status)
        except OSError:
            time.sleep(0.05)
    raise BenchError(f"no page at {address}")


WORK = Work(
    name="pages",
    shape="every page of the whole sample city, 95th percentile",
    prepare=prepare,
    ours=Side("jieyue", "bench.pages:ours"),
    runs=3,
    bars=Bars(seconds=0.300),
)
DEMO = Work(
    name="pages-demo",
    shape="`jieyue demo` in an empty folder until the first page answers",
    prepare=lambda folder: {},
    ours=Side("jieyue", "bench.pages:first_page"),
    runs=1,
    bars=Bars(seconds=120.0),
)
WORKS = (WORK, DEMO)
