"""Pages of everybody, the directory, tables of figures, the change, sources."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.security.visits.visit import Visit
from tests.security.world import MONTH, PLACES, SUMS, YEAR, World


def plain() -> Iterator[Visit]:
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
        ("saved-views", "/views/"),
        ("shared-views", "/views/shared/"),
        ("shared-view-end", "/views/shared/1/end/"),
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


def institutions() -> Iterator[Visit]:
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


def tables() -> Iterator[Visit]:
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


def changes() -> Iterator[Visit]:
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


def sources(world: World) -> Iterator[Visit]:
    for scope, receipt in world.receipts.items():
        query = f"/source/?scope={quote(scope)}&indicator=energy_total_tce&period={YEAR}"
        yield Visit("source", query, scope, fragment=True)
        yield Visit("receipt", f"/receipt/{receipt}", scope)
