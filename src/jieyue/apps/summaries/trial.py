"""Past tables under other rules: the newest that each body has sent, by the rules about their columns."""

from collections.abc import Sequence

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.review.releases import Held
from jieyue.apps.review.tables import Judged
from jieyue.apps.summaries.models import Summary
from jieyue.apps.summaries.queries import cells
from jieyue.apps.summaries.rules import of_table
from jieyue.domain.period import Period


def judge(held: Held, form: str, periods: Sequence[Period]) -> Judged:
    """Of the tables that stand on a form; rules that compare with the returns behind are not among these."""
    forms = [row.code for row in home_catalog().forms.values() if row.summary_of == form]
    rows = Summary.objects.filter(form__in=forms, period__in=[str(period) for period in periods])
    there = rows.filter(state__in=(Summary.State.SENT, Summary.State.ACCEPTED)).order_by("number")
    newest = {(row.body, row.form, row.period): row for row in there}
    flags = [
        (one.rule.code, one.flag.severity, row.pk)
        for row in newest.values()
        for one in of_table(row.form, Period.parse(row.period), cells(row), rules=held.rules)
    ]
    return Judged(len(newest), tuple(flags))
