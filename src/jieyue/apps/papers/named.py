"""Lists of names in papers: a sensitive institution is in none, and none lacks exactly one (domain/naming.py)."""

from collections.abc import Iterable

from django.conf import settings

from jieyue.apps.papers.content import Block, Paragraph, Text
from jieyue.apps.registry.sensitive import sensitive_on
from jieyue.domain.naming import nameable

LEFT_OUT = "按规定不列名的机构未列出，见系统内的名单。"


def named(institutions: Iterable[int]) -> frozenset[int]:
    """Those of a list that may be named, by the marks of today: the day on which it is drafted."""
    members = list(dict.fromkeys(institutions))
    return frozenset(nameable(members, sensitive_on(settings.JIEYUE_HOME.today())))


def nobody_named() -> tuple[Block, ...]:
    """In place of a list of which nobody may be named."""
    return (Paragraph((Text(LEFT_OUT),)),)
