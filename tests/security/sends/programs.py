"""Good bodies of the interface for programs."""

from django.test import Client

from tests.security.sends import Ask, file, send
from tests.security.world import PLACES, READ_FROM, World

OWN = PLACES["OWN"].code


def key(world: World, role: str, *verbs: str) -> str:
    """The secret of a token of an account of the world."""
    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.issue_token import issue_token

    user = User.objects.get(username=world.users[role, "parent"])
    return issue_token(user, "tests", days=30, verbs=verbs, actor="tests")[1]


@send("/api/v1/readings")
def _(world: World) -> Ask:
    rows = [{"meter": f"MP-{OWN}", "ts": READ_FROM + 600_000, "value": "150"}]
    return Ask(Client(), "/api/v1/readings", {"readings": rows}, key(world, "collector", "push"))


@send("/api/v1/imports/returns", form="of a file without its form", profile="a layout", publish="at once",
      restate="with publish", dry_run="nothing is kept", period="of a file without its period")  # fmt: skip
def _(world: World) -> Ask:
    rows = f"institution,period,item,value,unit\n{OWN},2026-08,NY201:110,777,kWh\n"
    said = {"file": file("r.csv", rows), "valid_rows_only": "true"}
    return Ask(Client(), "/api/v1/imports/returns", said, key(world, "publisher", "publish"))


@send(
    "/api/v1/imports/institutions", profile="a layout", dry_run="nothing is kept", restate="of a correction"
)
def _(world: World) -> Ask:
    rows = "code,name,type,region,reporting_parent,valid_from\nNEW1,新设机关,01,500103,L-500103,2026-01-01\n"
    said = {"file": file("i.csv", rows), "valid_rows_only": "true"}
    return Ask(Client(), "/api/v1/imports/institutions", said, key(world, "city_admin", "manage_registry"))
