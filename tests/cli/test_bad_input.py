"""Every bad input through the command: a finding that says where, what and how to mend it; the state before."""

import csv
import io
import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli import desk
from tests.cli.bad_files import FORM, INSTITUTIONS, RETURNS, STORED
from tests.cli.command import DONE, REFUSED, UNAVAILABLE, figure, jieyue
from tests.cli.test_homes import JIEYUE


@pytest.fixture(scope="module")
def city(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with published returns that no bad file may change."""
    import shutil

    folder = tmp_path_factory.mktemp("bad")
    home = shutil.copytree(registered, folder / "home")
    file = folder / "stored.csv"
    file.write_bytes(desk.table(STORED))
    assert jieyue(home, "import", "returns", file, "--publish").code == DONE
    return Path(home)


def state(home: Path) -> tuple[Any, ...]:
    """What counts: publications, institutions, returns with their drafts and versions, and the lake's files."""
    tables = (
        "publication_publication",
        "registry_institutionversion",
        "returns_return",
        "returns_returnversion",
    )
    with sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True) as office:
        rows = [office.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables]
    lake = sorted(path.name for path in (home / "lake").rglob("*.parquet"))
    return (*rows, lake)


def check_words(finding: dict[str, Any]) -> None:
    """The message is in both languages, and an error says how to mend it: a second sentence."""
    zh, en = finding["message_zh"], finding["message_en"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in zh)
    assert zh != en
    assert zh.count("。") >= 2 or finding["severity"] != "error", zh
    assert "{" not in zh + en
    assert en[0].isupper() or finding["value"] or not en[0].isalpha(), en


@pytest.mark.parametrize("case", RETURNS)
def test_returns(city: Path, tmp_path: Path, case: str) -> None:
    make, words, code, number, column, value = RETURNS[case]
    name, content = make()
    file = tmp_path / name
    file.write_bytes(content)
    before = state(city)
    said = jieyue(city, "import", "returns", file, *words, "--publish")
    assert said.code == REFUSED, said.stdout
    assert said.counts[4] is False
    finding = said.findings()[0]
    assert finding["code"] == code, [one["message_zh"] for one in said.findings()]
    assert (finding["row"], finding["column"] or "", finding["value"] or "") == (number, column, value)
    check_words(finding)
    if number is not None and code != "wrong_form":
        assert value in finding["message_zh"]
        assert value in finding["message_en"]
    assert state(city) == before
    if content and not name.endswith(".pdf"):
        # With the good rows only, a row that is bad still goes nowhere.
        some = jieyue(city, "import", "returns", file, *words, "--publish", "--valid-rows-only")
        assert some.code == REFUSED
        assert state(city)[2] == before[2]


@pytest.mark.parametrize("case", INSTITUTIONS)
def test_institutions(city: Path, tmp_path: Path, case: str) -> None:
    change, code, column, value = INSTITUTIONS[case]
    good = {"code": "N", "name": "新设局", "type": "01", "region": "渝中区", "valid_from": "2015-01-01"}
    cells = {**dict.fromkeys(desk.HEADS, ""), **good, **change}
    file = tmp_path / "registry.csv"
    second = {**dict.fromkeys(desk.HEADS, ""), **good, "code": "M", "name": "另一局"}
    file.write_bytes(desk.table([desk.HEADS, list(cells.values()), list(second.values())]))
    before = state(city)
    said = jieyue(city, "import", "institutions", file)
    assert (said.code, said.counts) == (REFUSED, (2, 1, 0, 1, False))
    (finding,) = said.findings()
    assert (finding["code"], finding["row"], finding["column"], finding["value"] or "") == (
        code,
        2,
        column,
        value,
    )
    check_words(finding)
    assert state(city) == before


def test_an_unknown_column_is_told_and_can_be_refused(city: Path, tmp_path: Path) -> None:
    file, profile = tmp_path / "a.csv", tmp_path / "strict.toml"
    file.write_bytes(desk.table([["机构", "电消费量", "神秘列"], ["A", 80000, 7]]))
    profile.write_text('kind = "returns"\nunknown_columns = "error"\n', encoding="utf-8")
    told = jieyue(city, "import", "returns", file, *FORM, "--publish")
    assert (told.code, told.counts) == (DONE, (1, 0, 1, 0, True))
    (warning,) = told.findings("warning")
    assert (warning["code"], warning["column"]) == ("unknown_column", "神秘列")
    check_words(warning)
    before = state(city)
    refused = jieyue(city, "import", "returns", file, *FORM, "--publish", "--map", profile)
    assert (refused.code, refused.errors()) == (REFUSED, ["unknown_column"])
    assert state(city) == before


def test_a_file_or_profile_that_is_not_there_or_not_valid(city: Path, tmp_path: Path) -> None:
    good, profile = tmp_path / "a.csv", tmp_path / "bad.toml"
    good.write_bytes(desk.table(STORED))
    profile.write_text('kind = "returns"\nmystery = 1\n', encoding="utf-8")
    absent = jieyue(city, "import", "returns", tmp_path / "absent.csv")
    assert (absent.code, absent.document["error"]["code"]) == (UNAVAILABLE, "file")
    assert "absent.csv" in absent.stderr
    for said in ("nosuch", profile):
        wrong = jieyue(city, "import", "returns", good, "--map", said)
        assert (wrong.code, wrong.document["error"]["code"]) == (REFUSED, "profile")
        assert Path(said).name in wrong.stderr
    assert "mystery" in wrong.stderr
    answers = tmp_path / "answers.json"
    for text in ('{"一中": "nobody"}', "no json", '["A"]', '{"一中": 3}'):
        answers.write_text(text, encoding="utf-8")
        wrong = jieyue(city, "import", "returns", good, "--answers", answers, lang="en")
        assert (wrong.code, wrong.document["error"]["code"]) == (REFUSED, "answers"), text


def test_two_files_that_contradict_each_other(city: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_bytes(desk.table([desk.LONG, ["C", "2024", "NY201:110", 100, ""]]))
    second.write_bytes(desk.table([desk.LONG, ["C", "2024", "NY201:110", 200, ""]]))
    said = jieyue(city, "import", "returns", first, second, "--publish")
    assert said.code == REFUSED
    assert [one["applied"] for one in said.document] == [True, False]
    assert said.document[1]["findings"][0]["code"] == "conflict"
    assert figure(city, "C", "2024", "energy_total_tce")["value"] == "0.01229"  # 100 × 0.1229 ÷ 1000


def test_two_files_at_once_from_two_processes(city: Path, tmp_path: Path) -> None:
    """The same key with other values: one is stored, the other meets it as a conflict; never half of each."""
    running = []
    for value in (1000, 2000):
        file = tmp_path / f"{value}.csv"
        lines = [[who, "2023", "NY201:110", value, ""] for who in ("A", "B", "C", "D", "E")]
        file.write_bytes(desk.table([desk.LONG, *lines]))
        words = [JIEYUE, "--home", city, "--json", "import", "returns", file, "--publish"]
        running.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
    heard = [(process.communicate(timeout=300)[0], process.returncode) for process in running]
    assert sorted(code for _, code in heard) == [DONE, REFUSED]
    documents = {code: json.loads(text) for text, code in heard}
    assert documents[DONE]["applied"] is True
    assert [one["code"] for one in documents[REFUSED]["findings"]] == ["conflict"] * 5
    out = tmp_path / "out.csv"
    assert jieyue(city, "export", "returns", "--form", "NY201", "--period", "2023", "-o", out).code == DONE
    stored = {line["value"] for line in csv.DictReader(io.StringIO(out.read_text("utf-8-sig")))}
    assert len(stored) == 1


def test_words_in_the_chosen_language(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(desk.table([desk.LONG, ["B", "2024", "NY201:110", "-5", ""]]))
    zh = jieyue(city, "import", "returns", file, as_json=False)
    en = jieyue(city, "import", "returns", file, as_json=False, lang="en")
    assert "不应为负数" in zh.stdout
    assert "must not be negative" in en.stdout
    assert "读 1 = 可用 0 + 重复 0 + 拒绝 1，未存入" in zh.stderr
    assert "read 1 = accepted 0 + duplicate 0 + rejected 1, not stored" in en.stderr
