"""Every public function of a service, wrapped as its module is imported, so that who calls whom is known.

The wrapping stands before any other module takes the function by name: tests/conftest.py begins with it.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import isfunction
from types import ModuleType
from typing import Any

Around = Callable[[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


def short_name(module: str, function: str) -> str:
    """`jieyue.apps.returns.services.approve_return`, `approve` → `returns.approve_return.approve`."""
    return f"{module.removeprefix('jieyue.apps.').replace('.services', '')}.{function}"


class _Loader(importlib.abc.Loader):
    def __init__(self, own: importlib.abc.Loader, around: Around) -> None:
        self.own, self.around = own, around

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.own.exec_module(module)
        for name, function in list(vars(module).items()):
            if isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
                setattr(module, name, _wrapped(short_name(module.__name__, name), function, self.around))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)  # get_source and the like


def _wrapped(service: str, function: Callable[..., Any], around: Around) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **more: Any) -> Any:
        return around(service, function, args, more)

    return call


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, around: Around) -> None:
        self.around = around

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if not name.startswith("jieyue.apps.") or ".services." not in name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self.around)
        return spec


def wrap_services(around: Around) -> None:
    """From now on each module of services that is imported is wrapped."""
    if any(name.startswith("jieyue.apps.") and ".services." in name for name in sys.modules):
        return  # a process that tests start, which has them already: nobody watches it
    sys.meta_path.insert(0, _Finder(around))
