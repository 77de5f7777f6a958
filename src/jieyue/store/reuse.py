"""Memory that is let go is used again: for work that makes many large columns, one after another.

The allocator gives every large column back to the kernel, which clears each page anew for the next one: a fifth of the
processor time of a new hour's derivation. Where the C library is not glibc nothing is changed.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # names of glibc's mallopt
_MIB: Final = 2**20
#: While the work goes on: what is asked for in one piece, what is kept at the end of the heap, what it grows by.
_DURING: Final = {_MMAP_THRESHOLD: 1024 * _MIB, _TRIM_THRESHOLD: 1024 * _MIB, _TOP_PAD: 64 * _MIB}
#: Afterwards: what glibc comes to by itself in a process that has used large pieces.
_AFTER: Final = {_MMAP_THRESHOLD: 32 * _MIB, _TRIM_THRESHOLD: 64 * _MIB, _TOP_PAD: _MIB // 8}


@contextmanager
def memory_reused() -> Iterator[None]:
    """Keep what is let go within the block, Arrow's too, and give it back at its end."""
    import pyarrow as pa

    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        yield
        return
    pool = pa.default_memory_pool()
    _set(libc, _DURING)
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)
        _set(libc, _AFTER)
        libc.malloc_trim(0)


def _set(libc: ctypes.CDLL, wanted: dict[int, int]) -> None:
    for name, value in wanted.items():
        libc.mallopt(name, value)
