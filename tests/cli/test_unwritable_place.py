"""A file that somebody names by -o and that cannot be written is refused in a sentence, whichever writer meets it."""

from pathlib import Path

import pytest

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
