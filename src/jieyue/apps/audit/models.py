"""The action log 操作日志: one row for every verb, written in the transaction of the change, never altered."""

from typing import Any, Never

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnlyError(Exception):
    """Somebody tried to change or remove a row of the log."""

    def __init__(self) -> None:
        super().__init__("操作日志只能追加，不能修改或删除 / the action log can only be added to")


class _AppendOnlyQuerySet(models.QuerySet[models.Model]):
    """The database's triggers refuse as well; this refuses earlier and says why."""

    def update(self, **kwargs: Any) -> Never:
        raise AppendOnlyError

    def delete(self) -> Never:
        raise AppendOnlyError


class _AppendOnly(models.Model):
    """A row that is written once."""

    objects = _AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError


class ActionLog(_AppendOnly):
    """Who did what to which object, when, why, through which door.

    actor is text, so that the log imports nobody and outlives every account.
    before, after: SHA-256 of the object's canonical JSON; empty where there was or is nothing.
    """

    at = models.DateTimeField(_("time"), db_index=True)  # UTC
    actor = models.CharField(_("actor"), max_length=150)
    on_behalf = models.CharField(_("on behalf of"), max_length=150, blank=True)
    verb = models.CharField(_("action"), max_length=60)
    object = models.CharField(_("object"), max_length=120)
    before = models.CharField(max_length=64, blank=True)
    after = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    source = models.CharField(_("source"), max_length=20)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("action log entry")
        verbose_name_plural = _("action log")
        indexes = [models.Index(fields=[name, "at"]) for name in ("object", "verb", "actor")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.verb} {self.object}"


class LogLeaf(_AppendOnly):
    """The number of an entry, its leaf hash and the head of the chain up to it (domain/log_chain.py).

    Given by the sequencer soon after the entry was committed, so that writers need no common lock.
    """

    seq = models.BigIntegerField(primary_key=True)
    entry = models.BigIntegerField(unique=True)  # ActionLog.id; no foreign key: a leaf outlives a deleted row
    leaf = models.CharField(max_length=64)
    head = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("log leaf")
        verbose_name_plural = _("log leaves")

    def __str__(self) -> str:
        return f"{self.seq} {self.head[:16]}"


class LogCheckpoint(_AppendOnly):
    """The signed Merkle root of the first `size` entries; `peaks` let the next one go on from here."""

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    peaks = models.JSONField()
    at = models.DateTimeField()
    origin = models.CharField(max_length=200)
    algorithm = models.CharField(max_length=20)
    key = models.CharField(max_length=64)  # SHA-256 of the public key
    signature = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("log checkpoint")
        verbose_name_plural = _("log checkpoints")

    def __str__(self) -> str:
        return f"{self.size} {self.root[:16]}"


class LogSalt(models.Model):
    """What the log's digests of a person's data are mixed with; without it nobody can tell what they were made of.

    The one table of the log that may be deleted from: that is what it is for.
    """

    object = models.CharField(max_length=120, unique=True)  # as in the entries: `user:12`
    salt = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("log salt")
        verbose_name_plural = _("log salts")

    def __str__(self) -> str:
        return self.object
