"""Tables of the trees: nodes with dated names and parents, and which institution hangs where, dated."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.apps.publication.dated import DatedRow


class Tree(models.TextChoices):
    """The four trees; `unit` is no tree: its memberships name the institution that reports for another."""

    AREA = "area", _("area")
    DEPARTMENT = "department", _("department")
    TYPE = "type", _("type")
    LINE = "line", _("reporting line")


#: The membership whose target is an institution.
UNIT = "unit"


class Node(models.Model):
    """A node for ever; what it is called and where it hangs stands in its versions."""

    id = models.BigIntegerField(primary_key=True)
    tree = models.CharField(max_length=10, choices=Tree.choices)

    class Meta:
        verbose_name = _("node")
        verbose_name_plural = _("nodes")

    def __str__(self) -> str:
        return f"{self.tree}:{self.id}"


class NodeVersion(DatedRow):
    """What holds of a node in a span of days. `outside`: not in this authority's count (central units)."""

    KEY = ("node_id", "tree")

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="versions")
    tree = models.CharField(max_length=10, choices=Tree.choices)
    code = models.CharField(_("code"), max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    parent = models.BigIntegerField(_("parent"), null=True)
    outside = models.BooleanField(_("outside the count"), default=False)

    class Meta:
        indexes = [models.Index(fields=["tree", "code"])]

    def __str__(self) -> str:
        return f"{self.tree}:{self.code} {self.name_zh}"


class Membership(DatedRow):
    """The institution hangs at this node of this tree; for `unit`, `node` is an institution."""

    KEY = ("institution", "tree")

    institution = models.BigIntegerField()
    tree = models.CharField(max_length=10)
    node = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["institution", "tree"]),
            models.Index(fields=["node", "tree"]),
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.tree}:{self.node}"


class BoundaryFile(models.Model):
    """An official boundary file as it was loaded: polygons by region code, under the number of the map's review.

    shapes: region code → polygons of rings of (longitude, latitude) [degrees]; unmatched: what stood for no region.
    A file is followed by a later one or taken back, never changed.
    """

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    approval = models.CharField(max_length=60)
    valid_from = models.DateField()
    shapes = models.JSONField()
    unmatched = models.JSONField(default=list)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("boundary file")
        verbose_name_plural = _("boundary files")

    def __str__(self) -> str:
        return f"{self.approval} {self.valid_from}"
