"""Every class that a template gives has a rule: of Bootstrap only parts are shipped, and one left out says nothing."""

import re
from collections import defaultdict
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "src/jieyue/web"

#: Names that only scripts and tests look for.
HOOKS = {
    "dictionary", "figures-line", "paper-text", "tile-change", "tile-side", "tile-provisional", "verdict-name",
    "w-left", "w-middle", "wall-link",
}  # fmt: skip
_TEMPLATE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
#: A whole name: of one that is put together (`tag-{% if … %}`) nothing is known here.
_NAME = re.compile(r"(?:^|\s)\0*([A-Za-z](?:[\w-]*\w)?)(?=[\0\s]|$)")


def test_every_class_of_a_template_has_a_rule_in_a_stylesheet() -> None:
    sheets = "".join(path.read_text("utf-8") for path in (WEB / "static").rglob("*.css"))
    ruled = set(re.findall(r"\.(-?[a-zA-Z_][\w-]*)", sheets))
    used = defaultdict(set)
    for path in (WEB / "templates").rglob("*.html"):
        text = _TEMPLATE.sub("\0", path.read_text("utf-8"))
        for value in re.findall(r'class="([^"]*)"', text):
            for name in _NAME.findall(value):
                used[name].add(path.name)
    assert len(used) > 200
    unruled = {name: sorted(files) for name, files in used.items() if name not in ruled}
    assert set(unruled) == HOOKS, f"{unruled}: add the part to scripts/bootstrap_parts.scss, or a rule"
