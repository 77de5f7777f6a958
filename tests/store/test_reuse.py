"""Memory is kept while many large columns are made, and given back afterwards."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jieyue.store.reuse import memory_reused

MIB = 2**20


def resident() -> int:
    """MiB that the process holds."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) // 1024


def test_memory_is_kept_within_and_given_back_after() -> None:
    before, pool = resident(), pa.default_memory_pool().backend_name
    with memory_reused():
        assert pa.default_memory_pool().backend_name == "system"
        columns = [np.ones(MIB) for _ in range(25)]
        assert resident() >= before + 200
        del columns
        assert resident() >= before + 180
    assert resident() < before + 60
    assert pa.default_memory_pool().backend_name == pool


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
