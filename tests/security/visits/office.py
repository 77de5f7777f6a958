"""People, meters, buildings and plant."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model

from tests.security.visits.visit import Visit
from tests.security.world import NODE_NAMES, PLACES, REACH, World


def people(world: World) -> Iterator[Visit]:
    """The account that holds a role at each place of the line; the parts that only take forms."""
    numbers = dict(get_user_model().objects.values_list("username", "pk"))
    for position in REACH:
        number = numbers[world.users["reporter", position]]
        yield Visit("person", f"/people/{number}/", f"account:{position}")
    for part in ("grant", "end", "successor", "audit", "factor"):
        number = numbers[world.users["reporter", "own"]]
        yield Visit(f"person-{part}", f"/people/{number}/{part}/")


def meters(world: World) -> Iterator[Visit]:
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


def holdings(world: World) -> Iterator[Visit]:
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
