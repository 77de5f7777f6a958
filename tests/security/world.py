"""A small authority in which every institution can be told from every other one in any answer.

Seven institutions on the reporting line of the seeded home (tests/conftest.py):

    city ── PARENT
     ├─ L-500103 ── OWN            (a district's bureau)
     │   └─ L-500103-EDU ── CHILD  (a department inside it)
     ├─ L-500104 ── SIBLING, MEMBER (MEMBER is reported inside OWN's return)
     ├─ L-M-HEALTH ── FOREIGN      (a municipal hospital that stands in district 500103)
     └─ L-CENTRAL ── CENTRAL       (outside this authority's count; stands in district 500103 as well)

Who sees what is written down here by hand (REACH); nothing of the code under test decides it.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.core.files.uploadedfile import SimpleUploadedFile

from jieyue.config.home import Home
from tests.above import kept_table
from tests.security.client import signed_in

BEGIN = date(2010, 1, 1)
YEAR, MONTH = "2025", "2026-09"
#: A month whose returns are submitted and wait for review, and one of which nobody has begun his.
WAITING, OWED = "2026-07", "2026-10"
CLOCK = "2026-11-22"
#: 2026-09-01 00:00 in China: the first of the readings.
READ_FROM = 1788192000


@dataclass(frozen=True)
class Place:
    """One institution: where it hangs, and its quantities of the year: m², m³, kWh (month: a tenth of them)."""

    code: str
    name: str
    line: str
    area: str
    kind: str
    floor: Decimal
    water: Decimal
    electricity: Decimal
    counted: bool = True

    @property
    def numbers(self) -> set[int]:
        """Whole parts of what pages may show of it."""
        shown = {self.floor, self.water, self.electricity, _tce(self.electricity)}
        shown |= {self.water / 10, self.electricity / 10}
        return {int(value) for value in shown}


def _place(
    code: str, line: str, area: str, kind: str, floor: str, water: str, kwh: str, **more: Any
) -> Place:
    names = {"OWN": "榆荫书院", "CHILD": "桐岭学堂", "SIBLING": "枫桥档案馆", "PARENT": "柏台机关",
             "FOREIGN": "杏林医院", "CENTRAL": "槐市中央站", "MEMBER": "梓园科普馆"}  # fmt: skip
    return Place(
        f"QX-{code}-{floor[:3]}",
        names[code],
        line,
        area,
        kind,
        Decimal(floor),
        Decimal(water),
        Decimal(kwh),
        **more,
    )


PLACES: dict[str, Place] = {
    "OWN": _place("OWN", "L-500103", "500103", "01", "612347.25", "2718280", "314159260"),
    "CHILD": _place("CHILD", "L-500103-EDU", "500103", "021", "523411.5", "1618030", "271806170"),
    "SIBLING": _place("SIBLING", "L-500104", "500104", "023", "734119.75", "1414210", "173205080"),
    "PARENT": _place("PARENT", "city", "500103", "01", "845233.25", "2236060", "223606790"),
    "FOREIGN": _place("FOREIGN", "L-M-HEALTH", "500103", "024", "956317.5", "3316620", "331662470"),
    "CENTRAL": _place(
        "CENTRAL", "L-CENTRAL", "500103", "03", "467291.75", "4123100", "412310560", counted=False
    ),
    "MEMBER": _place("MEMBER", "L-500104", "500104", "022", "378653.25", "5099020", "509901950"),
}
ALL = frozenset(PLACES)

#: Where a role is granted → node or institution, and the institutions that its holder may see.
REACH: dict[str, tuple[str, frozenset[str]]] = {
    "own": ("L-500103", frozenset({"OWN", "CHILD"})),
    "child": ("L-500103-EDU", frozenset({"CHILD"})),
    "sibling": ("L-500104", frozenset({"SIBLING", "MEMBER"})),
    "parent": ("city", ALL),
    "foreign": ("L-M-HEALTH", frozenset({"FOREIGN"})),
    "leaf": ("OWN", frozenset({"OWN", "MEMBER"})),
}
#: Nodes of the line that each of them sees.
LINE: dict[str, frozenset[str]] = {
    "own": frozenset({"L-500103", "L-500103-EDU"}),
    "child": frozenset({"L-500103-EDU"}),
    "sibling": frozenset({"L-500104"}),
    "parent": frozenset({"city", "L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH", "L-CENTRAL"}),
    "foreign": frozenset({"L-M-HEALTH"}),
    "leaf": frozenset(),
}
#: What each scope sums: CENTRAL is outside the count, MEMBER is in OWN's return and its own is not added.
SUMS: dict[str, frozenset[str]] = {
    "city": frozenset({"OWN", "CHILD", "SIBLING", "PARENT", "FOREIGN"}),
    "line:L-500103": frozenset({"OWN", "CHILD"}),
    "line:L-500103-EDU": frozenset({"CHILD"}),
    "line:L-500104": frozenset({"SIBLING"}),
    "line:L-M-HEALTH": frozenset({"FOREIGN"}),
    "line:L-CENTRAL": frozenset({"CENTRAL"}),
    "area:500103": frozenset({"OWN", "CHILD", "PARENT", "FOREIGN"}),
    "area:500104": frozenset({"SIBLING"}),
    "department:D-EDU": frozenset({"OWN", "CHILD"}),
    "department:D-HEALTH": frozenset({"FOREIGN"}),
    "type:01": frozenset({"OWN", "PARENT"}),
    "type:024": frozenset({"FOREIGN"}),
}
NODE_NAMES = {
    "L-500103": "渝中区节能管理部门",
    "L-500103-EDU": "渝中区教育部门",
    "L-500104": "大渡口区节能管理部门",
    "L-M-HEALTH": "市卫生部门",
    "L-CENTRAL": "中央驻市单位主管机构",
}


@dataclass(frozen=True)
class World:
    """The built home: identifiers of institutions, accounts by (role, position), receipts by scope, a batch."""

    path: Path
    ids: Mapping[str, int]
    users: Mapping[tuple[str, str], str]
    receipts: Mapping[str, str]
    batch: int
    findings: Mapping[str, int]
    summaries: Mapping[str, int]
    waiting: Mapping[str, int]
    spot_checks: Mapping[str, tuple[int, list[int]]]
    papers: Mapping[str, int]
    returned: Mapping[str, int]
    theirs: Mapping[str, int]
    their_tables: Mapping[str, int]
    points: Mapping[str, int]
    holdings: Mapping[str, int]
    joint_reviews: Mapping[str, tuple[int, list[int]]]

    def copied(self, to: Path) -> "World":
        """The same world in another folder, to be changed."""
        shutil.copytree(self.path, to)
        return replace(self, path=to)


def _tce(kwh: Decimal) -> Decimal:
    """Standard coal of electricity by the survey's coefficient, 0.1229 kgce/kWh, in tce."""
    return kwh * Decimal("0.1229") / 1000


def scope_numbers(scope: str) -> set[int]:
    """Whole parts of a scope's sums as its table and its receipts show them."""
    inside = [PLACES[name] for name in SUMS[scope]]
    found = {sum(one.floor for one in inside), sum(one.water for one in inside)}
    found.add(_tce(sum((one.electricity for one in inside), Decimal(0))))
    return {int(value) for value in found}


@dataclass(frozen=True)
class Markers:
    """What must not appear in an answer, and what has to appear somewhere."""

    words: frozenset[str]
    numbers: frozenset[int]

    def found_in(self, text: str) -> set[str]:
        """The markers that a text holds: words as they stand, numbers by their whole part."""
        shown = {
            int(match.group().replace(",", ""))
            for match in re.finditer(r"(?<![\d.])\d[\d,]{3,}", text)
            if len(match.group()) < 14
        }
        return {word for word in self.words if word in text} | {str(n) for n in self.numbers & shown}


def allowed(position: str) -> Markers:
    """Names, codes and numbers that a holder of a role there may see."""
    names = REACH[position][1]
    scopes = {f"line:{code}" for code in LINE[position]} & SUMS.keys()
    if position == "parent":
        scopes = set(SUMS)
    numbers: set[int] = set()
    for name in names:
        numbers |= PLACES[name].numbers
    for scope in scopes:
        numbers |= scope_numbers(scope)
    words = {text for name in names for text in (PLACES[name].code, PLACES[name].name)}
    nodes = LINE[position] | {PLACES[name].line for name in names}  # and where one's own institutions hang
    words |= {text for code in nodes & NODE_NAMES.keys() for text in (code, NODE_NAMES[code])}
    return Markers(frozenset(words), frozenset(numbers))


def everything() -> Markers:
    """All markers: what somebody without any right to data must not see."""
    return allowed("parent")


def foreign(position: str) -> Markers:
    """All markers but those that the holder may see."""
    own, whole = allowed(position), everything()
    # A node's code may begin another one's: what is contained in something of one's own is no marker.
    words = {word for word in whole.words - own.words if not any(word in mine for mine in own.words)}
    if position == "child":
        words -= {"L-500103"}
    return Markers(frozenset(words), whole.numbers - own.numbers)


def build(home: Home, nodes: Mapping[tuple[str, str], int]) -> World:
    """Institutions, returns of a year and a month, one account for each role and position, receipts, a batch."""
    from jieyue.apps.accounts.queries import figures
    from jieyue.apps.publication.rules import keep_catalog

    keep_catalog()
    ids = _register()
    _file(ids)
    scopes = [*SUMS, *(f"institution:{place.code}" for place in PLACES.values())]
    receipts = {row.scope: row.receipt for row in figures(scopes, YEAR, indicators=["energy_total_tce"])}
    users = _accounts(ids, nodes)
    parts = (
        _batch(nodes),
        _findings(ids),
        _summaries(users, nodes),
        _collecting(ids),
        _spot_checks(users, nodes),
        papers := _papers(users, nodes),
        _returned(users, papers),
        _theirs(nodes),
        _their_tables(),
        _meters(home),
        _holdings(),
        _joint_reviews(users, nodes),
    )
    return World(home.path, ids, users, receipts, *parts)


def _register() -> dict[str, int]:
    from jieyue.apps.registry.services.bulk_register import bulk_register

    rows, places = [], []
    for place in PLACES.values():
        rows.append(
            {"code": place.code, "name": place.name, "floor_area": place.floor, "persons": Decimal(321),
             "in_count": place.counted, "valid_from": BEGIN}
        )  # fmt: skip
        hangs = {"line": place.line, "area": place.area, "type": place.kind}
        if place.line in ("L-500103", "L-500103-EDU"):
            hangs["department"] = "D-EDU"
        if place.line == "L-M-HEALTH":
            hangs["department"] = "D-HEALTH"
        if place is PLACES["MEMBER"]:
            hangs["unit"] = PLACES["OWN"].code
        places += [
            {"code": place.code, "tree": tree, "target": target, "valid_from": BEGIN}
            for tree, target in hangs.items()
        ]
    made = bulk_register(pl.DataFrame(rows), pl.DataFrame(places), actor="tests")
    return {name: made[place.code] for name, place in PLACES.items()}


def _file(ids: Mapping[str, int]) -> None:
    from jieyue.apps.returns.batch import ReturnsBatch
    from jieyue.apps.returns.cells import CellColumns
    from jieyue.apps.returns.services.publish_returns import publish_returns

    names = list(PLACES)
    codes = ("102", "103", "110", "120")
    batches = []
    for period, parts in ((YEAR, 1), (MONTH, 10)):
        rows = [
            [PLACES[n].floor, Decimal(321), PLACES[n].electricity / parts, PLACES[n].water / parts]
            for n in names
        ]
        values = np.array([[int(value * 10_000) for value in row] for row in rows], dtype=np.int64)
        cells = CellColumns(codes, values, np.full(values.shape, 3, dtype=np.uint8))
        batches.append(ReturnsBatch("NY201", [ids[n] for n in names], [period] * len(names), cells))
    publish_returns(batches, actor="tests")


def _collecting(ids: Mapping[str, int]) -> dict[str, int]:
    """Two open months: in one every return is submitted, in the other nobody has begun his."""
    from jieyue.apps.obligations.services.open_periods import open_periods
    from jieyue.apps.returns.batch import ReturnsBatch
    from jieyue.apps.returns.cells import CellColumns
    from jieyue.apps.returns.models import Return
    from jieyue.apps.returns.services.save_drafts import save_drafts
    from jieyue.domain.period import Period

    open_periods("NY201", [Period.parse(WAITING), Period.parse(OWED)], actor="tests")
    names = list(PLACES)
    rows = [[int(PLACES[n].electricity * 1000), int(PLACES[n].water * 1000)] for n in names]
    values = np.array(rows, dtype=np.int64)
    cells = CellColumns(("110", "120"), values, np.full(values.shape, 3, dtype=np.uint8))
    batch = ReturnsBatch("NY201", [ids[n] for n in names], [WAITING] * len(names), cells)
    save_drafts(batch, actor="tests", states=["submitted"] * len(names))
    numbers = dict(Return.objects.filter(period=WAITING).values_list("subject", "pk"))
    return {name: numbers[ids[name]] for name in names}


def _accounts(ids: Mapping[str, int], nodes: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], str]:
    from jieyue.apps.identity.roles import ROLES
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant

    made = {}
    for position, (at, _seen) in REACH.items():
        node = ids[at] if at in ids else nodes["line", at]
        for role in ROLES:
            user = create_user(f"{role}.{position}", actor="tests")
            bounds = {"forms": ["NY201"], "periods": [YEAR, MONTH]} if role == "auditor" else {}
            grant(user, role, node=node, valid_from=BEGIN, actor="tests", **bounds)
            made[role, position] = user.username
    create_user("nobody", actor="tests")
    return made


def _holdings() -> dict[str, int]:
    """A canteen of each institution that bears its name; each is a key unit by a paper and a body that bear it too."""
    from jieyue.apps.holdings.services.designate import Naming, designate
    from jieyue.apps.holdings.services.keep_holding import Said, keep_holding
    from jieyue.apps.registry.queries import by_code

    made, numbers = {}, by_code([place.code for place in PLACES.values()])
    for name, place in PLACES.items():
        naming = Naming(numbers[place.code], BEGIN, f"号-{place.code}", f"{place.name}监管处")
        designate(naming, actor="tests")
        fields = {"institution": place.code, "kind": "canteen", "name": f"{place.name}食堂"}
        fields |= {"diners_at_once": "250", "valid_from": "2024-12-01"}
        made[name] = keep_holding(Said(fields, is_new=True), actor="tests")
        car = {
            "institution": place.code,
            "kind": "vehicle",
            "name": f"{place.name}班车",
            "model": f"{place.name}型",
        }
        keep_holding(Said(car | {"valid_from": "2024-12-01"}, is_new=True), actor="tests")
    return made


def _meters(home: Home) -> dict[str, int]:
    """A metering point of each institution with two days of readings; those of all others hang below OWN's."""
    from jieyue.apps.metering.points import numbers_of
    from jieyue.apps.metering.services.clean import clean
    from jieyue.apps.metering.services.import_meters import import_meters
    from jieyue.apps.metering.services.import_readings import import_readings

    head = "meter,name,institution,carrier,unit,kind,step_min,parent,serial,valid_from\n"
    lines, shown = [], ["meter,ts,value"]
    for name, place in PLACES.items():
        above = "" if name == "OWN" else f"MP-{PLACES['OWN'].code}"
        lines.append(
            f"MP-{place.code},{place.name}总表,{place.code},electricity,kWh,register,60,{above},S1,2024-12-01"
        )
        shown += [f"MP-{place.code},{READ_FROM + n * 3600},{n * 2}" for n in range(49)]
    import_meters((head + "\n".join(lines) + "\n").encode(), "meters.csv", actor="tests")
    file = home.path / "readings.csv"
    file.write_text("\n".join(shown) + "\n", "utf-8")
    import_readings(file, file.name, actor="tests")
    clean(actor="tests")
    numbers = numbers_of([f"MP-{place.code}" for place in PLACES.values()])
    return {name: numbers[f"MP-{place.code}"] for name, place in PLACES.items()}


def _summaries(users: Mapping[tuple[str, str], str], nodes: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Each body's table of the year: sent, accepted above, published."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.summaries.services import decide
    from jieyue.apps.summaries.services.send import send

    sender, decider = (user_by_name(users[role, "parent"]) for role in ("approver", "publisher"))
    assert sender is not None
    assert decider is not None
    made = {}
    for code in ("city", "L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH"):
        row = send(sender, nodes["line", code], "NY301", YEAR)
        decide.accept(decider, row.pk)
        decide.publish_table(decider, row.pk, f"公示 {row.number}")
        made[code] = row.pk
    return made


def _spot_checks(
    users: Mapping[tuple[str, str], str], nodes: Mapping[tuple[str, str], int]
) -> dict[str, tuple[int, list[int]]]:
    """A check of each body's year with all of its institutions."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.spotchecks.services.draw import draw_check

    user = user_by_name(users["reviewer", "parent"])
    assert user is not None
    made = {}
    for code in ("city", "L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH"):
        row = draw_check(user, nodes["line", code], "NY201", YEAR, share="1", seed="matrix")
        made[code] = (row.pk, list(row.items.order_by("pk").values_list("pk", flat=True)))
    return made


def _papers(users: Mapping[tuple[str, str], str], nodes: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """A draft of each body's bulletin."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.papers.monthly import CODE
    from jieyue.apps.papers.services.draft import draft_paper

    user = user_by_name(users["reviewer", "parent"])
    assert user is not None
    bodies = ("city", "L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH")
    return {code: draft_paper(user, CODE, nodes["line", code], MONTH).pk for code in bodies}


def _returned(users: Mapping[tuple[str, str], str], papers: Mapping[str, int]) -> dict[str, int]:
    """The file of each body's bulletin, come back as it went out."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.papers.make import written
    from jieyue.apps.papers.returned_file import paper_numbered
    from jieyue.apps.papers.services.check_returned import check_returned
    from jieyue.apps.papers.stored import from_json

    user = user_by_name(users["reviewer", "parent"])
    assert user is not None
    made = {}
    for code, number in papers.items():
        content = written(from_json(paper_numbered(number).content), "docx")
        made[code] = check_returned(user, content, f"{code}.docx", number).pk
    return made


def _theirs(nodes: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """What the platform above says of the year: a file of everybody, and of each body one with one institution."""
    from jieyue.apps.returns.services.take_theirs import Taking, take_theirs

    named = {"ALL": ("city", list(PLACES)), "PARENT": ("city", ["PARENT"]), "OWN": ("L-500103", ["OWN"]),
             "CHILD": ("L-500103-EDU", ["CHILD"]), "SIBLING": ("L-500104", ["SIBLING"]),
             "FOREIGN": ("L-M-HEALTH", ["FOREIGN"])}  # fmt: skip
    made = {}
    for name, (body, places) in named.items():
        rows = ["institution,period,item,value,unit"]
        for place in (PLACES[one] for one in places):
            rows.append(f"{place.code},{YEAR},NY201:120,{place.water},m3")
            rows.append(f"{place.code},{YEAR},NY201:110,{place.electricity + 1},kWh")
        asked = Taking("NY201", YEAR, nodes["line", body])
        taken = take_theirs("\n".join(rows).encode(), "platform.csv", asked, actor="tests")
        assert taken.file is not None, taken.result
        made[name] = taken.file
    return made


def _their_tables() -> dict[str, int]:
    """A summary table printed above for each body, kept: one more than what is published."""
    bodies = ("city", "L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH")
    return {code: kept_table(code, YEAR) for code in bodies}


def _joint_reviews(
    users: Mapping[tuple[str, str], str], nodes: Mapping[tuple[str, str], int]
) -> dict[str, tuple[int, list[int]]]:
    """A meeting of each body over its year: every institution has a finding that names another one."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.jointreview.services.convene import convene

    user = user_by_name(users["reviewer", "parent"])
    assert user is not None
    made = {}
    for code in ("city", "L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH"):
        row = convene(user, nodes["line", code], "NY201", YEAR, name="会审", day=CLOCK, place="会议室")
        made[code] = (row.pk, list(row.items.order_by("pk").values_list("pk", flat=True)))
    return made


def _findings(ids: Mapping[str, int]) -> dict[str, int]:
    """One finding of each institution; those of copies name another one."""
    from jieyue.apps.review.models import ReviewFinding, ReviewRun

    run = ReviewRun.objects.create(
        form="NY201", kind="Y", periods=[YEAR], seq=1, ruleset="survey-default", ruleset_digest="0" * 64,
        returns=len(ids), counts={"D12": len(ids)}, unset=[], actor="tests",
    )  # fmt: skip
    names = list(ids)
    others = dict(zip(names, [*names[1:], names[0]], strict=True))
    made = {}
    for name, number in ids.items():
        row = ReviewFinding.objects.create(
            subject=number, form="NY201", period=YEAR, rule="D12", item="120", severity="warning",
            value=str(PLACES[name].water), facts={"institution": str(ids[others[name]])}, first_run=run, last_run=run,
        )  # fmt: skip
        made[name] = row.pk
    return made


def _batch(nodes: Mapping[tuple[str, str], int]) -> int:
    """A file that somebody else brought: it names two institutions and says something wrong of a third."""
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant

    user = create_user("somebody.else", actor="tests")
    grant(user, "publisher", node=nodes["line", "city"], valid_from=BEGIN, actor="tests")
    rows = ["institution,period,item,value,unit"]
    rows += [f"{PLACES[name].code},2026-08,NY201:110,777777,kWh" for name in ("SIBLING", "FOREIGN")]
    rows.append(f"{PLACES['OWN'].code},2026-08,NY201:110,many,kWh")
    file = SimpleUploadedFile("brought.csv", "\n".join(rows).encode())
    answer = signed_in(user.username).post("/import/upload/", {"file": file, "kind": "returns"})
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].strip("/").rpartition("/")[2])
