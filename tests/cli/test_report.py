"""`jieyue report bulletin`: a paper as a file, and what it refuses."""

from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from tests.cli.command import DONE, jieyue


def test_the_bulletin_is_written_as_pdf_and_workbook(home: Path, tmp_path: Path) -> None:
    pdf, book = tmp_path / "通报.pdf", tmp_path / "通报.xlsx"
    said = jieyue(home, "report", "bulletin", "--period", "2026-10", "-o", pdf)
    assert said.code == DONE, said.stdout
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert (said.document["blanks"], said.document["numbers"] > 20) == (1, True)
    assert said.document["title"] == "关于2026年10月全市公共机构能源资源消费情况的通报"
    assert jieyue(home, "report", "bulletin", "--period", "2026-10", "-o", book).code == DONE
    assert openpyxl.load_workbook(book).sheetnames[-1] == "数据出处"


def test_the_circular_on_quality_is_written(home: Path, tmp_path: Path) -> None:
    book = tmp_path / "质量.xlsx"
    said = jieyue(home, "report", "quality", "--period", "2026-10", "-o", book)
    assert said.code == DONE, said.stdout
    assert said.document["title"] == "关于2026年10月全市公共机构能源资源消费统计报送质量的通报"
    assert openpyxl.load_workbook(book).sheetnames[-1] == "数据出处"
    refused = jieyue(home, "report", "quality", "--period", "2026-Q1", "-o", tmp_path / "a.pdf")
    assert refused.code != DONE
    assert "2026-10" in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    ("command", "year", "title"),
    [
        ("progress", "2025", "重庆市公共机构节约能源资源“十四五”规划2025年进展报告"),
        ("work-plan", "2026", "2026年全市公共机构节约能源资源工作要点"),
    ],
)
def test_papers_of_the_plan_are_written(
    home: Path, tmp_path: Path, command: str, year: str, title: str
) -> None:
    book = tmp_path / "a.xlsx"
    said = jieyue(home, "report", command, "--year", year, "-o", book)
    assert said.code == DONE, said.stdout
    assert said.document["title"] == title
    assert jieyue(home, "report", command, "--year", "2019", "-o", tmp_path / "b.xlsx").code != DONE
    assert not (tmp_path / "b.xlsx").exists()


def test_the_yearly_bulletin_is_written(home: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "年度.pdf"
    said = jieyue(home, "report", "yearly", "--period", "2025", "-o", pdf)
    assert said.code == DONE, said.stdout
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert said.document["title"] == "关于2025年全市公共机构能源资源消费情况的年度通报"
    refused = jieyue(home, "report", "yearly", "--period", "2025-03", "-o", tmp_path / "b.pdf")
    assert "2025" in refused.stdout + refused.stderr
    assert not (tmp_path / "b.pdf").exists()


def test_the_statement_of_an_institution_is_written(home: Path, tmp_path: Path) -> None:
    pdf, bad = tmp_path / "说明.pdf", tmp_path / "b.pdf"
    code = "A"
    said = jieyue(home, "report", "statement", code, "--period", "2025", "-o", pdf)
    assert said.code == DONE, said.stdout
    assert "2025年能源资源消费说明" in said.document["title"]
    assert len(pypdfium2.PdfDocument(pdf)) == 2
    refused = jieyue(home, "report", "statement", "nobody", "--period", "2025", "-o", bad)
    assert "nobody" in refused.stdout + refused.stderr
    assert jieyue(home, "report", "statement", code, "--period", "2025-03", "-o", bad).code != DONE
    assert not bad.exists()


def test_a_summary_table_and_a_blank_form_are_written(home: Path, tmp_path: Path) -> None:
    table, blank = tmp_path / "表.pdf", tmp_path / "空表.pdf"
    assert jieyue(home, "report", "summary", "--period", "2025", "-o", table).code == DONE
    said = jieyue(home, "report", "form", "--period", "2025", "-o", blank)
    assert (said.code, said.document["numbers"]) == (DONE, 0), said.stdout
    assert table.read_bytes().startswith(b"%PDF-")
    refused = jieyue(
        home, "report", "form", "--period", "2025", "--institution", "nobody", "-o", tmp_path / "b.pdf"
    )
    assert "nobody" in refused.stdout + refused.stderr
    assert not (tmp_path / "b.pdf").exists()


@pytest.mark.parametrize(
    ("words", "file", "said"),
    [
        (("--period", "2026"), "a.pdf", "2026-10"),
        (("--period", "2026-10", "--scope", "line:nobody"), "a.pdf", "line:"),
        (("--period", "2026-10"), "a.doc", "pdf"),
        (("--period", "2026-13"), "a.pdf", "2026-13"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    home: Path, tmp_path: Path, words: tuple[str, ...], file: str, said: str
) -> None:
    found = jieyue(home, "report", "bulletin", *words, "-o", tmp_path / file)
    assert found.code != DONE
    assert said in found.stdout + found.stderr
    assert not (tmp_path / file).exists()


def test_a_returned_file_of_no_paper_is_refused(home: Path, tmp_path: Path) -> None:
    word = tmp_path / "通报.docx"
    assert jieyue(home, "report", "bulletin", "--period", "2026-10", "-o", word).code == DONE
    for more, said in (((), "--paper"), (("--paper", "7"), "7")):
        refused = jieyue(home, "report", "check", word, *more)
        assert refused.code != DONE
        assert said in refused.stdout + refused.stderr
    other = tmp_path / "通报.docm"
    other.write_bytes(word.read_bytes())
    assert "docx" in jieyue(home, "report", "check", other).stdout
