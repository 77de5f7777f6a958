"""Every institution of a run, read from the lake in one pass: for what is worked out once and stored."""

from jieyue.apps.accounts.collect import Everyone, collect_everyone
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.apps.publication.lake import open_lake


def everyone(plan: RunPlan) -> Everyone:
    """By the run's form, period, publication, day of boundaries and versions of returns."""
    key, form = plan.key, plan.method.account.form
    return collect_everyone(
        open_lake(), form, plan.period, sequence=key.sequence, day=plan.day, versions=key.versions
    )
