"""The runner of the test families: what it finds, counts and calls a failure."""

from pathlib import Path

import pytest

from scripts import check, run_tests
from scripts.run_tests import Outcome

REPORT = """<?xml version="1.0"?><testsuites>
<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.5"/></testsuites>"""


def test_every_folder_with_tests_is_a_family_and_none_is_left_out() -> None:
    found = run_tests.families()
    folders = {path.relative_to(run_tests.TESTS).parts[0] for path in run_tests.TESTS.rglob("test_*.py")}
    assert set(found) == folders
    assert found[0] == "repo"
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
    report = tmp_path / "r.xml"
    quick = run_tests._arguments("domain", long=False, report=report)
    assert quick[-1] == "tests/domain"
    assert ["-m", "not long"] == quick[quick.index("not long") - 1 :][:2]
    assert "-n" in quick
    assert "-n" not in run_tests._arguments("e2e", long=False, report=report)
    long = run_tests._arguments("domain", long=True, report=report)
    assert "not long" not in long
    assert "--every-engine" in long


def test_the_gates_cover_what_the_design_names() -> None:
    assert {"types", "style", "format", "layers", "templates", "migrations", "layout", "vendored"} <= set(
        check.GATES
    )
