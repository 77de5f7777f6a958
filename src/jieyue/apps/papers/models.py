"""Tables of the papers: one row a paper that was drafted, with what it says."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperDraft(models.Model):
    """A paper 公文: drafted by the system for a person, completed, and released by another person.

    body: node of the reporting line. number: 1 for the first draft of a paper, body and period. seq: the publication
    that it is as of. content: `stored.to_json`. digest: of the text and of what every number is bound to. reason: why
    it was released with numbers that are not final.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        RELEASED = "released", _("released")

    code = models.CharField(max_length=40)
    body = models.BigIntegerField(db_index=True)
    scope = models.CharField(max_length=100)
    period = models.CharField(max_length=20)
    number = models.IntegerField()
    title = models.CharField(max_length=300)
    seq = models.BigIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    provisional = models.BooleanField(default=False)
    blanks = models.IntegerField(default=0)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150, blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("official paper")
        verbose_name_plural = _("official papers")
        constraints = [
            models.UniqueConstraint(fields=["code", "body", "period", "number"], name="papers_draft_number")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.scope} {self.period} #{self.number}"


class PaperOrder(models.Model):
    """A paper that a person asked the worker for, since its figures take long: how far it is, and what came of it.

    done, total: parts of figures that are stored, of those that it needs. problem: why there is no paper, in both
    languages; draft: the paper.
    """

    code = models.CharField(max_length=40)
    body = models.BigIntegerField()
    period = models.CharField(max_length=20)
    user = models.BigIntegerField(db_index=True)
    actor = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    task = models.CharField(max_length=64, blank=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    draft = models.ForeignKey(PaperDraft, null=True, on_delete=models.PROTECT)
    problem_zh = models.TextField(blank=True)
    problem_en = models.TextField(blank=True)

    class Meta:
        verbose_name = _("order of a paper")
        verbose_name_plural = _("orders of papers")

    def __str__(self) -> str:
        return f"{self.code} {self.body} {self.period}"


class ReturnedFile(models.Model):
    """A Word file of a paper that came back 回收核对, and every number of it classed; the bytes lie in the home.

    titled: whether the paper's title stands at its head. made_from: what its mark says of the paper (`mark.MadeFrom`),
    empty where it has none. lines: `returned.CheckedNumber`; counts: how many of each
    class; gone: numbers of the paper that the file does not hold, each with no, place and printed.
    """

    paper = models.ForeignKey(PaperDraft, on_delete=models.PROTECT, related_name="returned")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    titled = models.BooleanField()
    made_from = models.CharField(max_length=10, blank=True, default="")
    lines = models.JSONField()
    counts = models.JSONField()
    gone = models.JSONField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("returned file of a paper")
        verbose_name_plural = _("returned files of papers")

    def __str__(self) -> str:
        return f"{self.paper_id} {self.name}"


class PaperScan(models.Model):
    """The stamped sheet 盖章扫描件 of a released paper, as it was kept beside it; a later one replaces none.

    kind: pdf, jpeg or png. The bytes lie in the home by their digest.
    """

    paper = models.ForeignKey(PaperDraft, on_delete=models.PROTECT, related_name="scans")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=4)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("stamped scan of a paper")
        verbose_name_plural = _("stamped scans of papers")

    def __str__(self) -> str:
        return f"{self.paper_id} {self.name}"


class PaperTemplate(models.Model):
    """A Word template that the authority made its own for a kind of paper; a later version replaces none.

    code: the kind of paper. number: 1 for its first version. in_use: papers of the kind are made from it; where no
    version is, from the template that ships. The bytes lie in the home by their digest.
    """

    code = models.CharField(max_length=40)
    number = models.IntegerField()
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    in_use = models.BooleanField(default=False)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("template of a paper")
        verbose_name_plural = _("templates of papers")
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="papers_template_number"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(in_use=True), name="papers_template_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} #{self.number}"
