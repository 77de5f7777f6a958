"""Tables of public disclosure: what an authority lets out, each release frozen."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DataRelease(models.Model):
    """One release of a year's figures to everybody, as of publication `sequence`.

    content: the document that goes out (services/compute_release.py): withheld cells hold no number in it. kept: what
    stays inside, for the test of later releases: exact values, who stands where, why a cell is withheld and what can
    be worked out of it. digest: SHA-256 of content. left_out: tables that it goes without (remedy.py). replaces: the
    release that this one corrects, with `note` why.
    """

    class State(models.TextChoices):
        COMPUTING = "computing", _("being computed")
        READY = "ready", _("to be released")
        FAILED = "failed", _("failed")
        RELEASED = "released", _("released")
        DROPPED = "dropped", _("dropped")

    period = models.CharField(max_length=20)
    sequence = models.IntegerField()
    indicators = models.JSONField()
    left_out = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.COMPUTING)
    content = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    task = models.CharField(max_length=64, blank=True)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("public release")
        verbose_name_plural = _("public releases")

    def __str__(self) -> str:
        return f"{self.period} {self.pk} {self.state}"
