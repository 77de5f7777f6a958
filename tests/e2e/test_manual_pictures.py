"""The manual's pictures are taken here, and hold as long as the pages look so: `UPDATE_GOLDEN=1` takes them anew."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scripts.screenshots import IMAGES, PICTURES, people_at_work, reduced, served, taken, visited
from tests.e2e.conftest import PATIENCE
from tests.e2e.pictures import boxes, compare

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_the_manual_shows_the_pages_as_they_are(chromium: Browser, tmp_path: Path) -> None:
    """One after another in a whole city of their own: what is done for one shows in the next. All that differ are
    said."""
    wrong: list[str] = []
    with served(tmp_path / "home") as city:
        pages, school = people_at_work(chromium, city, tmp_path)
        for page in pages.values():
            page.set_default_timeout(PATIENCE)
        for picture in PICTURES:
            page = visited(pages[picture.user], city, picture, school)
            try:
                compare(taken(page), IMAGES / picture.file, tmp_path, reduced, boxes(page))
            except AssertionError as error:
                wrong.append(str(error))
        for page in pages.values():
            page.close()
    assert not wrong, "\n".join(wrong)
