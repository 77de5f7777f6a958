"""A new home can be entered: the operator is given a password, once, and it opens the pages."""

import re
from pathlib import Path

import pytest
from django.test import Client

from jieyue.cli import homes
from tests.cli.command import DONE, Said, jieyue
from tests.clients import signed_in


@pytest.fixture
def served(empty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on which `serve` says what it says and then ends in the place of the server."""
    monkeypatch.setattr(homes, "_gunicorn", lambda *_: None)
    return empty


def opens(said: Said) -> bool:
    """Whether the account and the password on the last line of stderr sign in."""
    _, name, _, password = said.stderr.splitlines()[-1].split()
    answer = Client().post("/signin/", {"username": name, "password": password})
    return answer.status_code == 302 and answer.headers["Location"] == "/"


def test_serve_gives_the_operator_of_a_new_home_a_password_once(served: Path) -> None:
    first = jieyue(served, "serve", as_json=False, lang="zh")
    assert first.code == DONE
    assert "一次性口令" in first.stderr
    assert opens(first)
    again = jieyue(served, "serve", as_json=False)
    assert (again.code, "口令" in again.stderr) == (DONE, False)
    assert opens(first)


def test_init_gives_a_new_password_when_asked(empty: Path) -> None:
    assert "口令" not in jieyue(empty, "init").stderr
    one = jieyue(empty, "init", "--new-password")
    assert opens(one)
    assert "口令" not in one.stdout
    other = jieyue(empty, "init", "--new-password")
    assert opens(other)
    assert not opens(one)


def test_demo_says_how_large_the_city_is_that_it_found(
    office: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "city"
    assert jieyue(home, "demo", "--institutions", "50", "--no-serve").document["institutions"] == 50
    again = jieyue(home, "demo", "--institutions", "60", "--no-serve", lang="en")
    assert again.document["institutions"] == 50
    assert "a sample city of 50 institutions already" in again.stderr


def test_whoever_looks_at_the_demo_can_approve_what_waits_there(office: None, tmp_path: Path) -> None:
    """The numbers of the sample city are nobody's who has an account: nobody approves his own."""
    said = jieyue(tmp_path / "city", "demo", "--institutions", "50", "--no-serve")
    client = signed_in(re.search(r"用户 (\S+)", said.stderr)[1])
    page = client.get("/worklist/").content.decode()
    waiting = int(re.search(r"通过没有问题的 (\d+) 份", page)[1])
    mark = re.search(r'name="mark" value="(\d+)"', page)[1]
    period = re.search(r'name="period" value="([0-9-]+)"', page)[1]
    client.post("/worklist/approve/", {"period": period, "all": "1", "mark": mark})
    assert waiting > 10
    assert f"已核准 {waiting} 份" in client.get("/worklist/").content.decode()
