"""Every module of the domain: its doctests run, and what is public in it has a docstring."""

import doctest
import importlib
import inspect
import pkgutil
from types import FunctionType

import pytest

import jieyue.domain

MODULES = sorted(f"jieyue.domain.{module.name}" for module in pkgutil.iter_modules(jieyue.domain.__path__))
BASE = ("rounding", "quantity", "period", "tree", "completeness", "change", "restate")
"""The modules that all others stand on: there each public function shows an example."""


def public(name: str) -> dict[str, object]:
    """The public functions and classes that a module defines itself."""
    return {
        label: thing
        for label, thing in vars(importlib.import_module(name)).items()
        if not label.startswith("_")
        and getattr(thing, "__module__", None) == name
        and (inspect.isfunction(thing) or inspect.isclass(thing))
    }


@pytest.mark.parametrize("name", MODULES)
def test_doctests_of_the_module_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_what_is_public_has_a_docstring(name: str) -> None:
    # A dataclass without a docstring is given its signature as one, which says nothing.
    assert [
        label
        for label, thing in public(name).items()
        if (thing.__doc__ or f"{label}(").startswith(f"{label}(")
    ] == []


@pytest.mark.parametrize("name", [f"jieyue.domain.{module}" for module in BASE])
def test_each_function_of_the_base_shows_an_example(name: str) -> None:
    assert name in MODULES
    functions = {label: thing for label, thing in public(name).items() if isinstance(thing, FunctionType)}
    assert functions or name.endswith("period")
    assert [label for label, thing in functions.items() if ">>>" not in (thing.__doc__ or "")] == []
