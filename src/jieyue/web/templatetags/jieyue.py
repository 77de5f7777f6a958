"""What templates need beyond Django's own tags."""

import re
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from jieyue.web import mapping, words

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


@register.filter
def message(finding: Any) -> str:
    """A finding's or an error's text in the language of the page."""
    if isinstance(finding, dict):
        return str(finding.get("message_zh" if words.is_chinese() else "message_en", ""))
    return words.local(finding, "message")
