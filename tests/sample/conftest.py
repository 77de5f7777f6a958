"""The full city is built once for all tests of this folder."""

import pytest

from jieyue.sample.city import build
from jieyue.sample.model import SampleCity


@pytest.fixture(scope="session")
def city() -> SampleCity:
    """The documented city: 16,685 institutions, default seed."""
    return build()


@pytest.fixture(scope="session")
def thousand() -> SampleCity:
    """A smaller city that still holds every fixed case."""
    return build(1_000)
