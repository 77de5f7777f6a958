"""Clients of the access tests, and answers made comparable."""

import html
import re
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(username: str, *, csrf: bool = False) -> Client:
    """A client with the session of an account, without its password."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    client.force_login(get_user_model().objects.get(username=username), backend=BACKEND)
    return client


def normal(answer: Any, path: str) -> str:
    """The body without what differs from one request to the next: token, code for the help desk, own address."""
    text = answer.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    text = re.sub(r"JY-\d+-[0-9a-f]+", "JY", text)
    return text.replace(html.escape(path), "PATH")
