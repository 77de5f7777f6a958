"""A master or worker that never says what is waited for ends the test, it does not hang it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract import cluster


def test_a_silent_process_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    log = tmp_path / "silent.log"
    log.write_text("starting\n", "utf-8")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True)
    try:
        with pytest.raises(AssertionError, match="not in time"):
            cluster._line(cluster._follow(log, process), "Successfully registered")
    finally:
        process.kill()
        process.communicate()
