"""The homes of the accounts' tests."""

from tests.apps.accounts.conftest import city, small_city_home, sqlite_home

__all__ = ["city", "small_city_home", "sqlite_home"]
