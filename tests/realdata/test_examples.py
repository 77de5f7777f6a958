"""The examples hold together: every plan folder loads, every profile fits its catalog, the pages name them."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from jieyue.apps.exchange.fields import INSTITUTIONS, RETURNS
from jieyue.apps.exchange.profile import Column, MappingProfile, load, parse
from jieyue.catalog.loader import load_catalog
from jieyue.catalog.plan import load_plan
from jieyue.config.home import FIRST_DERIVED_AUTHORITY, LARGEST_AUTHORITY, Home
from tests.realdata.command import EXAMPLES, ROOT, Desk

PACKAGES = sorted(path.parent.parent for path in EXAMPLES.glob("*/plan/plan.toml"))
HOW_TO = ROOT / "docs" / "how-to"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_is_whole(package: Path) -> None:
    plan = load_plan(package / "plan")
    catalog = load_catalog(plan_catalog=plan.catalog_folder)
    assert {plan.method.factor_set, plan.method.tce_set} <= set(catalog.factor_sets)
    assert plan.region in {region.code for region in catalog.regions}
    items = {item.ref for form in catalog.forms for item in catalog.items(form)}
    profiles = [load(path) for path in sorted(package.glob("*.toml"))]
    assert profiles
    for profile in profiles:
        known = set(INSTITUTIONS) if profile.kind == "institutions" else {*RETURNS, *items}
        said = {field for column in profile.columns for field in column.fields}
        assert said | set(profile.items.values()) <= known, profile.id


def test_no_example_is_named_in_the_code() -> None:
    words = re.compile(r"seattle|kosen|OSEBuilding|portfolio.manager", re.IGNORECASE)
    sources = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".csv", ".toml", ".sql")]
    assert sources
    assert [path.name for path in sources if words.search(path.read_text("utf-8"))] == []


def test_the_pages_name_every_key_and_every_package() -> None:
    page = (HOW_TO / "mapping-profile.md").read_text("utf-8")
    tables = {"columns", "rows", "skips", "totals"}  # each is written [[column]], [[row]] …
    assert {name for name in tables if f"`[[{name.removesuffix('s')}]]`" not in page} == set()
    keys = {part.name for kind in (MappingProfile, Column) for part in fields(kind)} - tables
    assert {name for name in keys if f"`{name}`" not in page and f"`[{name}]`" not in page} == set()
    for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        assert parse(text).columns
    guide = (HOW_TO / "foreign-portfolio.md").read_text("utf-8")
    assert all(f"examples/{package.name}" in guide for package in PACKAGES)
    named = re.findall(r"examples/[\w/.-]+", guide)
    assert [name for name in named if not (ROOT / name).exists()] == []
    index = (HOW_TO / "index.md").read_text("utf-8")
    assert {"mapping-profile.md", "foreign-portfolio.md"} <= set(re.findall(r"\((.*?)\)", index))


def test_a_region_without_a_number_gets_one_of_its_own(tmp_path: Path) -> None:
    one, other = (Home.create(tmp_path / name, region=f"us-{name}") for name in ("seattle", "riverton"))
    numbers = {one.authority, other.authority, Home.create(tmp_path / "again", region="us-seattle").authority}
    assert len(numbers) == 2
    assert all(FIRST_DERIVED_AUTHORITY <= number <= LARGEST_AUTHORITY for number in numbers)
    assert Home.create(tmp_path / "city", region="500000").authority == 500_000


def test_a_foreign_authority_has_its_own_areas_only(office, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.run("init", "--plan", EXAMPLES / "seattle-2016" / "plan")
    from jieyue.apps.trees.queries import tree

    codes = {node.code for node in tree("area")}
    assert len(codes) == 14  # the city and its thirteen neighbourhoods
    assert all(code == "city" or code.startswith("us-seattle-") for code in codes)
