"""For the documentation site: show `>>>` examples of docstrings as code (an extension of griffe)."""

import re
from typing import Any

import griffe

# From `>>>` to the next blank line, at one indentation.
_EXAMPLE = re.compile(r"(?m)^(?P<indent> *)>>> (?:.*\n?)(?:(?P=indent)\S.*\n?|(?P=indent) +\S.*\n?)*")


def fenced(text: str) -> str:
    """The docstring with each run of example lines inside a fence."""
    return _EXAMPLE.sub(lambda found: _fence(found.group(), found.group("indent")), text)


def _fence(example: str, indent: str) -> str:
    body = example.rstrip("\n")
    return f"{indent}```pycon\n{body}\n{indent}```\n"


class FenceExamples(griffe.Extension):
    """Rewrites docstrings as they are loaded."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)
