"""A file that somebody names by -o and that cannot be written is refused in a sentence, whichever writer meets it."""

from pathlib import Path

import pytest

from jieyue.cli.context import guarded
from tests.cli.command import DONE, UNAVAILABLE, jieyue

REGISTER = "meter,name,institution,carrier,unit,valid_from\nE1,总表,A,electricity,kWh,2024-12-01\n"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("template", "NY201", "--period", "2025-10"), "to_fill.xlsx"),
        (("export", "meters"), "meters.xlsx"),
        (("export", "meters"), "meters.csv"),
        (("export", "meters"), "meters.parquet"),
        (("export", "duties", "--year", "2025"), "duties.csv"),
    ],
)
def test_a_folder_that_is_not_there_is_said_and_nothing_is_made(
    home: Path, words: tuple[str, ...], name: str
) -> None:
    register = home / "register.csv"
    register.write_text(REGISTER, "utf-8")
    assert jieyue(home, "import", "meters", register).code == DONE
    output = home.parent / "no such folder" / name
    for lang, said in (("zh", f"写不了 {output}"), ("en", f"cannot write {output}")):
        told = jieyue(home, *words, "-o", output, "--lang", lang)
        assert (told.code, said in told.stderr) == (UNAVAILABLE, True), told.stderr
        assert "Traceback" not in told.stderr
    assert not output.parent.exists()
    assert jieyue(home, *words, "-o", home / name).code == DONE


@pytest.mark.parametrize(
    "words",
    [
        ("template", "NY201", "--period", "2025-10"),
        ("export", "meters"),
        ("export", "duties", "--year", "2025"),
        ("report", "form", "--period", "2025-10"),
    ],
)
@pytest.mark.parametrize("name", [".", "results", "results.csv", "results.xlsx"])
def test_a_folder_for_a_file_is_called_one_and_a_name_is_asked_for(
    home: Path, words: tuple[str, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home.parent / "work"
    (folder / name).mkdir(parents=True)
    monkeypatch.chdir(folder)
    for lang, said in (
        ("zh", f"写不了 {name}：这是文件夹，这里要写一个文件；请在 -o 后面写上文件名，如 "),
        (
            "en",
            f"cannot write {name}: it is a folder and a file is to be written; name the file after -o, as ",
        ),
    ):
        told = jieyue(home, *words, "-o", name, "--lang", lang)
        assert (told.code, told.stderr.startswith(said)) == (UNAVAILABLE, True), told.stderr
    assert not any((folder / name).iterdir())


def test_the_fault_of_another_file_is_not_that_of_the_one_named(tmp_path: Path, capsys) -> None:
    other = tmp_path / "results-of-others" / "gone.csv"

    @guarded
    def reads(*, output: Path) -> None:
        other.read_bytes()

    for output in (Path(), tmp_path, tmp_path / "results", Path("results")):
        with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
            reads(output=output)
    assert capsys.readouterr().err == ""
