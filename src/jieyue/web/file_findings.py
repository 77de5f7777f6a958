"""The findings of a file on a page: counted by severity, filtered by the one that is asked for."""

from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

SHOWN = 300


def findings_context(
    request: HttpRequest, findings: list[dict[str, Any]], *, marked: bool = True
) -> dict[str, Any]:
    """For `parts/file_findings.html`; findings: those kept with the batch. marked: there is a workbook that holds
    them all. The answer to a form cannot be filtered: its address takes forms only."""
    severity = request.GET.get("severity", "")
    found = [finding for finding in findings if severity in ("", finding["severity"])]
    counts = Counter(finding["severity"] for finding in findings)
    return {
        "findings": found[:SHOWN],
        "more": max(0, len(found) - SHOWN),
        "severity": severity,
        "severities": [
            (name, title, counts[name])
            for name, title in (("error", _("Errors")), ("warning", _("Warnings")), ("note", _("Notes")))
        ],
        "has_errors": counts["error"] > 0,
        "file_refused": any(_is_whole(finding) for finding in findings),
        "answered": request.method == "POST",
        "unmarked": not marked,
    }


def _is_whole(finding: dict[str, Any]) -> bool:
    """Whether it is the file that is refused, of no kind that is read or without a row: there is no column to explain
    and no cell to mark."""
    code = str(finding["code"])
    return finding["severity"] == "error" and (code.startswith("file_") or code == "empty_file")
