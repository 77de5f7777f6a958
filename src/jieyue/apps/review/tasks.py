"""What the worker does for the review: a pass that was asked for, and every night one of what is being collected."""

from django.conf import settings
from django_tasks import task

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.queries import open_periods
from jieyue.apps.review.models import ReviewRequest
from jieyue.apps.review.rules import ruleset
from jieyue.apps.review.services.check_returns import check_returns
from jieyue.domain.period import Period

NIGHT = "worker"


@task()
def check_all(request: int) -> int:
    """Do the pass that was asked for; the number of findings."""
    row = ReviewRequest.objects.get(pk=request)
    row.run = check_returns(row.form, [Period.parse(row.period)], actor=row.actor)
    row.save(update_fields=["run"])
    return sum(row.run.counts.values())


def check_collected() -> None:
    """Ask for a pass over every ended period that has returns on their way."""
    from jieyue.apps.review.services.ask_check import ask_check

    today = settings.JIEYUE_HOME.today()
    ruled = {row.form for row in ruleset().rows}
    judged = [
        form for form in forms() if form in ruled and home_catalog().forms[form].instance == "none"
    ]  # forms with rooms are not judged by themselves
    for form in judged:
        for period in map(Period.parse, open_periods(form)):
            if period.last_day < today:
                ask_check(form, period, actor=NIGHT)
