"""Tables of the summaries: one row per table sent upward, never changed but for what was decided about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Summary(models.Model):
    """The 综合表 of a body as it was sent: frozen.

    body, above: nodes of the reporting line; above decides (the root decides about its own). boundary: the day whose
    memberships count; seq: the publication that the numbers are as of. merkle_root: over the contents, see
    SummaryVersion. cells: canonical JSON, item → the ten columns S001–S010 as plain decimals or null. unmet: who owed
    and was not in, with the reason. differs: cells that differ from the predecessor. digest: SHA-256 of the canonical
    JSON of all that (docs/explanation/summaries.md).
    """

    class State(models.TextChoices):
        SENT = "sent", _("sent upward")
        RECALLED = "recalled", _("recalled")
        RETURNED = "returned", _("sent back")
        ACCEPTED = "accepted", _("accepted")

    body = models.BigIntegerField()
    above = models.BigIntegerField()
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    number = models.IntegerField()
    boundary = models.DateField()
    seq = models.BigIntegerField()
    catalog = models.CharField(max_length=64)
    merkle_root = models.CharField(max_length=64)
    versions = models.IntegerField()
    cells = models.TextField()
    unmet = models.JSONField()
    predecessor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="amendments")
    differs = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=State.choices)
    sent_by = models.CharField(max_length=150)
    sent_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)
    comments = models.JSONField()  # [{unit, item, text}] of who sent it back
    public_name = models.CharField(max_length=200, blank=True)
    published_by = models.CharField(max_length=150, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("summary")
        verbose_name_plural = _("summaries")
        constraints = [
            models.UniqueConstraint(
                fields=["body", "form", "period", "number"], name="summaries_summary_number"
            )
        ]
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.form} {self.body} {self.period} #{self.number}"

    @property
    def table(self) -> tuple[str, str]:
        """Which table it is of its body: form and period."""
        return self.form, self.period


class SummaryVersion(models.Model):
    """One version of a return that a summary stands on, by its identifier. The leaf of the Merkle tree is the canonical
    JSON of [subject, form, period, instance, version, digest of the version], in the order of these."""

    summary = models.ForeignKey(Summary, on_delete=models.PROTECT, related_name="contents")
    version = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("version in a summary")
        verbose_name_plural = _("versions in summaries")

    def __str__(self) -> str:
        return f"{self.summary_id} {self.version}"


class SummaryConsent(models.Model):
    """The body that accepted a summary lets one of its returns be reopened, once."""

    summary = models.ForeignKey(Summary, on_delete=models.PROTECT, related_name="consents")
    subject = models.BigIntegerField()
    period = models.CharField(max_length=20)
    instance = models.CharField(max_length=20, blank=True)
    reason = models.TextField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("consent to reopen")
        verbose_name_plural = _("consents to reopen")

    def __str__(self) -> str:
        return f"{self.summary_id} {self.subject} {self.period}"


class TheirTable(models.Model):
    """A summary table printed above 上级印出的综合表, declared for its node: beside ours and never added to it.

    batch: the file with who brought it, its layout and findings. cells: canonical JSON, item → ten cells S001–S010 in
    our units as plain decimals or null; columns: those that the file has. kept_at: null while it is looked at only.
    """

    batch = models.OneToOneField("exchange.Batch", on_delete=models.PROTECT, related_name="their_table")
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    body = models.BigIntegerField()
    cells = models.TextField()
    columns = models.JSONField()
    kept_by = models.CharField(max_length=150, blank=True)
    kept_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("summary table printed above")
        verbose_name_plural = _("summary tables printed above")
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.form} {self.body} {self.period}"
