"""Tables of the obligations 报送义务: who owes which return until when, and the authority's deadlines."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.apps.returns.models import Return

KEY = ("subject", "form", "period", "instance")


class Obligation(models.Model):
    """One return that an institution owes. Its state is the return's: an obligation without one is 未录入.

    body: node of the reporting line that collects it on the period's last day. due: last day that is on time, until
    24:00 of the authority's zone. late_from: from this instant on a first submission is late; not before the
    obligation was made.
    """

    subject = models.BigIntegerField()
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    instance = models.CharField(max_length=20, blank=True)
    body = models.BigIntegerField()
    opens = models.DateField()
    due = models.DateField()
    late_from = models.DateTimeField()
    made_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)  # when a body above reminded of it last
    reminded_by = models.BigIntegerField(null=True)  # that body
    #: The return by its key; no column of its own.
    filed = models.ForeignObject(
        Return,
        from_fields=KEY,
        to_fields=KEY,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        constraints = [models.UniqueConstraint(fields=KEY, name="obligations_key")]
        indexes = [models.Index(fields=["form", "period", "body"]), models.Index(fields=["body"])]

    def __str__(self) -> str:
        return f"{self.form} {self.subject} {self.period} {self.instance}".strip()


class Deadline(models.Model):
    """One decision on when returns are due; never changed, a later one goes before it.

    target: null for the whole authority, else a node of any tree or an institution. period: null text for a rule
    that holds for every period ending on `valid_from` or later; else the single period. A rule counts from the
    period's last day (catalog/due.py); for a single period days may be named instead. gone: what was said of this
    target holds no longer.
    """

    form = models.CharField(max_length=12)
    kind = models.CharField(max_length=1)
    target = models.BigIntegerField(null=True)
    period = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField()
    opens_days = models.IntegerField(null=True)
    due_months = models.IntegerField(null=True)
    due_days = models.IntegerField(null=True)
    opens_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    gone = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        indexes = [models.Index(fields=["form", "kind"])]

    def __str__(self) -> str:
        return f"{self.form} {self.kind} {self.target or ''} {self.period}".strip()
