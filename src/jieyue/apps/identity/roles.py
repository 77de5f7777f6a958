"""Roles and what each may do (statistics.md, "Who"). A role says what, a grant says where and when."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Role:
    """A role. `sees_data`: its holder reads returns and figures of the granted nodes."""

    code: str
    name_zh: str
    name_en: str
    verbs: frozenset[str]
    sees_data: bool = True


def _role(code: str, name_zh: str, name_en: str, *verbs: str, sees_data: bool = True) -> Role:
    own = {*verbs, "view"} if sees_data else set(verbs)
    return Role(code, name_zh, name_en, frozenset(own), sees_data)


ROLES: Final[dict[str, Role]] = {
    role.code: role
    for role in (
        _role("viewer", "查看员", "viewer"),
        _role("reporter", "填报人", "reporter", "enter", "submit", "withdraw"),
        _role("reviewer", "审核人", "reviewer", "enter", "pass", "return"),
        _role("approver", "核准人", "approver", "approve", "return", "reopen", "summarise"),
        _role("publisher", "发布人", "publisher", "approve", "return", "reopen", "summarise", "publish"),
        _role("district_admin", "区县管理员", "district administrator", "manage_reporters", "extend", "lend"),
        _role(
            "city_admin",
            "市级管理员",
            "city administrator",
            "manage_reporters",
            "extend",
            "lend",
            "manage_registry",
            "manage_schemes",
            "import",
        ),
        _role("collector", "采集程序", "collector of readings", "push", sees_data=False),
        _role("auditor", "审计查阅员", "auditor (read-only)", "audit"),
        _role("security_admin", "安全管理员", "security administrator", "grant", sees_data=False),
        _role("system_admin", "系统管理员", "system administrator", "operate", sees_data=False),
        _role("audit_admin", "审计管理员", "audit administrator", "read_log", sees_data=False),
    )
}

#: Nobody is two of these at a time (separation of the three administrators, design.md §7).
EXCLUSIVE: Final = frozenset({"security_admin", "system_admin", "audit_admin"})
#: Roles that hold for named forms and periods only; a grant without them gives nothing.
BOUNDED: Final = frozenset({"auditor"})
#: Roles of those who enter and judge returns: delegated while absent, handed over to a successor.
STATISTICAL: Final = frozenset({"reporter", "reviewer", "approver", "publisher"})
#: What a lent worklist gives: reading, commenting (whoever passes may), passing; never sending back or approving.
LENT: Final = ("view", "pass")
