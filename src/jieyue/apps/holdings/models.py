"""Tables of holdings 建筑与设施: things of an institution for ever, and what holds of each by date."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.domain.tree import OPEN_END


class Holding(models.Model):
    """A thing, for ever; its kind is a code of the catalog (catalog/holdings)."""

    kind = models.CharField(_("kind"), max_length=40)

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class HoldingSpan(models.Model):
    """What holds of a thing on the days of [valid_from, valid_to): whose it is, its number and name, and its fields.

    kind: as of the thing, for the lists. values: code of the field → numbers in ten-thousandths of the field's unit,
    dates as 2026-01-31, else the word or text; what is not there is not known. source: of the entry. batch: of the file
    that said it last (null: a page did). What a correction replaces is in the action log.
    """

    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="spans")
    institution = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=40)
    code = models.CharField(_("number"), max_length=60)
    name = models.CharField(_("name"), max_length=200, blank=True)
    values = models.JSONField(default=dict)
    source = models.CharField(_("source"), max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(default=OPEN_END)
    batch = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("state of a holding")
        verbose_name_plural = _("states of holdings")
        indexes = [models.Index(fields=["kind", "valid_from"], name="holdings_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "kind", "code", "valid_from"], name="holdings_one_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.kind} {self.code}"


class KeyUnit(models.Model):
    """An institution is a key energy-using unit 重点用能单位 on the days of [valid_from, valid_to).

    document: the number of the paper by which it is; supervisor: the body that supervises it since valid_from. Another
    supervisor or another paper is a row of its own.
    """

    institution = models.BigIntegerField(db_index=True)
    document = models.CharField(_("document"), max_length=100)
    supervisor = models.CharField(_("supervising body"), max_length=100)
    valid_from = models.DateField()
    valid_to = models.DateField(default=OPEN_END)

    class Meta:
        verbose_name = _("key unit")
        verbose_name_plural = _("key units")
        constraints = [
            models.UniqueConstraint(fields=["institution", "valid_from"], name="holdings_key_unit_once")
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.document}"
