"""What the numbers mean: pure functions and value objects over numpy and polars.

In a notebook: `jieyue.domain.energy.standard_coal(…)`; a module is loaded when it is first named.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

_MODULES = frozenset(module.name for module in iter_modules(__path__))


def __getattr__(name: str) -> ModuleType:
    """Load a module of the domain when it is first asked for."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The modules, for the notebook's completion."""
    return sorted({*globals(), *_MODULES})
