"""What the worker does again and again, and how often. The functions are the apps'."""

from datetime import time, timedelta
from typing import Final

from jieyue.apps.audit import tasks as audit
from jieyue.apps.exchange import tasks as exchange
from jieyue.apps.identity import tasks as identity
from jieyue.apps.insights import tasks as insights
from jieyue.apps.metering import tasks as metering
from jieyue.apps.obligations import tasks as obligations
from jieyue.apps.papers import tasks as papers
from jieyue.apps.returns import tasks as returns
from jieyue.apps.review import tasks as review
from jieyue.apps.schedule import tasks as schedule
from jieyue.apps.schedule.job import Job

JOBS: Final = (
    Job("publish", returns.publish, every=timedelta(seconds=5)),
    Job("number_log", audit.number, every=timedelta(seconds=2)),
    Job("anchor_log", audit.anchor, every=timedelta(hours=1)),
    Job("fold", metering.fold, every=timedelta(minutes=1)),
    Job("fold_many", metering.fold_many, every=timedelta(seconds=5)),
    Job("prepare", insights.ask_prepare, every=timedelta(minutes=1)),
    Job("review", review.check_collected, at=time(1, 30)),
    Job("end_handed_over", identity.end_handed_over, at=time(0, 1)),
    Job("open_periods", obligations.open_ended, at=time(0, 10)),
    Job("retain_readings", metering.ask_retain, at=time(2, 0)),
    Job("draft_bulletins", papers.ask_ready, at=time(5, 0)),
    Job("tidy_readings", metering.ask_tidy, at=time(2, 30)),
    Job("tidy_files", exchange.tidy, at=time(3, 0)),
    Job("tidy", schedule.tidy, at=time(3, 30)),
)
