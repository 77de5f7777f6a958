"""The school of the first core task: its papers of October 2026, its reporter, and its return on the pages."""

import json
import re
from datetime import date
from typing import TYPE_CHECKING

from django.test import Client

from jieyue.domain.period import Period

if TYPE_CHECKING:
    from tests.web.conftest import City

MONTH = "2026-10"
#: The first core task: what stands on the papers (docs/explanation/entry.md), item → as it is typed.
PAPERS = {
    "110": "51240+7860-1200",
    "111": "28694.40+4401.60-672.00",
    "120": "2180吨",
    "121": "8,284.00",
    "140": "3150",
    "141": "7938",
    "1501": "186",
    "1511": "1506.60",
    "1502": "0",
    "1512": "0",
    "103": "1905",
}
UNUSED = ("130", "160", "105", "170", "180")
JSON = {"Accept": "application/json"}


class School:
    """The school of the first task, its reporter, and its return of October."""

    def __init__(self, city: "City") -> None:
        from jieyue.apps.obligations.services.open_periods import open_periods
        from jieyue.apps.registry.queries import number_of

        self.case = city.sample.cases["T1"]
        self.code = str(self.case["institution"])
        self.number = number_of(self.code)
        assert self.number is not None
        self._a_year_ago()
        open_periods("NY201", [Period.parse(MONTH)], actor="tests")
        self.address = f"/returns/{self.code}/NY201/{MONTH}/"
        self.reporter = self.person("school.one", "reporter")

    def _a_year_ago(self) -> None:
        """The return of October 2025, which the small city of these tests lacks."""
        from jieyue.apps.returns.batch import ReturnsBatch
        from jieyue.apps.returns.cells import one_row
        from jieyue.apps.returns.services.publish_returns import publish_returns

        cells = {code: (value, 3) for code, value in self.case["history"]["2025-10"].items()}
        batch = ReturnsBatch("NY201", [self.number], ["2025-10"], one_row(cells), [""])
        publish_returns([batch], actor="tests")

    def person(self, name: str, role: str, node: int | None = None) -> Client:
        from jieyue.apps.identity.services.create_user import create_user
        from jieyue.apps.identity.services.grant import grant

        user = create_user(name, actor="tests")
        grant(user, role, node=node or self.number, valid_from=date(2010, 1, 1), actor="tests")
        user.language = "zh-hans"
        user.save(update_fields=["language"])
        client = Client()
        client.force_login(user)
        return client

    def row(self):
        from jieyue.apps.returns.models import Return

        return Return.objects.get(subject=self.number, form="NY201", period=MONTH)

    def cells(self) -> dict[str, list]:
        return json.loads(self.row().draft)

    def begin(self) -> None:
        assert self.reporter.post(f"{self.address}start/").status_code == 302

    def save(self, client: Client | None = None, **more):
        data = {f"c-{code}": text for code, text in more.pop("cells").items()}
        data["revision"] = more.pop("revision", self.row().revision)
        return (client or self.reporter).post(f"{self.address}cells/", data | more, headers=JSON)

    def enter_papers(self) -> None:
        """Begin, say what the school does not use, and type what stands on the papers."""
        self.begin()
        for item in UNUSED:
            sent = {"use": item, f"case-{item}": "not_used", "revision": self.row().revision}
            assert self.reporter.post(f"{self.address}use/", sent).status_code == 302
        assert self.save(cells=PAPERS).json()["wrong"] == {}

    def submit_first_task(self) -> None:
        """All of the first task: what is asked for is explained by the new intake."""
        self.enter_papers()
        refused = self.reporter.post(f"{self.address}submit/", {"revision": self.row().revision})
        asked = [name for name in names_of_fields(refused.content.decode()) if name.startswith("why-")]
        sent = {"revision": self.row().revision, **dict.fromkeys(asked, "新生入学")}
        assert self.reporter.post(f"{self.address}submit/", sent).status_code == 302
        assert self.row().state == "submitted"


def names_of_fields(page: str) -> set[str]:
    return set(re.findall(r'name="([^"]+)"', page))
