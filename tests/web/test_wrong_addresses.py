"""A wrong address, period, scope, order or page is a clean "nothing is here", never an error of ours."""

from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from jieyue.apps.accounts.models import Run, RunFrame
from tests.other_types import written_anew
from tests.web.addresses import school
from tests.web.conftest import City
from tests.web.html_text import page_of

PERIODS = (
    "abc",
    "2025-13",
    "2025-00",
    "20250",
    "2025-Q5",
    "2026-10..2026-01",
    "0000",
    "-1",
    "２０２５-13",
    "2025;",
)
SCOPES = (
    "nowhere",
    "line:NO-SUCH",
    "area:500111 ",
    "institution:NO-SUCH",
    "planet:1",
    "city:x",
    "%00",
)
PAGES = ("0", "-1", "abc", "1.5", "1e3", "９", "99999", "9" * 40, "1 ", "")
SORTS = ("nothing", "--name", "-", "name;drop", "name,code")


def wrong() -> list[str]:
    found = [f"/data/line/?period={quote(text)}" for text in PERIODS]
    found += [f"/source/?scope=city&indicator=energy_total_tce&period={quote(text)}" for text in PERIODS]
    found += [f"/plan/?period={quote(text)}" for text in (*PERIODS, "1999", "2026-10", "2031")]
    found += [f"/data/line/?period=2025&scope={text}" for text in SCOPES]
    found += [
        f"/source/?indicator=energy_total_tce&period=2025&scope={text}" for text in SCOPES if text != "city:x"
    ]
    found += [f"/data/line/?period=2025&page={quote(text)}" for text in PAGES]
    found += [f"/institutions/?page={quote(text)}" for text in PAGES]
    found += [f"/data/line/?period=2025&list=institutions&page={quote(text)}" for text in PAGES]
    found += [f"/data/line/?period=2025&sort={quote(text)}" for text in SORTS]
    found += [f"/institutions/?sort={quote(text)}" for text in (*SORTS, "name", "code")]
    for name in ("view", "list", "export"):
        found += [f"/data/line/?period=2025&{name}={quote(text)}" for text in ("x", "", "core ", "../x")]
    found.remove("/data/line/?period=2025&list=")
    found += [
        "/data/planet/",
        *(f"/{page}/?period={quote(text)}" for page in ("worklist", "board") for text in PERIODS),
        *(
            f"/{page}/?page={quote(text)}"
            for page in ("worklist", "board")
            for text in PAGES
            if text != "99999"
        ),
        *(f"/board/?sort={quote(text)}" for text in SORTS),
        *(f"/worklist/?sort={quote(text)}" for text in (*SORTS, "name")),
        *(f"/{page}/?kind=x&period=2026-09" for page in ("worklist", "board")),
        *(f"/spotchecks/?period={quote(text)}" for text in PERIODS),
        *(f"/spotchecks/?page={quote(text)}" for text in PAGES if text != "99999"),
        *(f"/spotchecks/?sort={quote(text)}" for text in SORTS),
        "/spotchecks/?export=pdf",
        "/spotchecks/987654/",
        "/spotchecks/987654/1/",
        *(f"/joint/call/?period={quote(text)}" for text in PERIODS),
        *(f"/joint/?page={quote(text)}" for text in PAGES if text != "99999"),
        *(f"/joint/?sort={quote(text)}" for text in SORTS),
        "/joint/call/?body=NO-SUCH",
        "/joint/?export=pdf",
        "/joint/987654/",
        "/joint/987654/1/",
        "/joint/987654/minutes/",
        "/worklist/?reach=x",
        "/worklist/?body=x",
        "/worklist/?export=pdf",
        "/worklist/987654/",
        "/board/?node=NO-SUCH",
        "/board/?list=0",
        "/board/?export=pdf",
        "/data/line/?scope=area:500111",
        "/data/area/?scope=line:L-500111",
        *(f"/summary/?period={quote(text)}" for text in PERIODS[:6]),
        "/summary/?form=NY201",
        "/summary/?basis=x",
        "/summary/?body=NO-SUCH",
        "/summary/cell/?period=2025&item=110&basis=reported",
        "/summary/?period=2025&export=csv",
        "/summary/987654/",
        "/summary/987654/public/",
        "/summary/cell/?period=2025",
        "/summary/cell/?period=2025&item=110&column=S011",
        "/summary/cell/?period=2025&item=009",
        "/summary/cell/?period=2025&item=110&unit=NO-SUCH",
        "/summary/cross/?rows=area&columns=area",
        "/summary/cross/?rows=items",
        "/summary/cross/?item=009",
        "/plan/?export=pdf",
        "/institutions/?export=pdf",
        "/institutions/?area=NO-SUCH",
        "/institutions/?type=999",
        "/institutions/NO-SUCH/",
        "/institutions/NO-SUCH/register/",
        "/receipt/0000000000000000/city/energy_total_tce",
        "/receipt/x",
        "/receipt/%/city/energy_total_tce",
        "/receipt/_______________/city/energy_total_tce",
        "/import/999999/",
        "/import/999999/mapping/",
        "/import/99999999999999999999999/",
        "/no/such/page",
    ]
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_wrong_address_is_a_clean_page(city: City, language: str) -> None:
    client = city.client(language)
    said = {"zh-hans": "这里没有内容", "en": "Nothing is here"}[language]
    odd, told = {}, 0
    for path in wrong() if language == "zh-hans" else wrong()[::7]:
        answer = client.get(path)
        text = page_of(answer).text
        if path.startswith("/source/") and answer.status_code == 422 and "JY-422-" in text:
            told += 1  # who sees the whole is told which scopes there are
            continue
        clean = (
            said in text and "JY-404-" in text and "Traceback" not in text and "django" not in text.lower()
        )
        if answer.status_code != 404 or not clean:
            odd[path] = (answer.status_code, text[:80])
    assert not odd
    assert told <= len(SCOPES)


@pytest.mark.parametrize(
    "query",
    ["indicator=no_such", "indicator=", "indicator=energy_total_tce&factor_set=nope",
     "indicator=energy_total_tce&electricity_factor=much", "indicator=energy_total_tce&vehicle_boundary=x",
     "indicator=energy_total_tce&boundaries=yesterday"],
)  # fmt: skip
def test_a_source_that_cannot_be_computed_says_why(city: City, query: str) -> None:
    answer = city.client().get(f"/source/?scope=city&period=2025&{query}")
    assert answer.status_code in (404, 422)
    assert "JY-4" in page_of(answer).text


def test_odd_searches_find_nothing_and_break_nothing(city: City) -> None:
    client = city.client()
    for text in ("'", '"', "%", "_", "\\", "' OR 1=1 --", "\x00", "x" * 5000, "❀", "(", "示例%第1"):
        answer = client.get("/institutions/", {"q": text})
        assert answer.status_code == 200, text
        assert "行" in page_of(answer).text or "没有符合条件" in page_of(answer).text
    for text in ("%", "_", "' OR 1=1 --"):
        assert "没有符合条件" in page_of(client.get("/institutions/", {"q": text})).text, text


def test_an_error_of_ours_shows_a_code_and_no_trace(city: City, monkeypatch, caplog) -> None:
    from jieyue.web.views import institutions

    def breaks(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(institutions, "search", breaks)
    answer = city.client().get("/institutions/")
    text = page_of(answer).text
    assert answer.status_code == 500
    assert "secret inside" not in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()
    code = next(word for word in text.split() if word.startswith("JY-500-"))
    assert any(code.removeprefix("JY-500-") in record.getMessage() for record in caplog.records)


def test_signed_out_one_is_sent_to_sign_in_and_nothing_else(city: City) -> None:
    client = Client()
    for path in ("/", "/plan/", "/data/line/", f"/institutions/{school(city)}/", "/import/"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (302, b""), path


@pytest.mark.parametrize(
    ("language", "said"), [("zh-hans", "与写入时不同"), ("en", "is not what was written")]
)
def test_an_altered_file_of_the_lake_shows_no_figure_and_is_called_one(
    own_city: City, language: str, said: str
) -> None:
    """One bit of each facts file is turned; the page says so, without the file's place, and the answer is an error."""
    address = (
        f"/source/?scope=institution:{school(own_city)}&indicator=energy_total_tce&period=2025&compute=1"
    )
    client = own_city.client()
    get_user_model().objects.filter(username="operator").update(language=language)
    files = [file for file in (own_city.path / "lake").rglob("*.parquet") if "facts_NY201" in str(file)]
    assert files
    for file in files:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    answer = client.get(address)
    assert answer.status_code == 500
    text = page_of(answer).text
    assert said in text
    assert "jieyue doctor --deep" in text
    assert not any(file.name in text for file in files)


@pytest.mark.parametrize(
    ("column", "kind"), [("c110", pa.float64()), ("o110", pa.int32()), ("institution", pa.float64())]
)
@pytest.mark.parametrize("path", ["/overview/?part=attention", "/data/area/?compute=1"])
def test_a_file_of_the_lake_with_columns_of_other_types_is_called_damaged(
    own_city: City, path: str, column: str, kind: pa.DataType
) -> None:
    """Another program wrote it, whole: no figure is made of numbers that would be misread."""
    RunFrame.objects.all().delete()  # the city that this one is a copy of may have been asked for the figures
    Run.objects.all().delete()
    files = written_anew(own_city.path / "lake", "facts_NY201", {column: kind})
    answer = own_city.client().get(path)
    assert answer.status_code == 500
    text = page_of(answer).text
    assert "与写入时不同" in text
    assert "jieyue doctor --deep" in text
    assert not any(Path(file).name in text for file in files)


@pytest.mark.parametrize(
    "path",
    [
        "/theirs/take/",
        "/import/upload/",
        "/wall/devices/issue/",
        "/papers/returned/take/",
        "/spotchecks/draw/",
    ],
)
def test_an_address_that_takes_forms_only_is_a_page_when_it_is_opened(city: City, path: str) -> None:
    """As one does who presses Enter in the address of a form that was refused: no bare page of the browser's own."""
    answer = city.client().get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    shown = page_of(answer).text
    assert "这个网址只接收表单" in shown
    assert "没有改动任何内容" in shown
    assert "返回工作台" in shown
    assert "名录库" in shown, "the menu is there"
