"""Which runs are ready: parts that are stored, and the publication whose standard runs are all there."""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime

from jieyue.apps.accounts.models import RunFrame
from jieyue.apps.accounts.services.compute_run import RunPlan, store_part

#: The part that says that all standard runs of the run's publication are stored; its content lists them. The number
#: grows with what is kept ready: after an upgrade the newest publication is prepared anew.
STANDARD = "standard.2"


def stored_parts(runs: Collection[str]) -> set[tuple[str, str]]:
    """(run, part) of what is stored of some runs, without reading it."""
    return set(RunFrame.objects.filter(run_id__in=runs).values_list("run_id", "part"))


def mark_prepared(plan: RunPlan, runs: Collection[str]) -> None:
    """Say that the standard runs of the plan's publication are stored; said once."""
    content = json.dumps(sorted(runs)).encode()
    store_part(plan, STANDARD, content, hashlib.sha256(content).hexdigest())


def prepared_sequence() -> int:
    """The newest publication whose standard runs are all stored; 0 before the first."""
    return _last()[0]


def prepared_at() -> datetime | None:
    """When its first run was made."""
    return _last()[1]


def _last() -> tuple[int, datetime | None]:
    marks = RunFrame.objects.filter(part=STANDARD).order_by("-pk")
    for key, made in marks.values_list("run__key", "run__made_at")[:1]:
        return int(key["sequence"]), made
    return 0, None
