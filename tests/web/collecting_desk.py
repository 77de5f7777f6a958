"""Some institutions with submitted returns before a bureau's reviewers, for the pages that judge and count."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from unittest.mock import patch

from django.test import Client

from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.registry.services.create import create
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return, ReturnSnapshot
from jieyue.apps.returns.services import edit_return, submit_return
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.snapshots import Judged
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.domain.period import Period
from tests.clients import signed_in

BEGIN, FORM, MONTH = date(2020, 1, 1), "NY201", "2026-10"
#: October is due on 20 November; the clock of the tests stands where they say, not where the machine's does.
OPENED = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
ON_TIME = datetime(2026, 11, 15, 4, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """The clock stands at this instant."""
    with patch("django.utils.timezone.now", return_value=instant):
        yield


class Bureau:
    """Institutions of a district's bureau, each with a clerk; a reviewer, two approvers, an administrator."""

    def __init__(self, nodes: Mapping[tuple[str, str], int], count: int, line: str = "L-500103") -> None:
        self.nodes, self.line = nodes, line
        self.node = nodes["line", line]
        self.schools = [self._school(number) for number in range(count)]
        for name, role in (
            ("wang", "reviewer"),
            ("li", "approver"),
            ("zhao", "approver"),
            ("qian", "district_admin"),
        ):
            self.person(name, role, self.node)

    def _school(self, number: int) -> int:
        code = f"S{number}"
        made = create(
            {"code": code, "name": f"示例第{number}小学"},
            places={"area": "500103", "type": "021", "line": self.line},
            valid_from=BEGIN,
            actor="tester",
        )
        self.person(f"clerk{number}", "reporter", made)
        return made

    def person(self, name: str, role: str, node: int) -> Client:
        """A new account with a role, signed in."""
        user = create_user(name, actor="tester")
        user.real_name = name.capitalize()
        user.save(update_fields=["real_name"])
        grant(user, role, node=node, valid_from=BEGIN, actor="tester")
        return signed_in(name)

    def open(self, month: str = MONTH) -> None:
        with at(OPENED):
            open_periods(FORM, [Period.parse(month)], actor="tester")

    def key(self, number: int, month: str = MONTH) -> Key:
        return Key(self.schools[number], FORM, month)

    def submit(
        self, number: int, kwh: int = 100, *, month: str = MONTH, by: str = "", instant: datetime = ON_TIME
    ) -> int:
        """Begin (if need be), enter and submit; the return's number."""
        from jieyue.apps.identity.models import User

        clerk = User.objects.get(username=f"clerk{number}")
        author = User.objects.get(username=by) if by else clerk
        key = self.key(number, month)
        row = self.row(number, month)
        revision = edit_return.start(author, key).revision if row is None else row.revision
        edited = edit_return.edit_cells(author, key, {"110": (kwh * 10_000, 3)}, revision=revision)
        with at(instant):
            submit_return.submit(clerk, key, revision=edited.revision, judge=lambda _: Judged())
        made = self.row(number, month)
        assert made is not None
        return made.pk

    def row(self, number: int, month: str = MONTH) -> Return | None:
        return Return.objects.filter(subject=self.schools[number], period=month).first()

    def seen(self, number: int) -> str:
        """Digest of the newest snapshot of the school's return."""
        return ReturnSnapshot.objects.filter(parent=self.row(number)).latest("pk").digest

    def finding(
        self, number: int, state: str = "open", *, severity: str = "warning", item: str = "110"
    ) -> int:
        """The rules ask something of the school's return; its clerk has answered where it is explained."""
        run = ReviewRun.objects.create(
            form=FORM, kind="M", periods=[MONTH], seq=1, ruleset="survey-default", ruleset_digest="0" * 64,
            returns=1, counts={}, unset=[], actor="tester",
        )  # fmt: skip
        answered = {} if state == "open" else {"explanation": "扩招", "explained_by": f"clerk{number}"}
        made = ReviewFinding.objects.create(
            subject=self.schools[number], form=FORM, period=MONTH, rule="Y03", item=item, severity=severity,
            value="100", facts={}, first_run=run, last_run=run, state=state, **answered,
        )  # fmt: skip
        return made.pk

    def publish(self) -> None:
        """As the worker does."""
        assert publish_waiting().unfit == ()
