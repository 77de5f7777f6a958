"""With unapproved data: the current fact, else the latest submission, never a draft."""

from fractions import Fraction

import pytest

from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import edit_return, review_return, submit_return
from jieyue.apps.returns.snapshots import Judged
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.outstanding import outstanding
from jieyue.apps.summaries.tables import summed
from jieyue.domain.period import Period
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import BEGIN, MONTH, YEAR, Dozen

BODY = "L-500103"


def power(dozen: Dozen, period: str, *, unapproved: bool, item: str = "110") -> Fraction:
    node = dozen.node(BODY)
    found = ledger_of(node, "NY301", Period.parse(period), sequence=last_done(), unapproved=unapproved)
    return Fraction(summed(found, node).line(item).texts[0] or 0)


def bring(dozen: Dozen, who: str, period: str, value: int, state: str) -> Key:
    """A return of a period, brought to a state by the institution's own reporter."""
    key = Key(dozen.number(who), "NY201", period)
    name = f"r-{who}"
    clerk = (
        create_user(name, actor="tests")
        if not Return.objects.filter(subject=key.subject, state="draft")
        else None
    )
    clerk = clerk or dozen.user(name)
    grant(clerk, "reporter", node=key.subject, valid_from=BEGIN, actor="tests")
    edit_return.start(clerk, key)
    edit_return.edit_cells(clerk, key, {"110": (value * 10_000, 3), "120": (70_000, 4)}, revision=0)
    if state == "draft":
        return key
    row = Return.objects.get(subject=key.subject, form=key.form, period=period)
    submit_return.submit(clerk, key, revision=row.revision, judge=lambda _: Judged())
    if state == "returned":
        review_return.send_back(dozen.user("d-reviewer"), key, code="value", comments={"110": "是度还是千度"})
        row.refresh_from_db()
        edit_return.edit_cells(clerk, key, {"110": (9_999_999 * 10_000, 3)}, revision=row.revision)
    if state == "withdrawn":
        submit_return.withdraw(clerk, key)
    return key


@pytest.mark.parametrize(
    ("state", "counts", "reason"),
    [("draft", False, "draft"), ("submitted", True, "submitted"), ("returned", True, "returned"),
     ("withdrawn", False, "draft")],
)  # fmt: skip
def test_a_submission_counts_a_draft_never(dozen: Dozen, state: str, counts: bool, reason: str) -> None:
    """Sent back, the submission still is what was reported: not what is typed since."""
    bring(dozen, "G1", MONTH, 440, state)
    assert power(dozen, MONTH, unapproved=True) == (440 if counts else 0)
    assert power(dozen, MONTH, unapproved=False) == 0
    node = dozen.node(BODY)
    ledger = ledger_of(node, "NY301", Period.parse(MONTH), sequence=last_done())
    reasons = {row.institution: row.reason for row in outstanding(ledger, node)}
    assert reasons[dozen.number("G1")] == reason
    assert reasons[dozen.number("A1")] == "not_begun"


def test_the_fact_in_force_goes_before_what_is_submitted_anew(dozen: Dozen) -> None:
    desk.publish({("G1", MONTH): {"110": "300"}})
    assert power(dozen, MONTH, unapproved=True) == 300


def test_an_estimate_is_counted_and_shown(dozen: Dozen) -> None:
    bring(dozen, "G1", MONTH, 440, "submitted")
    node = dozen.node(BODY)
    found = ledger_of(node, "NY301", Period.parse(MONTH), sequence=last_done(), unapproved=True)
    line = summed(found, node).line("120")
    assert (line.texts[0], line.estimated, line.estimates) == ("7", 70_000, 1)
    assert summed(found, node).line("110").estimates == 0


def test_a_submitted_month_makes_the_year_whole(dozen: Dozen) -> None:
    """P1 of the other district lacks December: with it submitted its year is 11 × 600 + 66 + 700."""
    bring(dozen, "P1", "2025-12", 700, "submitted")
    node = dozen.node("L-500104")
    year = Period.parse(YEAR)
    for unapproved, wanted in ((False, None), (True, "7366")):
        found = ledger_of(node, "NY301", year, sequence=last_done(), unapproved=unapproved)
        assert summed(found, node).line("110").texts[8] == wanted


def test_a_members_own_submission_is_not_added_to_its_units(dozen: Dozen) -> None:
    """M1 is reported inside C1's return."""
    key = Key(dozen.number("M1"), "NY201", MONTH)
    Return.objects.create(
        id=1, subject=key.subject, subject_kind="institution", form="NY201", period=MONTH, scheme="2025-11",
        state="submitted", draft='{"110":["5","kWh",3]}', step=1,
    )  # fmt: skip
    from django.utils import timezone

    from jieyue.apps.returns.models import ReturnSnapshot

    ReturnSnapshot.objects.create(
        parent_id=1, verb="submit", step=1, steps=1, number=1, scheme="2025-11", catalog="", findings=[],
        cells='{"110":["5","kWh",3]}', entered_by={}, version_digest="", actor="m", at=timezone.now(), digest="x",
    )  # fmt: skip
    assert power(dozen, MONTH, unapproved=True) == 0
