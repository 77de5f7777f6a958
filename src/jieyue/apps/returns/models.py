"""Tables of the returns: one row per return, one document per version."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Return(models.Model):
    """What one institution (or, for a declared total, one node) reports on one form for one period.

    subject: identifier of the institution or node; identifiers are unique over both. instance: empty except
    NY202, where it is the room number.
    """

    class Subject(models.TextChoices):
        INSTITUTION = "institution", _("institution")
        NODE = "node", _("declared total of a node")

    class State(models.TextChoices):
        DRAFT = "draft", _("being entered")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("sent back")
        APPROVED = "approved", _("approved")

    id = models.BigIntegerField(primary_key=True)
    subject = models.BigIntegerField()
    subject_kind = models.CharField(max_length=12, choices=Subject.choices)
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    instance = models.CharField(max_length=20, blank=True)
    scheme = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=State.choices)
    draft = models.TextField(blank=True)  # canonical cells that are not published yet
    current = models.BigIntegerField(null=True)  # identifier of the published version

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "form", "period", "instance"], name="returns_return_key"
            )
        ]
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.form} {self.subject} {self.period} {self.instance}".strip()


class ReturnVersion(models.Model):
    """One published version, never changed. `replaces`: identifier of the version that it supersedes.

    cells: canonical JSON, item code to [value as a plain decimal or null, unit, origin].
    digest: SHA-256 of the canonical JSON {base, catalog, cells, key, number, scheme}.
    """

    id = models.BigIntegerField(primary_key=True)
    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    replaces = models.BigIntegerField(null=True)
    cells = models.TextField()
    digest = models.CharField(max_length=64)
    scheme = models.CharField(max_length=20)
    catalog = models.CharField(max_length=64)
    method = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    seq = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("version of a return")
        verbose_name_plural = _("versions of returns")
        constraints = [models.UniqueConstraint(fields=["parent", "number"], name="returns_version_number")]

    def __str__(self) -> str:
        return f"{self.parent_id} #{self.number}"
