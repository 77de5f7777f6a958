"""Properties of the whole way from a file to a figure: generated input, expected values by plain arithmetic.

Examples are drawn the same on every run (derandomised), few for what builds a home, more for what is pure.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connections
from hypothesis import HealthCheck, Phase, settings

from jieyue.config.home import Home
from tests.conftest import Seeded
from tests.shared_home import home_from, turned_to

settings.register_profile(
    "jieyue",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),  # shrinking would build hundreds of homes for one failure
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("jieyue")


@pytest.fixture(scope="session")
def fresh(
    seeded_sqlite: Seeded, tmp_path_factory, django_db_blocker
) -> Callable[[], AbstractContextManager[Home]]:
    """`with fresh():` Django works for a new home that has its trees and nothing else."""
    folder, numbers = tmp_path_factory.mktemp("property"), itertools.count()

    @contextmanager
    def opened() -> Iterator[Home]:
        home = home_from(seeded_sqlite, folder / str(next(numbers)))
        with django_db_blocker.unblock(), turned_to(home.path):
            yield home
            connections.close_all()

    return opened
