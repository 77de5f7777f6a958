"""The homes of the accounts' tests."""

from tests.apps.accounts.conftest import sqlite_home

__all__ = ["sqlite_home"]
