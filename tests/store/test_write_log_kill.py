"""kill -9 at every step of the write-ahead log: what was answered is there once; nobody else's folder is touched."""

from pathlib import Path

import pytest

from jieyue.store.log_reader import LogReader
from tests.fault.kills import WRITE_LOG
from tests.store.log_shim import damages, numbers
from tests.store.rows import run_child

# Three entries a segment; each number is printed when it was acknowledged.
CHILD = """
import sys
from pathlib import Path
from jieyue.store.write_log import WriteLog
from tests.store.log_shim import entry
log = WriteLog(Path(sys.argv[1]), segment_bytes=1000, low=0)
for number in range(9):
    log.append(entry(number))
    print(number, flush=True)
"""


@pytest.mark.parametrize("at", WRITE_LOG)
def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path, at: str) -> None:
    killed = run_child(CHILD, tmp_path, at)
    assert killed.returncode == -9, killed.stderr
    answered = [int(line) for line in killed.stdout.split()]
    found = numbers(LogReader(tmp_path))
    assert found[: len(answered)] == answered
    assert len(found) <= len(answered) + 1
    assert damages(LogReader(tmp_path)) == []
    again = run_child(CHILD, tmp_path)
    assert again.stdout.split() == [str(number) for number in range(9)], again.stderr
    reader = LogReader(tmp_path)
    assert len(numbers(reader)) == len(found) + 9
    for segment in reader.segments():
        assert segment.whole
        reader.drop(segment)
    assert reader.owners() == []
