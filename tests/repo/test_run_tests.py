"""The runner of the test families: what it finds, counts and calls a failure."""

import os
from pathlib import Path

import pytest

from scripts import check, run_tests
from scripts.run_tests import Outcome

REPORT = """<?xml version="1.0"?><testsuites>
<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.5"/></testsuites>"""

#: Seconds that one family waits for the other one to begin.
PATIENCE = 60


def test_every_folder_with_tests_is_a_family_and_none_is_left_out() -> None:
    found = run_tests.families()
    folders = {path.relative_to(run_tests.TESTS).parts[0] for path in run_tests.TESTS.rglob("test_*.py")}
    assert set(found) == folders
    assert found[:2] == ["e2e", "web"]
    assert len(found) == len(set(found))


def test_counts_come_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert sum(run_tests._counts(report).values()) == 0
    report.write_text(REPORT, "utf-8")
    assert dict(run_tests._counts(report)) == {"passed": 4, "failed": 3, "skipped": 3}


@pytest.mark.parametrize(("failed", "skipped", "good"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_a_skipped_test_is_no_success(failed: int, skipped: int, good: bool) -> None:
    assert Outcome("domain", 1.0, 5, failed, skipped).good is good


def test_arguments_keep_long_tests_out_and_share_the_cores_where_that_is_safe(tmp_path: Path) -> None:
    quick = run_tests._arguments("web", long=False, folder=tmp_path)
    assert quick[-1] == "tests/web"
    assert ["-m", "not long"] == quick[quick.index("not long") - 1 :][:2]
    assert "-n" in quick
    assert "-n" not in run_tests._arguments("e2e", long=False, folder=tmp_path)
    long = run_tests._arguments("web", long=True, folder=tmp_path)
    assert "not long" not in long
    assert "--every-engine" in long


def test_what_is_compiled_is_kept_and_no_home_of_ours_reaches_the_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "JIEYUE_HOME", "DJANGO_SETTINGS_MODULE", "LANG_OF_A_TEST"):
        monkeypatch.setenv(name, "1")
    kept = run_tests._environment()
    assert {name for name in kept if name.startswith(("JIEYUE", "DJANGO", "PYTHONDONT"))} == set()
    assert kept["LANG_OF_A_TEST"] == "1"


def test_two_families_run_side_by_side_and_each_is_told_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of two waits for the other one at a pipe; a third fails, and its words and count are there.

    Opening a pipe blocks until its other end is opened. One that stays alone is roused by its alarm and fails.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    meet = "import signal\ndef alone(number, frame):\n    raise TimeoutError\ndef test_other():\n"
    meet += f"    signal.signal(signal.SIGALRM, alone)\n    signal.alarm({PATIENCE})\n"
    meet += f"    open({str(pipe)!r}, {{!r}}).close()\n    signal.alarm(0)\n"
    texts = {
        "a": meet.format("r"),
        "b": meet.format("w"),
        "c": "def test_wrong():\n    assert 'said' == 'meant'\n",
    }
    for family, text in texts.items():
        (tmp_path / "tests" / family).mkdir(parents=True)
        (tmp_path / "tests" / family / f"test_{family}.py").write_text(text, "utf-8")
    (tmp_path / "tests/conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--templates')\n", "utf-8"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = long\n", "utf-8")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    outcomes = run_tests.run_all(["a", "b", "c"], long=False)
    assert [(one.family, one.passed, one.failed) for one in outcomes] == [
        ("a", 1, 0),
        ("b", 1, 0),
        ("c", 0, 1),
    ]
    said = capsys.readouterr().out
    assert "AssertionError: assert 'said' == 'meant'" in said.partition("==> said by c")[2]


def test_the_gates_cover_what_the_design_names() -> None:
    assert {"types", "style", "format", "layers", "templates", "migrations", "layout", "vendored"} <= set(
        check.GATES
    )
