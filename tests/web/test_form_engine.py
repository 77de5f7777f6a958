"""One definition, seven outputs: each is parsed as its reader would, and all say the same lines in the same order."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from jieyue.apps.identity.models import User
from jieyue.catalog.loader import load_catalog
from tests.api.conftest import token_for
from tests.web.conftest import City, operator

ROOT = Path(__file__).parent.parent.parent
#: Form → a period that it is filed for. Of one that is filed by room the lines are the same for each of them.
FORMS = {"NY201": "2026-09", "NY202": "2026-09", "NY203": "2025-HS"}


@pytest.fixture
def code(own_city: City) -> str:
    return str(own_city.sample.cases["T1"]["institution"])


def of_grid(code: str, form: str) -> list[tuple[str, str]]:
    """(code, unit) of the page's lines."""
    room = "?room=1" if form == "NY202" else ""
    page = operator().get(f"/returns/{code}/{form}/{FORMS[form]}/{room}").content.decode()
    rows = re.findall(r'<tr id="r-([^"]+)".*?<td class="unit">([^<]*)</td>', page, re.DOTALL)
    return [(item, unit) for item, unit in rows]


def headings(form: str) -> list[str]:
    """Those of the workbook's items, behind the columns that say whose row it is."""
    answer = operator().get(f"/returns/workbook/?form={form}&period={FORMS[form]}&download=1")
    heads = [str(cell.value) for cell in openpyxl.load_workbook(io.BytesIO(answer.content))[form][2]]
    lead = ["机构代码", "机构名称", *(["机房编号"] if form == "NY202" else []), "期间"]
    assert heads[: len(lead)] == lead
    return heads[len(lead) :]


def of_workbook(form: str) -> list[tuple[str, str]]:
    heads = headings(form)
    found = []
    for head in heads:
        item, _space, rest = head.partition(" ")
        unit = re.search(r"（([^（）]*)）$", rest)
        found.append((item, unit.group(1) if unit else ""))
    return found


def of_interface(form: str) -> list[tuple[str, str]]:
    answer = token_for(User.objects.get(username="operator"), "view").get(
        f"forms/{form}?period={FORMS[form]}"
    )
    assert answer.status_code == 200
    catalog = load_catalog()
    lines = json.loads(answer.content)["lines"]
    return [(line["code"], catalog.unit_symbol(line["unit"]) if line["unit"] else "") for line in lines]


def of_docs(form: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs/reference/forms.md").read_text("utf-8")
    part = text.partition(f"## {form} ")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|[^|]*\|[^|]*\| ?([^`|]*?) ?(?:`[^`]*` )?\|$", part, re.MULTILINE)
    return [(item, unit.strip()) for item, unit in rows]


def of_print(code: str, form: str) -> list[tuple[str, str]]:
    """(code, unit) of the lines of the blank form, as they stand on paper: what is the product's own has no code."""
    room = "room=1&" if form == "NY202" else ""
    answer = operator().get(f"/returns/{code}/{form}/{FORMS[form]}/?{room}export=blank")
    assert answer.status_code == 200
    pages = pypdfium2.PdfDocument(answer.content)
    text = "\n".join(page.get_textpage().get_text_range() for page in pages).replace("\r", "")
    table = text.partition("指标 代码 计量单位 本期数\n")[2].partition("单位负责人")[0]
    return re.findall(r"^　*[^ \n]+(?: (\d+))? ([^ \n]+) *$", table, re.MULTILINE)


def of_table(form: str) -> list[str]:
    """The items that the table of the forms has in force and gives a name, read with nothing of the product."""
    import csv

    with (ROOT / "src/jieyue/catalog/data/items.csv").open(encoding="utf-8") as source:
        rows = [row for row in csv.DictReader(source) if row["form"] == form]
    return sorted(
        row["code"]
        for row in rows
        if row["value_kind"] == "number" and row["rendered"] != "no" and row["scheme_to"] == ""
    )


@pytest.mark.parametrize(("form", "least"), [("NY201", 30), ("NY202", 11), ("NY203", 22)])
def test_page_workbook_interface_docs_and_print_have_the_same_lines(code: str, form: str, least: int) -> None:
    grid = of_grid(code, form)
    assert len(grid) >= least
    assert of_workbook(form) == grid
    assert of_interface(form) == grid
    assert of_docs(form) == grid
    assert of_print(code, form) == [(item if item.isdigit() else "", unit) for item, unit in grid]
    assert sorted(item for item, _unit in grid) == of_table(form)


@pytest.mark.parametrize("form", FORMS)
def test_the_reader_knows_every_heading_of_the_workbook(city: City, form: str) -> None:
    """What goes out is read back: each heading names its item and its unit."""
    from jieyue.apps.exchange.lexicon import of_catalog

    lexicon = of_catalog(load_catalog())
    for head in headings(form):
        name = head.rpartition("（")[0] or head
        assert f"{form}:{head.split(' ')[0]}" in {item.ref for item in lexicon.find_items(name)}, head


def test_the_docs_page_is_that_of_the_catalog() -> None:
    from scripts.form_docs import PAGE, text

    assert PAGE.read_text("utf-8") == text(), "run scripts/form_docs.py"
