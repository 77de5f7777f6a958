"""`--json`, `--home` and `--lang` mean the same before the command and after it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jieyue.cli.main import app

PLAN = "chongqing-14fyp"


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "plan", "check", PLAN],
        ["plan", "--json", "check", PLAN],
        ["plan", "check", PLAN, "--json"],
        ["plan", "check", PLAN, "--lang=en", "--json"],
        ["plan", "check", "--json", "--lang", "en", "--", PLAN],
    ],
    ids=" ".join,
)
def test_json_may_stand_anywhere(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr
    # S08: box 1 prints 194.79, and 1,042,720 tce over 5,353,700 persons are 194.77 kg each.
    found = {row["check"]: (row["declared"], row["recomputed"]) for row in json.loads(result.stdout)}
    assert found["S08"] == ("194.79", "194.77")


def test_the_home_and_the_language_may_stand_behind(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    result = CliRunner().invoke(app, ["doctor", "--lang", "en", "--home", str(nowhere)])
    assert result.exit_code == 3
    assert f"{nowhere} is not a home" in result.stderr


def test_a_common_option_without_its_value_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["doctor", "--home"]).exit_code == 2


def test_behind_two_dashes_words_are_arguments() -> None:
    result = CliRunner().invoke(app, ["plan", "check", "--", "--json"])
    assert result.exit_code == 1
    assert not result.stdout.startswith("[")
