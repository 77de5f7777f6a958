"""Tables of the registry 机构台账: institutions for ever, their attributes dated twice, the names they go by."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.apps.publication.dated import DatedRow
from jieyue.apps.publication.fields import QuantityField
from jieyue.domain.tree import OPEN_END


class Institution(models.Model):
    """A public institution 公共机构, for ever; everything that can change stands in its versions."""

    id = models.BigIntegerField(primary_key=True)
    first_seen = models.DateField()

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")

    def __str__(self) -> str:
        return str(self.id)


class InstitutionVersion(DatedRow):
    """What holds of an institution in a span of days. A quantity that is null is unknown, never zero.

    Units: floor_area [m²]; persons (energy users 用能人数), students, boarders [persons]; beds; vehicles.
    in_count False: registered, but outside this authority's count (units of central departments). rooms: numbers of
    its data-centre rooms (domain/rooms.py), each files NY202. heating: yes = it is heated and files NY203; no; empty
    = unknown, nothing is asked for. sensitive: yes = nothing that goes out may single it out (sensitive.py); no, empty
    = not so.
    """

    KEY = ("institution_id",)

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="versions")
    code = models.CharField(_("code"), max_length=60, db_index=True)
    name = models.CharField(_("name"), max_length=200, db_index=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=40, blank=True, db_index=True)
    level = models.CharField(_("level"), max_length=40, blank=True)
    in_count = models.BooleanField(_("in the count"), default=True)
    floor_area = QuantityField(_("floor area"), null=True)
    persons = QuantityField(_("energy users"), null=True)
    students = QuantityField(_("students"), null=True)
    boarders = QuantityField(_("boarders"), null=True)
    beds = QuantityField(_("beds"), null=True)
    vehicles = QuantityField(_("vehicles"), null=True)
    nev_vehicles = QuantityField(_("new-energy vehicles"), null=True)
    office_mode = models.CharField(_("office mode"), max_length=40, blank=True)
    rooms = models.CharField(_("data-centre rooms"), max_length=1100, blank=True, default="")
    heating = models.CharField(_("heated"), max_length=3, blank=True, default="")
    sensitive = models.CharField(_("sensitive"), max_length=3, blank=True, default="")
    lon = models.FloatField(_("longitude"), null=True)
    lat = models.FloatField(_("latitude"), null=True)
    coord_sys = models.CharField(_("coordinate system"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("institution's attributes")
        verbose_name_plural = _("institutions' attributes")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Alias(models.Model):
    """A name or code that an institution goes or went by. A decision about a name is kept, so it is asked once."""

    class Kind(models.TextChoices):
        NAME = "name", _("other name")
        FORMER = "former", _("former name")
        FOREIGN = "foreign", _("code of another system")
        CREDIT = "credit", _("former credit code")
        CODE = "code", _("former code")

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="aliases")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(default=OPEN_END)
    decided_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        indexes = [models.Index(fields=["value", "kind"])]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "kind", "value", "valid_from"], name="one_alias_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


class FilingDuty(models.Model):
    """Who files which months of the year that a reorganisation broke, and which body collects them.

    institution: whose months these are; filer: whose users enter them; collector: node of the reporting line.
    Months from first_month to last_month, both included (1–12). The newest duty of a month stands.
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="duties")
    filer = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="files_for")
    collector = models.BigIntegerField(null=True)
    year = models.PositiveSmallIntegerField()
    first_month = models.PositiveSmallIntegerField()
    last_month = models.PositiveSmallIntegerField()
    verb = models.CharField(max_length=20)
    seq = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("filing duty")
        verbose_name_plural = _("filing duties")
        indexes = [models.Index(fields=["institution", "year"])]

    def __str__(self) -> str:
        return (
            f"{self.institution_id} {self.year}-{self.first_month:02}..{self.last_month:02}: {self.filer_id}"
        )
