"""The manual 手册: the chapters of ``docs/manual``, read and not copied, in the few forms that a chapter may have.

A chapter is Chinese, then English after its heading. It is made of headings, numbered steps, pictures and paragraphs;
what else Markdown has would be shown as it is typed, so a chapter with it is refused.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jieyue.catalog.strict import CatalogError

#: A link to the documentation's folder.
FOLDER = Path(__file__).parent / "help" / "manual"
CODES = ("reporter", "reviewer", "district", "director", "administrator")
#: What begins the English part.
ENGLISH = "## English"
_STEP = re.compile(r"\d+\. ")
_PICTURE = re.compile(r"!\[(?P<text>[^\]]+)\]\(\.\./images/(?P<file>[\w./-]+\.png)\)")
_MORE = re.compile(r"[*_`|<]|\]\(|^[#>-]")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a chapter. kind: heading, steps, picture, text; file: of a picture, below ``docs/images``."""

    kind: str
    text: str = ""
    steps: tuple[str, ...] = ()
    file: str = ""

    @property
    def source(self) -> str:
        """The picture below the static files of the pages."""
        return f"images/{self.file}"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its code is the name of its file."""

    code: str
    title: str
    zh: tuple[Block, ...]
    en: tuple[Block, ...]


@cache
def chapters() -> dict[str, Chapter]:
    """The chapters by code, in the order of `CODES`."""
    return {code: read_chapter(FOLDER / f"{code}.md") for code in CODES}


def read_chapter(path: Path) -> Chapter:
    """One chapter. Raises `CatalogError` where it has no title, no English, or a form that is none of ours."""
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    zh, english, en = rest.partition(ENGLISH)
    if not head.startswith("# ") or not english:
        raise CatalogError(str(path), 1, None, "要有标题和英文部分", "a title and an English part are wanted")
    return Chapter(path.stem, head[2:].strip(), _blocks(path, zh), _blocks(path, en))


def _blocks(path: Path, text: str) -> tuple[Block, ...]:
    return tuple(_block(path, piece) for piece in re.split(r"\n\s*\n", text.strip()) if piece)


def _block(path: Path, piece: str) -> Block:
    if picture := _PICTURE.fullmatch(piece):
        return Block("picture", picture["text"], file=picture["file"])
    if piece.startswith("## "):
        kind, words = "heading", [piece[3:]]
    elif _STEP.match(piece):
        kind, words = "steps", re.split(r"\n?^\d+\. ", piece, flags=re.MULTILINE)[1:]
    else:
        kind, words = "text", [piece]
    for said in words:
        if _MORE.search(said):
            raise CatalogError(
                str(path),
                None,
                None,
                f"手册里不能这样写：{said[:40]}",
                f"the manual has no such form: {said[:40]}",
            )
    if kind == "steps":
        return Block(kind, steps=tuple(" ".join(said.split()) for said in words))
    return Block(kind, " ".join(words[0].split()))
