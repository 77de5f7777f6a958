"""Tidying that the worker does once a day."""

from datetime import timedelta
from typing import Final

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

#: Results of tasks are kept so long.
KEPT: Final = timedelta(days=30)


def tidy() -> None:
    """Remove results of old tasks and sessions that have ended."""
    DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT).delete()
    SessionStore.clear_expired()
