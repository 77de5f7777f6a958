"""Every service that leaves an entry has a row that names the test in which it changes something and the one in which
it is refused or finds nothing to do, or says why there is none; read from the code, so that a new service without a row
fails by its name."""

import ast
from functools import cache
from pathlib import Path

from tests.apps.audit.test_one_entry import RUNS
from tests.repo.test_services_are_logged import RECORD, _graph, _reaching
from tests.watch.excused import BESIDE, MANY, NOTES, SILENT_SERVICES
from tests.watch.witnesses import witnesses

ROOT = Path(__file__).resolve().parents[2]
#: The log's own door, which every service below takes.
DOORS = {"audit.record.record", "audit.note_taking.note_taking"}


@cache
def recording() -> set[str]:
    """Public functions of services that reach the log, as `app.module.function`."""
    calls, _verbs = _graph()
    found = _reaching(calls, RECORD) & calls.keys()
    short = {
        name.removeprefix("jieyue.apps.").replace(".services", "") for name in found if ".services." in name
    }
    return {name for name in short if name.rpartition(".")[2].islower() and "._" not in name}


def test_every_service_that_records_has_its_witnesses() -> None:
    named = [one.service for one in witnesses()]
    assert named == sorted(set(named)), "in order, each once"
    missing = recording() - set(named) - RUNS.keys() - DOORS
    assert not missing, f"run by no test that is named for it: {sorted(missing)}"
    assert set(named) <= recording() - RUNS.keys() - DOORS, "gone, or it records nothing"


def test_a_service_without_a_change_or_a_refusal_says_why() -> None:
    assert [one.service for one in witnesses() if not (one.change and one.refusal) and not one.why] == []


def test_services_without_a_witness_become_fewer() -> None:
    """Two only ask the worker, who leaves the entry; each is refused, or finds nothing to do, in some test."""
    assert sum(not one.change for one in witnesses()) <= 2
    assert sum(not one.refusal for one in witnesses()) == 0


def test_the_witnesses_are_tests_that_always_run() -> None:
    for one in witnesses():
        for name in filter(None, (one.change, one.refusal)):
            assert _runs(name), f"{one.service}: no such test, or one that only the long run takes: {name}"


def _runs(name: str) -> bool:
    path, _, function = name.partition("::")
    if not (ROOT / path).is_file():
        return False
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return not any("mark.long" in ast.unparse(mark) for mark in node.decorator_list)
    return False


def test_what_is_excused_is_there() -> None:
    known = {name.removeprefix("jieyue.apps.").replace(".services", "") for name in _graph()[0]}
    assert set(NOTES) | set(MANY) | set(BESIDE) | SILENT_SERVICES <= known


def test_a_witness_that_is_gone_is_found() -> None:
    here = "tests/repo/test_services_are_run.py"
    assert _runs(f"{here}::test_a_witness_that_is_gone_is_found")
    assert not _runs(f"{here}::test_that_never_was")
    assert not _runs("tests/repo/test_gone.py::test_that_never_was")
