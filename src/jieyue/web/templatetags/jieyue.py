"""What templates need beyond Django's own tags."""

import re
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from jieyue.web import mapping, words
from jieyue.web.table import Cell

register = template.Library()

#: After a stroke, and after the words that begin an intensity.
_SENSE = re.compile(r"(?<=/)|(?<=单位建筑面积)")

register.filter("local", words.local)
register.filter("grouped", words.grouped)
register.filter("unit", words.unit)
register.filter("period", words.period_name)
register.filter("percent", words.percent)
register.filter("daytext", words.day)


@register.filter
def field_word(field: str) -> str:
    """A field of an import in the words of the page."""
    return mapping.field_word(field)


@register.filter
def count(number: Any) -> str:
    """A whole number with thousands separators; what is none is left as it is."""
    return f"{number:,}" if isinstance(number, int) else str(number)


@register.filter
def breakable(text: str) -> str:
    """A heading or unit that may go to a second line where its sense allows: 千克标准煤/·平方米, 单位建筑面积·能耗."""
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in _SENSE.split(str(text)) if part))


@register.simple_tag
def table_cell(cell: Cell) -> SafeString:
    """One cell of a table. Not a template: a page has hundreds of them."""
    if cell.status:
        inner: str = render_to_string("parts/status.html", {"code": cell.status})
    elif cell.href:
        source = mark_safe(' class="num" data-source') if cell.source else ""
        inner = format_html('<a href="{}"{}>{}</a>', cell.href, source, cell.text)
    else:
        inner = format_html("{}", cell.text)
    if cell.provisional:
        inner += format_html('<span class="visually-hidden"> {}</span>', _("(provisional)"))
    if cell.tag:
        inner += format_html(' <span class="tag {}">{}</span>', cell.tag_class, cell.tag)
    if cell.meter is not None:
        inner += format_html(
            ' <span class="meter" aria-hidden="true"><span style="width:{}%"></span></span>', cell.meter
        )
    if cell.heading:
        return format_html('<th scope="row">{}</th>', inner)
    if not cell.number:
        return format_html("<td>{}</td>", inner)
    marks = (" provisional" if cell.provisional else "") + (" missing" if cell.missing else "")
    return format_html('<td class="number{}">{}</td>', marks, inner)


@register.filter
def message(finding: Any) -> str:
    """A finding's or an error's text in the language of the page."""
    if isinstance(finding, dict):
        return str(finding.get("message_zh" if words.is_chinese() else "message_en", ""))
    return words.local(finding, "message")
