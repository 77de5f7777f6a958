"""The verifier as one file: a zip of the very modules that `jieyue verify-log` runs, which Python starts by itself.

The same version gives the same bytes, whoever packs it: an auditor takes it from a copy of his own and compares.
"""

import io
import zipfile
from pathlib import Path
from typing import Final

import jieyue

_ROOT: Final = Path(jieyue.__file__).parent
#: What the command needs; tests/apps/audit/test_offline.py runs it without anything else.
MODULES: Final = (
    "__init__.py",
    "apps/__init__.py",
    "apps/audit/__init__.py",
    *(
        f"apps/audit/offline/{name}.py"
        for name in (
            "__init__", "brought", "checking", "command", "exported", "keys", "proving", "signature", "words",
        )
    ),
    *(f"domain/{name}.py" for name in ("__init__", "errors", "log_chain", "merkle")),
)  # fmt: skip
_MAIN: Final = "import sys\n\nfrom jieyue.apps.audit.offline.command import main\n\nsys.exit(main())\n"
#: The oldest day that a zip can name, so that no clock stands in the file.
_DAY: Final = (1980, 1, 1, 0, 0, 0)


def content() -> bytes:
    """The file: `python3 verify_log.pyz EXPORT`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        _add(archive, "__main__.py", _MAIN.encode())
        for name in MODULES:
            _add(archive, f"jieyue/{name}", (_ROOT / name).read_bytes())
    return b"#!/usr/bin/env python3\n" + packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, written: bytes) -> None:
    """Stored as it is: whoever wants to read the rules needs no tool but an editor."""
    entry = zipfile.ZipInfo(name, _DAY)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive.writestr(entry, written, zipfile.ZIP_STORED)
