"""Tables of publication: the numbered step from office rows to lake rows, and the counter of identifiers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdCounter(models.Model):
    """The next free serial of this authority. One row, made by the first migration that needs it."""

    next = models.BigIntegerField(default=1)


class Publication(models.Model):
    """One publication. Pending until every lake table has its rows; readers use seq ≤ the last done one."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DONE = "done", _("done")

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=60)
    digest = models.CharField(_("digest"), max_length=64)  # SHA-256 over the lake rows, see digest.py
    state = models.CharField(_("state"), max_length=10, choices=State.choices, db_index=True)
    at = models.DateTimeField(_("time"), db_index=True)  # UTC
    actor = models.CharField(_("actor"), max_length=150)
    log = models.OneToOneField("audit.ActionLog", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
