"""What stands in front of the process lets through what the product takes."""

import re
from pathlib import Path

from jieyue.api.routes import imports as interface
from jieyue.apps.exchange.limits import DEFAULT
from jieyue.web import intake as pages

NGINX = Path(__file__).resolve().parents[2] / "deploy/nginx/jieyue.conf"
MEBIBYTE = 1024 * 1024


def test_the_largest_file_passes_the_proxy_with_the_form_around_it_and_not_much_more() -> None:
    said = re.findall(r"^\s*client_max_body_size\s+(\d+)m;", NGINX.read_text("utf-8"), re.MULTILINE)
    assert len(said) == 1
    spare = int(said[0]) * MEBIBYTE - DEFAULT.text_bytes
    assert MEBIBYTE <= spare <= 2 * MEBIBYTE


def test_the_page_the_interface_and_the_gate_take_the_same_size() -> None:
    """100 is the number in their sentences."""
    largest = max(DEFAULT.text_bytes, DEFAULT.workbook_bytes)
    assert pages.LARGEST == interface._LARGEST == largest == 100 * MEBIBYTE
