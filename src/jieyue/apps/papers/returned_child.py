"""The child process that reads one Word file: a path in, its paragraphs out as JSON.

Started as `python -m jieyue.apps.papers.returned_child JOB`; it imports nothing of Django and limits itself before it
opens the file. Answer: `{"paragraphs": [{"no", "table", "row", "column", "pieces": [[text, tag], …]}], "properties":
{name: text}}`; a piece with a tag is the content control of a figure; the properties are the file's own. Text that a
tracked change deletes is not read.
"""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jieyue.apps.exchange.reader_child import limit_myself

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TAG = "jy:"
MOST = 100_000
MOST_PROPERTIES, LONGEST = 200, 400


def paragraphs_of(content: bytes) -> list[dict[str, Any]]:
    """The paragraphs in reading order, counted from 1; those of a table with their table, row and column."""
    from docx import Document

    body = Document(io.BytesIO(content)).element.body
    tables = {table: number for number, table in enumerate(body.iter(f"{_W}tbl"), 1)}
    found: list[dict[str, Any]] = []
    for element in body.iter(f"{_W}p"):
        if any(True for _ in element.iterancestors(_FALLBACK)):
            continue
        number = len(found) + 1
        if number > MOST:
            raise ValueError(f"more than {MOST} paragraphs")
        found.append({"no": number, **_place(element, tables), "pieces": _pieces(element)})
    return found


def properties_of(content: bytes) -> dict[str, str]:
    """The custom properties of the file that are texts, name → text."""
    from docx import Document
    from docx.oxml import parse_xml

    package = Document(io.BytesIO(content)).part.package
    found: dict[str, str] = {}
    for relation in package.rels.values():
        if relation.is_external or not relation.reltype.endswith("/custom-properties"):
            continue
        for one in parse_xml(relation.target_part.blob):
            text = next((node.text for node in one if str(node.tag).endswith("}lpwstr")), None)
            if text is not None and len(text) <= LONGEST and len(found) < MOST_PROPERTIES:
                found[str(one.get("name", ""))[:LONGEST]] = text
    return found


def _place(element: Any, tables: dict[Any, int]) -> dict[str, int]:
    cell = next(element.iterancestors(f"{_W}tc"), None)
    row = next(element.iterancestors(f"{_W}tr"), None)
    table = next(element.iterancestors(f"{_W}tbl"), None)
    if cell is None or row is None or table is None:
        return {"table": 0, "row": 0, "column": 0}
    column = 1
    for one in row.iter(f"{_W}tc"):
        if one is cell:
            break
        span = one.find(f"{_W}tcPr/{_W}gridSpan")
        column += 1 if span is None else max(1, int(span.get(f"{_W}val")))
    rows = [one for one in table.iter(f"{_W}tr") if next(one.iterancestors(f"{_W}tbl")) is table]
    return {"table": tables[table], "row": rows.index(row) + 1, "column": column}


def _pieces(paragraph: Any) -> list[list[Any]]:
    """Its words, those of one control together; a paragraph within it (a text box) counts by itself."""
    found: list[list[Any]] = []
    for node, control in _words(paragraph):
        text = (node.text or "") if node.tag == f"{_W}t" else "\t"
        tag = _number(control)
        if found and found[-1][1] == tag and (not tag or found[-1][2] is control):
            found[-1][0] += text
        else:
            found.append([text, tag, control])
    return [[text.replace("\u200b", ""), tag] for text, tag, _control in found]


def _words(paragraph: Any) -> Iterator[tuple[Any, Any]]:
    for node in paragraph.iter(f"{_W}t", f"{_W}tab"):
        if (
            next(node.iterancestors(f"{_W}p")) is paragraph
            and next(node.iterancestors(f"{_W}r"), None) is not None
        ):
            yield node, next((one for one in node.iterancestors(f"{_W}sdt") if _number(one)), None)


def _number(control: Any) -> int:
    """The figure's number of a content control, else 0."""
    tag = None if control is None else control.find(f"{_W}sdtPr/{_W}tag")
    value = "" if tag is None else str(tag.get(f"{_W}val"))
    said = value[len(_TAG) :]
    return int(said) if value.startswith(_TAG) and said.isascii() and said.isdigit() and len(said) < 8 else 0


def main() -> int:
    """Exit code 0: an answer was written; 12: memory ran out."""
    job = json.loads(sys.argv[1])
    limit_myself(job["memory_bytes"], job["cpu_seconds"], job["output_bytes"])
    try:
        content = Path(job["path"]).read_bytes()
        document: dict[str, Any] = {
            "paragraphs": paragraphs_of(content),
            "properties": properties_of(content),
        }
    except MemoryError:
        return 12
    except (ValueError, KeyError, SyntaxError, zipfile.BadZipFile) as error:
        document = {"error": ["file_unreadable", {"reason": str(error)[:80]}]}
    sys.stdout.write(json.dumps(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
