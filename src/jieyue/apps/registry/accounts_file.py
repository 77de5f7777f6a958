"""Accounts from a workbook: one person a row, with a role at an institution or a body of the reporting line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from jieyue.apps.exchange.reader import FileContent, Sheet, is_filled, text_of
from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.queries import known_names
from jieyue.apps.identity.roles import ROLES
from jieyue.apps.registry.queries import by_code
from jieyue.apps.trees.queries import Tree, tree
from jieyue.catalog.findings import Finding, make

#: Column → how its heading may read, the ones that we write ourselves first.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "username": ("用户名", "username", "user name", "账号"),
    "real_name": ("姓名", "name", "real_name"),
    "role": ("角色", "role"),
    "node": ("机构代码", "institution", "机构", "节点", "node"),
}
_NEEDED: Final = ("username", "real_name", "node")


@dataclass(frozen=True)
class NewAccount:
    """One row that can be made into an account."""

    row: int
    username: str
    real_name: str
    role: str
    node: int


@dataclass(frozen=True)
class AccountsFile:
    """What a file asks for: rows read, accounts that can be made, and what is wrong by row."""

    read: int
    accounts: tuple[NewAccount, ...]
    findings: tuple[Finding, ...]


def read_accounts(content: FileContent, by: Authority | None) -> AccountsFile:
    """The accounts of the first sheet that holds anything. by: whose they would be; None = the operator."""
    sheet = next((one for one in content.sheets if one.visible and not one.is_blank()), None)
    if sheet is None:
        found = content.findings or (make("header_not_found"),)
        return AccountsFile(0, (), tuple(found))
    head = next(place for place, row in enumerate(sheet.rows) if any(is_filled(cell) for cell in row))
    places = _places(sheet, head)
    missing = [
        make("missing_column", sheet=sheet.name, column=" ".join(COLUMNS[name][:2]))
        for name in _NEEDED
        if name not in places
    ]
    if missing:
        return AccountsFile(0, (), tuple(missing))
    rows = list(_rows(sheet, head, places))
    heads = {name: text_of(sheet.rows[head][at]) for name, at in places.items()}
    accounts: list[NewAccount] = []
    findings: list[Finding] = list(content.findings)
    nodes = _nodes({row["node"] for _, row in rows})
    taken = known_names({row["username"] for _, row in rows})
    first: dict[str, int] = {}
    for number, row in rows:
        made, wrong = _account(number, row, heads, nodes, taken, first, by)
        findings += wrong
        if made is not None:
            accounts.append(made)
    return AccountsFile(len(rows), tuple(accounts), tuple(findings))


def _places(sheet: Sheet, head: int) -> dict[str, int]:
    said = [text_of(cell).lower() for cell in sheet.rows[head]]
    return {
        name: place for name, words in COLUMNS.items() for place, text in enumerate(said) if text in words
    }


def _rows(sheet: Sheet, head: int, places: Mapping[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
    for place, row in enumerate(sheet.rows[head + 1 :], head + 1):
        if any(is_filled(cell) for cell in row):
            texts = {name: text_of(row[at]) if at < len(row) else "" for name, at in places.items()}
            yield sheet.row_number(place), texts


def _nodes(codes: set[str]) -> dict[str, int]:
    """Code → institution, else body of the line."""
    bodies = {code: node.id for code, node in tree(Tree.LINE).by_code.items()}
    return {**{code: bodies[code] for code in codes & bodies.keys()}, **by_code(sorted(codes))}


def _account(
    number: int,
    row: Mapping[str, str],
    heads: Mapping[str, str],
    nodes: Mapping[str, int],
    taken: set[str],
    first: dict[str, int],
    by: Authority | None,
) -> tuple[NewAccount | None, list[Finding]]:
    name, role = row["username"], _role(row.get("role", ""))
    node = nodes.get(row["node"])
    wrong: list[Finding] = []
    if not _is_name(name) or name in taken:
        wrong.append(make("account_name", row=number, column=heads["username"], value=name))
    elif name in first:
        wrong.append(
            make("duplicate_in_file", row=number, column=heads["username"], first=first[name], key=name)
        )
    first.setdefault(name, number)
    if not 0 < len(row["real_name"]) <= 80:
        wrong.append(make("account_person", row=number, column=heads["real_name"], value=row["real_name"]))
    if role is None:
        known = "、".join(f"{one.name_zh} {one.code}" for one in ROLES.values())
        wrong.append(make("unknown_code", row=number, column=heads["role"], value=row["role"], known=known))
    if node is None or (by is not None and not by.covers(node)):  # not there and not his look the same
        wrong.append(make("unknown_institution", row=number, column=heads["node"], value=row["node"]))
    elif role is not None and by is not None and not by.may_give(role, node):
        said = row.get("role") or ROLES[role].name_zh
        wrong.append(make("role_not_yours", row=number, column=heads.get("role"), value=said))
    if wrong or role is None or node is None:
        return None, wrong
    return NewAccount(number, name, row["real_name"], role, node), []


def _role(text: str) -> str | None:
    """A role by its code or its name; reporter where none is given."""
    if not text:
        return "reporter"
    return next(
        (role.code for role in ROLES.values() if text in (role.code, role.name_zh, role.name_en)), None
    )


def _is_name(name: str) -> bool:
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        return False
    return 0 < len(name) <= 150
