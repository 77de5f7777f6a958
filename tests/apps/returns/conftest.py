"""The homes of the accounts' tests."""

from tests.apps.accounts.conftest import small_city_home, sqlite_home

__all__ = ["small_city_home", "sqlite_home"]
