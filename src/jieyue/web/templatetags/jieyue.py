"""What templates need beyond Django's own tags."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jieyue.web import mapping, words
from jieyue.web.charts import Picture
from jieyue.web.drawing import svg
from jieyue.web.table import Cell, Row

register = template.Library()

#: After a stroke, and after the words that begin an intensity.
_SENSE = re.compile(r"(?<=/)|(?<=单位建筑面积)")

register.filter("local", words.local)
register.filter("grouped", words.grouped)
register.filter("unit", words.unit)
register.filter("period", words.period_name)
register.filter("percent", words.percent)
register.filter("daytext", words.day)
register.filter("joined", words.joined)
register.filter("clauses", words.clauses)
register.filter("bracketed", words.bracketed)


@register.filter
def field_word(field: str) -> str:
    """A field of an import in the words of the page."""
    return mapping.field_word(field)


@register.filter
def called(account: str, persons: Mapping[str, str]) -> str:
    """The person's name of an account, where one is known. persons: as `who` gives them."""
    return persons.get(account, account)


@register.filter
def count(number: Any) -> str:
    """A whole number with thousands separators; what is none is left as it is."""
    return f"{number:,}" if isinstance(number, int) else str(number)


@register.filter
def breakable(text: str) -> str:
    """A heading or unit that may go to a second line where its sense allows: 千克标准煤/·平方米, 单位建筑面积·能耗."""
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in _SENSE.split(str(text)) if part))


@register.tag
def kept(parser: Parser, token: Token) -> "_Kept":
    """A part of a page that is drawn once for all who see the same (`web/kept.py`); anew where nothing is kept."""
    _, name = token.split_contents()
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return _Kept(name.strip('"'), nodes)


class _Kept(template.Node):
    def __init__(self, name: str, nodes: template.NodeList) -> None:
        self.name = name
        self.nodelist = nodes

    def render(self, context: template.Context) -> SafeString:
        parts = context.get("kept")
        if parts is None:
            return self.nodelist.render(context)
        if self.name not in parts:
            parts[self.name] = self.nodelist.render(context)
        return SafeString(parts[self.name])


@register.simple_tag
def table_rows(rows: Iterable[Row]) -> SafeString:
    """The body of a table. Not a template: a page has hundreds of cells."""
    return SafeString("\n".join(_row(row) for row in rows))  # every text in it is escaped


def _row(row: Row) -> str:
    cells = "".join(map(_cell, row.cells))
    return f'<tr class="total">{cells}</tr>' if row.total else f"<tr>{cells}</tr>"


@register.simple_tag
def drawing(picture: Picture, label: str) -> SafeString:
    """A chart that is drawn here."""
    return svg(picture, label)


@register.simple_tag
def table_cell(cell: Cell) -> SafeString:
    """One cell of a table whose rows are laid out by the page itself."""
    return SafeString(_cell(cell))  # every text in it is escaped


def _cell(cell: Cell) -> str:
    if cell.status:
        inner: str = render_to_string("parts/status.html", {"code": cell.status})
    else:
        inner = f"<code>{_escaped(cell.text)}</code>" if cell.code else _escaped(cell.text)
    if cell.href and not cell.status:
        source = ' class="num" data-source' if cell.source else ""
        inner = f'<a href="{_escaped(cell.href)}"{source}>{inner}</a>'
    if cell.provisional:
        inner += f'<span class="visually-hidden"> {_escaped(_("(provisional)"))}</span>'
    if cell.tag:
        inner += f' <span class="tag {_escaped(cell.tag_class)}">{_escaped(cell.tag)}</span>'
    if cell.meter is not None:
        inner += f' <span class="meter" aria-hidden="true"><span style="width:{cell.meter:d}%"></span></span>'
    if cell.heading:
        return f'<th scope="row">{inner}</th>'
    if not cell.number:
        return f'<td class="nowrap">{inner}</td>' if cell.nowrap else f"<td>{inner}</td>"
    marks = (" provisional" if cell.provisional else "") + (" missing" if cell.missing else "")
    return f'<td class="number{marks}">{inner}</td>'


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(str(text))


@register.filter
def message(finding: Any) -> str:
    """A finding's or an error's text in the language of the page."""
    if isinstance(finding, dict):
        return str(finding.get("message_zh" if words.is_chinese() else "message_en", ""))
    return words.local(finding, "message")
