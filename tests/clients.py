"""Clients of the page and access tests, and the quiet that their refusals need."""

import logging

from django.contrib.auth import get_user_model
from django.test import Client

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(username: str, *, csrf: bool = False) -> Client:
    """A client with the session of an account, without its password."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    client.force_login(get_user_model().objects.get(username=username), backend=BACKEND)
    return client


def quiet_refusals() -> None:
    """Thousands of refusals are meant in these tests; their log lines would cost more than the refusals."""
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("django.security").setLevel(logging.ERROR)
