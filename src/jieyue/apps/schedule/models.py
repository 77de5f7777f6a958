"""Tables of the schedule: one row for each thing that the worker does again and again."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScheduledJob(models.Model):
    """When a job is due, who runs it now, how the last run ended.

    owner: the worker that runs it, empty while nobody does; it holds the job until `lease_until`, and prolongs that
    as long as it lives. failures: runs in a row that failed; the next try waits longer after each. last_error stays
    until the next failure, so that one can read afterwards what it was.
    """

    name = models.CharField(max_length=40, primary_key=True)
    due = models.DateTimeField()
    owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)  # the last run that succeeded
    seconds = models.FloatField(null=True)  # that it took
    failures = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("scheduled job")
        verbose_name_plural = _("scheduled jobs")

    def __str__(self) -> str:
        return f"{self.name} {self.due:%Y-%m-%d %H:%M:%S}"
