"""The visits that the access matrix makes to each address of the site (routes.py): with every object of the world."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib.auth import get_user_model
from django.test import Client

from tests.security.world import MONTH, NODE_NAMES, OWED, PLACES, REACH, SUMS, WAITING, YEAR, World


@dataclass(frozen=True)
class Visit:
    """One GET. subject: the scope or institution that it asks for, empty if it names none; typed: texts that it
    gives, which the answer may repeat."""

    route: str
    path: str
    subject: str = ""
    fragment: bool = False
    typed: tuple[str, ...] = ()

    def made_by(self, client: Client) -> Any:
        """The answer."""
        page = f"http://testserver{self.path}"  # that the part stands on
        headers = {"HX-Request": "true", "HX-Current-URL": page} if self.fragment else {}
        return client.get(self.path, headers=headers)


def visits(world: World) -> list[Visit]:
    """Every route with every object of the world, in every form that it has."""
    return [
        *_plain(),
        *_institutions(),
        *_tables(),
        *_changes(),
        *_summaries(world),
        *_sources(world),
        *_returns(world),
        *_reviews(world),
        *_collecting(world),
        *_spot_checks(world),
        *_papers(world),
        *_theirs(world),
        *_joint_reviews(world),
        *_batches(world),
        *_people(world),
        *_meters(world),
        *_holdings(world),
    ]


def few_visits(world: World, own: Callable[[Visit], bool]) -> list[Visit]:
    """Every route once without an object, once with one that is the visitor's own, thrice with others."""
    chosen: list[Visit] = []
    kept: Counter[tuple[str, str]] = Counter()
    most = {"plain": 1, "own": 1, "other": 3}
    for visit in visits(world):
        kind = "plain" if not visit.subject else "own" if own(visit) else "other"
        kept[visit.route, kind] += 1
        if kept[visit.route, kind] <= most[kind]:
            chosen.append(visit)
    return chosen


def _plain() -> Iterator[Visit]:
    for route, path in (
        ("healthz", "/healthz"),
        ("readyz", "/readyz"),
        ("signin", "/signin/"),
        ("second-factor", "/signin/second/"),
        ("activate", "/activate/"),
        ("account", "/account/"),
        ("account-password", "/account/password/"),
        ("account-sessions", "/account/sessions/"),
        ("account-delegate", "/account/delegate/"),
        ("account-handed-end", "/account/handed/1/end/"),
        ("account-tokens", "/account/tokens/"),
        ("account-tokens-revoke", "/account/tokens/revoke/"),
        ("account-recovery", "/account/recovery/"),
        ("appearance", "/appearance/"),
        ("help", "/help/"),
        ("manual", "/help/manual/reporter/"),
        ("help-seen", "/help/seen/"),
        ("dictionary", "/dictionary/"),
        ("auditing", "/auditing/"),
        ("wall", "/wall/jw_nobody-ever-made-this/"),
        ("wall", "/wall/devices-of-others/"),
        ("collecting", "/collecting/"),
        ("collecting", "/collecting/?form=NY202"),
        ("boundaries", "/map/boundaries/"),
        ("institution-sensitive", "/institutions/QX-NO-SUCH/sensitive/"),
        ("boundary-load", "/map/boundaries/load/"),
        ("boundary-withdraw", "/map/boundaries/1/withdraw/"),
        ("walls", "/wall/devices/"),
        ("wall-issue", "/wall/devices/issue/"),
        ("wall-revoke", "/wall/devices/1/revoke/"),
        ("handing", "/people/handed/"),
        ("handing-lend", "/people/handed/lend/"),
        ("handing-end", "/people/handed/1/end/"),
        ("people", "/people/"),
        ("people-new", "/people/new/"),
        ("people-import", "/people/import/"),
        ("people-codes", "/people/codes/"),
        ("signout", "/signout/"),
        ("language", "/language/"),
        ("home", "/"),
        ("style", "/style/"),
        ("plan", "/plan/"),
        ("plan", "/plan/?export=csv"),
        ("plan-tasks", "/plan/tasks/"),
        ("plan-sensitivity", "/plan/sensitivity/?compute=1"),
        ("plan-brief", "/plan/brief/?compute=1"),
        ("plan-tasks", "/plan/tasks/?export=csv"),
        ("data", "/data/"),
        ("registry", "/institutions/"),
        ("registry", "/institutions/?export=csv"),
        ("registry", "/institutions/?export=xlsx"),
        ("imports", "/import/"),
        ("import-upload", "/import/upload/"),
    ):
        yield Visit(route, path)
    for place in PLACES.values():
        yield Visit("registry", f"/institutions/?q={quote(place.name)}", typed=(place.name,))


def _institutions() -> Iterator[Visit]:
    yield Visit("own-profile", "/profile/")
    for name, place in PLACES.items():
        subject, path = f"institution:{place.code}", f"/institutions/{place.code}/"
        yield Visit("institution", f"{path}?compute=1", subject)
        yield Visit("institution-register", f"{path}register/", subject)
        yield Visit("institution-profile", f"{path}profile/?compute=1", subject)
        yield Visit("institution-profile", f"{path}profile/?period=2025&export=pdf", subject)
        for kind in ("xlsx", "csv", "months-xlsx", "months-csv") if name == "OWN" else ("csv", "months-xlsx"):
            yield Visit("institution", f"{path}?export={kind}", subject)
        yield Visit("institution", f"{path}?compute=1", subject, fragment=True)


def _tables() -> Iterator[Visit]:
    for scope in SUMS:
        for tree in [scope.partition(":")[0]] if scope != "city" else ["line", "area", "department", "type"]:
            address = f"/data/{tree}/?scope={scope}"
            yield Visit("data-tree", f"{address}&period={YEAR}", scope)
            yield Visit("data-tree", f"{address}&period={YEAR}&list=institutions&export=csv", scope)
            if tree in ("line", "area"):
                shown = f"/map/?scope={scope}&by={tree}&indicator=floor_area_m2"
                yield Visit("map", f"{shown}&period={YEAR}", scope)
                yield Visit("map", f"{shown}&period={MONTH}&show=change&export=csv", scope)
            if scope in ("city", "line:L-500103") and tree == "line":
                yield Visit("data-tree", f"{address}&period={MONTH}&view=energy", scope)
                yield Visit("data-tree", f"{address}&period={YEAR}&list=institutions", scope)
                yield Visit("data-tree", f"{address}&period={YEAR}&list=institutions&export=xlsx", scope)
                yield Visit("data-tree", f"{address}&period={YEAR}&export=csv", scope)
                yield Visit("data-tree", f"{address}&period={YEAR}&export=xlsx", scope)
        yield Visit("overview", f"/overview/?scope={scope}&period={MONTH}&compute=1", scope)
        yield Visit("overview", f"/overview/?scope={scope}&period={MONTH}&chart=months&export=csv", scope)
        yield Visit("overview", f"/overview/?scope={scope}&period={MONTH}&part=attention", scope)
        yield Visit("overview", f"/overview/?scope={scope}&period={YEAR}&part=institutions&compute=1", scope)
        if scope == "city" or scope.startswith("line:"):
            yield Visit("quality", f"/quality/?scope={scope}&period={MONTH}&compute=1", scope)
        if scope in ("city", "line:L-500103"):
            for chart in ("matrix", "trust", "lateness", "rules"):
                yield Visit(
                    "quality", f"/quality/?scope={scope}&period={MONTH}&chart={chart}&export=csv", scope
                )
            address = f"/overview/?scope={scope}&period={YEAR}"
            yield Visit("overview", f"{address}&population=alike&compute=1", scope)
            for chart in ("progress", "shares-carrier", "trust", "prices", "movers", "alerts"):
                yield Visit("overview", f"{address}&chart={chart}&export=xlsx", scope)
    yield Visit("overview", f"/overview/?period={MONTH}&compute=1")
    for place in PLACES.values():
        yield Visit("data-tree", f"/data/line/?scope=institution:{place.code}", "nothing")
        yield Visit("overview", f"/overview/?scope=institution:{place.code}", "nothing")


def _changes() -> Iterator[Visit]:
    """The panel and a file of every scope; each list of some, for the lists name institutions."""
    lists = ("entries", "missing", "appeared", "moved_in", "moved_out", "not_reported")
    for scope in (*SUMS, *(f"institution:{place.code}" for place in PLACES.values())):
        address = f"/change/?scope={quote(scope)}&period={YEAR}&indicator=water_total_m3"
        yield Visit("change", address, scope, fragment=True)
        yield Visit("change", f"{address}&list=appeared&export=csv", scope)
        if scope in ("city", "line:L-500103", "area:500103"):
            for name in lists:
                yield Visit("change", f"{address}&list={name}", scope)
            yield Visit("change", f"{address}&list=appeared&export=xlsx", scope)


def _summaries(world: World) -> Iterator[Visit]:
    """The table of every body in every form, what stands behind its cells, free tables, and a sent one."""
    yield Visit("summary", "/summary/")
    for scope in SUMS:
        kind, _, code = scope.partition(":")
        if kind not in ("city", "line"):
            continue
        address = f"?form=NY301&body={code or 'city'}&period="
        yield Visit("summary", f"/summary/{address}{YEAR}", scope)
        yield Visit("summary", f"/summary/{address}{MONTH}&basis=unapproved&export=xlsx", scope)
        if scope == "city":
            yield Visit("summary", f"/summary/{address}{YEAR}&export=pdf", scope)
        for item, column in (("110", "S001"), ("102", "S002"), ("100", "S003")):
            path = f"/summary/cell/{address}{YEAR}&item={item}&column={column}"
            yield Visit("summary-cell", path, scope)
            yield Visit("summary-cell", f"{path}&export=csv", scope)
        for rows, columns in (
            ("area", "type"),
            ("department", "items"),
            ("level", "body"),
            ("type", "period"),
        ):
            yield Visit(
                "summary-cross", f"/summary/cross/{address}{YEAR}&rows={rows}&columns={columns}", scope
            )
    for code, number in world.summaries.items():
        scope = "city" if code == "city" else f"line:{code}"
        yield Visit("summary-sent", f"/summary/{number}/", scope)
        yield Visit("summary-sent", f"/summary/{number}/?export=xlsx", scope)
        yield Visit("summary-public", f"/summary/{number}/public/")  # everybody's who looks at data
        yield Visit("summary-public", f"/summary/{number}/public/?export=xlsx")
    yield Visit("summary-send", "/summary/send/")
    yield Visit("summary-act", f"/summary/{world.summaries['city']}/act/")


def _sources(world: World) -> Iterator[Visit]:
    for scope, receipt in world.receipts.items():
        query = f"/source/?scope={quote(scope)}&indicator=energy_total_tce&period={YEAR}"
        yield Visit("source", query, scope, fragment=True)
        yield Visit("receipt", f"/receipt/{receipt}", scope)


def _returns(world: World) -> Iterator[Visit]:
    """The list of one's own, one return of each institution that stands there and one that does not, the posts."""
    yield Visit("returns", "/returns/")
    yield Visit("returns", "/returns/?export=csv")
    for place in PLACES.values():
        for period in (MONTH, "2026-10"):
            yield Visit("return", f"/returns/{place.code}/NY201/{period}/", f"institution:{place.code}")
    own = PLACES["OWN"].code
    yield Visit("return", f"/returns/{own}/NY201/{MONTH}/?export=pdf", f"institution:{own}")
    for query in ("", "?download=1", f"?period={MONTH}&download=1"):
        yield Visit("workbook", f"/returns/workbook/{query}")
    yield Visit("workbook-upload", "/returns/workbook/upload/")
    for part in ("preview", "marked", "confirm"):  # the batch is a file of another kind, and another person's
        tail = "" if part == "preview" else f"{part}/"
        yield Visit(f"workbook-{part}", f"/returns/workbook/{world.batch}/{tail}", "nothing")
    for place in PLACES.values():  # nobody attached anything: the same answer for all
        yield Visit("return-paper", f"/returns/{place.code}/NY201/{MONTH}/papers/1/", "nothing")
    for part in ("start", "cells", "use", "estimate", "submit", "withdraw", "attach", "detach"):
        route = "return-fill" if part == "estimate" else f"return-{part}"
        yield Visit(route, f"/returns/{PLACES['OWN'].code}/NY201/{MONTH}/{part}/")


def _reviews(world: World) -> Iterator[Visit]:
    """The list in every form, each finding, and the addresses that only take forms."""
    yield Visit("review", "/review/")
    for query in ("state=open&export=csv", "rule=D12", "export=xlsx"):
        yield Visit("review", f"/review/?period={YEAR}&{query}")
    for name, number in world.findings.items():
        subject = f"institution:{PLACES[name].code}"
        yield Visit("review-finding", f"/review/{number}/", subject)
    yield Visit("review-check", "/review/check/")
    yield Visit("review-state", f"/review/check/state/?period={MONTH}")
    for query in ("", "?export=csv", "?export=xlsx"):
        yield Visit("rules", f"/review/rules/{query}")
    yield Visit("rules-propose", "/review/rules/propose/")
    for part in ("release", "withdraw"):
        yield Visit(f"rules-{part}", f"/review/rules/1/{part}/")
    yield Visit("jobs", "/jobs/")
    for query in ("", "?verb=registry.import_institutions", "?export=csv", "?export=xlsx"):
        yield Visit("log", f"/log/{query}")
    for part in ("explain", "decide"):
        yield Visit(f"review-{part}", f"/review/{world.findings['OWN']}/{part}/")


def _collecting(world: World) -> Iterator[Visit]:
    """The reviewer's list and each return on it; the board of every body with its list of names."""
    for query in ("", "&reach=all", "&reach=all&sort=-findings", "&export=csv", "&export=xlsx"):
        yield Visit("worklist", f"/worklist/?period={WAITING}{query}")
    for name, number in world.waiting.items():
        place = PLACES[name]
        yield Visit("worklist-return", f"/worklist/{number}/", f"judged:{place.code}")
    for part in ("act", "judge"):
        yield Visit(f"worklist-{part}", f"/worklist/{world.waiting['OWN']}/{part}/")
    yield Visit("worklist-approve", "/worklist/approve/")
    for kind in ("overdue", "outstanding", "missing"):
        yield Visit("board", f"/board/?period={OWED}&kind={kind}")
    yield Visit("board", f"/board/?period={OWED}&export=csv")
    yield Visit("bulletin", f"/bulletin/?period={MONTH}")
    yield Visit("bulletin", f"/bulletin/?period={MONTH}&export=xlsx")
    for code in ("city", *NODE_NAMES):
        subject = "city" if code == "city" else f"line:{code}"
        yield Visit("board", f"/board/?period={OWED}&node={code}&kind=missing", subject)
        yield Visit("bulletin", f"/bulletin/?period={MONTH}&node={code}", subject)
    for part in ("remind", "extend"):
        yield Visit(f"board-{part}", f"/board/{part}/")


def _spot_checks(world: World) -> Iterator[Visit]:
    """The list, each body's check with its institutions and a file, and the addresses that only take forms."""
    yield Visit("spotchecks", "/spotchecks/")
    yield Visit("spotchecks", "/spotchecks/?export=csv")
    for code, (number, places) in world.spot_checks.items():
        subject = "city" if code == "city" else f"line:{code}"
        yield Visit("spotcheck", f"/spotchecks/{number}/", subject)
        yield Visit("spotcheck", f"/spotchecks/{number}/?export=xlsx", subject)
        for place in places:
            yield Visit("spotcheck-item", f"/spotchecks/{number}/{place}/", subject)
    number, (place, *_) = world.spot_checks["L-500103"]
    yield Visit("spotcheck-draw", "/spotchecks/draw/")
    yield Visit("spotcheck-close", f"/spotchecks/{number}/close/")
    yield Visit("spotcheck-look", f"/spotchecks/{number}/{place}/look/")


def _papers(world: World) -> Iterator[Visit]:
    """The list, each body's bulletin with its files, and the addresses that only take forms."""
    yield Visit("papers", "/papers/")
    yield Visit("papers", "/papers/?export=csv")
    for code, number in world.papers.items():
        subject = "city" if code == "city" else f"line:{code}"
        yield Visit("paper", f"/papers/{number}/", subject)
        yield Visit("paper", f"/papers/{number}/?export=xlsx", subject)
    number = world.papers["L-500103"]
    yield Visit("paper-order", "/papers/orders/1/", "nothing")
    yield Visit("paper-draft", "/papers/draft/")
    yield Visit("paper-fill", f"/papers/{number}/fill/")
    yield Visit("paper-release", f"/papers/{number}/release/")
    yield Visit("paper-scan", "/papers/scans/987654/", "nothing")
    yield Visit("paper-scan-keep", f"/papers/{number}/scan/")
    yield Visit("paper-templates", "/papers/templates/")
    yield Visit("paper-templates", "/papers/templates/?kind=yearly-bulletin")
    yield Visit("paper-template-file", "/papers/templates/monthly-bulletin/0/")
    yield Visit("paper-template-keep", "/papers/templates/keep/")
    yield Visit("paper-template-use", "/papers/templates/use/")
    yield Visit("papers-returned", "/papers/returned/")
    yield Visit("papers-returned", "/papers/returned/?export=csv")
    yield Visit("paper-returned-take", "/papers/returned/take/")
    for code, number in world.returned.items():
        subject = "city" if code == "city" else f"line:{code}"
        yield Visit("paper-returned", f"/papers/returned/{number}/?class=all", subject)
        yield Visit("paper-returned", f"/papers/returned/{number}/?class=all&export=csv", subject)


def _theirs(world: World) -> Iterator[Visit]:
    """The list, a file that names everybody, and one of each body that names one of its institutions."""
    yield Visit("theirs", "/theirs/")
    yield Visit("theirs", "/theirs/?export=csv")
    yield Visit("theirs-take", "/theirs/take/")
    yield Visit("their-tables", "/theirs/tables/")
    yield Visit("their-tables", "/theirs/tables/?export=csv")
    yield Visit("their-tables-take", "/theirs/tables/take/")
    for code, number in world.their_tables.items():
        for query in ("", "?kind=equal", "?export=xlsx"):
            yield Visit(
                "their-table",
                f"/theirs/tables/{number}/{query}",
                "city" if code == "city" else f"line:{code}",
            )
    for deed in ("keep", "drop"):
        yield Visit(f"their-table-{deed}", f"/theirs/tables/{world.their_tables['L-500103']}/{deed}/")
    yield Visit("disclosure", "/disclosure/")
    yield Visit("disclosure-decide", "/disclosure/1/")
    yield Visit("public", "/public/")
    yield Visit("public-release", "/public/1/")
    yield Visit("public-file", "/public/1/data.csv")
    yield Visit("outward", "/outward/")
    yield Visit("outward-take", "/outward/take/")
    yield Visit("outward-record", "/outward/record/")
    for name, number in world.theirs.items():
        subject = f"institution:{PLACES[name].code}" if name in PLACES else ""
        for query in ("", "?kind=equal", "?export=csv", "?export=xlsx"):
            yield Visit("their-file", f"/theirs/{number}/{query}", subject)


def _joint_reviews(world: World) -> Iterator[Visit]:
    """The list, each body's meeting with its returns and its minutes, and the addresses that only take forms."""
    yield Visit("joint", "/joint/")
    yield Visit("joint", "/joint/?export=csv")
    yield Visit("joint-call", f"/joint/call/?period={YEAR}")
    for code, (number, places) in world.joint_reviews.items():
        subject = "city" if code == "city" else f"line:{code}"
        for path in ("", "?export=xlsx"):
            yield Visit("joint-review", f"/joint/{number}/{path}", subject)
            yield Visit("joint-minutes", f"/joint/{number}/minutes/{path}", subject)
        for place in places:
            yield Visit("joint-item", f"/joint/{number}/{place}/", subject)
    number, (place, *_) = world.joint_reviews["L-500103"]
    yield Visit("joint-arrange", f"/joint/{number}/arrange/")
    yield Visit("joint-close", f"/joint/{number}/close/")
    yield Visit("joint-say", f"/joint/{number}/{place}/say/")


def _batches(world: World) -> Iterator[Visit]:
    for part in ("preview", "mapping", "names", "marked", "confirm"):
        tail = "" if part == "preview" else f"{part}/"
        yield Visit(f"import-{part}", f"/import/{world.batch}/{tail}", "batch")


def _people(world: World) -> Iterator[Visit]:
    """The account that holds a role at each place of the line; the parts that only take forms."""
    numbers = dict(get_user_model().objects.values_list("username", "pk"))
    for position in REACH:
        number = numbers[world.users["reporter", position]]
        yield Visit("person", f"/people/{number}/", f"account:{position}")
    for part in ("grant", "end", "successor", "audit", "factor"):
        number = numbers[world.users["reporter", "own"]]
        yield Visit(f"person-{part}", f"/people/{number}/{part}/")


def _holdings(world: World) -> Iterator[Visit]:
    """The list in every form; what each institution owns, each thing, and the form for another."""
    for query in (
        "",
        "?export=csv",
        "?kind=canteen&export=xlsx",
        "?count=canteen_200",
        "?export=register-csv",
    ):
        yield Visit("holdings", f"/holdings/{query}")
    for query in ("", "?show=all", "?export=csv", "?candidates=yes"):
        yield Visit("key-units", f"/keyunits/{query}")
    for name, number in world.holdings.items():
        code = PLACES[name].code
        for query in ("", "?show=all&export=csv"):
            yield Visit(
                "institution-holdings", f"/institutions/{code}/holdings/{query}", f"institution:{code}"
            )
        yield Visit("holding-new", f"/institutions/{code}/holdings/new/?kind=canteen", f"institution:{code}")
        yield Visit("holding", f"/holdings/{number}/", f"institution:{code}")


def _meters(world: World) -> Iterator[Visit]:
    """The list and the board in every form, by each body; each point with its curve in every form."""
    for query in ("", "?export=csv", "?export=xlsx", "?state=silent", "?parent=top&month=2026-09"):
        yield Visit("meters", f"/meters/{query}")
    for query in ("", "?month=2026-09", "?month=2026-09&export=csv"):
        yield Visit("meters-balance", f"/meters/balance/{query}")
    yield Visit(
        "meters-balance", f"/meters/balance/?meter={world.points['OWN']}", f"institution:{PLACES['OWN'].code}"
    )
    for query in ("", "?month=2026-09", "?month=2026-09&export=csv", "?month=2026-09&state=incomplete"):
        yield Visit("meters-publish", f"/meters/publish/{query}")
    for query in ("", "?export=csv", "?state=never"):
        yield Visit("meters-calibration", f"/meters/calibration/{query}")
    for query in ("", "?export=csv", "?table=bodies&export=csv"):
        yield Visit("meters-equipping", f"/meters/equipping/{query}")
    yield Visit("meters-publish-state", "/meters/publish/state/?month=2026-09")
    for query in ("", "?month=2026-09", "?export=csv"):
        yield Visit("meters-heat", f"/meters/heat/{query}")
    for query in ("", "?export=csv", "?table=bodies&export=xlsx"):
        yield Visit("meters-quality", f"/meters/quality/{query}")
    for code in ("city", *NODE_NAMES):
        subject = "city" if code == "city" else f"line:{code}"
        yield Visit("meters-quality", f"/meters/quality/?node={code}", subject)
    for name, number in world.points.items():
        subject = f"institution:{PLACES[name].code}"
        yield Visit(
            "meters", f"/meters/?institution={PLACES[name].code}", subject, typed=(PLACES[name].code,)
        )
        for query in ("", "?show=raw&from=2026-09-01&to=2026-09-02", "?show=day&export=csv", "?export=xlsx"):
            yield Visit("meter", f"/meters/{number}/{query}", subject)
        yield Visit("meter-edits", f"/meters/{number}/edits/", subject)
        yield Visit("meter-change", f"/meters/{number}/change/", subject)
        code = PLACES[name].code
        for query in ("", "&month=2026-09", "&month=2026-09&export=csv"):
            yield Visit("meters-heat", f"/meters/heat/?meter={number}{query}", subject)
            yield Visit("meters-heat", f"/meters/heat/?institution={code}{query}", subject)
        yield Visit("meters-equipping", f"/meters/equipping/?institution={code}", subject)
    yield Visit("meter-new", "/meters/new/")
    yield Visit("meter-edit-withdraw", f"/meters/{world.points['OWN']}/edits/1/withdraw/")
