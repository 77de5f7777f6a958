"""`log verifier`: the file that an auditor runs says what `verify-log` says, word for word."""

import subprocess
import sys
from pathlib import Path

from tests.cli.command import jieyue


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
