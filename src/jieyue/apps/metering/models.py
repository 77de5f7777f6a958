"""Tables of metering 计量: points for ever, what holds of them by date, meters that served them, files of readings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.apps.publication.dated import DatedRow
from jieyue.apps.publication.fields import QuantityField


class Point(models.Model):
    """A metering point 计量点, for ever; `code` is what readings call it."""

    id = models.BigIntegerField(primary_key=True)
    code = models.CharField(_("meter"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("metering point")
        verbose_name_plural = _("metering points")

    def __str__(self) -> str:
        return self.code


class PointVersion(DatedRow):
    """What holds of a point in a span of days.

    institution: whom it serves, one at a time. carrier: code of the catalog. kind: register, interval, gauge, virtual.
    end_use: code of the coding set in the home (empty = not said). step: minutes between readings. rated: most use in
    an hour (null = not on record). no_value: readings that mean none (`0;-999`). direction: import, or export (counts
    against it). parent: the point above it. formula: of a virtual one, by the codes of its parts (domain/formula.py).
    """

    KEY = ("point_id",)

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="versions")
    name = models.CharField(_("name"), max_length=200, blank=True)
    institution = models.BigIntegerField(db_index=True)
    carrier = models.CharField(_("carrier"), max_length=40)
    unit = models.CharField(_("unit"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10)
    end_use = models.CharField(_("end use"), max_length=10, blank=True)
    step = models.PositiveIntegerField(_("minutes between readings"), default=15)
    rated = QuantityField(_("most use in an hour"), null=True)
    direction = models.CharField(_("direction"), max_length=6, default="import")
    parent = models.BigIntegerField(null=True, db_index=True)
    no_value = models.CharField(_("readings that mean no value"), max_length=200, blank=True)
    formula = models.TextField(_("formula"), blank=True)

    class Meta:
        verbose_name = _("metering point's attributes")
        verbose_name_plural = _("metering points' attributes")
        indexes = [
            models.Index(fields=["point"], condition=models.Q(kind="virtual"), name="metering_virtual")
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.name}"


class MeterPeriod(DatedRow):
    """Which physical meter served a point from one instant to another (UTC seconds; null end = still there).

    use = register × num ÷ den. digits: places before the point after which it begins anew (null = not on record).
    decimals: places behind the point. first, last: what it showed when it came and went (null = not on record).
    valid_from, valid_to: the local days of the two instants.
    """

    KEY = ("point_id",)

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="meters")
    serial = models.CharField(_("serial number"), max_length=60, blank=True)
    begins = models.BigIntegerField()
    ends = models.BigIntegerField(null=True)
    num = models.BigIntegerField(default=1)
    den = models.BigIntegerField(default=1)
    digits = models.PositiveSmallIntegerField(null=True)
    decimals = models.PositiveSmallIntegerField(default=2)
    first = QuantityField(null=True)
    last = QuantityField(null=True)

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")

    def __str__(self) -> str:
        return f"{self.point_id} {self.serial}".strip()


class ReadingEdit(DatedRow):
    """What a person has said of a point's data 人工修正: dated, with its reason; the readings stay as they are.

    exclude: readings from `begins` to `ends` (both included) do not count. use: the use of [begins, ends) is `use`.
    swap: at `begins` another meter came, the old one showed `last`, the new one `first`. reset: the meter began anew
    then, and showed that (null = nobody knows). A withdrawal is a later row that is `gone`, with its own reason.
    """

    KEY = ("point_id",)

    class Kind(models.TextChoices):
        EXCLUDE = "exclude", _("exclude readings")
        USE = "use", _("set the use")
        SWAP = "swap", _("declare a change of the meter")
        RESET = "reset", _("confirm that the meter began anew")

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="edits")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    begins = models.BigIntegerField()
    ends = models.BigIntegerField()
    use = QuantityField(null=True)
    first = QuantityField(null=True)
    last = QuantityField(null=True)
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("edit of readings")
        verbose_name_plural = _("edits of readings")

    def __str__(self) -> str:
        return f"{self.kind} {self.point_id} {self.begins}"


class ReadingBatch(models.Model):
    """A file or a packet of readings that is in the lake: `id` is the `ingest_seq` of its rows.

    rank: of its source (correction over file over what a collector sends). received: when it came, by which the clock
    of its readings was judged. state: pending until its commit in the lake is known; lost where it never came to one,
    and so was never acknowledged.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DONE = "done", _("done")
        LOST = "lost", _("lost")

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=20)
    rank = models.BigIntegerField()
    received = models.DateTimeField()
    actor = models.CharField(max_length=150)
    rows = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    findings = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)

    class Meta:
        verbose_name = _("batch of readings")
        verbose_name_plural = _("batches of readings")

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class Packet(models.Model):
    """Readings that a program sent in one request; acknowledged once they are in the write-ahead log.

    client, key: who, under which key of its own; digest: SHA-256 of the request; user: whose token it was.
    segment, offset: where they stand in the log. rows, rejected, findings: what the sender was told.
    fold: the batch with which they went into the lake; stored, duplicate, conflict: what became of them there.
    """

    client = models.CharField(max_length=40)
    key = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    user = models.BigIntegerField()
    actor = models.CharField(max_length=150)
    received = models.DateTimeField()
    segment = models.CharField(max_length=120)
    offset = models.BigIntegerField()
    rows = models.BigIntegerField()
    rejected = models.BigIntegerField()
    findings = models.JSONField(default=list)
    fold = models.ForeignKey(ReadingBatch, on_delete=models.PROTECT, null=True, related_name="packets")
    stored = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    conflict = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("packet of readings")
        verbose_name_plural = _("packets of readings")
        constraints = [
            models.UniqueConstraint(fields=["segment", "offset"], name="metering_packet_place"),
            models.UniqueConstraint(
                fields=["client", "key"], condition=~models.Q(key=""), name="metering_packet_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.client} {self.key}".strip()

    @property
    def is_folded(self) -> bool:
        """Whether its readings are in the lake."""
        return self.fold is not None and self.fold.state == ReadingBatch.State.DONE


class PointWork(models.Model):
    """Why somebody has to look at a point, from when to when (UTC seconds); replaced with what is derived."""

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="work")
    month = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    start = models.BigIntegerField()
    end = models.BigIntegerField()

    class Meta:
        verbose_name = _("point to look at")
        verbose_name_plural = _("points to look at")
        indexes = [models.Index(fields=["point", "month"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.point_id} {self.start}"


class PointMonth(models.Model):
    """What the derived hours of a point's month say together; replaced with what is derived.

    Hours by how their use is known; `use`: sum of the known ones; `last`: the end of the last one that the
    meter told (UTC seconds).
    """

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="months")
    month = models.PositiveIntegerField(db_index=True)
    measured = models.PositiveIntegerField(default=0)
    calculated = models.PositiveIntegerField(default=0)
    estimated = models.PositiveIntegerField(default=0)
    manual = models.PositiveIntegerField(default=0)
    suspect = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    use = QuantityField(null=True)
    last = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("point's month")
        verbose_name_plural = _("points' months")
        constraints = [models.UniqueConstraint(fields=["point", "month"], name="point_month")]

    def __str__(self) -> str:
        return f"{self.point_id} {self.month}"


class PointLook(models.Model):
    """Which readings beyond the days that a month looks at matter to a point's month (look.py); replaced with what is
    derived. since, until: from and up to which instant (UTC seconds; null = none on that side). No row: none at all.
    """

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="looks")
    month = models.PositiveIntegerField(db_index=True)
    since = models.BigIntegerField(null=True)
    until = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("what a point's month looks at")
        verbose_name_plural = _("what points' months look at")
        constraints = [models.UniqueConstraint(fields=["point", "month"], name="point_month_look")]

    def __str__(self) -> str:
        return f"{self.point_id} {self.month}"


class LastReading(models.Model):
    """The newest reading of a point's total, as it was stored: when it was read (UTC seconds), what it showed, in the
    unit of the point on that day, and the batch by which it came.

    rank, revision: by which one counts before another of the same instant; value null: two that rank alike differ.
    """

    point = models.OneToOneField(
        Point, on_delete=models.PROTECT, primary_key=True, related_name="last_reading"
    )
    ts = models.BigIntegerField()
    value = QuantityField(null=True)
    rank = models.BigIntegerField()
    revision = models.BigIntegerField()
    batch = models.BigIntegerField()

    class Meta:
        verbose_name = _("last reading")
        verbose_name_plural = _("last readings")

    def __str__(self) -> str:
        return f"{self.point_id} {self.ts}"


class Derivation(models.Model):
    """How far the derivation has come; one row.

    state: what came up to it (derived.py) is in all derived tables, or changes nothing in them. rebuild: months that
    are still to be made again of the raw readings. method: by which way of deriving they were made (derived.METHOD).
    raw_from: the first month whose raw readings are kept (kept.py); empty: of all.
    """

    state = models.BigIntegerField(default=-1)
    method = models.PositiveIntegerField(default=0)
    rebuild = models.JSONField(default=list)
    raw_from = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("how far the derivation has come")
        verbose_name_plural = _("how far the derivation has come")

    def __str__(self) -> str:
        return str(self.state)


class MeteredFact(models.Model):
    """What an institution used in a month by its meters, as publication `seq` says; a restatement names the old row.

    end_use: empty for the total of the carrier. completeness, estimated: shares of the hours of all points in it.
    gone: nothing of it is known any more; the numbers are those of the row that it stands for.
    """

    id = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(db_index=True)
    replaces = models.BigIntegerField(null=True, unique=True)
    institution = models.BigIntegerField()
    month = models.PositiveIntegerField()
    carrier = models.CharField(max_length=40)
    end_use = models.CharField(max_length=10, blank=True)
    use = QuantityField()
    completeness = QuantityField()
    estimated = QuantityField()
    gone = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("metered use")
        verbose_name_plural = _("metered uses")
        indexes = [models.Index(fields=["month", "institution"])]

    def __str__(self) -> str:
        return f"{self.institution} {self.month} {self.carrier} {self.end_use}".strip()


class MeteredRequest(models.Model):
    """A publication of a month's uses that somebody asked for; the worker does it, part by part.

    user: who asked, whose right is looked at again when it is done. whole: lines below the threshold too.
    reason: with which rows that have changed are published anew. done of total: institutions.
    """

    month = models.PositiveIntegerField(db_index=True)
    user = models.BigIntegerField()
    actor = models.CharField(max_length=150)
    whole = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    task = models.CharField(max_length=36, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    published = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request to publish metered uses")
        verbose_name_plural = _("requests to publish metered uses")

    def __str__(self) -> str:
        return f"{self.pk} {self.month} {self.actor}"


class Calibration(models.Model):
    """A calibration 检定 of a physical meter: of the one with this serial number that serves or served the point.

    on: the day; due: until when the certificate says that it holds (null = it does not say). batch: of the file.
    """

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="calibrations")
    serial = models.CharField(_("serial number"), max_length=60, blank=True)
    on = models.DateField()
    due = models.DateField(null=True)
    certificate = models.CharField(max_length=100, blank=True)
    body = models.CharField(max_length=200, blank=True)
    batch = models.BigIntegerField()

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        constraints = [
            models.UniqueConstraint(fields=["point", "serial", "on"], name="metering_calibration_once")
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.serial} {self.on}"


class ToBeMetered(models.Model):
    """A place of an institution that should have a meter 应装: what the denominators of the equipping rates count.

    kind: a level of the water supply, or a sub-item of a key system or part. meter: code of the point that meters it
    (empty = none does). Counted on the days of [valid_from, valid_to). batch: of the file that said so last.
    """

    class Kind(models.TextChoices):
        WATER1 = "water1", _("water, level 1")
        WATER2 = "water2", _("water, level 2")
        WATER3 = "water3", _("water, level 3")
        SYSTEM = "system", _("key system or part")

    institution = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    place = models.CharField(max_length=200)
    meter = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()
    batch = models.BigIntegerField()

    class Meta:
        verbose_name = _("place to be metered")
        verbose_name_plural = _("places to be metered")
        constraints = [
            models.UniqueConstraint(fields=["institution", "kind", "place"], name="metering_to_be_metered")
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.kind} {self.place}"
