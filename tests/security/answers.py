"""How the access matrix reads an answer: all that it says, without what is random or was typed by the visitor."""

import html
import io
import re
import zipfile
from typing import Any

import pypdfium2

from tests.security.visits import Visit
from tests.security.world import NODE_NAMES, Markers, World


def unpublished(visit: Visit, world: World, hidden: Markers) -> Markers:
    """The body of a published table and its sums are for everybody who looks at data; nobody else is named in it."""
    (code,) = (code for code, number in world.summaries.items() if f"/summary/{number}/" in visit.path)
    told = f"{code} {NODE_NAMES.get(code, '')}"
    return Markers(frozenset(word for word in hidden.words if word not in told), frozenset())


#: The random token of a form, the code of an error page, and digests whole: among thousands of answers one holds
#: any five digits by chance.
_RANDOM = re.compile(
    r'<input type="hidden" name="csrfmiddlewaretoken" value="[A-Za-z0-9]+">|(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])'
    r"|<code>JY-\d{3}-[0-9a-f]{6}</code>"
)


def leads_to(answer: Any, visit: Visit) -> str:
    """Where the answer sends the visitor; a part of a page takes its window along, and brings nothing itself."""
    if not visit.fragment:
        return str(answer["Location"]) if answer.status_code == 302 else ""
    return str(answer["HX-Redirect"]) if (answer.status_code, answer.content) == (200, b"") else ""


def readable(answer: Any, visit: Visit) -> str:
    """All text of an answer: body, workbook, file name; without what was typed in the address and what is random."""
    media = answer.headers.get("Content-Type", "")
    if "spreadsheetml" in media or "wordprocessingml" in media:
        text = _office_text(answer.content)
    elif media == "application/pdf":
        text = _printed_text(answer.content)
    else:
        charset = "gb18030" if "gb18030" in media else "utf-8"
        text = html.unescape(_RANDOM.sub("", answer.content.decode(charset)))
    text += answer.headers.get("Content-Disposition", "")
    for typed in (*visit.typed, visit.path):
        text = text.replace(f'value="{typed}"', "").replace(f'value="{html.escape(typed)}"', "")
    return text


def _printed_text(content: bytes) -> str:
    """What the pages say, line by line, and once more without the ends of the lines: a name may stand on two."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]
    return "\n".join((*pages, re.sub(r"[\r\n]+", "", "".join(pages))))


def _office_text(content: bytes) -> str:
    """What the parts of a workbook or a Word file say."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = [book.read(name).decode() for name in book.namelist() if name.endswith(".xml")]
    return html.unescape(re.sub(r"<[^>]*>", " ", " ".join(parts)))
