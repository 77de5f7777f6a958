"""What templates need beyond Django's own tags."""

from typing import Any

from django import template

from jieyue.web import words

register = template.Library()

register.filter("local", words.local)
register.filter("grouped", words.grouped)
register.filter("unit", words.unit)
register.filter("period", words.period_name)
register.filter("percent", words.percent)
register.filter("daytext", words.day)


@register.filter
def message(finding: Any) -> str:
    """A finding's or an error's text in the language of the page."""
    if isinstance(finding, dict):
        return str(finding.get("message_zh" if words.is_chinese() else "message_en", ""))
    return words.local(finding, "message")
