"""Clients of the access tests, and answers made comparable."""

import html
import re
from typing import Any

from tests.clients import signed_in

__all__ = ["normal", "signed_in"]


def normal(answer: Any, path: str) -> str:
    """The body without what differs from one request to the next: token, code for the help desk, own address."""
    text = answer.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    text = re.sub(r"JY-\d+-[0-9a-f]+", "JY", text)
    return text.replace(html.escape(path), "PATH")
