"""Homes as the accounts' and the command's tests have them; one Spark session for all tests here."""

import os
from collections.abc import Iterator

import pytest

from tests.apps.accounts.conftest import own_city, small_city_home, sqlite_home
from tests.cli.conftest import home, made, office, registered
from tests.contract import spark

__all__ = ["home", "made", "office", "own_city", "registered", "small_city_home", "sqlite_home"]


@pytest.fixture(scope="session", autouse=True)
def configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spark reads a configuration of ours."""
    before = os.environ.get("SPARK_CONF_DIR")
    spark.configure(tmp_path_factory.mktemp("spark-conf"))
    yield
    if before is None:
        del os.environ["SPARK_CONF_DIR"]
    else:
        os.environ["SPARK_CONF_DIR"] = before
