"""The parts of the section review: 待审, 会审, 问题, 报送进度, 抽查, 平台对照."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.jointreview.scope import reads
from jieyue.web.access import VIEW, access_of

#: Verbs of those who judge returns.
JUDGES = ("pass", "return", "approve", "reopen")


def review_tabs(request: HttpRequest, current: str, period: str = "") -> list[dict[str, Any]]:
    """The tabs that the person's grants allow; the period goes along."""
    access = access_of(request)
    parts = []
    if access.may(VIEW):
        parts = [
            ("review", _("Findings")),
            ("board", _("Reporting progress")),
            ("spotchecks", _("Spot checks")),
            ("theirs", _("Theirs and ours")),
            ("rules", _("Review rules")),
        ]
    if reads(access):
        parts.insert(0, ("joint", _("Joint review")))
    if any(access.may_somewhere(verb) for verb in JUDGES):
        parts.insert(0, ("worklist", _("To review")))
    query = f"?period={period}" if period else ""
    return [
        {"title": title, "href": reverse(name) + query, "current": name == current} for name, title in parts
    ]
