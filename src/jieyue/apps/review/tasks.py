"""What the worker does for the review: a pass that was asked for, and every night one of what is being collected."""

from django.conf import settings
from django_tasks import task

from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.queries import open_periods
from jieyue.apps.review.models import ReviewRequest, RuleRelease
from jieyue.apps.review.releases import held_on, loaded
from jieyue.apps.review.rules import refuse_unread
from jieyue.apps.review.services.check_returns import check_returns
from jieyue.apps.schedule.priorities import ORDERED
from jieyue.catalog.strict import CatalogError
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period

NIGHT = "worker"


@task(priority=ORDERED)
def check_all(request: int) -> int:
    """Do the pass that was asked for; the number of findings."""
    row = ReviewRequest.objects.get(pk=request)
    row.run = check_returns(row.form, [Period.parse(row.period)], actor=row.actor)
    row.save(update_fields=["run"])
    return sum(row.run.counts.values())


@task(priority=ORDERED)
def try_release(number: int) -> None:
    """Try a proposed rule set on past data beside the one that holds for them; a failure is kept in words."""
    from jieyue.apps.review.services.release_rules import keep_trial
    from jieyue.apps.review.services.try_rules import past_periods, try_rules

    row = RuleRelease.objects.get(pk=number)
    form = home_plan().method.account_form
    periods = past_periods(form)
    if not periods:
        keep_trial(
            number,
            {
                "failed_zh": "还没有已公布的报表可试",
                "failed_en": "there are no published returns to try it on",
            },
        )
        return
    try:
        proposed = loaded(row.contents)
        refuse_unread(proposed.rules)  # a proposal of before may not have been looked at so
        found = try_rules(proposed, held_on(periods[-1].last_day), form, periods)
    except (DomainError, CatalogError) as error:
        said = getattr(error, "message_zh", str(error)), getattr(error, "message_en", str(error))
        keep_trial(number, {"failed_zh": said[0], "failed_en": said[1]})
        return
    keep_trial(number, found.as_dict())


def check_collected() -> None:
    """Ask for a pass over every ended period that has returns on their way."""
    from jieyue.apps.review.services.ask_check import ask_check

    today = settings.JIEYUE_HOME.today()
    ruled = {row.form for row in held_on(today).rules.rows}
    judged = [
        form for form in forms() if form in ruled and home_catalog().forms[form].instance == "none"
    ]  # forms with rooms are not judged by themselves
    for form in judged:
        for period in map(Period.parse, open_periods(form)):
            if period.last_day < today:
                ask_check(form, period, actor=NIGHT)
