"""Tables of the spot checks 质量抽查: what was drawn, what was looked at, what was found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.apps.returns.models import Attachment


class SpotCheck(models.Model):
    """One sample of the returns of a form and period that a body of the line collects, itself or below.

    frame: canonical JSON [[code, stratum, weight], …] of all that could be drawn; with seed, method and share it gives
    the sample again. strata: `body` = a stratum is who collects the return, `type` = that and the type of institution,
    written body/type. weights: the numbers by which risk was weighed and the score is taken, as they stood. scores:
    stratum (and `*`, all) → {cells, agreeing, value, drawn, looked, differing}; empty until closed.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    body = models.BigIntegerField()
    method = models.CharField(max_length=10)
    seed = models.CharField(max_length=100)
    share = models.CharField(max_length=20)
    strata = models.CharField(max_length=10, default="body")
    frame = models.TextField()
    frame_size = models.IntegerField()
    frame_digest = models.CharField(max_length=64)
    weights = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    scores = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("spot check")
        verbose_name_plural = _("spot checks")
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.form} {self.period} {self.body} {self.seed}"


class SpotItem(models.Model):
    """One institution that was drawn. stratum: code of the body that collects its return; kind: of its type, where the
    strata are by type. version_digest: of the
    version that was looked at; empty until then. correction: what the institution is to mend; empty = nothing."""

    class Outcome(models.TextChoices):
        NONE = "none", _("not looked at")
        AGREES = "agrees", _("agrees")
        DIFFERS = "differs", _("differs")

    check_of = models.ForeignKey(SpotCheck, on_delete=models.PROTECT, related_name="items")
    subject = models.BigIntegerField()
    stratum = models.CharField(max_length=60)
    kind = models.CharField(max_length=60, blank=True)
    weight = models.CharField(max_length=20)
    place = models.IntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.NONE)
    version_digest = models.CharField(max_length=64, blank=True)
    looked_by = models.CharField(max_length=150, blank=True)
    looked_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)
    correction = models.TextField(blank=True)

    class Meta:
        verbose_name = _("institution of a spot check")
        verbose_name_plural = _("institutions of spot checks")
        constraints = [models.UniqueConstraint(fields=["check_of", "subject"], name="spotchecks_item")]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.subject}"


class SpotCell(models.Model):
    """One cell that was compared with papers. reported, found: plain decimals, null = no number. evidence: which paper
    (a bill's number, a meter's photograph); attachment: a paper that lies beside the return."""

    item_of = models.ForeignKey(SpotItem, on_delete=models.CASCADE, related_name="cells")
    item = models.CharField(max_length=40)
    reported = models.CharField(max_length=40, null=True)
    found = models.CharField(max_length=40, null=True)
    agrees = models.BooleanField()
    evidence = models.TextField()
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("cell of a spot check")
        verbose_name_plural = _("cells of spot checks")
        constraints = [models.UniqueConstraint(fields=["item_of", "item"], name="spotchecks_cell")]

    def __str__(self) -> str:
        return f"{self.item_of_id} {self.item}"
