"""Entry: a workbook of 500 institutions taken in; a cell saved and checked as it is typed; the page of a return.

The workbook goes out of the sample city for a month in which nothing was begun, gets five numbers a row, and is read,
merged, checked by the rules and stored. Saving and the page go through the views, without a network.
"""

import json
import time
from collections.abc import Generator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, Side, Work

FORM, MONTH, SIZE = "NY201", "2026-11", 500
_NUMBERS = {"110": 4000, "111": 2240, "120": 90, "121": 342, "140": 50}
_REPEATS = 40


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The home of the sample city with an officer, and the filled-in workbook beside it."""
    home = homes.sample_city(folder, institutions)
    homes.run([homes.sys.executable, "-m", "bench.entry", str(home)])
    return {"home": str(home)}


def workbook(home: str) -> Generator[None, None, Any]:
    """Read, merge, check, store; undone afterwards, so that every run meets the same office."""
    homes.enter(Path(home))
    from django.db import transaction

    from jieyue.apps.identity.models import User
    from jieyue.apps.review.services.take_workbook import take_workbook

    content = (Path(home) / "bench-entry.xlsx").read_bytes()
    user = User.objects.get(username="bench.entry")
    yield None
    with transaction.atomic():
        taken = take_workbook(content, "bench.xlsx", user=user, form=FORM, period=MONTH)
        transaction.set_rollback(True)
    yield None
    assert taken.result.applied, taken.result.findings[:3]
    return taken.result.accepted


def saving(home: str) -> Generator[float | None, None, Any]:
    """Processor time of one autosave with its check, the mean of forty."""
    client, address = _client(home)
    answers = []
    yield None
    start = time.process_time()
    for number in range(_REPEATS):
        data = {"c-110": str(4000 + number), "revision": _revision()}
        answers.append(
            client.post(f"{address}cells/", data, headers={"Accept": "application/json"}).status_code
        )
    yield (time.process_time() - start) / _REPEATS
    return sorted(set(answers))


def page(home: str) -> Generator[float | None, None, Any]:
    """Processor time of the page of a return that is being entered, the mean of forty."""
    client, address = _client(home)
    yield None
    start = time.process_time()
    answers = {client.get(address).status_code for _ in range(_REPEATS)}
    yield (time.process_time() - start) / _REPEATS
    return sorted(answers)


def _client(home: str) -> tuple[Any, str]:
    homes.enter(Path(home))
    from django.conf import settings
    from django.test import Client

    from jieyue.apps.identity.models import User

    settings.ALLOWED_HOSTS.append("testserver")
    place = json.loads((Path(home) / "bench-entry.json").read_text("utf-8"))
    client = Client()
    client.force_login(
        User.objects.get(username="bench.reporter"), backend="django.contrib.auth.backends.ModelBackend"
    )
    address = f"/returns/{place['code']}/{FORM}/{MONTH}/"
    client.post(f"{address}start/")
    client.get(address)
    client.post(
        f"{address}cells/", {"c-110": "1", "revision": _revision()}, headers={"Accept": "application/json"}
    )
    return client, address


def _revision() -> int:
    from jieyue.apps.returns.models import Return

    return int(
        Return.objects.filter(form=FORM, period=MONTH).order_by("pk").values_list("revision", flat=True)[0]
    )


def furnish(home: Path) -> None:
    """An officer over the city, a reporter of one institution, and the workbook that the officer filled in."""
    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.registry.queries import codes_of
    from jieyue.apps.returns import template
    from jieyue.apps.trees.queries import Tree, tree
    from jieyue.domain.period import Period

    if User.objects.filter(username="bench.entry").exists():
        return
    root = tree(Tree.LINE).root
    assert root is not None
    period = Period.parse(MONTH)
    filers = template.filers(root.id, period)
    for name, role, node in (
        ("bench.entry", "reviewer", root.id),
        ("bench.reporter", "reporter", filers[-1]),
    ):
        grant(create_user(name, actor="bench"), role, node=node, valid_from=date(2010, 1, 1), actor="bench")
    rows = template.lines(FORM, period, filers[:SIZE])
    template.write(home / "empty.xlsx", FORM, period, rows)
    _fill(home / "empty.xlsx", home / "bench-entry.xlsx")
    code = codes_of([filers[-1]], period.last_day)[filers[-1]]
    (home / "bench-entry.json").write_text(json.dumps({"code": code}), "utf-8")


def _fill(empty: Path, full: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(empty)
    sheet = book[FORM]
    columns = {str(cell.value).split(" ")[0]: cell.column for cell in sheet[2]}
    for row in range(3, sheet.max_row + 1):
        for item, value in _NUMBERS.items():
            sheet.cell(row, columns[item]).value = value + row
    book.save(full)


WORKS = (
    Work(
        name="workbook",
        shape="NY201, 500 institutions of the sample city, read in a child, merged, checked, stored; SQLite",
        prepare=prepare,
        ours=Side("jieyue", "bench.entry:workbook"),
        runs=3,
        bars=Bars(seconds=3.0),
    ),
    Work(
        name="entry-save",
        shape="one cell saved and the return checked, through the view, processor time; SQLite, whole city",
        prepare=prepare,
        ours=Side("jieyue", "bench.entry:saving"),
        runs=3,
        bars=Bars(seconds=0.050),
    ),
    Work(
        name="entry-page",
        shape="the page of a return that is being entered, through the view, processor time; SQLite, whole city",
        prepare=prepare,
        ours=Side("jieyue", "bench.entry:page"),
        runs=3,
        bars=Bars(seconds=0.025),
    ),
)

if __name__ == "__main__":
    homes.enter(Path(homes.sys.argv[1]))
    from jieyue.config import boot

    boot.migrate()
    furnish(Path(homes.sys.argv[1]))
