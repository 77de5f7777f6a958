"""One definition, six outputs: each is parsed as its reader would, and all say the same lines in the same order."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from jieyue.apps.identity.models import User
from jieyue.catalog.loader import load_catalog
from tests.api.conftest import token_for
from tests.web.conftest import City, operator

ROOT = Path(__file__).parent.parent.parent
MONTH = "2026-09"
FORM = "NY201"


@pytest.fixture
def code(own_city: City) -> str:
    return str(own_city.sample.cases["T1"]["institution"])


def of_grid(code: str) -> list[tuple[str, str]]:
    """(code, unit) of the page's lines."""
    page = operator().get(f"/returns/{code}/{FORM}/{MONTH}/").content.decode()
    rows = re.findall(r'<tr id="r-([^"]+)".*?<td class="unit">([^<]*)</td>', page, re.DOTALL)
    return [(item, unit) for item, unit in rows]


def of_workbook() -> list[tuple[str, str]]:
    answer = operator().get(f"/returns/workbook/?form={FORM}&period={MONTH}&download=1")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))[FORM]
    heads = [str(cell.value) for cell in sheet[2]][3:]
    found = []
    for head in heads:
        item, _space, rest = head.partition(" ")
        unit = re.search(r"（([^（）]*)）$", rest)
        found.append((item, unit.group(1) if unit else ""))
    return found


def of_interface() -> list[tuple[str, str]]:
    answer = token_for(User.objects.get(username="operator"), "view").get(f"forms/{FORM}?period={MONTH}")
    assert answer.status_code == 200
    catalog = load_catalog()
    lines = json.loads(answer.content)["lines"]
    return [(line["code"], catalog.unit_symbol(line["unit"]) if line["unit"] else "") for line in lines]


def of_docs() -> list[tuple[str, str]]:
    text = (ROOT / "docs/reference/forms.md").read_text("utf-8")
    part = text.partition(f"## {FORM} ")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|[^|]*\|[^|]*\| ?([^`|]*?) ?(?:`[^`]*` )?\|$", part, re.MULTILINE)
    return [(item, unit.strip()) for item, unit in rows]


def of_paper() -> list[str]:
    """The items that the table of the forms has in force and gives a name, read with nothing of the product."""
    import csv

    with (ROOT / "src/jieyue/catalog/data/items.csv").open(encoding="utf-8") as source:
        rows = [row for row in csv.DictReader(source) if row["form"] == FORM]
    return sorted(
        row["code"]
        for row in rows
        if row["value_kind"] == "number" and row["rendered"] != "no" and row["scheme_to"] == ""
    )


def test_page_workbook_interface_and_docs_have_the_same_lines(code: str) -> None:
    grid = of_grid(code)
    assert len(grid) > 30
    assert of_workbook() == grid
    assert of_interface() == grid
    assert of_docs() == grid
    assert sorted(item for item, _unit in grid) == of_paper()


def test_the_reader_knows_every_heading_of_the_workbook(city: City) -> None:
    """What goes out is read back: each heading names its item and its unit."""
    from jieyue.apps.exchange.lexicon import of_catalog

    lexicon = of_catalog(load_catalog())
    answer = operator().get(f"/returns/workbook/?form={FORM}&period={MONTH}&download=1")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))[FORM]
    for cell in list(sheet[2])[3:]:
        head = str(cell.value)
        name = head.rpartition("（")[0] or head
        assert f"{FORM}:{head.split(' ')[0]}" in {item.ref for item in lexicon.find_items(name)}, head


def test_the_docs_page_is_that_of_the_catalog() -> None:
    from scripts.form_docs import PAGE, text

    assert PAGE.read_text("utf-8") == text(), "run scripts/form_docs.py"
