"""The rules in force: released by two persons for periods from a day on, else the set that is shipped, without prices.

What a file of the home says holds for nobody until it is released; a released set is kept with its contents.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.review.models import RuleRelease
from jieyue.apps.review.rules import FOLDER, PRICES, refuse_unread, ruleset, rulesets
from jieyue.catalog.loader import Catalog
from jieyue.catalog.prices import PriceRow, in_force, load_prices
from jieyue.catalog.ruleset import DEFAULT, RuleSet, load_ruleset
from jieyue.catalog.strict import CatalogError

_SETS = ("ruleset.toml", "rules.csv")
_RELEASED = Prepared(
    lambda: (
        RuleRelease.objects.filter(state=RuleRelease.State.RELEASED)
        .order_by("-holds_from", "-pk")
        .values_list("pk", "holds_from")
    )
)
_kept = LastFew["Held"](8)


@dataclass(frozen=True)
class Held:
    """Rules with the price list that goes with them; release: its number, None for what is shipped."""

    rules: RuleSet
    prices: tuple[PriceRow, ...] = ()
    release: int | None = None

    def prices_of(self, form: str, day: date) -> Mapping[str, tuple[float, float]]:
        """Item code → (low, high) of a form's cost items on a day."""
        return in_force(self.prices, form, day)


def held_on(day: date) -> Held:
    """What a period is judged by that ends on the day: the newest release that holds from it or an earlier day."""
    for number, first in _RELEASED.rows():
        if first <= day:
            return _kept.get((number, home_catalog()), lambda number=number: _read(number))  # type: ignore[misc]
    return Held(ruleset())


def _read(number: int) -> Held:
    row = RuleRelease.objects.get(pk=number)
    held = loaded(row.contents)
    return Held(held.rules, held.prices, number)


def of_home(name: str) -> Held:
    """A set by name with the home's price list as the files say now: to look at and to propose, never to keep by.

    Raises UnknownRuleError, CatalogError.
    """
    path = Path(settings.JIEYUE_HOME.path) / PRICES
    prices = load_prices(path, home_catalog()) if path.is_file() else ()
    rules = ruleset(name)
    refuse_unread(rules)
    return Held(rules, prices)


def contents_of(name: str) -> dict[str, str]:
    """File name → text of a set and of the home's price list. Raises UnknownRuleError, CatalogError."""
    of_home(name)  # strictly: what does not load is not proposed
    home = Path(settings.JIEYUE_HOME.path)
    own = home / FOLDER / name
    folder = own if own.is_dir() else _shipped(name)
    found = {file: (folder / file).read_text("utf-8") for file in _SETS}
    if (home / PRICES).is_file():
        found[PRICES] = (home / PRICES).read_text("utf-8")
    return found


def _shipped(name: str) -> Path:
    from jieyue.catalog.ruleset import SHIPPED

    return SHIPPED / name


def refuse_unfit(catalog: Catalog) -> None:
    """Refuse a catalog under which the rules that hold for any period cannot be read. Raises CatalogError."""
    load_ruleset(DEFAULT, catalog)
    for row in RuleRelease.objects.filter(state=RuleRelease.State.RELEASED):
        try:
            loaded(row.contents, catalog)
        except CatalogError as error:
            zh, en = f"已启用的规则集 {row.ruleset}：{error.reason_zh}", f"released rules: {error.reason_en}"
            file = f"{row.ruleset}/{Path(error.file).name}"
            raise CatalogError(file, error.row, error.column, zh, en) from None


def loaded(contents: Mapping[str, str], catalog: Catalog | None = None) -> Held:
    """Contents as they were proposed, read as strictly as files. catalog: another one than that in force."""
    catalog = catalog or home_catalog()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in (*_SETS, PRICES):
            if name in contents:
                (folder / name).write_text(contents[name], "utf-8")
        prices = load_prices(folder / PRICES, catalog) if PRICES in contents else ()
        return Held(load_ruleset(folder, catalog), prices)


def digest_of(contents: Mapping[str, str]) -> str:
    """SHA-256 over the files, their names and lengths."""
    whole = hashlib.sha256()
    for name in sorted(contents):
        data = contents[name].encode()
        whole.update(f"{name}\x00{len(data)}\x00".encode() + data)
    return whole.hexdigest()


def differing() -> list[str]:
    """Names of the home's own sets, and the price list, that say what no release, in force or proposed, says."""
    known = {
        (row.ruleset, name): text
        for row in RuleRelease.objects.exclude(state=RuleRelease.State.WITHDRAWN).order_by("pk")
        for name, text in row.contents.items()
    }
    home = Path(settings.JIEYUE_HOME.path)
    found = [
        name
        for name in rulesets()
        if (folder := home / FOLDER / name).is_dir()
        and any(
            (folder / file).is_file() and known.get((name, file)) != (folder / file).read_text("utf-8")
            for file in _SETS
        )
    ]
    listed = home / PRICES
    if listed.is_file() and listed.read_text("utf-8") not in {
        text for (_name, file), text in known.items() if file == PRICES
    }:
        found.append(PRICES)
    return found


def set_of(digest: str) -> RuleSet | None:
    """The set of rules that a pass was made by, by its digest; None where it is no more to be had."""
    shipped = ruleset()
    if shipped.digest == digest:
        return shipped
    for number, _first in _RELEASED.rows():
        held = _kept.get((number, home_catalog()), lambda number=number: _read(number))  # type: ignore[misc]
        if held.rules.digest == digest:
            return held.rules
    return None
