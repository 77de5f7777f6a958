"""Health: `/healthz` the process answers; `/readyz` it can do its work. Strangers learn nothing else."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from jieyue.store import disk


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process lives. No database, no session."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Each part `ok` or `fail`; 503 if one fails."""
    found = checks()
    good = all(found.values())
    body = {
        "status": "ok" if good else "fail",
        "checks": {k: "ok" if v else "fail" for k, v in found.items()},
    }
    return JsonResponse(body, status=200 if good else 503)


def checks() -> dict[str, bool]:
    """Each part of the process's surroundings and whether it works."""
    return {"database": _database(), "lake": _lake(), "disk": _disk(), "log": _log()}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def _lake() -> bool:
    """Every log entry whole and chained, every data file there with its size; bytes are `doctor`'s to read."""
    from jieyue.apps.publication.lake import open_lake
    from jieyue.store.errors import LakeError

    try:
        return not open_lake().verify()
    except (LakeError, OSError):
        return False


def _disk() -> bool:
    return not disk.is_low(settings.JIEYUE_HOME.path)


def _log() -> bool:
    """Whether this process still takes readings; after a flush that failed it must begin anew."""
    from jieyue.apps.metering.write_ahead import is_stopped

    return not is_stopped()
