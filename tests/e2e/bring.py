"""Bringing a file through the import page."""

import csv
import io
import re
from collections.abc import Sequence

from playwright.sync_api import FilePayload, Page

#: Headings that are nobody's but the tests'.
HEADINGS = ("甲方", "统计区间", "耗电量 度", "耗水量 方")
#: What they are: name, period, electricity (NY201 item 110), water (item 120).
FIELDS = ("name", "period", "NY201:110", "NY201:120")


def foreign_file(name: str, rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS) -> FilePayload:
    """A file as another system writes it: a banner, its own headings, GB 18030."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerows([["某系统导出"], headings, *rows])
    return FilePayload(name=name, mimeType="text/csv", buffer=sink.getvalue().encode("gb18030"))


def bring(page: Page, file: FilePayload) -> str:
    """Upload the file; the address where one comes out."""
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files(files=[file])
    with page.expect_navigation(url=re.compile(r"/import/\d+/")):
        page.locator("form[enctype] button[type=submit]").click()
    return page.url


def say_what_the_columns_are(page: Page, name: str) -> None:
    """Fill in the mapping page and keep the mapping under a name."""
    for place, field in enumerate(FIELDS):
        page.locator(f"[name=field-{place}]").select_option(field)
    page.locator("[name=unit-2]").fill("kWh")
    page.locator("[name=unit-3]").fill("m3")
    page.locator("tbody summary").nth(2).click()
    page.locator("[name=origin-2]").select_option("metered")
    page.locator("[name=name]").fill(name)
    with page.expect_navigation(url=re.compile(r"/import/\d+/$")):
        page.locator("main form button[type=submit]").click()


def counts(page: Page) -> list[int]:
    """Read, accepted, duplicate, rejected, as the preview says."""
    return [int(text.replace(",", "")) for text in page.locator(".figures dd").all_inner_texts()]
