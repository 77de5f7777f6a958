"""What is too large to be sent answers 413 with a page: what is too large, the limit, how to mend it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jieyue.web import intake
from tests.web.addresses import school
from tests.web.conftest import City

MEGABYTE = 2**20
WORDS = {
    "zh-hans": ("送来的内容太大", "一张表单最多 20 MB", "什么都没有改动", "分几次提交"),
    "en": (
        "What was sent is too large",
        "A form has at most 20 MB",
        "Nothing was changed",
        "send it in parts",
    ),
}


@pytest.mark.parametrize(
    "address", ["/import/upload/", "/language/", "/signin/", "/returns/workbook/upload/"]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_form_over_the_limit_is_told_so(city: City, address: str, language: str) -> None:
    answer = city.client(language).post(
        address, "note=" + "x" * (20 * MEGABYTE), content_type="application/x-www-form-urlencoded"
    )
    page = answer.content.decode()
    assert (answer.status_code, [word for word in WORDS[language] if word not in page]) == (413, [])
    assert "JY-413-" in page, "a code for the help desk"


def test_a_form_of_parts_over_the_limit_is_told_so_and_a_script_by_a_code(city: City) -> None:
    text = "x" * (20 * MEGABYTE + 1)
    answer = city.client().post("/import/upload/", {"kind": text})
    assert (answer.status_code, WORDS["zh-hans"][0] in answer.content.decode()) == (413, True)
    asked = city.client().post(
        "/language/",
        "note=" + text,
        content_type="application/x-www-form-urlencoded",
        headers={"accept": "application/json"},
    )
    assert (asked.status_code, asked.json()["refused"]) == (413, "too_large")


#: Page, what else its form says, limit [MB], what helps.
UPLOADS = {
    "/import/upload/": ({"kind": "returns"}, 1, "请分成几个文件"),
    "/returns/workbook/upload/": ({"form": "NY201", "period": "2026-10"}, 20, "请分成几个文件"),
    "/papers/returned/take/": ({}, 20, "请去掉图片"),
    "/papers/templates/keep/": ({"kind": "monthly-bulletin"}, 5, "请去掉图片"),
    "/people/import/": ({}, 2, "请分成几个文件"),
    "/map/boundaries/load/": ({"from": "2026-01-01", "approval": "样例"}, 20, "请抽稀界线"),
    "/outward/record/": ({}, 20, "请分成几个文件"),
    "/theirs/take/": ({}, 1, "请分成几个文件"),
    "/theirs/tables/take/": ({}, 20, "请分成几个文件"),
}


@pytest.mark.parametrize("address", UPLOADS)
def test_a_file_over_the_limit_of_its_page_is_told_by_name_size_limit_and_what_helps(
    city: City, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte over: the size is rounded up, so that it never reads as the limit itself. A list may have 100 MB; here
    one, so that the test is not slow."""
    monkeypatch.setattr(intake, "LARGEST", MEGABYTE)
    said, most, helps = UPLOADS[address]
    file = SimpleUploadedFile("大文件.bin", b"0" * (most * MEGABYTE + 1))
    answer = city.client().post(address, {**said, "file": file})
    page = answer.content.decode()
    assert answer.status_code == 413
    assert f"“大文件.bin”有 {most}.1 MB，这里的文件最多 {most} MB。没有存入任何内容。 {helps}" in page


def test_an_attachment_of_a_return_over_the_limit_is_told_so(city: City) -> None:
    file = SimpleUploadedFile("bill.pdf", b"0" * (10 * MEGABYTE + 1))
    answer = city.client("en").post(f"/returns/{school(city)}/NY201/2026-10/attach/", {"file": file})
    assert answer.status_code == 413
    words = "“bill.pdf” has 10.1 MB; a file has at most 10 MB here. Nothing was stored. Scan it at a lower"
    assert words in answer.content.decode()
