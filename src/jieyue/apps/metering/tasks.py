"""What the worker does with readings: fold what was pushed, then derive what it touched."""

from django.conf import settings
from django.db.models import Sum
from django_tasks import task

from jieyue.apps.metering.kept import months_to_keep
from jieyue.apps.metering.lake import prepared_lake
from jieyue.apps.metering.models import Packet
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.fold_packets import ROWS, fold_packets
from jieyue.apps.metering.services.publish_part import publish_part
from jieyue.apps.metering.services.retain_readings import retain_readings
from jieyue.apps.metering.services.tidy_readings import tidy_readings
from jieyue.apps.schedule.priorities import ORDERED


def fold() -> None:
    """Every minute: the log into the lake; the derivation, which may take long, is asked for with it."""
    fold_packets()


def fold_many() -> None:
    """Every few seconds: the same at once if so many readings wait that a minute is too long."""
    waiting = Packet.objects.filter(fold=None).aggregate(rows=Sum("rows"))["rows"] or 0
    if waiting >= ROWS:
        fold()


@task()
def derive() -> int:
    """Derive the uses of what came in; the number of intervals."""
    with prepared_lake().lock.hold():
        pass  # it was asked for in the fold's transaction: that fold's rows are in when its lock is free
    return clean(actor="worker").intervals


def ask_tidy() -> None:
    """Every night: ask for the readings to be put together; it may take long."""
    tidy.enqueue()


@task()
def tidy() -> int:
    """Put the readings of each month together; the number of files that went into others."""
    return tidy_readings(actor="worker").files


def ask_retain() -> None:
    """Every night: ask for raw readings to be let go that are older than the authority keeps them, if it says so."""
    if months_to_keep(settings.JIEYUE_HOME.today()) is not None:
        retain.enqueue()


@task()
def retain() -> int:
    """Let old raw readings go; their number."""
    return retain_readings(actor="worker").rows


@task(priority=ORDERED)
def publish_asked(request: int) -> int:
    """Publish the monthly uses that a person asked for; the number of rows."""
    return publish_part(request).published
