"""`verify-log`, `log`, `token`: what they print, and the exit code that a script goes by."""

import getpass
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.command import BROKEN, DONE, REFUSED, UNAVAILABLE, USAGE, jieyue


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


def test_a_part_of_the_log_is_verified_by_itself_and_against_what_came_before(
    home: Path, tmp_path: Path
) -> None:
    anchor, part = tmp_path / "anchor.json", tmp_path / "part.jsonl"
    size = jieyue(home, "log", "checkpoint", "-o", anchor).document["size"]
    said = jieyue(home, "log", "export", "--since", 3, "-o", part).document
    assert said["entries"] == size - 2
    head, first = part.read_text().splitlines()[:2]
    assert (json.loads(head)["before"]["size"], json.loads(first)["seq"]) == (2, 3)
    whole = jieyue(None, "verify-log", "--file", part, "--checkpoint", anchor)
    assert (whole.code, whole.document["size"]) == (DONE, size)
    # Another beginning than the one that was signed over is seen, and so is a changed entry.
    forged = json.loads(head)
    forged["before"]["peaks"] = ["0" * 64]
    rest = part.read_text().splitlines()[1:]
    part.write_text("\n".join([json.dumps(forged, sort_keys=True, separators=(",", ":")), *rest]) + "\n")
    wrong = jieyue(None, "verify-log", "--file", part, "--checkpoint", anchor)
    assert wrong.code == BROKEN
    assert {"forked"} == {one["kind"] for one in wrong.document["problems"]}
    assert str(anchor) in {one["anchor"] for one in wrong.document["problems"]}
    nothing = jieyue(home, "log", "export", "--since", "2999-01-01", "-o", part).document
    assert nothing["entries"] == 0
    # The checkpoint is older than this part: without a proof that the two belong together nothing is said of it.
    alone = jieyue(None, "verify-log", "--file", part, "--checkpoint", anchor)
    assert (alone.code, alone.document["error"]["code"]) == (REFUSED, "no_consistency")
    assert str(anchor) in alone.document["error"]["message_zh"]
    jieyue(home, "log", "export", "--since", "2999-01-01", "-o", part, "--checkpoint", anchor)
    fits = jieyue(None, "verify-log", "--file", part, "--checkpoint", anchor)
    assert (fits.code, fits.document["checkpoints"]) == (DONE, 1)
    everything = jieyue(home, "log", "export", "--since", "2000-01-01", "-o", part).document
    assert everything["entries"] == size + 3  # and the three times that the log was taken along since
    lines = [json.loads(line) for line in part.read_text().splitlines()]
    taken = [line["entry"] for line in lines if line.get("seq", 0) > size]
    assert [(one["verb"], one["data"]["asked"], one["data"]["rows"]) for one in taken] == [
        ("audit.take_out", ["since=3"], size - 2),
        ("audit.take_out", [f"since={size + 2}"], 0),
        ("audit.take_out", [f"since={size + 3}"], 0),
    ]
    assert {one["actor"] for one in taken} == {getpass.getuser()}
    assert jieyue(home, "log", "export", "--since", "昨天", "-o", part).code == USAGE


def test_a_file_that_is_no_log_or_no_checkpoint(home: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    for words in (("--file", wrong), ("--checkpoint", wrong), ("--checkpoint", tmp_path / "none")):
        said = jieyue(home, "verify-log", *words)
        assert (said.code, said.document["error"]["code"]) == (REFUSED, "file")


def test_the_code_that_a_paper_prints_is_held_against_the_log(home: Path, tmp_path: Path) -> None:
    """Size and 20 digits of the root, by hand from the signed checkpoint: here, on copies, on parts."""
    made = jieyue(home, "log", "checkpoint").document
    size, root = made["size"], made["root"]
    code = f"{size}-{root[:8]}-{root[8:16]}-{root[16:20]}"
    here = jieyue(home, "verify-log", "--checkpoint", code.upper())
    assert (here.code, here.document["good"], here.document["unsigned"]) == (DONE, True, [code])
    plain = jieyue(home, "verify-log").document
    assert plain["unsigned"] == []
    assert here.document["checkpoints"] == plain["checkpoints"] + 1
    assert f"短码 {code}" in here.stderr
    assert "没有签名可核对" in here.stderr
    assert "no signature to check" in jieyue(home, "verify-log", "--checkpoint", code, lang="en").stderr
    copy, proof = tmp_path / "log.jsonl", tmp_path / "proof.json"
    jieyue(home, "log", "export", "-o", copy)
    jieyue(home, "log", "prove", "2", "-o", proof)
    part = tmp_path / "part.jsonl"
    for words in (("--file", copy), ("--proof", proof)):
        said = jieyue(None, "verify-log", *words, "--checkpoint", code)
        assert (said.code, said.document["unsigned"]) == (DONE, [code])
        other = f"{size}-{root[:8]}-{root[8:16]}-{'0' if root[16] != '0' else '1'}{root[17:20]}"
        said = jieyue(None, "verify-log", *words, "--checkpoint", other)
        assert (said.code, [one["kind"] for one in said.document["problems"]]) == (BROKEN, ["forked"])
    # A part that begins right behind it is held against it; a later one holds no whole root of before.
    jieyue(home, "log", "export", "--since", size + 1, "-o", part)
    assert jieyue(None, "verify-log", "--file", part, "--checkpoint", code).code == DONE
    jieyue(home, "log", "export", "--since", size + 2, "-o", part)
    late = jieyue(None, "verify-log", "--file", part, "--checkpoint", code)
    assert (late.code, late.document["error"]["code"]) == (REFUSED, "no_consistency")
    assert f"--since {size + 1}" in late.document["error"]["message_zh"]
    beyond = jieyue(home, "verify-log", "--checkpoint", f"{size + 1000}{code[code.index('-') :]}")
    assert [one["kind"] for one in beyond.document["problems"]] == ["truncated"]
    typo = jieyue(home, "verify-log", "--checkpoint", code[:-1])
    assert (typo.code, typo.document["error"]["code"]) == (REFUSED, "file")
    assert "短码" in typo.document["error"]["message_zh"]


def test_a_log_that_was_rewritten_and_signed_anew_is_told_by_the_code_alone(home: Path) -> None:
    code = jieyue(home, "log", "checkpoint").document["short_code"]
    tamper(home, "UPDATE audit_actionlog SET actor = '吴' WHERE id = 2")
    with sqlite3.connect(home / "office.sqlite3") as office:
        for table in ("audit_logleaf", "audit_logcheckpoint"):
            office.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
            office.execute(f"DELETE FROM {table}")
    office.close()
    jieyue(home, "log", "checkpoint")
    assert jieyue(home, "verify-log").document["good"], "by itself it is whole"
    said = jieyue(home, "verify-log", "--checkpoint", code)
    assert said.code == BROKEN
    assert [(one["kind"], one["anchor"]) for one in said.document["problems"]] == [("forked", code)]


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


def test_one_entry_is_proved_without_the_log(home: Path, tmp_path: Path) -> None:
    anchor, file = tmp_path / "anchor.json", tmp_path / "proof.json"
    jieyue(home, "log", "checkpoint", "-o", anchor)
    made = jieyue(home, "log", "prove", "2", "-o", file, "--checkpoint", anchor)
    assert (made.code, made.document["seq"]) == (DONE, 2)
    whole = jieyue(None, "verify-log", "--proof", file, "--checkpoint", anchor)
    assert (whole.code, whole.document["good"], whole.document["entry"]["id"]) == (DONE, True, 2)
    said = json.loads(file.read_text())
    said["entry"]["actor"] = "吴"
    file.write_text(json.dumps(said))
    changed = jieyue(None, "verify-log", "--proof", file, as_json=False)
    assert (changed.code, "第 2 条" in changed.stderr) == (BROKEN, True)
    assert jieyue(home, "log", "prove", "-o", file).code == USAGE
    assert jieyue(home, "log", "prove", "999999", "-o", file).code == REFUSED
    assert jieyue(home, "verify-log").document["good"]


@pytest.mark.parametrize(
    "words", [("checkpoint",), ("export",), ("prove", "1"), ("verifier",)], ids=lambda words: words[0]
)
def test_a_place_that_cannot_be_written_to_is_said(
    home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    jieyue(home, "token", "issue", "甲")
    before = jieyue(home, "log", "checkpoint").document["size"]
    for output in (tmp_path / "missing" / "x.json", tmp_path):
        for lang, said in (("zh", f"写不了 {output}"), ("en", f"cannot write {output}")):
            told = jieyue(home, "log", *words, "-o", output, lang=lang)
            assert (told.code, told.document["error"]["code"]) == (UNAVAILABLE, "file")
            assert said in told.stderr
    assert jieyue(home, "log", "checkpoint").document["size"] == before  # nobody took anything along
