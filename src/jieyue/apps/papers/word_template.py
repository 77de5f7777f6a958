"""A template that an authority uploads: what it may hold, and what is wrong with it, paragraph by paragraph.

It may call six names with plain texts and nothing else: no conditions, loops or attributes. Files with macros or with
parts outside themselves are refused.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.conf import settings
from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from jieyue.apps.accounts.queries import run_for
from jieyue.apps.papers.word_source import KINDS, PERIODS
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import indicator_codes

LARGEST, LARGEST_OPEN, MEMBERS = 5 * 2**20, 60 * 2**20, 2_000
PLAIN = ("title", "state", "marks", "foot", "body", "annexes")
NUMERALS = "一二三四五六七八九十"
#: What a program of templates would read as its own.
_OPENING = re.compile(r"\{[{%#]")
_ENCODING = re.compile(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_MARKUP = re.compile(r"<[^>]*>")
_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_CALL = re.compile(r"(\w+)\(\s*((?:\"[^\"]*\"|'[^']*')(?:\s*,\s*(?:\"[^\"]*\"|'[^']*'))*)?\s*\)", re.ASCII)
_ARGUMENT = re.compile(r"\"([^\"]*)\"|'([^']*)'")
#: WPS and Word turn straight quotation marks into these while one types.
_CURLED = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})


class TemplateError(DomainError):
    """A file that is no template: too large, no docx, with macros or parts outside."""


@dataclass(frozen=True, slots=True)
class TemplateFinding:
    """What is wrong in a paragraph, counted from 1; 0: in the file as a whole."""

    paragraph: int
    text: str
    message_zh: str
    message_en: str


def check_template(content: bytes) -> list[TemplateFinding]:
    """Everything that is wrong with a template; nothing: it can be used. Raises TemplateError."""
    document = Document(io.BytesIO(opened(content)))
    found: list[TemplateFinding] = []
    seen: set[str] = set()
    marks = 0
    for number, text in _paragraphs(document):
        found += _of_paragraph(number, text, seen)
        marks += len(_OPENING.findall(text))
    if not found and _marks_of(content) != marks:
        found.append(_finding(0, "", "括号写在了段落文字以外（如跨两段、图片说明、文件属性）；请只写在一个段落里",
                              "brackets stand outside the words of one paragraph (across two, in the text of a "
                              "picture, in a property of the file): write them within one paragraph"))  # fmt: skip
    if not seen & {"body", "part"}:
        found.append(_finding(0, "", "模板没有正文：写上 {{ body() }} 或各节 {{ part(\"一\") }}",
                              'there is no text: write {{ body() }} or its parts, {{ part("一") }}'))  # fmt: skip
    if "annexes" not in seen:
        found.append(_finding(0, "", "模板没有附件：写上 {{ annexes() }}，数据出处在其中",
                              "no annexes: write {{ annexes() }}, which hold the sources of numbers"))  # fmt: skip
    return found


def _marks_of(content: bytes) -> int:
    """How often a program that fills the file would find an opening bracket, wherever in it: markup does not part
    two brackets, and the markup itself is read too."""
    count = 0
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            if name.endswith(".xml"):
                text = book.read(name).decode("utf-8", "replace")
                count += len(_OPENING.findall(unescape(_MARKUP.sub("", text))))
                count += sum(len(_OPENING.findall(unescape(one))) for one in _MARKUP.findall(text))
    return count


def opened(content: bytes) -> bytes:
    """The content, if it is a docx of reasonable size, without macros or parts outside. Raises TemplateError."""
    if len(content) > LARGEST:
        raise _refused(f"文件大于 {LARGEST // 2**20} MB", f"it is larger than {LARGEST // 2**20} MB")
    try:
        names, kinds, outside = _looked_into(content)
        for part in Document(io.BytesIO(content)).part.package.iter_parts():
            if part.content_type.endswith("xml") and not str(part.partname).endswith(".xml"):
                raise _unread()
    except TemplateError:
        raise
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        raise _refused("不是 .docx 文件", "it is no .docx file") from error
    if b"macroEnabled" in kinds or any("vbaProject" in name for name in names):
        raise _refused("含宏", "it holds macros")
    if outside:
        raise _refused("引用了文件以外的内容（如联网的图片或模板）", "it refers to parts outside itself")
    return content


def codes() -> list[tuple[str, str, str]]:
    """(Text to copy, what it is in Chinese, in English) of everything that a template may call."""
    catalog = home_catalog()
    listed = [
        ("{{ title() }}", "标题", "title"),
        ("{{ body() }}", "全部正文", "the whole text"),
        *(
            (f'{{{{ part("{numeral}") }}}}', f"第{numeral}部分", f"part {place}")
            for place, numeral in enumerate(NUMERALS, start=1)
        ),
        ("{{ annexes() }}", "附件与数据出处", "annexes and the sources of numbers"),
        ("{{ foot() }}", "数据截至、发布序号、口径", "as of, publication, scope"),
        ("{{ marks() }}", "样例数据、初步标记", "marks"),
        ("{{ state() }}", "代拟稿", "state"),
    ]
    for code in _known():
        row = catalog.indicator(code)
        for period in ("month", "ytd"):
            zh, en = PERIODS[period]
            listed.append(
                (f'{{{{ f("{code}", "{period}") }}}}', f"{row.name_zh}，{zh}", f"{row.name_en}, {en}")
            )
        if row.shape in ("sum", "ratio"):
            listed.append((f'{{{{ chg("{code}", "ytd", "yoy") }}}}', f"{row.name_zh}，本年累计同比",
                           f"{row.name_en}, year to date on last year"))  # fmt: skip
    return listed


def _unread() -> TemplateError:
    return _refused("有部件不是 UTF-8 的 .xml", "a part of it is not .xml in UTF-8")


def _looked_into(content: bytes) -> tuple[list[str], bytes, bool]:
    """Names of the members, the list of their kinds, whether one refers outside.

    Before anything of it is parsed: no more than is allowed is unpacked (a member is read no further than it says of
    itself, else its checksum is wrong), and a part that defines entities, or whose text may hide that, is refused, so
    there is nothing that the reader of XML could expand (python-docx's leaves entities as they are besides). What is
    left costs what its size costs.
    Raises TemplateError, zipfile.BadZipFile.
    """
    kinds, outside, unread = b"", False, False
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        members = book.infolist()
        if len(members) > MEMBERS or sum(one.file_size for one in members) > LARGEST_OPEN:
            raise _refused("解开后太大", "it is too large when opened")
        for one in members:
            text = book.read(one)
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # whatever its name is: its kind stands elsewhere
                raise _refused("含 DOCTYPE 或实体定义", "it holds a DOCTYPE or defines entities")
            if not one.filename.endswith((".xml", ".rels")):
                continue
            declared = _ENCODING.match(text)
            unread |= b"\0" in text or (declared is not None and declared[1].lower() != b"utf-8")
            outside |= one.filename.endswith(".rels") and _links_outside(text)
            if one.filename == "[Content_Types].xml":
                kinds = text
    if unread:  # what is not looked at here would still be filled in
        raise _unread()
    return [one.filename for one in members], kinds, outside


def _of_paragraph(number: int, text: str, seen: set[str]) -> Iterator[TemplateFinding]:
    if "{%" in text or "{#" in text or text.count("{{") != text.count("}}"):
        yield _finding(number, text, "只能写 {{ … }}，不能写 {% … %}、{# … #}，括号要成对",
                       "only {{ … }} is allowed, in pairs; no {% … %} or {# … #}")  # fmt: skip
        return
    for tag in _TAG.findall(text):
        call = _CALL.fullmatch(tag.strip().translate(_CURLED))
        if call is None:
            yield _finding(number, tag.strip(), '写法不对；应如 f("co2_total_t", "ytd")',
                           'it reads wrong; write for example f("co2_total_t", "ytd")')  # fmt: skip
            continue
        name, inside = call[1], call[2] or ""
        seen.add(name)
        arguments = [one or other for one, other in _ARGUMENT.findall(inside)]
        wrong = _wrong(name, arguments)
        if wrong is not None:
            yield _finding(number, tag.strip(), *wrong)


def _known() -> tuple[str, ...]:
    """The indicators that the plan's account gives."""
    return indicator_codes(run_for(str(settings.JIEYUE_HOME.today().year)).method.account.form)


def _wrong(name: str, arguments: list[str]) -> tuple[str, str] | None:
    if name in PLAIN:
        return ("括号里不写内容", "nothing stands in its brackets") if arguments else None
    if name == "part":
        fits = len(arguments) == 1 and arguments[0] in tuple(NUMERALS)
        return None if fits else ('应写一个序号，如 part("一")，到“十”为止',
                                   'name one numeral, part("一") to part("十")')  # fmt: skip
    if name not in ("f", "chg"):
        known = "、".join((*PLAIN, "part", "f", "chg"))
        return f"没有“{name}”；可用 {known}", f"no {name!r}; known: {known.replace('、', ', ')}"
    if not 1 <= len(arguments) <= (2 if name == "f" else 3):
        return "应写指标代码和期间", "name a code and a period"
    code, period, kind = (*arguments, "month", "yoy")[:3] if len(arguments) == 1 else (*arguments, "yoy")[:3]
    if code not in _known():
        return f"没有指标 {code}；模板页列有全部代码", f"no indicator {code}; the page of templates lists all"
    if period not in PERIODS:
        return (
            f"没有期间 {period}；可写 {'、'.join(PERIODS)}",
            f"no period {period}; known: {', '.join(PERIODS)}",
        )
    if name == "chg" and kind not in KINDS:
        return f"没有 {kind}；可写 {'、'.join(KINDS)}", f"no change {kind}; known: {', '.join(KINDS)}"
    return None


def _paragraphs(document: Any) -> Iterator[tuple[int, str]]:
    """(Number, text) of every paragraph in reading order; headers and footers count as 0."""
    for number, element in enumerate(document.element.body.iter(qn("w:p")), 1):
        yield number, _text(element)
    met = set()
    for section in document.sections:
        for place in (section.header, section.even_page_header, section.first_page_header, section.footer,
                      section.even_page_footer, section.first_page_footer):  # fmt: skip
            if place.part.partname in met:  # a section takes over the header of the one before
                continue
            met.add(place.part.partname)
            for element in place._element.iter(qn("w:p")):
                yield 0, _text(element)


def _text(element: Any) -> str:
    """The words of a paragraph; a paragraph within it (a text box) has its own."""
    own = (node for node in element.iter(qn("w:t")) if next(node.iterancestors(qn("w:p"))) is element)
    return "".join(node.text or "" for node in own)


def _links_outside(relations: bytes) -> bool:
    """Whether relations name something outside, apart from addresses that a reader may click."""
    return any(
        b'TargetMode="External"' in one and b"/hyperlink" not in one
        for one in re.findall(rb"<Relationship\b[^>]*>", relations)
    )


def _finding(number: int, text: str, zh: str, en: str) -> TemplateFinding:
    return TemplateFinding(number, text, zh, en)


def _refused(zh: str, en: str) -> TemplateError:
    return TemplateError(
        "no_template",
        zh=f"这个文件不能作模板：{zh}；请用 WPS 或 Word 另存为 .docx（下载系统的模板来改最稳妥）",
        en=f"the file is no template: {en}; save it as .docx in WPS or Word, best from the template downloaded here",
    )
