"""The analyst's page runs as it is printed: the rules alone, and against a running server."""

import contextlib
import io
import re
from pathlib import Path

from tests.api.conftest import Caller, office, root
from tests.client.test_client import address

__all__ = ["address", "office", "root"]  # fixtures
PAGE = Path(__file__).resolve().parents[2] / "docs/tutorials/analyst.md"


def blocks() -> tuple[str, str]:
    found = re.findall(r"```python[^\n]*\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(found) == 2
    return found[0], found[1]


def output_of(code: str) -> str:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(code, {})
    return shown.getvalue()


def test_the_rules_alone() -> None:
    shown = output_of(blocks()[0])
    assert "1229/10000" in shown
    assert "('energy_total_tce', '112')" in shown
    assert "S06 0.6" in shown


def test_a_running_city(address: str, root: Caller) -> None:
    code = blocks()[1].replace("http://127.0.0.1:8000", address).replace("jy_…", root.secret)
    shown = output_of(code.replace("2025", "2024").replace("range(2020, 2026)", "range(2024, 2025)"))
    assert shown.rstrip().endswith("True")
    assert "area:500103" in shown
