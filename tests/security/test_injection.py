"""Names that came in with a file are text: no markup, no template, no formula, no path, wherever they go out."""

import csv
import html
import io
import re
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.security.client import signed_in
from tests.security.test_headers import runs
from tests.security.visits import few_visits
from tests.security.world import PLACES, YEAR, World

DAY = date(2010, 1, 1)
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "{{ 7919|add:1 }}{% now 'Y' %}",
    "${7919+1}#{7919+1}",
    "<c-empty title='x' />",
    "javascript:alert(1)//",
)
FORMULAS = (
    "=HYPERLINK(\"http://elsewhere.example\",\"x\")",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    "＠SUM(1)",
    "'=1+1",
    "%0A=1+1",
)  # fmt: skip


def rename(world: World, names: Sequence[str]) -> None:
    """Institutions, one after another, get the names, and so do the bodies they hang at."""
    from jieyue.apps.registry.services.change import change
    from jieyue.apps.trees.queries import tree
    from jieyue.apps.trees.services.change_node import change_node

    bodies = ("L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH")
    for place, name in enumerate(names):
        if place < len(PLACES):
            change(world.ids[list(PLACES)[place]], DAY, name=name, actor="tests")
        else:
            node = tree("line").by_code[bodies[place - len(PLACES)]].id
            change_node(node, DAY, name_zh=name, name_en=name, actor="tests")


def upload(client: Client, name: str, content: bytes, **more: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post("/import/upload/", {"file": file, "kind": "returns", **more}, follow=True)


def test_a_name_with_markup_is_shown_as_it_stands(own_world: World) -> None:
    rename(own_world, MARKUP)
    client = signed_in(own_world.users["publisher", "parent"])
    shown = ""
    for visit in few_visits(own_world, lambda visit: PLACES["OWN"].code in visit.path):
        answer = visit.made_by(client)
        assert answer.status_code < 500, visit
        if answer["Content-Type"].startswith("text/html"):
            text = answer.content.decode()
            assert not runs(text), visit
            assert "7920" not in text, visit
            assert "<svg/onload" not in text, visit
            shown += text
    for name in MARKUP:
        assert html.escape(name) in shown


def test_a_file_with_markup_everywhere_is_shown_as_it_stands(own_world: World) -> None:
    """In headings, cells, the file's name and the name of the mapping."""
    client = signed_in(own_world.users["publisher", "own"])
    for text in MARKUP:
        sink = io.StringIO()
        csv.writer(sink).writerows([[text, f"b{text}", "用电量"], [text, text, text], ["x", "y", "z"]])
        name = text.replace("/", "")
        asked = upload(client, f"{name}.csv", sink.getvalue().encode())
        given = {"name": text, "field-0": "institution", "field-1": "period", "field-2": "NY201:110"}
        kept = client.post(asked.request["PATH_INFO"], given, follow=True)
        for page in (asked, kept, client.get("/import/")):
            assert page.status_code in (200, 422), text
            body = page.content.decode()
            assert not runs(body), text
            assert "7920" not in body
        assert html.escape(name) in body


#: Exports that hold names: csv or xlsx stands for the braces.
TABLES = (
    "/institutions/?export={}",
    f"/data/line/?scope=city&period={YEAR}&list=institutions&export={{}}",
    f"/data/line/?scope=city&period={YEAR}&export={{}}",
    *(f"/institutions/{place.code}/?export={{}}" for place in PLACES.values()),
    f"/institutions/{PLACES['OWN'].code}/?export=months-{{}}",
)
#: Comma, quotes, UTF-8, from the first line, and what begins with = is computed, as Excel does it.
AS_EXCEL_READS = "CSV:44,34,76,1,,0,false,true,false,false,false,0,true"


def opened(files: Path, *more: str) -> dict[str, Any]:
    """Name → the workbook that LibreOffice makes of each file that it opens: formulas, links and errors as such."""
    out = files / "opened"
    words = ["soffice", f"-env:UserInstallation={(files / 'profile').as_uri()}", "--headless", *more]
    names = sorted(path for path in files.iterdir() if path.is_file())
    subprocess.run(
        [*words, "--convert-to", "xlsx", "--outdir", out, *names],
        check=True,
        capture_output=True,
        timeout=240,
    )
    found = {path.stem: openpyxl.load_workbook(path) for path in out.glob("*.xlsx")}
    assert sorted(found) == sorted(path.stem for path in names)
    return found


def test_a_spreadsheet_program_computes_nothing_of_an_export(own_world: World, tmp_path: Path) -> None:
    """Opened by LibreOffice, a csv with formulas switched on; a file of bare formulas shows that it would."""
    rename(own_world, FORMULAS)
    client = signed_in(own_world.users["publisher", "parent"])
    sheets, texts = tmp_path / "sheets", tmp_path / "texts"
    for folder, kind in ((sheets, "xlsx"), (texts, "csv")):
        folder.mkdir()
        for number, table in enumerate(TABLES):
            (folder / f"{number}.{kind}").write_bytes(client.get(table.format(kind)).content)
    with (texts / "bare.csv").open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink).writerows([["x", formula] for formula in FORMULAS])
    books = opened(texts, f"--infilter={AS_EXCEL_READS}")
    bare = books.pop("bare")
    assert sum(cell.data_type == "f" for row in bare.active for cell in row) >= 2
    for found in (books, opened(sheets)):
        cells = [
            cell for book in found.values() for sheet in book for row in sheet.iter_rows() for cell in row
        ]
        assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d"}
        assert not any(cell.hyperlink for cell in cells)
        seen = [str(cell.value) for cell in cells if cell.data_type == "s"]
        for name in FORMULAS:
            assert any(name.strip() in text for text in seen), name


def test_no_export_holds_a_formula(own_world: World) -> None:
    rename(own_world, FORMULAS)
    client = signed_in(own_world.users["publisher", "parent"])
    seen = ""
    for table in TABLES:
        rows = list(csv.reader(io.StringIO(client.get(table.format("csv")).content.decode("utf-8-sig"))))
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(("=", "+", "@", "\t", "\r", "＝", "＋", "＠", "－")), (table, cell)
            assert not cell.startswith("-") or cell.lstrip("-").replace(".", "").isdigit(), (table, cell)
            seen += cell
        book = openpyxl.load_workbook(io.BytesIO(client.get(table.format("xlsx")).content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n"}, table
        assert not any(cell.hyperlink for cell in cells), table
        seen += "".join(str(cell.value) for cell in cells)
    for name in FORMULAS:
        assert seen.count(name) >= 2, name


def test_the_marked_workbook_holds_no_formula(own_world: World) -> None:
    client = signed_in(own_world.users["publisher", "own"])
    sink = io.StringIO()
    rows = [[name, "2026-08", "NY201:110", name, name] for name in FORMULAS]
    csv.writer(sink).writerows([["institution", "period", "item", "value", "unit"], *rows])
    preview = upload(client, "a.csv", sink.getvalue().encode())
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{preview.request['PATH_INFO']}marked/").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert sum("HYPERLINK" in str(cell.value) for cell in cells) >= 1


NAMES = ("../../../../tmp/evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "a/../../evil.csv", "nul\0.csv")


def test_a_files_name_never_becomes_a_path(own_world: World, tmp_path: Path) -> None:
    for name in NAMES:
        _name_is_no_path(own_world, name, tmp_path)


def _name_is_no_path(own_world: World, name: str, tmp_path: Path) -> None:
    client = signed_in(own_world.users["publisher", "own"])
    rows = f"institution,period,item,value,unit\n{PLACES['OWN'].code},2026-08,NY201:110,{name!r},kWh\n"
    content = rows.encode()
    client.get("/")  # the home notes which rules are in force
    before = set(tmp_path.rglob("*"))
    preview = upload(client, name, content)
    assert preview.status_code == 200
    files = own_world.path / "files"
    new = {path for path in set(tmp_path.rglob("*")) - before if path.is_file() and "office" not in path.name}
    assert new
    assert all(path.is_relative_to(files) and len(path.name) == 64 for path in new), new
    saved = client.get(f"{preview.request['PATH_INFO']}marked/")["Content-Disposition"]
    assert not {"..", "\\\\", "\0", "\n"} & {saved[i : i + 2] for i in range(len(saved))} | {
        c for c in saved if c in "\0\n"
    }
    assert "/" not in saved


CODES = {
    "../evil": False, "a/b": False, "a\\b": False, "..": False,
    "x?y=1": True, "x#y": True, "a%2fb": True, "a b": True, "<b>": True,
}  # fmt: skip


def test_an_odd_code_of_an_institution_breaks_no_page(own_world: World) -> None:
    """It is refused with a finding, or every page that links to it works."""
    _keeper()
    client = signed_in("keeper")
    for number, (code, usable) in enumerate(CODES.items()):
        name = f"古怪编码所{number}号"
        rows = f"code,name,type,region,reporting_parent,valid_from\n{code},{name},01,500103,L-500103,2020-01-01\n"
        preview = upload(client, "i.csv", rows.encode(), kind="institutions")
        assert ("不能作编码" in preview.content.decode()) is not usable, code
        client.post(f"{preview.request['PATH_INFO']}confirm/")
        listed = client.get(f"/institutions/?q={name}")
        assert listed.status_code == 200
        links = re.findall(rf'<a href="(/institutions/[^"?]+/)">{name}</a>', listed.content.decode())
        assert len(links) == usable, code
        for link in links:
            page = client.get(html.unescape(link)).content.decode()
            assert name in page
            assert html.escape(code) in page


def _keeper() -> None:
    """An account that keeps the registry and may publish."""
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from tests.security.test_grants import node_of

    user = create_user("keeper", actor="tests")
    for role in ("city_admin", "publisher"):
        grant(user, role, node=node_of("city"), valid_from=DAY, actor="tests")


def test_a_file_that_is_too_large_is_told_so(own_world: World, monkeypatch) -> None:
    from jieyue.web import intake

    monkeypatch.setattr(intake, "LARGEST", 3 * 2**20)
    client = signed_in(own_world.users["publisher", "own"])
    before = sorted((own_world.path / "files").rglob("?" * 64))
    answer = upload(client, "a.csv", b"x" * (4 * 2**20))
    assert answer.status_code == 413
    assert all(word in answer.content.decode() for word in ("a.csv", "4 MB", "3 MB"))
    assert sorted((own_world.path / "files").rglob("?" * 64)) == before


def test_a_form_that_is_too_large_or_has_too_many_fields_is_refused(own_world: World) -> None:
    client = signed_in(own_world.users["publisher", "own"])
    long = "x" * (21 * 2**20)
    assert client.post("/language/", {"language": "en", "next": long}).status_code == 413
    many = {f"f{n}": "1" for n in range(1100)}
    assert client.post("/language/", {**many, "language": "en"}).status_code == 400
