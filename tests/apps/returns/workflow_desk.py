"""A small office for the tests of the workflow: bodies, persons of every role, and returns brought to a state."""

from collections.abc import Mapping
from datetime import date

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.models import Publication
from jieyue.apps.registry.services.create import create
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import CheckingBody, Return, ReturnComment, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.services import approve_return, edit_return, review_return, submit_return
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.returns.services.set_checking import set_checking
from jieyue.apps.returns.snapshots import Judged
from jieyue.apps.review.models import ReviewFinding, ReviewRun

BEGIN, TYPED, NOT_USED = date(2020, 1, 1), 3, 9
Nodes = dict[tuple[str, str], int]

#: What each role may do with a return, written out from the table of roles.
ROLES: Mapping[str, frozenset[str]] = {
    "viewer": frozenset(),
    "reporter": frozenset({"start", "edit", "submit", "withdraw"}),
    "reviewer": frozenset({"start", "edit", "pass", "return"}),
    "approver": frozenset({"approve", "return", "reopen"}),
    "publisher": frozenset({"approve", "return", "reopen"}),
    "district_admin": frozenset(),
    "city_admin": frozenset(),
    "security_admin": frozenset(),
    "system_admin": frozenset(),
    "audit_admin": frozenset(),
}
BLIND = frozenset({"security_admin", "system_admin", "audit_admin", "nobody"})
VERBS = ("start", "edit", "submit", "withdraw", "pass", "return", "approve", "reopen")


def kwh(number: int) -> tuple[int, int]:
    return number * 10_000, TYPED


def holder(name: str, role: str, node: int) -> User:
    user = create_user(name, actor="tester")
    grant(user, role, node=node, valid_from=BEGIN, actor="tester")
    return user


class Office:
    """One institution at a department that (with `checks`) only checks, below a district's bureau."""

    def __init__(self, nodes: Nodes, *, checks: bool = False) -> None:
        self.nodes = nodes
        places = {"area": "500103", "type": "021", "line": "L-500103-EDU"}
        self.school = create(
            {"code": "S", "name": "示例学校"}, places=places, valid_from=BEGIN, actor="tester"
        )
        self.department = nodes["line", "L-500103-EDU"]
        self.bureau = nodes["line", "L-500103"]
        if checks:
            set_checking(self.department, True, day=BEGIN, actor="tester")
        # The pair that brings returns to a state; the roles under test belong to others.
        self.clerk = holder("clerk", "reporter", self.school)
        self.checker = holder("checker", "reviewer", self.bureau)
        self.chief = holder("chief", "approver", self.bureau)
        self._month = 0

    def persons(self) -> dict[str, User]:
        """One person of each role, at the bureau (the reporter at the school), and one without any."""
        found = {
            role: holder(f"a-{role}", role, self.school if role == "reporter" else self.bureau)
            for role in ROLES
        }
        return {**found, "nobody": create_user("a-nobody", actor="tester")}

    def key(self) -> Key:
        """A return that nobody has begun."""
        self._month += 1
        year, month = divmod(self._month - 1, 12)
        return Key(self.school, "NY201", f"{2021 + year}-{month + 1:02}")

    def at(self, state: str) -> Key:
        """A new return in a state: none, draft, submitted, passed, returned, waiting (approved), approved."""
        key = self.key()
        if state == "none":
            return key
        edit_return.start(self.clerk, key)
        edit_return.edit_cells(self.clerk, key, {"110": kwh(100)}, revision=0)
        if state == "draft":
            return key
        self.submit(key)
        if state == "returned":
            review_return.send_back(self.checker, key, code="value", comments={"110": "是度还是千度"})
        done = state in ("waiting", "approved")
        if state == "passed" or (done and self.checks):
            review_return.pass_step(self.checker, key)
        if done:
            approve_return.approve(self.chief, key)
        if state == "approved":
            self.publish()
        return key

    def publish(self) -> None:
        """As the worker does every few seconds."""
        assert publish_waiting().unfit == ()

    @property
    def checks(self) -> bool:
        return CheckingBody.objects.exists()

    def submit(self, key: Key, user: User | None = None) -> ReturnSnapshot:
        return submit_return.submit(user or self.clerk, key, revision=revision(key), judge=lambda _: Judged())

    def act(self, verb: str, user: User, key: Key) -> object:
        """Do the verb as well as it can be done."""
        match verb:
            case "start":
                return edit_return.start(user, key)
            case "edit":
                return edit_return.edit_cells(user, key, {"120": kwh(7)}, revision=revision(key))
            case "submit":
                return self.submit(key, user)
            case "withdraw":
                return submit_return.withdraw(user, key)
            case "pass":
                return review_return.pass_step(user, key)
            case "return":
                return review_return.send_back(user, key, code="unit", comments={"110": "请核对"})
            case "approve":
                return approve_return.approve(user, key)
            case "reopen":
                return approve_return.reopen(user, key, reason="抄错")
        raise AssertionError(verb)


def row(key: Key) -> Return:
    return Return.objects.get(subject=key.subject, form=key.form, period=key.period, instance=key.instance)


def revision(key: Key) -> int:
    found = Return.objects.filter(subject=key.subject, form=key.form, period=key.period).first()
    return found.revision if found else 0


def place(key: Key) -> tuple[str, int]:
    found = Return.objects.filter(subject=key.subject, form=key.form, period=key.period).first()
    return (found.state, found.step) if found else ("none", 0)


def everything() -> dict[str, object]:
    """All that a refused act must leave alone."""
    tables = (Return, ReturnVersion, ReturnSnapshot, ReturnComment, Publication, ReviewFinding, ReviewRun)
    found: dict[str, object] = {
        table.__name__: list(table.objects.order_by("pk").values()) for table in tables
    }
    return {**found, "log": ActionLog.objects.count()}
