"""Tables of the joint review 会审: the meeting of a body, and the returns on its worklist with what was said."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JointReview(models.Model):
    """One meeting over the returns of a form and period that a body of the line collects, itself or below.

    kinds: what had to stand against a return; bodies: codes of the bodies below that were chosen, empty = all.
    digest: SHA-256 of the minutes (queries.py, `minutes`) at the closing; empty until then.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    name = models.CharField(max_length=100)
    body = models.BigIntegerField()
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    day = models.DateField()
    place = models.CharField(max_length=100)
    attending = models.TextField(blank=True)
    kinds = models.JSONField()
    bodies = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    remark = models.TextField(blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("joint review")
        verbose_name_plural = _("joint reviews")
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.form} {self.period} {self.body} {self.name}"


class JointItem(models.Model):
    """One return of the worklist, as it stood when the meeting was called.

    parent: number of the return. body: code of the body that collects it. state, version: of the return then; version
    is a digest, empty where none is known. findings: as they were shown (review/queries.py, `FindingRow`). revision:
    how often a conclusion was said.
    """

    class Conclusion(models.TextChoices):
        NONE = "none", _("not spoken of")
        KEEP = "keep", _("keep")
        BACK = "back", _("send back")
        CHECK = "check", _("follow up")

    review = models.ForeignKey(JointReview, on_delete=models.PROTECT, related_name="items")
    place = models.IntegerField()
    parent = models.BigIntegerField()
    subject = models.BigIntegerField()
    instance = models.CharField(max_length=20, blank=True, default="")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    body = models.CharField(max_length=60)
    state = models.CharField(max_length=12)
    version = models.CharField(max_length=64, blank=True)
    errors = models.IntegerField()
    unexplained = models.IntegerField()
    explained = models.IntegerField()
    findings = models.JSONField(default=list)
    conclusion = models.CharField(max_length=10, choices=Conclusion.choices, default=Conclusion.NONE)
    note = models.TextField(blank=True)
    said_by = models.CharField(max_length=150, blank=True)
    said_at = models.DateTimeField(null=True)
    revision = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("return of a joint review")
        verbose_name_plural = _("returns of joint reviews")
        constraints = [models.UniqueConstraint(fields=["review", "parent"], name="jointreview_item")]

    def __str__(self) -> str:
        return f"{self.review_id} {self.code} {self.instance}".strip()
