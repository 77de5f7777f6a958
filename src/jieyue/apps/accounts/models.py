"""Tables of the accounts: runs and their result frames."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One computation: its identity decides every number of its frames.

    key: canonical JSON of `domain.receipt.RunKey`; id: its SHA-256. choice: the method as texts, enough to
    compute again. notes: what people should know (which year's electricity factor and why).
    """

    id = models.CharField(primary_key=True, max_length=64)
    key = models.JSONField()
    choice = models.JSONField()
    notes = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")

    def __str__(self) -> str:
        return self.id[:16]


class RunFrame(models.Model):
    """One part of a run's result as an Arrow file: all nodes, or one institution, or all institutions."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="frames")
    part = models.CharField(max_length=40)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("result frame")
        verbose_name_plural = _("result frames")
        constraints = [models.UniqueConstraint(fields=["run", "part"], name="accounts_frame_part")]

    def __str__(self) -> str:
        return f"{self.run_id[:16]} {self.part}"
