"""Background work: how the worker does, for who operates the system. Counts and times, no data."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.apps.accounts.prepared import prepared_sequence
from jieyue.apps.insights.standard import progress
from jieyue.apps.returns.queries import waiting
from jieyue.apps.schedule.queries import JobState, jobs, last_seen, task_counts
from jieyue.web.access import access_of, needs
from jieyue.web.page import page

OPERATES = "operate"


@needs(OPERATES)
def listing(request: HttpRequest) -> HttpResponse:
    """The jobs, when each is due, how the last run ended."""
    known = {job.name: job for job in jobs()}
    said = titles()
    context = {
        "jobs": [_row(name, said.get(name, name), known.get(name)) for name in {**said, **known}],
        "seen": last_seen(),
        "waiting": waiting(),
        "tasks": task_counts(),
        "prepared": prepared_sequence(),
        "progress": progress(sequence) if (sequence := access_of(request).known.sequence) else None,
    }
    return page(request, "jobs", context, section="jobs")


def titles() -> dict[str, str]:
    """Job → what it does, in words."""
    return {
        "publish": _("Publish what was approved"),
        "number_log": _("Number the action log"),
        "anchor_log": _("Sign a checkpoint of the log and take it elsewhere"),
        "prepare": _("Ask for the figures of the dashboards after a publication"),
        "review": _("Ask for the nightly pass of the rules"),
        "end_handed_over": _("Sign out whose work goes over to a successor today"),
        "open_periods": _("Open the period that has ended for reporting"),
        "fold": _("Fold readings that came in into the lake"),
        "fold_many": _("Fold large deliveries of readings into the lake"),
        "draft_bulletins": _("Draft the bulletins of a month that was due"),
        "retain_readings": _("Let raw readings go that are older than they are kept"),
        "tidy_readings": _("Set the stored readings in order"),
        "tidy_files": _("Forget unfinished files, put those without a record aside"),
        "tidy": _("Remove what is no longer needed"),
    }


def _row(name: str, title: str, job: JobState | None) -> dict[str, Any]:
    return {"name": name, "title": title, "job": job, "state": job.state if job else "never"}
