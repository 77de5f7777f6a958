"""Our compiler of translations, read back by the standard library's gettext."""

import gettext
import io
from pathlib import Path

import pytest

from scripts import compile_messages

HEADER = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"""


def translations(tmp_path: Path, text: str) -> gettext.GNUTranslations:
    path = tmp_path / "django.po"
    path.write_text(HEADER + text, "utf-8")
    return gettext.GNUTranslations(io.BytesIO(compile_messages.compiled(compile_messages.read(path))))


def test_plain_context_plural_and_wrapped_messages_are_found(tmp_path: Path) -> None:
    found = translations(
        tmp_path,
        r"""
# a translator's remark
#: src/page.html:3
msgid "Plan board"
msgstr "指标看板"

msgctxt "verb"
msgid "Report"
msgstr "上报"

msgid "%(n)s finding"
msgid_plural "%(n)s findings"
msgstr[0] "%(n)s 个问题"

msgid ""
"Missing is \"missing\","
"\n never zero"
msgstr ""
"缺就是“缺”，"
"\n 不作零"
""",
    )
    assert found.gettext("Plan board") == "指标看板"
    assert found.pgettext("verb", "Report") == "上报"
    assert found.gettext("Report") == "Report"
    assert found.ngettext("%(n)s finding", "%(n)s findings", 5) == "%(n)s 个问题"
    assert found.gettext('Missing is "missing",\n never zero') == "缺就是“缺”，\n 不作零"
    assert found.charset() == "UTF-8"


def test_doubtful_and_empty_translations_fall_back_to_the_source(tmp_path: Path) -> None:
    found = translations(
        tmp_path,
        """
#, fuzzy
msgid "Quota"
msgstr "配额"

msgid "Target"
msgstr ""
""",
    )
    assert found.gettext("Quota") == "Quota"
    assert found.gettext("Target") == "Target"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('msgid "A"\nmsgstr "甲"\n\nmsgid "A"\nmsgstr "乙"\n', "the same msgid as in line 1"),
        ('msgid "A"\n', "an entry needs msgid and msgstr"),
        ('msgid "A"\nmsgstr "甲"\nmsgid "B"\nmsgstr "乙"\n', "a blank line is missing"),
        ('msgid A\nmsgstr "甲"\n', "not a quoted string"),
        ("what\n", "not understood"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "django.po"
    path.write_text(text, "utf-8")
    with pytest.raises(compile_messages.MessageError, match=complaint):
        compile_messages.read(path)
