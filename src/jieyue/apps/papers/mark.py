"""The mark in the Word file of a paper: which draft of which home it was made from, sealed with the home's key.

It stands in the file's custom properties, which editors keep. A file whose seal is not this home's is foreign.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from xml.sax.saxutils import escape

from django.core.signing import BadSignature, Signer
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

#: What a returned file's mark says of the paper that it is compared with; "" : it has none.
MadeFrom = Literal["", "same", "earlier", "other", "foreign"]

PREFIX: Final = "Jieyue"
_SEAL: Final = "JieyueSeal"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_MEDIA = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


@dataclass(frozen=True)
class Mark:
    """paper: its number in the list. draft: which draft of it. sequence: the publication. digest: of what it said.
    template: SHA-256 of the template."""

    paper: int
    draft: int
    sequence: int
    digest: str
    template: str = ""

    def properties(self) -> dict[str, str]:
        """Name → text, the seal last."""
        texts = {f"{PREFIX}{name.capitalize()}": str(value) for name, value in vars(self).items()}
        return {**texts, _SEAL: _signer().signature("/".join(texts.values()))}


def mark_in(properties: Mapping[str, str]) -> Mark | Literal["foreign"] | None:
    """The mark that this home put into a file; None where there is no mark, foreign where it is another's."""
    if not any(name.startswith(PREFIX) for name in properties):
        return None
    names = [f"{PREFIX}{name.capitalize()}" for name in Mark.__dataclass_fields__]
    texts = [properties.get(name, "") for name in names]
    try:
        _signer().unsign(f"{'/'.join(texts)}:{properties.get(_SEAL, '')}")
    except BadSignature:
        return "foreign"
    paper, draft, sequence, digest, template = texts
    return Mark(int(paper), int(draft), int(sequence), digest, template)


def put_mark(document: Any, mark: Mark) -> None:
    """Write the mark into a document's custom properties; those of its template stay."""
    package = document.part.package
    part = next((rel.target_part for rel in package.rels.values() if rel.reltype == _RELATION), None)
    empty = f'<Properties xmlns="{_PROPERTIES}"/>'
    root = parse_xml(empty if part is None else part.blob)
    for old in [one for one in root if str(one.get("name", "")).startswith(PREFIX)]:
        root.remove(old)
    free = max([1, *(int(one.get("pid", "1")) for one in root)]) + 1
    for number, (name, text) in enumerate(mark.properties().items(), free):
        root.append(
            parse_xml(
                f'<property xmlns="{_PROPERTIES}" xmlns:vt="{_TYPES}" fmtid="{_FORMAT}" pid="{number}" '
                f'name="{name}"><vt:lpwstr>{escape(text)}</vt:lpwstr></property>'
            )
        )
    content = serialize_part_xml(root)
    if part is None:
        part = Part(PackURI("/docProps/custom.xml"), _MEDIA, content, package)
        package.relate_to(part, _RELATION)
    else:
        part._blob = content


def _signer() -> Signer:
    return Signer(salt="jieyue.papers.mark")
