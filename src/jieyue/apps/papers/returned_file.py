"""A returned Word file from its bytes: the gate, the child process, the paper that it belongs to, the check."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.db.models import QuerySet

from jieyue.apps.exchange.gate import check_word
from jieyue.apps.exchange.limits import DEFAULT, Limits
from jieyue.apps.exchange.sandbox import parse
from jieyue.apps.papers.mark import MadeFrom, Mark, mark_in
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.returned import Check, check_returned
from jieyue.apps.papers.stored import from_json
from jieyue.apps.papers.templates import template_by_digest, template_of
from jieyue.apps.papers.word import word_of
from jieyue.apps.papers.word_source import source_of
from jieyue.catalog.findings import Finding
from jieyue.domain.errors import DomainError

_CHILD = "jieyue.apps.papers.returned_child"
#: Paragraphs at the head of a file in which the title is looked for.
_HEAD = 40


class ReturnedError(DomainError):
    """A file that is not read, or that belongs to no paper."""


@dataclass(frozen=True)
class Returned:
    """A file as it was read: its paragraphs, and the mark that a home put into it."""

    paragraphs: list[dict[str, Any]]
    mark: Mark | Literal["foreign"] | None

    @property
    def named(self) -> bool:
        """Whether a mark of this home names a paper."""
        return isinstance(self.mark, Mark)

    def made_from(self, row: PaperDraft) -> MadeFrom:
        """What its mark says of a paper."""
        if not isinstance(self.mark, Mark):
            return self.mark or ""
        if self.mark.paper != row.pk:
            return "other"
        return "same" if self.mark.digest == row.digest else "earlier"


def paragraphs_in(content: bytes, name: str, limits: Limits = DEFAULT) -> list[dict[str, Any]]:
    """The paragraphs of a Word file. Raises ReturnedError."""
    return returned_in(content, name, limits).paragraphs


def returned_in(content: bytes, name: str, limits: Limits = DEFAULT) -> Returned:
    """A Word file, read in a child process. Raises ReturnedError."""
    gate = check_word(content, name, limits=limits)
    if not gate.passed:
        raise _refused(gate.findings[0])
    with tempfile.NamedTemporaryFile(suffix=".docx") as file:
        file.write(content)
        file.flush()
        document, finding = parse(Path(file.name), "docx", limits=limits, module=_CHILD)
    if document is None:
        assert finding is not None
        raise _refused(finding)
    return Returned(list(document["paragraphs"]), mark_in(document["properties"]))


def check_of(
    row: PaperDraft, paragraphs: list[dict[str, Any]], mark: Mark | Literal["foreign"] | None = None
) -> Check:
    """The file's numbers against a paper's. mark: of the file; its template counts the numbers as the file does.

    Raises TemplateLostError.
    """
    paper = from_json(row.content)
    own = mark if isinstance(mark, Mark) and mark.paper == row.pk else None
    template = template_by_digest(row.code, own.template) if own else None
    template = template or template_of(row.code)
    rows = word_of(paper, template.content, source=source_of(paper)).rows
    return check_returned(paper, rows, paragraphs)


def paper_of(
    returned: Returned,
    among: QuerySet[PaperDraft] | None = None,
    mend: tuple[str, str] = ("请选定是哪一份公文", "choose which paper it is"),
) -> PaperDraft:
    """The paper that the file's mark names, else the newest whose title it has. Raises ReturnedError.

    A mark of a paper that is not among those looked at is as one of no paper: the title is not asked then.
    """
    if not isinstance(returned.mark, Mark):
        return paper_in(returned.paragraphs, among, mend)
    rows = PaperDraft.objects.defer("content") if among is None else among
    row = rows.filter(pk=returned.mark.paper).first()
    if row is None:
        raise _unknown(mend)
    return row


def titled(row: PaperDraft, paragraphs: list[dict[str, Any]]) -> bool:
    """Whether the paper's title stands in the first paragraphs of the file."""
    words = "".join("".join(text for text, _tag in one["pieces"]) for one in paragraphs[:_HEAD])
    return row.title.replace("\n", "").replace(" ", "") in words.replace(" ", "")


def paper_in(
    paragraphs: list[dict[str, Any]],
    among: QuerySet[PaperDraft] | None = None,
    mend: tuple[str, str] = ("请选定是哪一份公文", "choose which paper it is"),
) -> PaperDraft:
    """The newest paper whose title the file has; released ones first. Raises ReturnedError.

    among: the papers to look at, all if left out. mend: how to say which paper is meant, zh and en.
    """
    rows = PaperDraft.objects.defer("content") if among is None else among
    found = [row for row in rows if titled(row, paragraphs)]
    if not found:
        raise _unknown(mend)
    return max(found, key=lambda row: (row.state == PaperDraft.State.RELEASED, row.pk))


def paper_numbered(number: int) -> PaperDraft:
    """The paper of a number of the list. Raises ReturnedError."""
    row = PaperDraft.objects.filter(pk=number).first()
    if row is None:
        raise ReturnedError(
            "returned_unknown",
            zh=f"没有第 {number} 号公文；号码在公文报告页的网址里",
            en=f"there is no paper {number}",
        )
    return row


def _unknown(mend: tuple[str, str]) -> ReturnedError:
    return ReturnedError(
        "returned_unknown",
        zh=f"认不出这个文件是哪一份公文：前 {_HEAD} 段里没有系统里公文的标题；{mend[0]}",
        en=f"no title of a paper stands in the first {_HEAD} paragraphs: {mend[1]}",
    )


def _refused(finding: Finding) -> ReturnedError:
    return ReturnedError(
        finding.code,
        zh=f"{finding.message_zh}请在 WPS 或 Word 里另存为不带宏的 .docx 再交回。",
        en=f"{finding.message_en} Save it as .docx without macros in WPS or Word and hand it in again.",
    )
