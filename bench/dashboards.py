"""Dashboards: an open loop of them, what each costs, the wall's refresh, and how soon a slow computer shows the page.

The home is the whole sample city in a PostgreSQL of its own (bench/load.py), its standard figures kept ready as the
worker keeps them; `CITY=600` makes a small one. The loop asks for thirty pages a second of sixty signed-in users, each
at its own planned instant; they see the whole, or one body of the reporting line, and each page is told apart. Then
every page is asked again alone, for the processor time that the site takes for it. What the dearest page costs is also
asked in one process, without a network: once for the first who asks, then for those who follow.
"""

import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench import homes, load
from bench.common import Bars, BenchError, Side, Work
from bench.load import Made, Seen, Server, ask, drive, p95, site

USERS, BODIES = 60, 20
RATES = {"page": int(os.environ.get("PAGES_A_SECOND", "30"))}
CITY = int(os.environ.get("CITY", "0")) or None
SECONDS, WARM_UP, ROUNDS, ALONE, FIRST = 60, 20, 9, 40, 32
MOST_QUERIES = 12
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: What a person who sees the whole looks at, most often first.
WHOLE = ("/overview/", "/overview/", "/overview/?scope=area:500103", "/overview/?indicator=co2_total_t",
         "/overview/?scope=department:D-EDU", "/overview/?scope=type:02", "/quality/", "/plan/", "/data/line/",
         "/data/area/", "/map/", "/change/?scope=city&period=2025", "/")  # fmt: skip
#: What a dashboard loads after itself.
PARTS = ("/change/?scope=city&period=2026-09", "/overview/?part=people", "/overview/?part=institutions",
         "/overview/?part=attention")  # fmt: skip
_KEEP_READY = """
import sys
from pathlib import Path
from bench import homes
homes.enter(Path(sys.argv[1]))
from jieyue.apps.insights.standard import prepare
from jieyue.apps.publication.queries import last_done
prepare(last_done())
"""


def prepare(folder: Path, institutions: int | None = CITY) -> Mapping[str, Any]:
    """The sample city, its tables as the code has them, the figures of its last publication kept ready."""
    place = load.prepare(folder, institutions)["place"]
    with _city(place) as home:
        homes.run([*homes.jieyue(), "--home", str(home), "init"])
        homes.run([homes.sys.executable, "-c", _KEEP_READY, str(home)])
    return {"place": place}


@contextmanager
def _city(place: str) -> Iterator[Path]:
    """The city's home while its database runs; the database is named to this process and to those it starts."""
    with Server(Path(place)) as server:
        os.environ["JIEYUE_DATABASE"] = server.address()
        yield Path(place) / "home"


def loop(place: str) -> Generator[float | None, None, Any]:
    """Gives the 95th percentile of all requests itself."""
    with _city(place) as home:
        made, before = _people(home), os.getloadavg()
        with site(home, os.environ["JIEYUE_DATABASE"]) as (port, busy):
            drive(port, made, WARM_UP, Seen(), 1, RATES)
            seen, start = Seen(), busy()
            yield None
            drive(port, made, SECONDS, seen, 2, RATES)
            spent = busy() - start
            yield p95(seen.seconds["page"])
            pages = _by_page(port, busy, made, seen)
    count = len(seen.seconds["page"])
    return {
        "requests": count,
        "processor_ms_each": round(spent / count * 1000, 1),
        "wrong": seen.wrong[:3],
        "pages": pages,
        "load_before": [round(one, 1) for one in before],
    }


def _name(address: str) -> str:
    """Pages of single bodies are one page."""
    return address.partition("scope=line:")[0] + ("scope=line:*" if "scope=line:" in address else "")


def _by_page(port: int, busy: Callable[[], float], made: Made, seen: Seen) -> dict[str, dict[str, float]]:
    """Page → median, 95th percentile and longest of the loop in ms; its processor ms, asked alone one after another."""
    times: dict[str, list[float]] = {}
    for address, seconds in seen.pages.items():
        times.setdefault(_name(address), []).extend(seconds)
    found = {}
    for name, seconds in sorted(times.items()):
        asked = [one for one in made.pages if _name(one[1]) == name][:8]
        local, start = threading.local(), busy()
        for number in range(ALONE):
            cookie, address = asked[number % len(asked)]
            ask(port, local, "GET", address, cookie)
        found[name] = {
            "p50": round(median(seconds) * 1000, 1),
            "p95": round(p95(seconds) * 1000, 1),
            "max": round(max(seconds) * 1000, 1),
            "cpu": round((busy() - start) / ALONE * 1000, 1),
        }
    return found


def _people(home: Path) -> Made:
    """Who looks: a third sees the whole, the others one body each."""
    homes.enter(home)
    from datetime import date

    from django.db import connections
    from django.test import Client

    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.trees.queries import tree

    made, line = Made(), tree("line")
    bodies = line.children(line.root.id)[:BODIES] if line.root else []
    for number in range(USERS):
        name = f"bench.looks-{number}"
        node = line.root if number % 3 == 0 or not bodies else bodies[number % len(bodies)]
        user = User.objects.filter(username=name).first()
        if user is None:
            user = create_user(name, actor="bench")
            grant(user, "viewer", node=node.id if node else 0, valid_from=date(2020, 1, 1), actor="bench")
        client = Client()
        client.force_login(user, backend=BACKEND)
        own = (
            [f"/overview/?scope=line:{node.code}", f"/data/line/?scope=line:{node.code}", "/quality/", "/"]
            if node
            else []
        )
        pages = WHOLE if node == line.root else (own[0], *own)
        made.pages += [(client.cookies["jieyue_session"].value, page) for page in pages]
    connections.close_all()
    return made


def pages(place: str) -> Generator[float | None, None, Any]:
    """Gives the processor time of the dearest page for those who follow; in the answer that of each, in ms."""
    with _city(place) as home:
        client = _operator(home)
        from django.db import connections
        from django.test.utils import CaptureQueriesContext

        listed = list(dict.fromkeys((*WHOLE, *PARTS)))
        for page in listed:  # opens the store and compiles the templates, as a server does once
            client.get(page + ("&" if "?" in page else "?") + "period=2025")
        yield None
        found: dict[str, dict[str, float]] = {}
        for page in listed:
            first = _spent(client, page)
            each = [_spent(client, page) for _ in range(ROUNDS)]
            with CaptureQueriesContext(connections["default"]) as asked:
                client.get(page)
            found[page] = {
                "first": round(first * 1000, 1), "next": round(median(each) * 1000, 1), "queries": len(asked),
            }  # fmt: skip
        yield max(times["next"] for times in found.values()) / 1000
        connections.close_all()
    many = [page for page, times in found.items() if times["queries"] > MOST_QUERIES]
    return {"pages": found, "too_many_queries": many}


def wall(place: str) -> Generator[float | None, None, Any]:
    """Gives the seconds of a refresh of the wall; in the answer its processor ms and what an unchanged one answers."""
    with _city(place) as home:
        homes.enter(home)
        from django.conf import settings
        from django.db import connections
        from django.test import Client

        from jieyue.apps.identity.services.issue_wall import issue_wall

        settings.ALLOWED_HOSTS.append("testserver")
        _device, secret = issue_wall("bench", "city", days=1, actor="bench")
        client, address = Client(), f"/wall/{secret}/"
        first = client.get(address)
        if first.status_code != 200:
            raise BenchError(f"the wall answers {first.status_code}")
        yield None
        each, busy = [], time.process_time()
        for _ in range(ROUNDS):
            start = time.perf_counter()
            client.get(address)
            each.append(time.perf_counter() - start)
        busy = time.process_time() - busy
        yield median(each)
        same = client.get(address, headers={"If-None-Match": first["ETag"]})
        connections.close_all()
    return {"processor_ms": round(busy / ROUNDS * 1000, 1), "unchanged": same.status_code}


def paint(place: str) -> Generator[float | None, None, Any]:
    """Gives the first contentful paint of the dashboard, the processor slowed four times, nothing cached."""
    from playwright.sync_api import sync_playwright

    from scripts.screenshots import CHROMIUM, CHROMIUM_OPTIONS

    with _city(place) as home:
        cookie = next(value for value, page in _people(home).pages if page == "/overview/")
        with site(home, os.environ["JIEYUE_DATABASE"]) as (port, _busy), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
            one = {"name": "jieyue_session", "value": cookie, "url": f"http://127.0.0.1:{port}"}
            for _ in range(
                FIRST
            ):  # on a connection each, so that every process has drawn the page and its parts
                for page in ("/overview/", *PARTS):
                    ask(port, threading.local(), "GET", page, cookie)
            yield None
            found = [_paint(browser, one, f"http://127.0.0.1:{port}/overview/") for _ in range(ROUNDS)]
            yield median(one["paint"] for one in found)
            browser.close()
    return {"each": found}


def _paint(browser: Any, cookie: Any, address: str) -> dict[str, float]:
    """Seconds from asking to the first byte, and to the first contentful paint."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.add_cookies([cookie])
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address, wait_until="load")
    told = page.evaluate(
        "[performance.getEntriesByType('navigation')[0].responseStart,"
        " performance.getEntriesByName('first-contentful-paint')[0].startTime]"
    )
    context.close()
    return {name: round(float(value) / 1000, 3) for name, value in zip(("byte", "paint"), told, strict=True)}


def _operator(home: Path) -> Any:
    homes.enter(home)
    from django.conf import settings
    from django.test import Client

    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.make_operator import operator_name

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(User.objects.get(username=operator_name()), backend=BACKEND)
    return client


def _spent(client: Any, page: str) -> float:
    start = time.process_time()
    answer = client.get(page)
    if answer.status_code != 200:
        raise BenchError(f"{page} answers {answer.status_code}")
    return time.process_time() - start


def _told(answer: Mapping[str, Any]) -> str:
    """What stands beside the number: one line a page."""
    pages = answer.get("pages", {})
    lines = [
        f"\n  {name}: " + ", ".join(f"{k} {v}" for k, v in found.items()) for name, found in pages.items()
    ]
    rest = {name: value for name, value in answer.items() if name != "pages"}
    return f"{rest}{''.join(lines)}"


def _work(name: str, shape: str, side: Callable[..., Any], bars: Bars) -> Work:
    ours = Side("jieyue", f"bench.dashboards:{side.__name__}")
    return Work(name, shape, prepare, ours, runs=1, bars=bars, told=_told)


WORKS = (
    _work(
        "dashboards",
        f"{RATES['page']} pages a second of {USERS} users, an open loop",
        loop,
        Bars(seconds=0.3 if RATES["page"] > 5 else 0.1),
    ),
    _work("dashboards-page", "processor time of the dearest page", pages, Bars(seconds=0.025)),
    _work("dashboards-wall", "a refresh of the wall", wall, Bars(seconds=0.2)),
    _work(
        "dashboards-paint", "first contentful paint, processor slowed four times", paint, Bars(seconds=1.5)
    ),
)
