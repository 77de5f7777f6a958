"""Dashboards: an open loop of them, what each costs, the wall's refresh, and how soon a slow computer shows the page.

The home is the whole sample city with its standard figures kept ready, as the worker keeps them. The loop asks for
thirty pages a second of sixty signed-in users, each at its own planned instant (bench/load.py); they see the whole, or
one body of the reporting line. What a page costs is asked in this process, without a network: once for the first who
asks, then for those who follow.
"""

import os
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench import homes
from bench.common import Bars, BenchError, Side, Work
from bench.load import Made, Seen, drive, p95, site

USERS, BODIES = 60, 20
RATES = {"page": int(os.environ.get("PAGES_A_SECOND", "30"))}
SECONDS, WARM_UP, ROUNDS = 30, 10, 9
MOST_QUERIES = 12
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: What a person who sees the whole looks at, most often first.
WHOLE = ("/overview/", "/overview/", "/overview/?scope=area:500103", "/overview/?indicator=co2_total_t", "/quality/",
         "/plan/", "/data/line/", "/data/area/", "/map/", "/change/?scope=city&period=2025")  # fmt: skip
_KEEP_READY = """
import sys
from pathlib import Path
from bench import homes
homes.enter(Path(sys.argv[1]))
from jieyue.apps.insights.standard import prepare
from jieyue.apps.publication.queries import last_done
prepare(last_done())
"""


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The sample city, its tables as the code has them, the figures of its last publication kept ready."""
    home = homes.sample_city(folder, institutions)
    homes.run([*homes.jieyue(), "--home", str(home), "init"])
    homes.run([homes.sys.executable, "-c", _KEEP_READY, str(home)])
    return {"home": str(home)}


def loop(home: str) -> Generator[float | None, None, Any]:
    """Gives the 95th percentile of all requests itself."""
    made = _people(home)
    with site(Path(home)) as (port, busy):
        drive(port, made, WARM_UP, Seen(), 1, RATES)
        seen, before = Seen(), busy()
        yield None
        drive(port, made, SECONDS, seen, 2, RATES)
        spent = busy() - before
        yield p95(seen.seconds["page"])
    count = len(seen.seconds["page"])
    return {"requests": count, "processor_ms_each": round(spent / count * 1000, 1), "wrong": seen.wrong[:3]}


def _people(home: str) -> Made:
    """Who looks: a third sees the whole, the others one body each."""
    homes.enter(Path(home))
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
            [f"/overview/?scope=line:{node.code}", f"/data/line/?scope=line:{node.code}", "/"] if node else []
        )
        pages = WHOLE if node == line.root else (own[0], *own)
        made.pages += [(client.cookies["jieyue_session"].value, page) for page in pages]
    connections.close_all()
    return made


def pages(home: str) -> Generator[float | None, None, Any]:
    """Gives the processor time of the dearest page for those who follow; in the answer that of each, in ms."""
    client = _operator(home)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    listed = list(dict.fromkeys(WHOLE))
    for page in listed:  # opens the store and compiles the templates, as a server does once
        client.get(page + ("&" if "?" in page else "?") + "period=2025")
    yield None
    found: dict[str, dict[str, float]] = {}
    for page in listed:
        first = _spent(client, page)
        each = [_spent(client, page) for _ in range(ROUNDS)]
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        found[page] = {
            "first": round(first * 1000, 1), "next": round(median(each) * 1000, 1), "queries": len(asked),
        }  # fmt: skip
    yield max(times["next"] for times in found.values()) / 1000
    many = [page for page, times in found.items() if times["queries"] > MOST_QUERIES]
    return {"pages": found, "too_many_queries": many}


def wall(home: str) -> Generator[float | None, None, Any]:
    """Gives the seconds of a refresh of the wall; in the answer what an unchanged one answers."""
    homes.enter(Path(home))
    from django.conf import settings
    from django.test import Client

    from jieyue.apps.identity.services.issue_wall import issue_wall

    settings.ALLOWED_HOSTS.append("testserver")
    _device, secret = issue_wall("bench", "city", days=1, actor="bench")
    client, address = Client(), f"/wall/{secret}/"
    first = client.get(address)
    if first.status_code != 200:
        raise BenchError(f"the wall answers {first.status_code}")
    yield None
    each = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        client.get(address)
        each.append(time.perf_counter() - start)
    yield median(each)
    same = client.get(address, headers={"If-None-Match": first["ETag"]})
    return {"unchanged": same.status_code}


def paint(home: str) -> Generator[float | None, None, Any]:
    """Gives the first contentful paint of the dashboard, the processor slowed four times, nothing cached."""
    from playwright.sync_api import sync_playwright

    from scripts.screenshots import CHROMIUM, CHROMIUM_OPTIONS

    cookie = next(value for value, page in _people(home).pages if page == "/overview/")
    with site(Path(home)) as (port, _busy), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        one = {"name": "jieyue_session", "value": cookie, "url": f"http://127.0.0.1:{port}"}
        yield None
        found = [_paint(browser, one, f"http://127.0.0.1:{port}/overview/") for _ in range(ROUNDS)]
        yield median(found[2:])  # the first two of the two server processes read the figures
        browser.close()
    return {"each": [round(seconds, 2) for seconds in found]}


def _paint(browser: Any, cookie: Any, address: str) -> float:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.add_cookies([cookie])
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address, wait_until="load")
    told = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return float(told) / 1000


def _operator(home: str) -> Any:
    homes.enter(Path(home))
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


def _work(name: str, shape: str, side: Callable[..., Any], bars: Bars) -> Work:
    return Work(name, shape, prepare, Side("jieyue", f"bench.dashboards:{side.__name__}"), runs=1, bars=bars)


WORKS = (
    _work(
        "dashboards",
        f"{RATES['page']} pages a second of {USERS} users, an open loop",
        loop,
        Bars(seconds=0.3),
    ),
    _work("dashboards-page", "processor time of the dearest page", pages, Bars(seconds=0.025)),
    _work("dashboards-wall", "a refresh of the wall", wall, Bars(seconds=0.2)),
    _work(
        "dashboards-paint", "first contentful paint, processor slowed four times", paint, Bars(seconds=1.5)
    ),
)
