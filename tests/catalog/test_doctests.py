"""The examples in the docstrings of the catalog hold."""

import doctest
import importlib
import pkgutil

import pytest

import jieyue.catalog

MODULES = sorted(f"jieyue.catalog.{module.name}" for module in pkgutil.iter_modules(jieyue.catalog.__path__))


@pytest.mark.parametrize("name", ["jieyue.catalog", *MODULES])
def test_doctests_of_the_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
