"""Pages taken apart: tables, links, texts, attributes that people read."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

READ_ALOUD = ("title", "aria-label", "placeholder", "alt", "data-working", "data-failed", "label")
VOID = {"meta", "link", "input", "br", "img", "wbr", "path", "hr"}


@dataclass
class Row:
    """The texts of a row, and whether it is the sum."""

    cells: list[str] = field(default_factory=list)
    total: bool = False


@dataclass
class Grid:
    """One table of a page."""

    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


class Page(HTMLParser):
    """A page as a person meets it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[Grid] = []
        self.links: list[dict[str, str]] = []
        self.texts: list[tuple[str, str]] = []  # (element, text)
        self.spoken: list[str] = []
        self.language = ""
        self.fields: dict[str, list[str]] = {}
        self._open: list[tuple[str, dict[str, str]]] = []
        self._cell: list[str] | None = None
        self._unit = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.spoken += [values[name] for name in READ_ALOUD if values.get(name)]
        if tag == "html":
            self.language = values.get("lang", "")
        if tag == "a":
            self.links.append(values)
        if tag in ("input", "button", "select"):
            self.fields.setdefault(values.get("name", ""), []).append(values.get("value", ""))
        if tag == "table":
            self.tables.append(Grid())
        if tag == "tr" and self.tables and self._inside("tbody"):
            self.tables[-1].rows.append(Row(total="total" in values.get("class", "").split()))
        if tag in ("td", "th"):
            self._cell = []
        if tag not in VOID:
            self._open.append((tag, values))

    def handle_endtag(self, tag: str) -> None:
        if not self._inside(tag):
            return
        while self._open:
            last, _values = self._open.pop()
            if last == tag:
                break
        if tag in ("td", "th") and self._cell is not None:
            text = squeeze("".join(self._cell))
            table = self.tables[-1]
            if self._inside("tbody"):
                table.rows[-1].cells.append(text)
            elif tag == "th":
                table.head.append(text)
            self._cell = None

    def handle_data(self, data: str) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside in ("script", "style"):
            return
        if data.strip():
            self.texts.append((inside, squeeze(data)))
        if self._cell is not None and not self._aside():
            self._cell.append(data)
        if inside == "caption" and self.tables:
            self.tables[-1].caption += data.strip()

    def _inside(self, tag: str) -> bool:
        return any(name == tag for name, _values in self._open)

    def _aside(self) -> bool:
        return any("tag" in v.get("class", "").split() for _n, v in self._open)

    @property
    def text(self) -> str:
        """All texts, one a line."""
        return "\n".join(text for _tag, text in self.texts)


def page_of(answer: Any) -> Page:
    """The page of an answer."""
    return Page(answer.content.decode())


def squeeze(text: str) -> str:
    """One blank for any run of white space."""
    return re.sub(r"\s+", " ", text).strip()


def text_of(page: str) -> str:
    """What people read of a page: no tags, one space between words."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
