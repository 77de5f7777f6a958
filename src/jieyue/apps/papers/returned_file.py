"""A returned Word file from its bytes: the gate, the child process, the paper that it belongs to, the check."""

import tempfile
from pathlib import Path
from typing import Any

from jieyue.apps.exchange.gate import check_word
from jieyue.apps.exchange.limits import DEFAULT, Limits
from jieyue.apps.exchange.sandbox import parse
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.returned import Check, check_returned
from jieyue.apps.papers.stored import from_json
from jieyue.apps.papers.word import word_of
from jieyue.apps.papers.word_source import source_of
from jieyue.catalog.findings import Finding
from jieyue.domain.errors import DomainError

_CHILD = "jieyue.apps.papers.returned_child"


class ReturnedError(DomainError):
    """A file that is not read, or that belongs to no paper."""


def paragraphs_in(content: bytes, name: str, limits: Limits = DEFAULT) -> list[dict[str, Any]]:
    """The paragraphs of a Word file, read in a child process. Raises ReturnedError."""
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
    return list(document["paragraphs"])


def check_of(row: PaperDraft, paragraphs: list[dict[str, Any]]) -> Check:
    """The file's numbers against a paper's."""
    paper = from_json(row.content)
    rows = word_of(paper, source=source_of(paper)).rows
    return check_returned(paper, rows, paragraphs)


def paper_in(paragraphs: list[dict[str, Any]]) -> PaperDraft:
    """The newest paper whose title the file has; released ones first. Raises ReturnedError."""
    words = "".join("".join(text for text, _tag in one["pieces"]) for one in paragraphs[:40])
    titled = [
        row
        for row in PaperDraft.objects.defer("content")
        if row.title.replace("\n", "").replace(" ", "") in words.replace(" ", "")
    ]
    if not titled:
        raise ReturnedError(
            "returned_unknown",
            zh="认不出这个文件是哪一份公文：前 40 段里没有系统里公文的标题；请用 --paper 指明是第几号公文",
            en="no title of a paper stands in the first 40 paragraphs: say with --paper which paper it is",
        )
    return max(titled, key=lambda row: (row.state == PaperDraft.State.RELEASED, row.pk))


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


def _refused(finding: Finding) -> ReturnedError:
    return ReturnedError(
        finding.code,
        zh=f"{finding.message_zh}请在 WPS 或 Word 里另存为不带宏的 .docx 再交回。",
        en=f"{finding.message_en} Save it as .docx without macros in WPS or Word and hand it in again.",
    )
