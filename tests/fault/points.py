"""Every failpoint of the source, found by reading it: a new one that no test is killed at is a failing test."""

import ast
from pathlib import Path

import jieyue

SOURCE = Path(jieyue.__file__).parent


def enumerate_points(source: Path = SOURCE) -> dict[str, list[str]]:
    """Name → places (file:line) of all calls of `failpoint`; a name that is no plain text is refused."""
    found: dict[str, list[str]] = {}
    for path in sorted(source.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "failpoint(" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if not (isinstance(call, ast.Call) and _name(call.func) == "failpoint"):
                continue
            place = f"{path.relative_to(source)}:{call.lineno}"
            (argument,) = call.args
            name = argument.value if isinstance(argument, ast.Constant) else None
            assert isinstance(name, str), f"{place}: the name must stand in the call as plain text"
            found.setdefault(name, []).append(place)
    return found


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


POINTS = enumerate_points()
