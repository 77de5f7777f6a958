"""Every verb of a service leaves its entry in the action log: read from the code, so that a new verb is asked too."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
RECORD = "jieyue.apps.audit.services.record.record"
Calls = dict[str, set[str]]
#: Functions of services that leave no entry, and why.
SILENT = {
    "accounts.export_receipt.export_receipt": "writes a folder for the caller and changes nothing here",
    "audit.checkpoint.checkpoint": "it is the log itself",
    "audit.sequence.sequence": "it is the log itself",
    "exchange.keep_reply.begin_reply": "the request's own verb is logged",
    "exchange.keep_reply.drop_reply": "nothing was done",
    "exchange.keep_reply.end_reply": "the request's own verb is logged",
    "identity.create_user.one_time_password": "reads",
    "identity.make_operator.operator_name": "reads",
    "identity.remember_sign_in.move_sign_in": "part of the change of a password",
    "identity.remember_sign_in.remember_sign_in": "signing in changes nothing; its row says where and when",
    "metering.edit_reading.day_of": "reads",
    "obligations.remind.mail_is_on": "reads",
    "publication.publish.finish_pending": "finishes what was logged when it was begun",
    "returns.edit_return.edit_cells": "a draft: who entered which cell stands in it, and submitting is logged",
    "returns.edit_return.sheet_of": "reads",
    "returns.review_return.reasons": "reads",
    "review.check_returns.look": "reads",
    "review.check_returns.read_beside": "reads",
    "review.release_rules.keep_trial": "what the worker found of a proposal that is logged",
    "review.try_rules.past_periods": "reads",
    "review.try_rules.try_rules": "reads",
    "schedule.run_due.run_due": "each job logs what it changes",
    "schedule.take_tasks.give_back": "each task logs what it changes",
    "schedule.take_tasks.take_task": "each task logs what it changes",
    "summaries.take_out_table.layout_of": "reads",
    "summaries.take_their_table.look_at_table": "reads",
    "targets.compute_standing.compute_standing": "keeps a computation, as of figures; nobody decides anything",
    "targets.compute_standing.stored_standing": "reads",
}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((SOURCE / "jieyue").rglob("*.py")):
        if "migrations" not in path.parts:
            yield ".".join(path.relative_to(SOURCE).with_suffix("").parts), ast.parse(path.read_text("utf-8"))


def _names(module: str, tree: ast.Module) -> dict[str, str]:
    """Name in the module → what it stands for, imports inside functions too."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    own = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return known | {node.name: f"{module}.{node.name}" for node in own}


def _mentions(body: ast.AST, known: dict[str, str]) -> set[str]:
    """What a function or class speaks of: it may hand a function on instead of calling it."""
    found = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and node.id in known:
            found.add(known[node.id])
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            found.add(f"{known[node.value.id]}.{node.attr}")
    return found


def _is_door(module: str) -> bool:
    """Pages, interface, commands, and the tasks that the worker runs."""
    return module.split(".")[1] in ("web", "api", "cli", "jobs") or module.endswith(".tasks")


def _graph() -> tuple[Calls, set[str]]:
    """(what each function speaks of, the verbs: functions of services that a door takes)."""
    calls: Calls = {}
    verbs = set()
    for module, tree in _modules():
        known = _names(module, tree)
        if _is_door(module):
            spoken = _mentions(tree, known)
            verbs |= {name for name in spoken if ".services." in name and name.rpartition(".")[2].islower()}
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            calls[f"{module}.{node.name}"] = _mentions(node, known)
    return calls, verbs & calls.keys()


def _reaching(calls: Calls, wanted: str) -> set[str]:
    reach = {wanted}
    while more := {name for name, spoken in calls.items() if spoken & reach} - reach:
        reach |= more
    return reach


def test_every_verb_of_a_service_reaches_the_log() -> None:
    calls, verbs = _graph()
    silent = verbs - _reaching(calls, RECORD)
    short = {name.removeprefix("jieyue.apps.").replace(".services", "") for name in silent}
    assert len(verbs) > 100
    assert short - SILENT.keys() == set(), "a verb that leaves no entry, and nobody says why"
    assert SILENT.keys() - short == set(), "said to leave no entry, but does, or is gone"


def test_a_verb_that_forgets_its_entry_is_found() -> None:
    """The reader of the code sees what it is there for: through a helper, by a local import, and not at all."""
    lines = [
        "from a.audit import record",
        "def through(): _own()",
        "def _own(): record()",
        "def never(): pass",
    ]
    tree = ast.parse("\n".join(lines))
    known = _names("m", tree)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    calls = {f"m.{node.name}": _mentions(node, known) for node in functions}
    assert _reaching(calls, "a.audit.record") == {"a.audit.record", "m._own", "m.through"}
