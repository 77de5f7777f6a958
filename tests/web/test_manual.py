"""The manual says what the pages say: its words are buttons and titles of the interface, its pictures are there."""

import re
from pathlib import Path

import pytest
from PIL import Image

from jieyue.catalog import manual
from jieyue.catalog.strict import CatalogError
from scripts.screenshots import PICTURES
from tests.web.conftest import City

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "docs/manual").glob("*.md"))
IMAGES = ROOT / "docs/images"
_SAID = re.compile(r'^msgstr(?:\[0\])? "(.+)"$', re.MULTILINE)
_HOLE = re.compile(r"%\(\w+\)s")
_IMAGE = re.compile(r"\(\.\./images/([^)]+)\)")


def words_of_the_pages() -> set[str]:
    """The Chinese strings of the interface; a number in one is written n."""
    files = (ROOT / "src/jieyue").rglob("locale/zh_Hans/LC_MESSAGES/django.po")
    return {_HOLE.sub("n", text) for file in files for text in _SAID.findall(file.read_text("utf-8"))}


def test_every_word_in_corner_brackets_is_of_the_pages() -> None:
    said = {word for file in FILES for word in re.findall("「([^」]+)」", file.read_text("utf-8"))}
    assert len(said) > 40
    assert said - words_of_the_pages() == set()


def test_every_picture_is_there_small_and_taken_by_the_script() -> None:
    named = {name for file in FILES for name in _IMAGE.findall(file.read_text("utf-8"))}
    assert named == {picture.file for picture in PICTURES}
    for name in named:
        assert (IMAGES / name).stat().st_size < 120_000, name
        assert Image.open(IMAGES / name).size == (1366, 768), name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("没有标题\n\n## English\n\nA.", "要有标题"),
        ("# 章\n\n一。\n", "英文部分"),
        ("# 章\n\n**粗**。\n\n## English\n\nA.", "不能这样写"),
        ("# 章\n\n1. 见 [别处](x.md)。\n\n## English\n\nA.", "不能这样写"),
    ],
)
def test_a_chapter_of_another_form_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "x.md"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"x\.md") as refused:
        manual.read_chapter(file)
    assert said in refused.value.reason_zh


def test_the_help_page_leads_to_each_chapter_and_its_pictures(city: City) -> None:
    client = city.client("zh-hans")
    help_page = client.get("/help/").content.decode()
    for code, chapter in manual.chapters().items():
        assert f'href="/help/manual/{code}/">{chapter.title}</a>' in help_page
        html = client.get(f"/help/manual/{code}/").content.decode()
        assert f"<h1>{chapter.title}</h1>" in html
        pictures = re.findall(r'<img src="/static/([^"]+)"', html)
        assert pictures == [block.source for block in chapter.zh if block.kind == "picture"]
        for picture in pictures:
            assert client.get(f"/static/{picture}")["content-type"] == "image/png"
    assert client.get("/help/manual/nobody/").status_code == 404
    english = city.client("en").get("/help/manual/reporter/").content.decode()
    assert "Manual for reporters" in english
    assert "what you owe stands under To do" in english
    assert "「" not in english.partition("<main")[2]
