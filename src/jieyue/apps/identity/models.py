"""Tables of identity: persons who sign in, and what they may do where, from when to when."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from jieyue.apps.publication.prepared import Prepared
from jieyue.domain.tree import OPEN_END


class Accounts(UserManager["User"]):
    """Accounts; the one of a session, which every request asks for by its number, by a prepared query."""

    use_in_migrations = False

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """As any `get`."""
        if args or set(kwargs) != {"pk"}:
            return super().get(*args, **kwargs)
        found = _ACCOUNT.objects(pk=kwargs["pk"])
        if not found:
            raise User.DoesNotExist
        return found[0]


class User(AbstractUser):
    """A person who signs in. Rights come from grants, never from Django's own flags."""

    real_name = models.CharField(_("real name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)  # blank = the home's

    appearance = models.CharField(_("appearance"), max_length=20, blank=True)  # blank = as the system says
    guided = models.BooleanField(_("has seen the first steps"), default=False)
    views = models.JSONField(_("saved views"), default=list, blank=True)  # name, path and query of each

    objects: ClassVar[Accounts] = Accounts()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.real_name or self.username


_ACCOUNT = Prepared(lambda pk: User.objects.filter(pk=pk), pk=models.BigIntegerField())


class Mandate(models.Model):
    """One act by which a person got rights for a time, or another one's: the grants that it made name it.

    giver: whose rights they are, or who lends his worklist; null for an audit, which nobody gives of his own.
    ended_on: taken back before its time.
    """

    class Kind(models.TextChoices):
        """Delegation while absent 委托, lending 借审, hand-over 交接, bounded audit 审计查阅."""

        DELEGATION = "delegation"
        LENDING = "lending"
        HAND_OVER = "hand_over"
        AUDIT = "audit"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    giver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="mandates_given")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mandates_taken")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"))
    forms = models.JSONField(null=True, default=None)
    periods = models.JSONField(null=True, default=None)
    occasion = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    ended_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")

    def __str__(self) -> str:
        return f"{self.kind} {self.giver_id}-{self.taker_id}"


class Grant(models.Model):
    """A role on a node of the reporting line, and on all below it, in [valid_from, valid_to).

    node: a node of the line, or an institution, which is a leaf of the line. A grant is ended, never deleted:
    who could do what on a day stays known. forms, periods, verbs: null = all that the role may; a limited grant
    (delegation, lending, bounded audit) names them. source: the grant that it was made out of; it counts only
    while that one does. mandate: the act that made it.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=30)
    node = models.BigIntegerField(_("node"))
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), default=OPEN_END)
    forms = models.JSONField(null=True, default=None)
    periods = models.JSONField(null=True, default=None)
    verbs = models.JSONField(null=True, default=None)
    granted_by = models.CharField(max_length=150)
    source = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="made_out")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, related_name="grants")

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        indexes = [models.Index(fields=["user", "valid_from"]), models.Index(fields=["node"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.node}"


class ApiToken(models.Model):
    """A key for programs that act as a user: some of the user's verbs, until a day. Only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret
    verbs = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")

    def __str__(self) -> str:
        return f"{self.user_id} {self.name}"


class Activation(models.Model):
    """The code on a person's printed slip: opens the account once, until a day. Only its password hash is kept."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="activation")
    digest = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("activation code")
        verbose_name_plural = _("activation codes")

    def __str__(self) -> str:
        return f"{self.user_id} {self.expires_at:%Y-%m-%d}"


class SignIn(models.Model):
    """A session that a person opened: when, from where, with what. The key is the session's own."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(_("time"))
    address = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"


class WallDevice(models.Model):
    """A screen on a wall: one link that shows one scope, until a day or until it is taken back. No person's session.

    digest: SHA-256 of the link's secret; the secret itself is kept nowhere. scope: `city` or `line:CODE`. indicator: of
    the map; blank = several in turn.
    """

    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=60)
    indicator = models.CharField(max_length=60, blank=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("wall display")
        verbose_name_plural = _("wall displays")

    def __str__(self) -> str:
        return f"{self.name} {self.scope}"


class SharedView(models.Model):
    """A view shared with a body of the reporting line: a name for an address, never a right.

    node: the body. Names are one of a kind for a body and a page. query: the page's filters.
    """

    node = models.BigIntegerField(_("node"))
    name = models.CharField(_("name"), max_length=40)
    path = models.CharField(max_length=200)
    query = models.TextField(blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shared_views")
    shared_at = models.DateTimeField()

    class Meta:
        verbose_name = _("shared view")
        verbose_name_plural = _("shared views")
        constraints = [models.UniqueConstraint(fields=["path", "node", "name"], name="shared_view_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.node}"
