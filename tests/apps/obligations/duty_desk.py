"""A small office with a clock: some institutions on the line, and instants that the tests choose."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from unittest.mock import patch

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.services.open_periods import open_periods
from jieyue.apps.registry.services.create import create
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import one_row
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import approve_return, edit_return, review_return, submit_return
from jieyue.apps.returns.services.publish_returns import publish_returns
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.services.save_drafts import save_drafts
from jieyue.apps.returns.snapshots import Judged
from jieyue.domain.period import Period

BEGIN = date(2020, 1, 1)
FORM, MONTH = "NY201", "2021-01"
#: January 2021 opens on 1 February and is due on the 20th, by the product's default; it ends at 16:00 UTC.
DUE = date(2021, 2, 20)
OPENED = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
LAST_INSTANT = datetime(2021, 2, 20, 15, 59, 59, tzinfo=UTC)
FIRST_LATE = datetime(2021, 2, 20, 16, 0, 0, tzinfo=UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """The clock stands at this instant."""
    with patch("django.utils.timezone.now", return_value=instant):
        yield


def place(code: str, line: str, *, kind: str = "021", **more: object) -> int:
    """A new institution at a body of the line."""
    begin = more.pop("begin", BEGIN)
    assert isinstance(begin, date)
    return create(
        {"code": code, "name": f"示例{code}", **more},
        places={"area": "500103", "type": kind, "line": line},
        valid_from=begin,
        actor="tester",
    )


def holder(name: str, role: str, node: int, email: str = "") -> User:
    """A person with a role at a node or an institution."""
    user = create_user(name, actor="tester")
    if email:
        user.email = email
        user.save(update_fields=["email"])
    grant(user, role, node=node, valid_from=BEGIN, actor="tester")
    return user


class School:
    """One institution at a district's department, with a clerk, a checker and a chief."""

    def __init__(self, nodes: Mapping[tuple[str, str], int], code: str = "S") -> None:
        self.nodes = nodes
        self.number = place(code, "L-500103-EDU")
        self.department = nodes["line", "L-500103-EDU"]
        self.bureau = nodes["line", "L-500103"]
        self.clerk = holder(f"clerk.{code}", "reporter", self.number)
        self.checker = holder(f"checker.{code}", "reviewer", self.bureau)
        self.chief = holder(f"chief.{code}", "approver", self.bureau)

    @property
    def key(self) -> Key:
        return Key(self.number, FORM, MONTH)

    def begin(self) -> None:
        edit_return.start(self.clerk, self.key)
        edit_return.edit_cells(self.clerk, self.key, {"110": (1_000_000, 3)}, revision=0)

    def submit(self, instant: datetime) -> None:
        with at(instant):
            revision = Return.objects.get(subject=self.number).revision
            submit_return.submit(self.clerk, self.key, revision=revision, judge=lambda _: Judged())

    def send_back(self, instant: datetime) -> None:
        with at(instant):
            review_return.send_back(self.checker, self.key, code="value", comments={"110": "请核对"})

    def withdraw(self, instant: datetime) -> None:
        with at(instant):
            submit_return.withdraw(self.clerk, self.key)

    def approve(self, instant: datetime) -> None:
        with at(instant):
            approve_return.approve(self.chief, self.key)
            assert publish_waiting().unfit == ()

    def reopen(self, instant: datetime) -> None:
        with at(instant):
            approve_return.reopen(self.chief, self.key, reason="抄错")

    def bring(self, instant: datetime, kind: str = "returns.import") -> None:
        """By file, published at once."""
        with at(instant):
            batch = ReturnsBatch(FORM, [self.number], [MONTH], one_row({"110": (1_000_000, 3)}))
            publish_returns([batch], actor="tester", kind=kind)

    def bring_unfinished(self, state: str) -> None:
        """As the sample brings it: in a state that a submission led to, of which nothing is known."""
        batch = ReturnsBatch(FORM, [self.number], [MONTH], one_row({"110": (1_000_000, 3)}))
        save_drafts(batch, actor="tester", states=[state])


def opened(*periods: str, instant: datetime = OPENED) -> None:
    with at(instant):
        open_periods(FORM, [Period.parse(text) for text in periods or (MONTH,)], actor="tester")


def owed(period: str = MONTH) -> dict[int, tuple[int, date]]:
    """Institution → (body, due day)."""
    rows = Obligation.objects.filter(form=FORM, period=period)
    return {row.subject: (row.body, row.due) for row in rows}
