"""Words that the command does not understand: said in the language of the caller, exit code 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jieyue.cli.main import app
from tests.cli.command import USAGE, jieyue

#: Words → what is said in Chinese, in English.
WRONG = {
    ("figures", "--nonsense"): (
        "没有选项 --nonsense。用法见 jieyue figures --help",
        "No such option: --nonsense. See jieyue figures --help",
    ),
    ("figurs",): (
        "没有命令 figurs；是不是 figures。用法见 jieyue --help",
        "No such command 'figurs'. Did you mean 'figures'? See jieyue --help",
    ),
    ("frobnicate",): (
        "没有命令 frobnicate。用法见 jieyue --help",
        "No such command 'frobnicate'. See jieyue --help",
    ),
    ("figures", "--period"): (
        "选项 --period 后面缺一个值。用法见 jieyue figures --help",
        "Option '--period' requires an argument. See jieyue figures --help",
    ),
    ("init", "a", "b"): (
        "多出来的词：a b。用法见 jieyue init --help",
        "Got unexpected extra argument(s) (a b). See jieyue init --help",
    ),
    ("plan", "status", "--year", "soon"): (
        "--year 的值不对：要整数。用法见 jieyue plan status --help",
        "Invalid value for '--year': Input should be a valid integer, unable to parse string as an integer. "
        "See jieyue plan status --help",
    ),
    ("demo", "--institutions", "3"): (
        "--institutions 的值不对：不能小于 50。用法见 jieyue demo --help",
        "Invalid value for '--institutions': Input should be greater than or equal to 50. "
        "See jieyue demo --help",
    ),
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_wrong_is_said_in_the_language_of_the_caller(words: tuple[str, ...]) -> None:
    for lang, sentence in zip(("zh", "en"), WRONG[words], strict=True):
        said = jieyue(None, *words, as_json=False, lang=lang)
        assert (said.code, said.stdout, said.stderr) == (USAGE, "", sentence + "\n")


def test_a_missing_argument_and_a_missing_command() -> None:
    said = jieyue(None, "receipt", "show", as_json=False)
    assert (said.code, said.stderr) == (USAGE, "缺参数 receipt。用法见 jieyue receipt show --help\n")
    said = jieyue(None, "receipt", as_json=False)
    assert (said.code, said.stdout) == (USAGE, "")
    assert said.stderr.startswith("缺命令；可用的命令如下。\n")
    assert "replay" in said.stderr, "the commands that are there"


def test_a_wrong_word_before_the_verb_is_said_in_the_language_that_stands_behind_it() -> None:
    result = CliRunner().invoke(app, ["--nope", "figures", "--lang", "en"])
    assert (result.exit_code, result.stderr) == (
        USAGE,
        "No such option: --nope (Possible options: --home). See jieyue --help\n",
    )


def test_a_file_that_is_not_there_and_a_folder_for_a_file(tmp_path: Path) -> None:
    gone = tmp_path / "gone.xlsx"
    for place, wrong in ((gone, f"没有 {gone}"), (tmp_path, f"{tmp_path} 是文件夹，这里要一个文件")):
        said = jieyue(None, "people", "import", place, as_json=False)
        assert (said.code, said.stderr) == (
            USAGE,
            f"file 的值不对：{wrong}。用法见 jieyue people import --help\n",
        )
