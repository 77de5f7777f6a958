"""Memory is kept while many large columns are made, and given back afterwards."""

import subprocess
import sys

import pyarrow as pa
import pytest

from jieyue.store.reuse import memory_reused

#: A process of its own: in one that has run other tests the heap has holes already, and columns fall into them.
CHILD = """
from pathlib import Path
import numpy as np
import pyarrow as pa
from jieyue.store.reuse import memory_reused

def resident():
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024

def pool():
    return pa.default_memory_pool().backend_name

np.ones(8).sum()
before, first = resident(), pool()
with memory_reused():
    within = pool()
    columns = [np.ones(2**20) for _ in range(25)]
    made = resident() - before
    del columns
    kept = resident() - before
print(within, first == pool(), made, kept, resident() - before)
"""


def test_memory_is_kept_within_and_given_back_after() -> None:
    """25 columns of 8 MiB."""
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    within, same, *sizes = done.stdout.split()
    made, kept, left = map(float, sizes)
    assert (within, same) == ("system", "True")
    assert made > 195
    assert kept > 180
    assert left < 60


def test_what_fails_within_leaves_nothing_changed() -> None:
    pool = pa.default_memory_pool().backend_name
    with pytest.raises(ValueError, match="wrong"), memory_reused():
        raise ValueError("wrong")
    assert pa.default_memory_pool().backend_name == pool


def test_where_the_library_is_another_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pa.default_memory_pool().backend_name
    monkeypatch.setattr("jieyue.store.reuse.ctypes.CDLL", lambda _name: object())
    with memory_reused():
        assert pa.default_memory_pool().backend_name == pool
