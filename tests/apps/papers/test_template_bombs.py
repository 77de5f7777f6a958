"""A Word file that is made to cost much: each is refused before it is opened, or costs no more than its size."""

import io
import resource
import time
import zipfile

import pytest

from jieyue.apps.papers.word import shipped
from jieyue.apps.papers.word_template import LARGEST_OPEN, TemplateError, check_template

KIND = "monthly-bulletin"
MEGABYTE = 2**20
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
EXPANDING = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "哈哈哈哈哈哈哈哈哈哈">{LAUGHS}]>'
QUADRATIC = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
#: The document's own element, with something in its only paragraph.
BODY = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>"
)


def with_part(name: str, content: bytes) -> bytes:
    """A template of ours with one part put in place of its own, or beside the others."""
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(shipped(KIND))) as own,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for one in own.namelist():
            if one != name:
                book.writestr(one, own.read(one))
        book.writestr(name, content)
    return sink.getvalue()


def refused(content: bytes) -> str:
    """Why it is refused; in a second or two, and without the memory that it asks for."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(TemplateError) as error:
        check_template(content)
    assert time.process_time() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
    return error.value.message_zh


@pytest.mark.parametrize(
    ("head", "inside"), [(EXPANDING, "&a9;"), (QUADRATIC, "&a;" * 50_000), (OUTSIDE, "&a;")]
)
@pytest.mark.parametrize(
    "part", ["word/document.xml", "word/styles.xml", "[Content_Types].xml", "word/_rels/document.xml.rels"]
)
def test_entities_are_refused_unread(head: str, inside: str, part: str) -> None:
    assert "DOCTYPE" in refused(with_part(part, (head + BODY % inside).encode()))


def test_a_part_that_opens_to_gigabytes_is_refused_by_what_it_says_of_itself() -> None:
    assert "解开后太大" in refused(with_part("word/media/a.xml", b" " * (LARGEST_OPEN + 1)))


def test_a_part_that_says_it_is_small_is_read_no_further_than_it_says() -> None:
    """Its head says 1,000 bytes where 80 MB are packed."""
    content = bytearray(with_part("word/big.xml", b" " * (80 * MEGABYTE)))
    true, said = (80 * MEGABYTE).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert content.count(true) == 2
    assert refused(bytes(content.replace(true, said)))


def test_deep_nesting_is_refused() -> None:
    deep = BODY % ("<w:r>" * 100_000 + "</w:r>" * 100_000)
    assert refused(with_part("word/document.xml", deep.encode()))


def test_many_members_are_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as book:
        for number in range(30_000):
            book.writestr(f"{number}.xml", b"")
    assert refused(sink.getvalue())
