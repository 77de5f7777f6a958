"""Every verb that the log may hold has words, and what of its data is shown is said: read from the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jieyue.apps.identity.models import Mandate
from jieyue.catalog.log_words import FOLDER, log_keys, log_objects, log_verbs
from jieyue.domain.summary import SummaryVerb

ROOT = Path(__file__).resolve().parents[2] / "src/jieyue"
APPS = {path.name for path in (ROOT / "apps").iterdir() if path.is_dir()} | {"sample"}
_VERB = re.compile(rf"(?:{'|'.join(sorted(APPS))})\.[a-z_]+")
#: Verbs that are put together when they are written: what stands before, and what may follow.
COMPOSED = {
    "identity.": set(Mandate.Kind.values),
    "summaries.": {verb.value for verb in SummaryVerb} - {"send"},
    ".import_": set(),  # lists: see `lists`
}
#: Functions whose first text, or whose `kind` or `verb`, is the verb of an entry.
WRITERS = {"record", "_record", "publish", "log", "store_meters", "publish_returns", "register_nodes"}


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / "apps").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITERS:
                yield str(path.relative_to(ROOT)), node


def _texts(node: ast.AST) -> set[str]:
    """Verbs that an expression may become."""
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and _VERB.fullmatch(one.value)
    }


def written() -> tuple[set[str], set[str]]:
    """(verbs that stand in the code, beginnings of those that are put together)."""
    plain, begun = set(), set()
    for path in sorted((ROOT / "apps").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):  # a verb kept under a name, or a parameter's default
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
                node.value, ast.Constant | ast.IfExp
            ):
                plain |= _texts(node.value)
            if isinstance(node, ast.FunctionDef):
                for default in (*node.args.defaults, *node.args.kw_defaults):
                    plain |= _texts(default) if default is not None else set()
    for _path, call in _calls():
        said = [*call.args[:2], *(word.value for word in call.keywords if word.arg in ("kind", "verb"))]
        for one in said:
            plain |= _texts(one) if not isinstance(one, ast.JoinedStr) else set()
        first = call.args[0] if call.args else None
        if isinstance(first, ast.JoinedStr):
            begun.add(next(part.value for part in first.values if isinstance(part, ast.Constant)))
    return plain, begun


def lists() -> set[str]:
    """Verbs of the lists that are taken in by `take_list`: the app and the name stand where a list is described."""
    found = set()
    for path in sorted((ROOT / "apps").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Taken":
                texts = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                if len(texts) == 2:
                    found.add(f"{texts[0]}.import_{texts[1]}")
    return found


def test_every_verb_has_words_and_no_words_are_left_over() -> None:
    plain, begun = written()
    assert begun == set(COMPOSED)
    made = {start + end for start, ends in COMPOSED.items() for end in ends}
    assert len(plain) > 90
    assert len(lists()) > 3
    assert set(log_verbs()) == plain | made | lists(), "give the verb a row in catalog/log/verbs.csv"


def test_every_kind_of_object_has_words_and_no_words_are_left_over() -> None:
    kinds = set()
    for _path, call in _calls():
        for one in (*call.args[1:2], *(word.value for word in call.keywords if word.arg == "obj")):
            for part in ast.walk(one):
                if isinstance(part, ast.Constant) and (found := re.match(r"([a-z_-]+):", str(part.value))):
                    kinds.add(found[1])
    assert kinds | {"publication"} == set(log_objects())


def test_every_named_key_is_shown_somewhere() -> None:
    assert set(log_keys()) == {key for row in log_verbs().values() for key in row.shown}


def test_a_reason_is_read_only_where_accounts_are_kept() -> None:
    """Reasons are free text: those of returns, findings and summaries speak of figures."""
    assert {verb.partition(".")[0] for verb, row in log_verbs().items() if row.reason} == {"identity"}


def test_the_tables_are_in_order() -> None:
    verbs = [line.partition(",")[0] for line in (FOLDER / "verbs.csv").read_text("utf-8").splitlines()[1:]]
    assert verbs == sorted(verbs)
