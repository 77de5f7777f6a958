"""Summary tables, official papers, tables of the platform above, files that came in."""

from collections.abc import Iterator

from tests.security.visits.visit import Visit
from tests.security.world import MONTH, PLACES, SUMS, YEAR, World


def summaries(world: World) -> Iterator[Visit]:
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


def papers(world: World) -> Iterator[Visit]:
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


def theirs(world: World) -> Iterator[Visit]:
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


def batches(world: World) -> Iterator[Visit]:
    for part in ("preview", "mapping", "names", "marked", "confirm"):
        tail = "" if part == "preview" else f"{part}/"
        yield Visit(f"import-{part}", f"/import/{world.batch}/{tail}", "batch")
