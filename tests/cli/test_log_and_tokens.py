"""`verify-log`, `log`, `token`: what they print, and the exit code that a script goes by."""

import json
import sqlite3
from pathlib import Path

from tests.cli.command import BROKEN, DONE, REFUSED, jieyue


def tamper(home: Path, statement: str) -> None:
    """Change the log behind the system, triggers taken away first."""
    with sqlite3.connect(home / "office.sqlite3") as office:
        for verb in ("update", "delete"):
            office.execute(f"DROP TRIGGER IF EXISTS audit_actionlog_no_{verb}")
        office.execute(statement)
    office.close()


def test_a_whole_log_a_checkpoint_and_a_copy_elsewhere(home: Path, tmp_path: Path) -> None:
    whole = jieyue(home, "verify-log")
    assert (whole.code, whole.document["good"]) == (DONE, True)
    assert whole.document["size"] > 3
    anchor, copy = tmp_path / "anchor.json", tmp_path / "log.jsonl"
    made = jieyue(home, "log", "checkpoint", "-o", anchor)
    assert made.document["short_code"].startswith(f"{made.document['size']}-{made.document['root'][:8]}")
    assert json.loads(anchor.read_text())["root"] == made.document["root"]
    assert jieyue(home, "log", "export", "-o", copy).document["entries"] == whole.document["size"]
    assert jieyue(None, "verify-log", "--file", copy, "--checkpoint", anchor).code == DONE
    tamper(home, "UPDATE audit_actionlog SET actor = '吴' WHERE id = 2")
    changed = jieyue(home, "verify-log", as_json=False)
    assert changed.code == BROKEN
    assert "第 2 条" in changed.stderr
    assert jieyue(home, "verify-log", lang="en", as_json=False).stderr.strip().startswith("first: entry 2")
    problems = jieyue(home, "verify-log", "--checkpoint", anchor).document["problems"]
    assert [(one["kind"], one["seq"]) for one in problems] == [("altered", 2)]


def test_a_file_that_is_no_log_or_no_checkpoint(home: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    for words in (("--file", wrong), ("--checkpoint", wrong), ("--checkpoint", tmp_path / "none")):
        said = jieyue(home, "verify-log", *words)
        assert (said.code, said.document["error"]["code"]) == (REFUSED, "file")


def test_tokens_are_made_listed_and_taken_back(home: Path) -> None:
    made = jieyue(home, "token", "issue", "年报抽取", "--days", 30).document
    assert made["token"].startswith("jy_")
    assert made["verbs"] == ["view"]
    (row,) = jieyue(home, "token", "list").document
    assert (row["name"], row["revoked"]) == ("年报抽取", None)
    assert made["token"] not in json.dumps(jieyue(home, "token", "list").document)
    assert jieyue(home, "token", "revoke", made["id"]).code == DONE
    assert jieyue(home, "token", "list").document[0]["revoked"] is not None
    assert jieyue(home, "token", "revoke", made["id"]).code == REFUSED
    for words, code in (
        (("x", "--days", 0), "token_days"),
        (("x", "--verb", "fly"), "token_verbs"),
        ((" ",), "token_name"),
        (("x", "--user", "nobody"), "unknown_user"),
    ):
        said = jieyue(home, "token", "issue", *words)
        assert (said.code, said.document["error"]["code"]) == (REFUSED, code)
    shown = jieyue(home, "token", "issue", "另一个", as_json=False)
    assert shown.stdout.startswith("jy_")
    assert "此后不再显示" in shown.stderr
