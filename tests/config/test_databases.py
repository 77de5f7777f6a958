"""The database address: what it says becomes Django's settings, what it cannot mean is refused in both languages."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from jieyue.config.databases import database_settings


def test_a_pooler_is_told_in_the_address_and_never_given_to_the_driver() -> None:
    plain = database_settings("postgresql://u:p@db:5433/city?host=/run/pg")
    assert (plain["HOST"], plain["NAME"], plain["POOLER"], plain["OPTIONS"]) == ("/run/pg", "city", False, {})
    pooled = database_settings("postgresql://u:p@db:6432/city?pooler=yes&sslmode=require")
    assert (pooled["HOST"], pooled["POOLER"], pooled["OPTIONS"]) == ("db", True, {"sslmode": "require"})


@pytest.mark.parametrize("address", ["postgresql://db/city?pooler=1", "mysql://db/city"])
def test_an_address_that_means_nothing_is_refused_in_both_languages(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"[一-鿿].* / [a-z]"):
        database_settings(address)
