"""Tables of the review 审核: the passes over returns and what they found."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReviewRun(models.Model):
    """One pass of a rule set over the returns of a form and kind of period in a year.

    seq: the publication whose facts it saw; drafts stood over them. counts: rule → number of findings. unset:
    rules that judged nothing because a limit of theirs is not set. subject: the only institution that was looked at,
    as it submitted; null for a pass over all.
    """

    form = models.CharField(max_length=12)
    kind = models.CharField(max_length=1)
    periods = models.JSONField()
    seq = models.BigIntegerField()
    ruleset = models.CharField(max_length=40)
    ruleset_digest = models.CharField(max_length=64)
    returns = models.IntegerField()
    counts = models.JSONField()
    unset = models.JSONField()
    actor = models.CharField(max_length=150)
    subject = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("review pass")
        verbose_name_plural = _("review passes")

    def __str__(self) -> str:
        return f"{self.form} {self.kind} {self.pk}"


class ReviewFinding(models.Model):
    """What a rule says of one cell of one return.

    It stays one row from pass to pass as long as rule and cell are the same; an explanation stays as long as the
    numbers do. instance: the room, of a form with rooms. item empty: of the return as a whole. facts: the numbers
    judged by, as texts. explained_by, decided_by: who wrote the explanation, and who accepted it or sent it back;
    never the same.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        EXPLAINED = "explained", _("explained")
        ACCEPTED = "accepted", _("explanation accepted")
        GONE = "gone", _("no longer found")

    subject = models.BigIntegerField()
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    instance = models.CharField(max_length=20, blank=True, default="")
    rule = models.CharField(max_length=20)
    item = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=10)
    value = models.CharField(max_length=40, null=True)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    explanation = models.TextField(blank=True)
    explained_by = models.CharField(max_length=150, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    first_run = models.ForeignKey(ReviewRun, on_delete=models.PROTECT, related_name="+")
    last_run = models.ForeignKey(ReviewRun, on_delete=models.PROTECT, related_name="findings")

    class Meta:
        verbose_name = _("review finding")
        verbose_name_plural = _("review findings")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "form", "period", "instance", "rule", "item"], name="review_finding_key"
            )
        ]
        indexes = [models.Index(fields=["form", "period", "state"])]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject} {self.period} {self.item}".strip()


class ReviewRequest(models.Model):
    """A pass over all that somebody asked for: the worker does it. How far it is, is the task's own state.

    task: identifier in the queue. run: what it made.
    """

    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    task = models.CharField(max_length=36)
    actor = models.CharField(max_length=150)
    asked_at = models.DateTimeField(auto_now_add=True)
    run = models.ForeignKey(ReviewRun, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("request for a review pass")
        verbose_name_plural = _("requests for review passes")
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.form} {self.period} {self.task}"


class RuleRelease(models.Model):
    """A rule set with its price list, as it was when somebody proposed it; it holds once another person released it.

    contents: file name → text, so that what was released goes on holding whatever becomes of the home's files; digest:
    SHA-256 over them. holds_from: for periods whose last day is this one or a later one. trial: what it finds on past
    data beside the rules in force, or why it could not be tried; task: of the worker who tries it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        RELEASED = "released", _("released")
        WITHDRAWN = "withdrawn", _("withdrawn")

    ruleset = models.CharField(max_length=40)
    contents = models.JSONField()
    digest = models.CharField(max_length=64)
    holds_from = models.DateField()
    reason = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(auto_now_add=True)
    task = models.CharField(max_length=36, blank=True)
    trial = models.JSONField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("release of review rules")
        verbose_name_plural = _("releases of review rules")

    def __str__(self) -> str:
        return f"{self.pk} {self.ruleset} {self.holds_from}"
