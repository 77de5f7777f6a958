"""The processes of a site share a folder of drawn parts: theirs alone, and for as long as the site runs."""

from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings

from tests.site import serving
from tests.web.conftest import City

PAGE = "/overview/?period=2025&compute=1"


def asked(port: int, session: str) -> str:
    """The dashboard, on a connection of its own, so that now one process answers and now another."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", PAGE, headers={"Cookie": f"jieyue_session={session}"})
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode().partition('id="dashboard"')[2]
    finally:
        connection.close()


def test_a_site_has_one_folder_and_takes_it_away(
    own_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    session = own_city.client().cookies["jieyue_session"].value
    with serving(settings.JIEYUE_HOME.path, workers=2, threads=1) as port:
        texts = {asked(port, session)}
        (folder,) = tmp_path.glob("jieyue-drawn-*")
        assert folder.stat().st_mode & 0o077 == 0, "for its owner alone"
        (first,) = folder.iterdir()
        number = first.stat().st_ino
        texts |= {asked(port, session) for _ in range(8)}
        (again,) = folder.iterdir()
        assert again.stat().st_ino == number, "drawn once: who draws writes a new file"
    assert len(texts) == 1
    assert not folder.exists()
