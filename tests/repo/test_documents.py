"""The documents keep up with what they describe: links lead somewhere, settings are all there."""

import dataclasses
import re
from pathlib import Path

from jieyue.config.environment import PREFIX, Environment
from jieyue.config.home import Home

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAME = re.compile(r"^\| `([A-Za-z_]+)` \|", re.MULTILINE)


def test_every_relative_link_leads_to_a_file() -> None:
    assert len(PAGES) >= 15
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in _LINK.findall(page.read_text("utf-8"))
        if "://" not in link and not (page.parent / link.partition("#")[0]).exists()
    ]
    assert broken == []


def test_every_setting_is_documented_and_nothing_else() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    names = set(_NAME.findall(text))
    home = {field.name for field in dataclasses.fields(Home)} - {"path"}
    environment = {PREFIX + name.upper() for name in Environment.model_fields}
    assert names == home | environment


def test_every_page_of_a_kind_is_listed_in_its_index() -> None:
    unlisted = [
        str(page.relative_to(ROOT))
        for kind in ("tutorials", "how-to", "reference", "explanation")
        for page in sorted((ROOT / "docs" / kind).glob("*.md"))
        if page.name != "index.md" and f"]({page.name})" not in (page.parent / "index.md").read_text("utf-8")
    ]
    assert unlisted == []


def test_decisions_are_numbered_without_gaps_and_state_a_status() -> None:
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(len(records)))
    for path in records[1:]:
        assert re.search(
            r"^- 状态 Status: 采纳 accepted|被 \d{4} 取代", path.read_text("utf-8"), re.MULTILINE
        ), path.name


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text
