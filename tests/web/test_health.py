"""Health and files that browsers keep."""

import gzip
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieyue.config import boot
from jieyue.config.home import Home
from jieyue.store import disk
from tests.shared_home import turned_to
from tests.web.conftest import City


def ready() -> tuple[int, dict[str, str]]:
    answer = Client(raise_request_exception=False).get("/readyz")
    return answer.status_code, answer.json()["checks"]


def test_all_is_well(city: City) -> None:
    assert ready() == (200, {"database": "ok", "lake": "ok", "disk": "ok", "log": "ok"})


def test_the_process_lives_without_asking_anything(city: City) -> None:
    with CaptureQueriesContext(connections["default"]) as asked:
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json(), len(asked)) == (200, {"status": "ok"}, 0)
    assert Client().head("/healthz").status_code == 200
    assert Client().post("/healthz").status_code == 405


def test_without_its_database_it_lives_but_is_not_ready(own_city: City) -> None:
    home = Home.open(own_city.path)
    boot.turn_to(home, database=f"sqlite:///{own_city.path}/no/such/folder/office.sqlite3")
    try:
        assert Client().get("/healthz").status_code == 200
        status, checks = ready()
        assert (status, checks["database"]) == (503, "fail")
        page = Client(raise_request_exception=False).get("/")
        assert page.status_code in (302, 500)
        assert "sqlite" not in page.content.decode()
    finally:
        boot.turn_to(home)


def files(city: City, pattern: str) -> list[Path]:
    return sorted((city.path / "lake").rglob(pattern), key=lambda path: (path.stat().st_size, str(path)))


@pytest.mark.parametrize("damage", ["gone", "cut", "log"])
def test_a_damaged_lake_is_not_ready_and_says_nothing_more(own_city: City, damage: str) -> None:
    assert ready()[0] == 200  # what was found good is not believed once it has changed
    data = files(own_city, "*.parquet")[-1]
    if damage == "gone":
        data.unlink()
    elif damage == "cut":
        data.write_bytes(data.read_bytes()[:-100])
    else:
        log = sorted(path for path in own_city.path.rglob("_delta_log/*.json"))[0]
        log.write_text("{}")
    assert ready() == (503, {"database": "ok", "lake": "fail", "disk": "ok", "log": "ok"})
    text = Client().get("/readyz").content.decode()
    assert str(own_city.path) not in text
    assert "parquet" not in text


def test_a_full_disk_is_not_ready(city: City, monkeypatch) -> None:
    monkeypatch.setattr(disk, "free_share", lambda _path: 0.09)
    assert ready() == (503, {"database": "ok", "lake": "ok", "disk": "fail", "log": "ok"})


def test_the_operator_sees_health_on_the_workbench(city: City) -> None:
    from tests.web.html_text import page_of

    text = page_of(city.client().get("/")).text
    for word in ("数据库", "数据湖", "磁盘"):
        assert word in text


def test_the_operator_sees_on_the_workbench_that_a_log_was_cut_since_it_was_looked_at(own_city: City) -> None:
    from tests.web.html_text import page_of

    client = own_city.client()
    assert "数据湖\n● 正常" in page_of(client.get("/")).text
    log = sorted(path for path in own_city.path.rglob("_delta_log/*.json"))[0]
    log.write_bytes(log.read_bytes()[:-9])
    assert "数据湖\n▲ 异常" in page_of(client.get("/")).text


def test_a_home_in_another_folder_is_as_ready(city: City, tmp_path: Path) -> None:
    from tests.shared_home import copy_of

    with turned_to(copy_of(city.path, tmp_path / "moved")):
        assert ready()[0] == 200


@pytest.mark.parametrize("name", ["jieyue.css", "jieyue.js", "vendor/htmx/htmx.min.js", "icon.svg"])
def test_static_files_are_kept_by_the_browser_and_asked_for_again_cheaply(city: City, name: str) -> None:
    first = Client().get(f"/static/{name}")
    assert first.status_code == 200
    body = b"".join(first.streaming_content) if first.streaming else first.content
    if first.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    assert len(body) > 200
    again = Client().get(f"/static/{name}", headers={"If-Modified-Since": first["Last-Modified"]})
    assert again.status_code == 304
    assert "no-store" not in first["Cache-Control"]
    assert "Set-Cookie" not in first.headers
