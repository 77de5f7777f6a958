"""Tables of the returns: one row per return, one document per version."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.domain.tree import OPEN_END


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
    revision = models.IntegerField(default=0)  # of the draft: one more with every change of a cell
    step = models.IntegerField(default=0)  # of a submitted return: at which body it stands; else 0
    # Who entered which cell of what is to be approved or was last (domain/workflow.py, `Entered`).
    entered_by = models.JSONField(default=dict)
    passed_by = models.JSONField(default=list)  # who passed it since it was submitted last
    # Approved, and its publication waits: identifier of the approval's snapshot. Until then `draft` says what it says.
    publishing = models.BigIntegerField(null=True)
    # Brought as submitted or sent back, without the day of that submission: whatever follows, it was in time.
    undated = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "form", "period", "instance"], name="returns_return_key"
            )
        ]
        indexes = [
            # One return is found by this one as fast as by the key: a planner whose statistics have not heard of a
            # new month takes either.
            models.Index(fields=["form", "period", "subject", "instance"], name="returns_return_of_period"),
            models.Index(
                fields=["publishing"],
                name="returns_return_waiting",
                condition=models.Q(publishing__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.subject} {self.period} {self.instance}".strip()


class ReturnVersion(models.Model):
    """One published version, never changed. `replaces`: identifier of the version that it supersedes.

    cells: canonical JSON, item code to [value as a plain decimal or null, unit, origin].
    digest: SHA-256 of the canonical JSON {base, catalog, cells, key, number, scheme}.
    approver: who approved it; empty for what was imported.
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
    approver = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        verbose_name = _("version of a return")
        verbose_name_plural = _("versions of returns")
        constraints = [models.UniqueConstraint(fields=["parent", "number"], name="returns_version_number")]

    def __str__(self) -> str:
        return f"{self.parent_id} #{self.number}"


class ReturnSnapshot(models.Model):
    """What was submitted, passed or approved, frozen: a chain for each return, never changed.

    version_digest: that of the version as it would be (or was) published. digest: of {version digest, rule set,
    findings with explanations, attachments, person, on behalf, verb, step, instant, previous snapshot}.
    lake_id, lake_seq: row and publication by which a submission came into `reported_<form>`; null until then, 0 in
    what is no submission. They are no part of what is frozen.
    """

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="snapshots")
    verb = models.CharField(max_length=12)
    step = models.IntegerField()
    steps = models.IntegerField()
    number = models.IntegerField()
    base = models.BigIntegerField(null=True)
    scheme = models.CharField(max_length=20)
    catalog = models.CharField(max_length=64)
    cells = models.TextField()
    entered_by = models.JSONField()
    version_digest = models.CharField(max_length=64)
    ruleset = models.CharField(max_length=40, blank=True)
    ruleset_digest = models.CharField(max_length=64, blank=True)
    findings = models.JSONField()
    attachments = models.JSONField(default=list)  # [item, name, SHA-256] of each paper that lay beside
    actor = models.CharField(max_length=150)
    on_behalf = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    lake_id = models.BigIntegerField(null=True)
    lake_seq = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("snapshot of a return")
        verbose_name_plural = _("snapshots of returns")
        indexes = [
            models.Index(fields=["parent", "id"]),
            models.Index(
                fields=["id"],
                name="returns_snapshot_waiting",
                condition=models.Q(lake_seq__isnull=True),
            ),
            models.Index(
                fields=["lake_seq"],
                name="returns_snapshot_in_lake",
                condition=models.Q(lake_seq__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} {self.verb} {self.digest[:16]}"


class ReturnComment(models.Model):
    """What a reviewer said of the whole (item empty) or of one cell. code: why it goes back; empty = it does not."""

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="comments")
    snapshot = models.ForeignKey(ReturnSnapshot, on_delete=models.PROTECT, null=True, related_name="comments")
    code = models.CharField(max_length=40)
    item = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("comment on a return")
        verbose_name_plural = _("comments on returns")

    def __str__(self) -> str:
        return f"{self.parent_id} {self.code} {self.item}".strip()


class CheckingBody(models.Model):
    """A body of the line that reviews in [valid_from, valid_to) what the body above it approves."""

    node = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(default=OPEN_END)

    class Meta:
        verbose_name = _("checking body")
        verbose_name_plural = _("checking bodies")
        indexes = [models.Index(fields=["node", "valid_from"])]

    def __str__(self) -> str:
        return f"{self.node} {self.valid_from}"


class CarrierUse(models.Model):
    """How an institution comes by a carrier from a day on, until the next row: said once, and every return follows.

    item: the quantity item of the form that stands for the carrier (110 electricity); its parts and its costs go
    with it. A carrier that nothing is said of is metered and paid. Of two rows of one day the later one counts.
    """

    class Case(models.TextChoices):
        METERED_PAID = "metered_paid", _("own meter, own bill")
        METERED_UNPAID = "metered_unpaid", _("own meter, paid by others")
        UNMETERED_PAID = "unmetered_paid", _("no meter, pays a share or a lump sum")
        UNMETERED_UNPAID = "unmetered_unpaid", _("no meter, paid by others")
        NOT_USED = "not_used", _("not used")

    institution = models.BigIntegerField()
    form = models.CharField(max_length=12)
    item = models.CharField(max_length=40)
    case = models.CharField(max_length=20, choices=Case.choices)
    valid_from = models.DateField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("how a carrier is used")
        verbose_name_plural = _("how carriers are used")
        indexes = [models.Index(fields=["institution", "form"])]

    def __str__(self) -> str:
        return f"{self.institution} {self.form}:{self.item} {self.case}"


class Attachment(models.Model):
    """A paper that belongs to a return (a bill, a photograph of a meter); the bytes lie in HOME/files by digest.

    item: the cell that it proves; empty = the whole. removed_at: taken away while the return was being entered;
    what was submitted with it still names it.
    """

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="attachments")
    item = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)  # pdf, jpeg, png: what the bytes are
    size = models.IntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return f"{self.parent_id} {self.name}"


class TheirFile(models.Model):
    """A file of the platform above 平台导出, taken to be compared with ours; nothing of it becomes a return.

    batch: the file with who brought it, when, its profile and findings. body: the node of the line that it speaks
    for. items: codes that it has a place for. zero_is_unused: its 0 may stand for what is not used.
    """

    batch = models.OneToOneField("exchange.Batch", on_delete=models.PROTECT, related_name="their_file")
    form = models.CharField(max_length=12)
    period = models.CharField(max_length=20)
    body = models.BigIntegerField()
    items = models.JSONField(default=list)
    zero_is_unused = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("file of the platform above")
        verbose_name_plural = _("files of the platform above")
        indexes = [models.Index(fields=["form", "period"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.form} {self.period}"


class TheirReturn(models.Model):
    """What a file of theirs says of one institution (and room): canonical cells in our units."""

    file = models.ForeignKey(TheirFile, on_delete=models.CASCADE, related_name="returns")
    subject = models.BigIntegerField()
    instance = models.CharField(max_length=20, blank=True)
    cells = models.TextField()

    class Meta:
        verbose_name = _("their return of an institution")
        verbose_name_plural = _("their returns of institutions")
        indexes = [models.Index(fields=["subject"])]
        constraints = [
            models.UniqueConstraint(fields=["file", "subject", "instance"], name="returns_their_return_key")
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.subject} {self.instance}".strip()
