"""Accounts are made by an administrator, never by the visitor."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):
    """No open registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
