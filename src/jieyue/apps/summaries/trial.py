"""Past tables under other rules: the newest that each body has sent, by the rules about its columns and by those that
hold it to the returns behind it, as they were when it was frozen."""

from collections.abc import Sequence

from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.models import ReturnVersion
from jieyue.apps.review.releases import Held
from jieyue.apps.review.tables import Judged
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.models import Summary
from jieyue.apps.summaries.queries import cells
from jieyue.apps.summaries.rules import Behind, Finding, of_contents, of_table, sums_behind
from jieyue.domain.period import Period

_BATCH = 500
_kept = LastFew[Behind](1000)  # a trial asks twice: for the proposed rules, and for those in force


def judge(held: Held, form: str, periods: Sequence[Period]) -> Judged:
    """Of the tables that stand on a form."""
    forms = [row.code for row in home_catalog().forms.values() if row.summary_of == form]
    rows = Summary.objects.filter(form__in=forms, period__in=[str(period) for period in periods])
    there = rows.filter(state__in=(Summary.State.SENT, Summary.State.ACCEPTED)).order_by("number")
    newest = {(row.body, row.form, row.period): row for row in there}
    order = sorted(newest.values(), key=lambda row: (row.form, row.period, row.seq, row.pk))
    flags = [(one.rule.code, one.flag.severity, row.pk) for row in order for one in _found(row, held)]
    return Judged(len(newest), tuple(flags))


def _found(row: Summary, held: Held) -> list[Finding]:
    period, frozen = Period.parse(row.period), cells(row)
    found = of_table(row.form, period, frozen, rules=held.rules)

    def behind() -> Behind:
        sums = _kept.get((row.digest, home_catalog().digest), lambda: _behind(row, period))
        return {item: line for item, line in sums.items() if item in frozen}  # the lines that it had then

    return found + of_contents(period, row.form, frozen, behind, held.rules)


def _behind(row: Summary, period: Period) -> Behind:
    """What the versions that the table froze add up to."""
    numbers = list(row.contents.values_list("version", flat=True))
    listed: list[tuple[int, int]] = []
    for start in range(0, len(numbers), _BATCH):
        some = ReturnVersion.objects.filter(pk__in=numbers[start : start + _BATCH])
        listed += some.values_list("parent__subject", "pk")
    return sums_behind(ledger_of(row.body, row.form, period, sequence=row.seq), listed)
