"""Keys of the lists in words, (Chinese, English), as the pages say them; `--json` gives the keys themselves."""

from collections.abc import Mapping
from typing import Final

from jieyue.cli.context import text

Words = Mapping[str, tuple[str, str]]
#: Of a spot check and of a joint review.
MEETING: Final[Words] = {"open": ("进行中", "under way"), "closed": ("已结束", "closed")}
METHOD: Final[Words] = {"risk": ("按风险", "by risk"), "random": ("随机", "at random")}
#: What a spot check found of an institution.
OUTCOME: Final[Words] = {
    "none": ("未查", "not looked at"),
    "agrees": ("相符", "agrees"),
    "differs": ("不符", "differs"),
}
#: What a joint review said of a return.
CONCLUSION: Final[Words] = {
    "none": ("未审议", "not spoken of"),
    "keep": ("通过", "keep"),
    "back": ("退回", "send back"),
    "check": ("待核实", "follow up"),
}


def said(words: Words, key: str) -> str:
    """The key in the language of the command."""
    return text(*words[key])
