"""Every address of the site, classified: who may have it.

A route that is not in ROUTES fails `test_every_route_is_classified`: whoever adds a page says here who may have it.
"""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ENTERS, ENTERS_POST = "enters returns", "post of who enters returns"
PASS, OPERATE = "reviews the whole", "operates the system"
WATCH = "watches the whole log"
JUDGE, JUDGE_POST, APPROVE_POST = "judges returns", "post of who judges", "post of who approves"
AUDIT, GRANT_POST = "reads a bounded sample", "post of who gives every role"
REMIND_POST, EXTEND_POST = "post of who reminds", "post of who extends"
KEEPS_REGISTRY = "looks after the registry"
SCREENS, LINK = "looks after screens", "whoever has the link"
RULES_POST = "post of who looks after the rules"
IMPORT_POST = "post of who brings files"
PUBLISHES = "publishes"
DISCLOSES, DISCLOSES_POST, RELEASED = (
    "lets data out",
    "post of who lets data out",
    "everybody, once it is out",
)
KEEPS = "keeps the whole registry"
KEEPS_HOLDINGS = "says what an institution owns"
PUBLIC, SIGNED_IN, VIEW, WHOLE, IMPORT, PUBLISH, POST, VIEW_POST, PASS_POST, OWN_POST, PEOPLE, PEOPLE_POST, PENDING = (
    "public", "signed in", "view", "whole", "import", "publish", "post", "post of who sees", "post of who reviews",
    "post of who is signed in", "manages people", "post of who manages people", "between password and second factor",
)  # fmt: skip

#: Route → who may have it. POST: nothing to read there; WHOLE: needs `view` on the authority's root.
ROUTES: dict[str, str] = {
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "signin": PUBLIC,
    "signout": POST,
    "second-factor": PENDING,
    "activate": PUBLIC,
    "account": SIGNED_IN,
    "account-password": OWN_POST,
    "account-sessions": OWN_POST,
    "account-delegate": OWN_POST,
    "account-handed-end": OWN_POST,
    "account-tokens": OWN_POST,
    "account-tokens-revoke": OWN_POST,
    "account-recovery": OWN_POST,
    "appearance": OWN_POST,
    "saved-views": OWN_POST,
    "shared-views": EXTEND_POST,
    "shared-view-end": OWN_POST,
    "auditing": AUDIT,
    "handing": PEOPLE,
    "handing-lend": EXTEND_POST,
    "handing-end": PEOPLE_POST,
    "person-successor": PEOPLE_POST,
    "person-audit": GRANT_POST,
    "person-factor": PEOPLE_POST,
    "people": PEOPLE,
    "people-new": PEOPLE,
    "people-import": PEOPLE,
    "person": PEOPLE,
    "people-codes": PEOPLE_POST,
    "person-grant": PEOPLE_POST,
    "person-end": PEOPLE_POST,
    "language": POST,
    "home": SIGNED_IN,
    "style": SIGNED_IN,
    "help": SIGNED_IN,
    "manual": SIGNED_IN,
    "help-seen": OWN_POST,
    "dictionary": SIGNED_IN,
    "plan": WHOLE,
    "overview": VIEW,
    "quality": VIEW,
    "plan-tasks": WHOLE,
    "plan-sensitivity": WHOLE,
    "plan-brief": WHOLE,
    "data": VIEW,
    "data-tree": VIEW,
    "map": VIEW,
    "boundaries": KEEPS_REGISTRY,
    "boundary-load": RULES_POST,
    "boundary-withdraw": RULES_POST,
    "wall": LINK,
    "walls": SCREENS,
    "wall-issue": EXTEND_POST,
    "wall-revoke": EXTEND_POST,
    "summary": VIEW,
    "summary-cell": VIEW,
    "summary-cross": VIEW,
    "summary-sent": VIEW,
    "summary-public": VIEW,
    "summary-send": VIEW_POST,
    "summary-act": VIEW_POST,
    "change": VIEW,
    "registry": VIEW,
    "meters": VIEW,
    "meters-quality": VIEW,
    "meters-heat": VIEW,
    "meters-publish": VIEW,
    "meters-calibration": VIEW,
    "meters-equipping": VIEW,
    "meters-balance": VIEW,
    "meters-publish-state": PUBLISHES,
    "meter": VIEW,
    "meter-edits": VIEW,
    "meter-edit-withdraw": ENTERS_POST,
    "holdings": VIEW,
    "institution-holdings": VIEW,
    "holding": VIEW,
    "holding-new": KEEPS_HOLDINGS,
    "key-units": VIEW,
    "meter-new": KEEPS,
    "meter-change": KEEPS,
    "institution": VIEW,
    "institution-profile": VIEW,
    "institution-register": VIEW,
    "institution-sensitive": RULES_POST,
    "own-profile": VIEW,
    "returns": ENTERS,
    "workbook": ENTERS,
    "workbook-preview": ENTERS,
    "workbook-marked": ENTERS,
    "workbook-upload": ENTERS_POST,
    "workbook-confirm": ENTERS_POST,
    "return": VIEW,
    "return-start": ENTERS_POST,
    "return-cells": ENTERS_POST,
    "return-use": ENTERS_POST,
    "return-fill": ENTERS_POST,
    "return-submit": ENTERS_POST,
    "return-withdraw": ENTERS_POST,
    "return-attach": ENTERS_POST,
    "return-detach": ENTERS_POST,
    "return-paper": VIEW,
    "worklist": JUDGE,
    "worklist-return": JUDGE,
    "worklist-approve": APPROVE_POST,
    "worklist-act": JUDGE_POST,
    "worklist-judge": JUDGE_POST,
    "board": VIEW,
    "bulletin": VIEW,
    "collecting": KEEPS,
    "board-remind": REMIND_POST,
    "board-extend": EXTEND_POST,
    "joint": VIEW,
    "joint-call": JUDGE,
    "joint-review": VIEW,
    "joint-item": VIEW,
    "joint-minutes": VIEW,
    "joint-arrange": JUDGE_POST,
    "joint-close": JUDGE_POST,
    "joint-say": JUDGE_POST,
    "papers": VIEW,
    "paper": VIEW,
    "paper-order": JUDGE,
    "paper-draft": JUDGE_POST,
    "paper-fill": JUDGE_POST,
    "paper-release": APPROVE_POST,
    "paper-scan": VIEW,
    "paper-scan-keep": JUDGE_POST,
    "paper-templates": VIEW,
    "paper-template-file": VIEW,
    "paper-template-keep": APPROVE_POST,
    "paper-template-use": APPROVE_POST,
    "papers-returned": VIEW,
    "paper-returned": VIEW,
    "paper-returned-take": JUDGE_POST,
    "spotchecks": VIEW,
    "spotcheck": VIEW,
    "spotcheck-item": VIEW,
    "spotcheck-draw": JUDGE_POST,
    "spotcheck-close": JUDGE_POST,
    "spotcheck-look": JUDGE_POST,
    "review": VIEW,
    "review-finding": VIEW,
    "review-check": PASS_POST,
    "rules": VIEW,
    "rules-propose": RULES_POST,
    "rules-release": RULES_POST,
    "rules-withdraw": RULES_POST,
    "review-state": PASS,
    "jobs": OPERATE,
    "log": WATCH,
    "review-explain": VIEW_POST,
    "review-decide": VIEW_POST,
    "source": VIEW,
    "receipt": VIEW,
    "imports": IMPORT,
    "import-upload": IMPORT,
    "import-preview": IMPORT,
    "import-mapping": IMPORT,
    "import-names": IMPORT,
    "import-marked": IMPORT,
    "import-confirm": PUBLISH,
    "theirs": VIEW,
    "their-file": VIEW,
    "theirs-take": IMPORT_POST,
    "their-tables": VIEW,
    "their-tables-take": IMPORT_POST,
    "their-table": VIEW,
    "their-table-keep": IMPORT_POST,
    "their-table-drop": IMPORT_POST,
    "disclosure": DISCLOSES,
    "disclosure-decide": DISCLOSES_POST,
    "public": PUBLIC,
    "public-release": RELEASED,
    "public-file": RELEASED,
    "outward": VIEW,
    "outward-take": VIEW_POST,
    "outward-record": IMPORT_POST,
}

#: Role → what it may do on pages, written down from the roles' table in the design, not read from the code.
AUDITS = frozenset({"auditor"})
#: What an auditor is shown within his bounds: the returns, tables and figures of NY201 for two periods (world.py), no
#: more; of the doors that take forms he finds those of a summary, and may do nothing there.
BOUNDED = frozenset(
    {"auditing", "return", "return-paper", "receipt", "source", "summary", "summary-cell", "summary-cross",
     "summary-sent", "summary-send", "summary-act"}
)  # fmt: skip
SEES = frozenset({"viewer", "reporter", "reviewer", "approver", "publisher", "district_admin", "city_admin"})
BRINGS = frozenset({"publisher", "city_admin"})
REVIEWS = frozenset({"reviewer"})
APPROVES = frozenset({"approver", "publisher"})
JUDGES = REVIEWS | APPROVES
EXTENDS = frozenset({"district_admin", "city_admin"})
OPERATES = frozenset({"system_admin"})
WATCHES = frozenset({"audit_admin"})
FILES = frozenset({"reporter", "reviewer"})
MANAGES = frozenset({"district_admin", "city_admin", "security_admin"})
BLIND = frozenset({"security_admin", "system_admin", "audit_admin", "collector"})


def site_routes(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, route) of every address that Django's resolver knows, the programs' interface included."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from site_routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", route
