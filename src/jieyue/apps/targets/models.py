"""Tables of the targets: what was declared about the tasks of a plan."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskResult(models.Model):
    """What the responsible person declares about a task 任务完成情况; a correction is a new version, none is changed.

    value: in the unit that the plan prints, null where it prints no number; denominator: of how many; done: for a task
    without a number. on: the day it speaks of. batch: of the file that said so (null: the sample city's).
    """

    plan = models.CharField(max_length=60)
    task = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    denominator = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    done = models.BooleanField(null=True)
    on = models.DateField(_("date"))
    source = models.CharField(_("source"), max_length=500)
    evidence = models.CharField(_("file name"), max_length=255, blank=True)
    person = models.CharField(_("responsible person"), max_length=60)
    batch = models.BigIntegerField(null=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("declared result of a task")
        verbose_name_plural = _("declared results of tasks")
        constraints = [
            models.UniqueConstraint(fields=["plan", "task", "version"], name="targets_task_result_version")
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.task} {self.version}"


class StandingRow(models.Model):
    """How a plan's indicators stand in a year, as computed once for a publication and the rules of its day.

    key: identity of what it was computed from, submitted returns included. content: `standing.document`.
    """

    key = models.CharField(max_length=64, unique=True)
    plan = models.CharField(max_length=60)
    year = models.PositiveIntegerField()
    sequence = models.BigIntegerField()
    content = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("standing of a plan")
        verbose_name_plural = _("standings of plans")

    def __str__(self) -> str:
        return f"{self.plan} {self.year} {self.sequence}"
