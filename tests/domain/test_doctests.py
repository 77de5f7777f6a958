"""Every module of the domain: its doctests run, and each public function or class of it has a docstring."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import jieyue.domain

MODULES = sorted(f"jieyue.domain.{module.name}" for module in pkgutil.iter_modules(jieyue.domain.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_doctests_of_the_module_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_each_public_function_has_a_docstring_with_an_example(name: str) -> None:
    module = importlib.import_module(name)
    own = {
        label: thing
        for label, thing in vars(module).items()
        if not label.startswith("_") and getattr(thing, "__module__", None) == name
    }
    functions = {label: thing for label, thing in own.items() if inspect.isfunction(thing)}
    classes = {label: thing for label, thing in own.items() if inspect.isclass(thing)}
    # A dataclass without a docstring is given its signature as one, which says nothing.
    undocumented = [
        label
        for label, thing in {**functions, **classes}.items()
        if not thing.__doc__ or thing.__doc__.startswith(f"{label}(")
    ]
    assert undocumented == []
    assert [label for label, thing in functions.items() if ">>>" not in (thing.__doc__ or "")] == []
