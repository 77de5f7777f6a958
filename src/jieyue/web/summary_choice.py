"""Which table of a summary form a page speaks of: form, body, period, and what is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.http import urlencode

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns import queries as returns
from jieyue.apps.summaries.ledger import Ledger, ledger, ledger_of
from jieyue.apps.summaries.rules import Finding, of_table
from jieyue.apps.summaries.scope import bodies_for
from jieyue.apps.summaries.tables import Summed, summed
from jieyue.catalog.model import Form
from jieyue.domain.period import Period, PeriodError
from jieyue.domain.summary import cells_of
from jieyue.web.access import Access, access_of
from jieyue.web.as_of import sequence_of
from jieyue.web.selection import Group, default_period, period_groups
from jieyue.web.words import local, period_name

#: What is counted: what is approved and published; with what is submitted; as it was accepted first.
APPROVED, UNAPPROVED, REPORTED = "approved", "unapproved", "reported"
BASES = (APPROVED, UNAPPROVED, REPORTED)


@dataclass(frozen=True)
class Choice:
    """A body's table. bodies: those that the person may choose. access: as it counts for this form and period."""

    access: Access
    form: Form
    period: Period
    basis: str
    body: RunNode
    bodies: tuple[RunNode, ...]
    ledger: Ledger

    @property
    def said(self) -> tuple[str, str]:
        """Form and period, as rights are asked for."""
        return self.form.code, str(self.period)

    @property
    def base(self) -> Form:
        """The form that is summarised."""
        return home_catalog().forms[self.form.summary_of]

    @property
    def official(self) -> bool:
        """Whether the scheme asks for this table for such a period; a monthly one is the authority's own."""
        return is_official(self.form, self.period)

    @property
    def ended(self) -> bool:
        """Whether the period is over, and one that returns are filed for, so that its table may go upward."""
        return (
            self.period.kind_letter in self.base.periods
            and self.period.last_day < settings.JIEYUE_HOME.today()
        )

    @cached_property
    def approved(self) -> Ledger:
        """What is approved and published, whatever is shown: only that is sent upward and held to what was sent."""
        if self.basis != UNAPPROVED:
            return self.ledger
        return ledger_of(self.body.node, self.form.code, self.period, sequence=self.ledger.sequence)

    @cached_property
    def table(self) -> Summed:
        """The numbers."""
        return summed(self.ledger, self.body.node)

    @cached_property
    def as_reported(self) -> Summed:
        """The numbers as each return was published first: where no table of the body was accepted."""
        found = ledger_of(
            self.body.node, self.form.code, self.period, sequence=self.ledger.sequence, first=True
        )
        return summed(found, self.body.node)

    @cached_property
    def findings(self) -> list[Finding]:
        """What the rules about summaries say of the numbers."""
        return of_table(self.form.code, self.period, cells_of(self.table.lines), self.ledger, self.body.node)

    @property
    def scope(self) -> str:
        """The scope of the figures that stand beside it."""
        return self.body.scope

    def query(self, **more: str) -> str:
        """The address's words for this choice."""
        said = {"form": self.form.code, "body": self.body.code, "period": str(self.period)}
        if self.basis != APPROVED:
            said["basis"] = self.basis
        return urlencode({**said, **more})

    @property
    def body_name(self) -> str:
        """The body in words."""
        return local(self.body)

    @property
    def period_name(self) -> str:
        """The period in words."""
        return period_name(str(self.period))

    def periods(self) -> tuple[Group, ...]:
        """The periods to choose from."""
        days = available(self.base.code, self.ledger.sequence)
        return period_groups(days, str(self.period))


def is_official(form: Form, period: Period) -> bool:
    """Whether the scheme asks for the form's table for such a period."""
    return period.kind_letter in form.periods


def summary_forms() -> Mapping[str, Form]:
    """The summary forms of which a return was ever published; the first of the catalog always."""
    there = open_lake().tables()
    known = {code: form for code, form in home_catalog().forms.items() if form.summary_of}
    first = next(iter(known), "")
    return {
        code: form for code, form in known.items() if code == first or f"facts_{form.summary_of}" in there
    }


def chosen(request: HttpRequest, *, basis: str | None = None) -> Choice | None:
    """What the address asks for, with what is usual; None for who sees no body at all, and where nothing was
    ever published. Unknown is not found."""
    access, sequence = access_of(request), sequence_of(request)
    forms = summary_forms()
    form = forms.get(request.GET.get("form") or next(iter(forms), ""))
    basis = request.GET.get("basis", APPROVED) if basis is None else basis
    if form is None or basis not in BASES:
        raise Http404
    period = _period(request.GET.get("period") or default_period(available(form.summary_of, sequence)))
    unapproved = basis == UNAPPROVED
    try:
        found = ledger(form.code, period, sequence=sequence, unapproved=unapproved)
    except RefusedError:  # no return of the form was ever published
        return None
    access = access.asked(form.code, str(period))
    bodies = bodies_for(access, found)
    if not bodies:
        if "body" in request.GET:
            raise Http404
        return None
    code = request.GET.get("body") or (bodies[0].code if access.whole else access.tops[0])
    body = next((node for node in bodies if node.code == code), None)
    if body is None:
        raise Http404
    own = found
    if body.node in found.trees.outside():
        own = ledger_of(body.node, form.code, period, sequence=sequence, unapproved=unapproved)
    return Choice(access, form, period, basis, body, tuple(bodies), own)


def _period(text: str) -> Period:
    try:
        period = Period.parse(text)
    except PeriodError as error:
        raise Http404 from error
    if str(period) != text or not 2000 <= period.year <= settings.JIEYUE_HOME.today().year:
        raise Http404
    return period


def available(form: str, sequence: int) -> tuple[str, ...]:
    """Periods with a return of the form by publication S, oldest first."""
    return _available(str(settings.JIEYUE_HOME.path), form, sequence)


@lru_cache(maxsize=16)
def _available(home: str, form: str, sequence: int) -> tuple[str, ...]:
    return tuple(returns.periods(form, sequence=sequence))
