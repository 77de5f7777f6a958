"""`init`, `demo`, `serve`, `doctor`, and what every command shares: exit codes, languages, one JSON document."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli import desk
from tests.cli.command import BROKEN, DONE, REFUSED, UNAVAILABLE, USAGE, Said, figure, jieyue

JIEYUE = Path(sys.executable).with_name("jieyue")


def in_process_of_its_own(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [JIEYUE, *map(str, words)], capture_output=True, text=True, check=False, timeout=120
    )


def test_init_makes_a_home(made: tuple[Path, Said]) -> None:
    path, said = made
    assert said.code == DONE
    assert said.document == {
        "home": str(path),
        "plan": "chongqing-14fyp",
        "database": f"sqlite:///{path / 'office.sqlite3'}",
        "lake": str(path / "lake"),
    }
    assert said.stderr == f"已就绪：{path}（规划 chongqing-14fyp）\n"
    assert (path / "home.toml").stat().st_mode & 0o777 == 0o600
    assert (path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_init_again_changes_nothing_but_what_is_said(home: Path) -> None:
    key = (home / "secret.key").read_bytes()
    again = jieyue(home, "init", lang="en")
    assert (again.code, again.stderr) == (DONE, f"ready: {home} (plan chongqing-14fyp)\n")
    assert (home / "secret.key").read_bytes() == key
    assert (
        jieyue(home, "figures", "--period", "2024", "--indicator", "institutions").document[0]["value"] == "6"
    )
    other = jieyue(home, "init", "--plan", "national-14fyp")
    assert other.document["plan"] == "national-14fyp"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--plan", "nosuch"), REFUSED),
        (("--database", "oracle://x"), UNAVAILABLE),
    ],
)
def test_init_refuses_what_it_cannot_make(
    tmp_path: Path, office: None, words: tuple[str, str], code: int
) -> None:
    said = jieyue(tmp_path / "home", "init", *words)
    assert said.code == code
    assert set(said.document["error"]) >= {"message_zh", "message_en", "code"}
    assert words[1].partition(":")[0] in said.stderr
    assert not (tmp_path / "home").exists()


def test_a_home_whose_database_address_is_wrong(home: Path) -> None:
    text = (home / "home.toml").read_text(encoding="utf-8")
    (home / "home.toml").write_text(text + '\ndatabase = "oracle://x"\n', encoding="utf-8")
    said = jieyue(home, "doctor", lang="en")
    assert said.code == UNAVAILABLE
    assert "not 'oracle'" in said.stderr


def test_a_command_without_a_home_says_how_to_make_one(tmp_path: Path, office: None) -> None:
    for lang, words in (("zh", "请先运行 jieyue init"), ("en", "Run `jieyue init` first")):
        said = jieyue(tmp_path, "figures", "--period", "2020", lang=lang)
        assert said.code == UNAVAILABLE
        assert words in said.stderr
        assert said.document["error"]["code"] == "home"


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("figures",),
        ("figures", "--nosuch"),
        ("import",),
        ("receipt", "show"),
        ("demo", "--institutions", "3"),
    ],
)
def test_wrong_usage(tmp_path: Path, office: None, words: tuple[str, ...]) -> None:
    said = jieyue(tmp_path, *words)
    assert (said.code, said.stdout) == (USAGE, "")


def test_a_language_that_is_not_there(tmp_path: Path, office: None) -> None:
    assert jieyue(tmp_path, "catalog", "check", lang="fr").code == USAGE


def test_commands_that_need_no_home_refuse_with_a_sentence_not_a_traceback() -> None:
    """In a process of its own: nothing of the office is loaded there."""
    said = in_process_of_its_own("--json", "--lang", "en", "catalog", "list", "nosuch")
    assert (said.returncode, said.stderr.count("\n")) == (REFUSED, 1)
    assert said.stderr.startswith("no 'nosuch'; known: units,")
    assert json.loads(said.stdout)["error"]["code"] == "unknown_kind"
    said = in_process_of_its_own("--home", "/dev/null/home", "init")
    assert (said.returncode, said.stdout) == (UNAVAILABLE, "")
    assert said.stderr.startswith("系统拒绝读写 /dev/null/home")
    assert said.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def demo(office: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    path = tmp_path_factory.mktemp("demo") / "home"
    return path, jieyue(path, "demo", "--institutions", "50", "--no-serve", "--port", "8123")


def test_demo_prepares_a_city_and_prints_one_document(demo: tuple[Path, Said]) -> None:
    path, said = demo
    assert said.code == DONE
    assert said.document == {"home": str(path), "institutions": 50, "address": "http://127.0.0.1:8123/"}
    last = said.stderr.splitlines()[-1]
    assert "网址 http://127.0.0.1:8123/" in last
    assert "一次性口令" in last
    count = figure(path, "city", "2020", "institutions")
    assert (count["value"], count["status"]) == ("50", "final")


def test_demo_again_shows_the_board_and_a_new_password(demo: tuple[Path, Said]) -> None:
    path, first = demo
    again = jieyue(path, "demo", "--institutions", "50", "--no-serve", as_json=False, lang="en")
    assert again.code == DONE
    assert "chongqing-14fyp: indicators in 2025" in again.stdout
    assert "Total energy" in again.stdout
    words = again.stderr.split()
    assert words[0] == "address"
    assert words[-1] != first.stderr.split()[-1]
    assert "published" not in again.stderr


def test_demo_never_goes_into_a_home_with_real_data(home: Path) -> None:
    said = jieyue(home, "demo", "--institutions", "50", "--no-serve")
    assert said.code == REFUSED
    assert said.document["error"]["code"] == "not_synthetic"
    assert "--home" in said.stderr


def test_serve_answers_until_it_is_stopped(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [JIEYUE, "--home", home, "serve", "--port", str(port)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as server:
        try:
            assert server.stderr is not None
            heard = []
            for line in server.stderr:
                heard.append(line)
                if "Booting worker" in line:
                    break
            assert heard[0] == f"网址 http://127.0.0.1:{port}/\n", heard
            assert _get(port, "healthz") == (200, {"status": "ok"})
            status, ready = _get(port, "readyz")
            assert (status, ready["status"], ready["checks"]["database"]) == (200, "ok", "ok")
            assert _get(port, "nosuch")[0] == 404
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)
    assert server.returncode == 0


def _get(port: int, path: str) -> tuple[int, object]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read()


CHECKS = ["database", "migrations", "catalog", "publications", "lake", "disk"]


def test_doctor_of_a_sound_home(home: Path) -> None:
    said = jieyue(home, "doctor", "--deep")
    names = [one["name"] for one in said.document]
    assert [name for name in names if name in CHECKS] == CHECKS
    assert all(one["ok"] for one in said.document if one["name"] != "disk")
    assert said.code == (DONE if all(one["ok"] for one in said.document) else BROKEN)
    shown = jieyue(home, "doctor", as_json=False, lang="en")
    assert "up to date" in shown.stdout
    assert "已是本版本" in jieyue(home, "doctor", as_json=False).stdout


def test_doctor_finds_a_changed_data_file(home: Path) -> None:
    file = next((home / "lake").rglob("*.parquet"))
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(whole)
    said = jieyue(home, "doctor", "--deep")
    assert said.code == BROKEN
    (broken,) = [one for one in said.document if not one["ok"] and one["name"] == "lake"]
    assert file.name in broken["zh"]
    assert file.name in broken["en"]


def test_a_lost_lake_is_damage_not_an_empty_city(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(desk.table([desk.LONG, ["A", "2024", "NY201:110", "1", "kWh"]]))
    assert jieyue(home, "import", "returns", file, "--publish").code == DONE
    for part in (home / "lake").rglob("*.parquet"):
        part.unlink()
    said = jieyue(home, "figures", "--period", "2024")
    assert said.code == BROKEN, said.stdout[:300]
    assert said.document["error"]["code"] == "lake_corrupt"
    shutil.rmtree(home / "lake")
