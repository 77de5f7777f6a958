"""Returns, their review and worklist, boards, spot checks, joint reviews."""

from collections.abc import Iterator

from tests.security.visits.visit import Visit
from tests.security.world import MONTH, NODE_NAMES, OWED, PLACES, WAITING, YEAR, World


def returns(world: World) -> Iterator[Visit]:
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


def reviews(world: World) -> Iterator[Visit]:
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


def collecting(world: World) -> Iterator[Visit]:
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


def spot_checks(world: World) -> Iterator[Visit]:
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


def joint_reviews(world: World) -> Iterator[Visit]:
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
