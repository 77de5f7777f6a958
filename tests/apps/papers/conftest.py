"""The homes of the papers' tests: the dozen institutions, with the months that the tests publish."""

from tests.apps.accounts.conftest import sqlite_home
from tests.apps.summaries.conftest import dozen, dozen_home, read

__all__ = ["dozen", "dozen_home", "read", "sqlite_home"]
