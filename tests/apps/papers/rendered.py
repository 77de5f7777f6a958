"""The Word file of a paper as LibreOffice Writer sets it, held against what the paper says: words, digits, pages."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pypdfium2 as pdfium

from jieyue.apps.papers.content import Block, Heading, Number, Paper, Paragraph, Strip, TableBlock, cell_said
from jieyue.apps.papers.figures_annex import with_figures
from jieyue.apps.papers.pdf import pdf_of
from jieyue.apps.papers.word import word_of
from jieyue.apps.papers.word_source import source_of
from tests.apps.papers.papers import DAY
from tests.apps.papers.test_pdf import MM, glyphs

#: One within a receipt or a date: at the end of a line the reader of PDF takes it for a hyphen. A sign has none before.
_HYPHEN = re.compile(r"(?<=[0-9A-Za-z])-")
A4 = {(210, 297), (297, 210)}


def by_writer(files: Mapping[str, bytes], folder: Path, kind: str = "pdf") -> dict[str, bytes]:
    """Each Word file in another kind, as LibreOffice saves it."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.docx").write_bytes(content)
    out = folder / "out"
    words = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    names = [folder / f"{name}.docx" for name in files]
    subprocess.run(
        [*words, "--convert-to", kind, "--outdir", out, *names], check=True, capture_output=True, timeout=240
    )
    return {name: (out / f"{name}.{kind}").read_bytes() for name in files}


def agree(papers: Mapping[str, Paper], folder: Path) -> None:
    """Every paper says in Word and in PDF, on proper pages, all that it says, in its order, no number in two pieces."""
    words = {name: word_of(paper, source=source_of(paper)).content for name, paper in papers.items()}
    for name, content in by_writer(words, folder).items():
        paper = papers[name]
        word = pdfium.PdfDocument(content)
        own = pdfium.PdfDocument(pdf_of(paper, author="甲局", day=DAY))
        for how, document in (("Word", word), ("PDF", own)):
            says_all(document, paper, f"{name} in {how}")
            stands_on_its_pages(document, paper, f"{name} in {how}")
        assert len(word) <= len(own) + 2 + len(own) // 10, (
            f"{name}: {len(word)} pages in Word, {len(own)} in PDF"
        )


def says_all(document: pdfium.PdfDocument, paper: Paper, what: str) -> None:
    """Its words in their order; the head of a table may come again on a page. A number stands on one line."""
    text = "".join(_text(page, paper) for page in document)
    places = [place for place, char in enumerate(text) if not char.isspace()]
    plain = "".join(text[place] for place in places)
    at = 0
    for words, whole in _said(paper):
        found = plain.find(words, at)
        assert found >= 0, f"{what}: {words!r} is not behind {plain[max(0, at - 60) : at]!r}"
        at = found + len(words)
        if whole:
            piece = text[places[found] : places[at - 1] + 1]
            assert len(piece.split()) == 1, f"{what}: {piece!r} is broken"


def stands_on_its_pages(document: pdfium.PdfDocument, paper: Paper, what: str) -> None:
    """A4, numbered outside, nothing in the margins but half of a bracket or comma, sample data said."""
    for number, page in enumerate(document, 1):
        size = tuple(round(side / MM) for side in page.get_size())
        assert size in A4, what
        left, right = (18, size[0] - 18) if paper.form else (28, size[0] - 26)
        found = glyphs(page)
        outside = [one for one in found if not left - 3 <= one.x <= right + 3]
        assert not outside, f"{what}, page {number}: {outside[:9]}"
        low = min(found, key=lambda one: page.get_size()[1] / MM - one.y)
        last = [one for one in found if abs(one.y - low.y) < 1]
        assert "".join(one.char for one in last) == f"—{number}—", what
        assert (last[0].x > size[0] / 2) == bool(number % 2), what
        assert not paper.synthetic or "样例数据" in "".join(one.char for one in found), what


def _text(page: pdfium.PdfPage, paper: Paper) -> str:
    """What stands between the head and the foot of a page."""
    wide, high = page.get_size()
    top, bottom = (19, 17) if paper.form else (33, 33)
    text = page.get_textpage().get_text_bounded(0, bottom * MM, wide, high - top * MM) + "\n"
    return _HYPHEN.sub("", text.translate({0x200B: None, 0xFFFE: None, 2: None}))


def _said(paper: Paper) -> Iterator[tuple[str, bool]]:
    """(Words without blanks, whether they must not be broken) in reading order."""
    whole = with_figures(paper)
    yield _plain(whole.title), False
    for block in whole.blocks:
        yield from _of_block(block)
    yield from ((_plain(line), False) for line in whole.foot)
    for number, annex in enumerate(whole.annexes, 1):
        yield f"附件{number}", False
        yield _plain(annex.title), False
        for block in annex.blocks:
            yield from _of_block(block)


def _of_block(block: Block) -> Iterator[tuple[str, bool]]:
    match block:
        case Heading():
            yield _plain(block.text), False
        case Paragraph() | Strip():
            yield _plain("".join(part.said for part in block.parts)), False
        case TableBlock():
            yield _plain(f"表{block.number}{block.caption}"), False
            for row in block.rows:
                for cell in row:
                    yield (
                        _plain(cell_said(cell)),
                        any(isinstance(part, Number) and part.value is not None for part in cell),
                    )


def _plain(text: str) -> str:
    return _HYPHEN.sub("", re.sub(r"[\s\u200b]", "", text))


def no_two_alike(document: pdfium.PdfDocument, chars: str) -> None:
    """Each of these characters is drawn, and none as another is: a box for what no font has is alike for all.

    They stand in one line; the first and the last are of the basic plane.
    """
    page, dots = document[0], 4
    image = page.render(scale=dots).to_pil().convert("L")
    text = page.get_textpage().get_text_range()
    assert chars in text
    first, last = (next(one for one in glyphs(page) if one.char == char) for char in (chars[0], chars[-1]))
    step = (last.x - first.x) / (len(chars) - 1) * MM * dots
    left, base = first.x * MM * dots, first.y * MM * dots
    boxes = [
        (left + no * step, base - 0.9 * step, left + (no + 1) * step, base + 0.1 * step)
        for no in range(len(chars))
    ]
    drawn = [image.crop(tuple(round(side) for side in box)).resize((64, 64)) for box in boxes]
    assert all(one.getextrema()[0] < 128 for one in drawn), "each is drawn"
    assert len({one.tobytes() for one in drawn}) == len(chars), "none is drawn as another"
