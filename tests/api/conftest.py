"""A small authority with published returns, and callers with tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from django.test import Client as Browser

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.issue_token import issue_token
from jieyue.apps.registry.services.import_file import import_file as import_registry
from jieyue.apps.returns.services.import_file import FileChoice, import_file
from jieyue.apps.returns.services.import_returns import ImportChoice

Nodes = dict[tuple[str, str], int]

REGISTRY = """code,name,type,region,department,reporting_parent,floor_area_m2,energy_users,vehicles,valid_from
A1,示例甲中学,021,500103,D-EDU,L-500103,10000,1000,2,2020-01-01
A2,示例乙机关,01,500103,,L-500103,2000,100,1,2020-01-01
B1,示例丙机关,01,500104,,L-500104,3000,150,1,2020-01-01
H1,示例市属医院㐂𠮷,024,500103,D-HEALTH,L-M-HEALTH,50000,2000,5,2020-01-01
"""
#: kWh and m³ of water of 2024; energy = kWh × 0.1229 ÷ 1000 tce, all other carriers not used.
USES = {"A1": (400_000, 9_000), "A2": (100_000, 1_000), "B1": (150_000, 2_000), "H1": (5_000_000, 80_000)}
AREAS = {"A1": 10_000, "A2": 2_000, "B1": 3_000, "H1": 50_000}


def returns_csv(period: str = "2024", uses: dict[str, tuple[int, int]] = USES) -> bytes:
    """The long layout: electricity, water, area and persons; the other carriers not used."""
    lines = ["institution,period,item,value,unit"]
    for code, (electricity, water) in uses.items():
        lines += [f"{code},{period},NY201:110,{electricity},kWh", f"{code},{period},NY201:120,{water},m3"]
        lines += [f"{code},{period},NY201:102,{AREAS[code]},m2"]
        for item in ("130", "140", "150", "160", "170", "180"):
            lines.append(f"{code},{period},NY201:{item},不使用,")
    return "\n".join(lines).encode()


@dataclass(frozen=True)
class Caller:
    """A program with a token."""

    secret: str
    number: int

    def get(self, path: str, **headers: str):
        return Browser().get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {self.secret}", **headers)

    def post(self, path: str, values: dict, **headers: str):
        return Browser(enforce_csrf_checks=True).post(
            f"/api/v1/{path}", values, HTTP_AUTHORIZATION=f"Bearer {self.secret}", **headers
        )

    def post_json(self, path: str, values: dict):
        return Browser(enforce_csrf_checks=True).post(
            f"/api/v1/{path}",
            values,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {self.secret}",
        )


def token_for(user: User, *verbs: str, days: int = 30) -> Caller:
    made, secret = issue_token(user, "tests", days=days, verbs=verbs or ("view",), actor="tests")
    return Caller(secret, made.pk)


@pytest.fixture
def office(city_trees: Nodes, operator: User) -> Nodes:
    """Four institutions with their yearly return of 2024, published."""
    done = import_registry(REGISTRY.encode(), "registry.csv", actor="tests")
    assert done.result.applied, done.result.findings
    stored = import_file(
        returns_csv(), "returns.csv", actor="tests", choice=ImportChoice(publish=True), reading=FileChoice()
    )
    assert stored.result.applied, stored.result.findings
    return city_trees


@pytest.fixture
def root(office: Nodes, operator: User) -> Caller:
    """Sees and may do everything."""
    return token_for(operator, "view", "publish", "import", "manage_registry")


@pytest.fixture
def person(office: Nodes) -> Callable[..., User]:
    """A person with a role on a body of the line."""

    def made(name: str, role: str, node: str) -> User:
        user = create_user(name, actor="tests")
        grant(user, role, node=office["line", node], valid_from=date(2020, 1, 1), actor="tests")
        return user

    return made
