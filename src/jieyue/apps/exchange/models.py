"""Tables of the exchange: what came in as files, mapping profiles kept by people, and their answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """One file that came in 导入批次. The file itself lies in HOME/files under its SHA-256."""

    class State(models.TextChoices):
        STAGED = "staged", _("staged")
        CHECKED = "checked", _("checked")
        APPLIED = "applied", _("applied")
        REFUSED = "refused", _("refused")

    kind = models.CharField(_("kind"), max_length=20)
    file_name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField(_("size"))
    profile = models.TextField(_("mapping profile"), blank=True)
    form = models.CharField(_("form"), max_length=20, blank=True)
    period = models.CharField(_("period"), max_length=20, blank=True)
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("time"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.STAGED)
    read = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    findings = models.JSONField(default=list)

    class Meta:
        verbose_name = _("import batch")
        verbose_name_plural = _("import batches")
        ordering = ("-id",)
        constraints = [
            # The identity of every import, kept by the database as well.
            models.CheckConstraint(
                condition=models.Q(read=models.F("accepted") + models.F("duplicate") + models.F("rejected")),
                name="exchange_batch_counts_add_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.file_name}"


class Profile(models.Model):
    """A mapping profile 映射方案 as its TOML text; the newest row of a name is the one in use."""

    name = models.CharField(_("name"), max_length=100, db_index=True)
    kind = models.CharField(_("kind"), max_length=20)
    text = models.TextField(_("mapping profile"))
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("mapping profile")
        verbose_name_plural = _("mapping profiles")

    def __str__(self) -> str:
        return self.name


class MatchAnswer(models.Model):
    """A user's answer to "which institution is this text?", so that it is never asked twice."""

    #: What names are compared by; of a long one its SHA-256.
    key = models.CharField(max_length=250, unique=True)
    text = models.TextField(_("text"))
    institution = models.BigIntegerField()
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("match answer")
        verbose_name_plural = _("match answers")

    def __str__(self) -> str:
        return f"{self.text} → {self.institution}"


class KeptReply(models.Model):
    """What a program was answered under its `Idempotency-Key`, so that asking again does nothing twice."""

    by = models.CharField(max_length=40)  # whose key it is: the token
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # SHA-256 of the request
    at = models.DateTimeField()
    status = models.IntegerField(null=True)  # null: begun, not answered yet
    body = models.JSONField(null=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="exchange_reply_key")]

    def __str__(self) -> str:
        return f"{self.by} {self.key}"
