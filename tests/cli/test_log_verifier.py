"""`log verifier`: the file that an auditor runs says what `verify-log` says, word for word."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.command import DONE, REFUSED, jieyue
from tests.shared_home import turned_to


def test_the_command_writes_the_same_file_each_time(home: Path, tmp_path: Path) -> None:
    said = []
    for name in ("a.pyz", "b.pyz"):
        made = jieyue(None, "log", "verifier", "-o", tmp_path / name)
        assert made.code == 0, made.stderr
        said.append(made.document["sha256"])
    assert said[0] == said[1]
    assert (tmp_path / "a.pyz").read_bytes() == (tmp_path / "b.pyz").read_bytes()
    copy, anchor = tmp_path / "log.jsonl", tmp_path / "anchor.json"
    jieyue(home, "log", "checkpoint", "-o", anchor)
    jieyue(home, "log", "export", "-o", copy)
    there = subprocess.run(
        [sys.executable, "-I", "-S", "a.pyz", copy, "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    here = jieyue(None, "verify-log", "--file", copy)
    assert (there.returncode, there.stdout, there.stderr) == (here.code, here.stdout, here.stderr)


def test_a_file_is_verified_where_there_is_neither_a_home_nor_a_setting(home: Path, tmp_path: Path) -> None:
    """A process of its own: that of the tests has settings, whoever verifies a file elsewhere has none."""
    copy = tmp_path / "log.jsonl"
    jieyue(home, "log", "export", "-o", copy)
    command = [
        sys.executable,
        "-m",
        "jieyue.cli",
        "--json",
        "--home",
        tmp_path / "none",
        "verify-log",
        "--file",
        copy,
    ]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "JIEYUE_"))}
    there = subprocess.run(command, env=plain, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert there.returncode == DONE, there.stderr
    assert json.loads(there.stdout)["good"]


def test_the_salt_of_a_person_is_read_compared_and_destroyed(home: Path, tmp_path: Path) -> None:
    from jieyue.apps.identity.services.create_user import create_user

    with turned_to(home):
        create_user("zhao.liu", actor="t", real_name="赵六")
    copy = tmp_path / "log.jsonl"
    jieyue(home, "log", "export", "-o", copy)
    entries = [json.loads(line).get("entry") for line in copy.read_text("utf-8").splitlines()]
    (entry,) = [one for one in entries if one and one["verb"] == "identity.create_user"]
    assert "赵六" not in copy.read_text("utf-8")
    read = jieyue(home, "log", "salt", entry["object"], "--text", "赵六").document
    named = hashlib.sha256(bytes.fromhex(read["salt"]) + "赵六".encode()).hexdigest()
    assert read["digest"] == f"salted:{named}" == entry["data"]["real_name"]
    erased = jieyue(home, "log", "salt", entry["object"], "--erase", "--reason", "本人要求")
    assert (erased.code, erased.document) == (
        DONE,
        {"object": entry["object"], "erased": True, "wiped": True},
    )
    for more in ((), ("--erase",)):
        gone = jieyue(home, "log", "salt", entry["object"], *more)
        assert (gone.code, gone.document["error"]["code"]) == (REFUSED, "no_salt")
    assert jieyue(home, "verify-log").document["good"]
