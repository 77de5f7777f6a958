"""Tables of identity: persons who sign in, and what they may do where, from when to when."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in. Rights come from grants, never from Django's own flags."""

    real_name = models.CharField(_("real name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)  # blank = the home's

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.real_name or self.username
