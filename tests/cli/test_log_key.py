"""The key that signs the log, lost, damaged or another one: each command says so and what to do, and loses no entry."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.command import BROKEN, DONE, REFUSED, USAGE, jieyue


def empty(key: Path) -> None:
    key.write_text("")


def truncated(key: Path) -> None:
    key.write_text(key.read_text()[:31])


def no_hex(key: Path) -> None:
    key.write_bytes("密钥".encode() * 20)


def folder(key: Path) -> None:
    key.unlink()
    key.mkdir()


def unreadable(key: Path) -> None:
    """A link that leads to itself: nobody can read it, not even root."""
    key.unlink()
    key.symlink_to(key)


def lost(key: Path) -> None:
    """With what is kept of it: nobody knows its public key any more."""
    key.unlink()
    key.with_name("log.pub").unlink()


def another(key: Path) -> None:
    key.write_text("11" * 32)


DAMAGES: tuple[tuple[Callable[[Path], None], str, str], ...] = (
    (empty, "是空的", "is empty"),
    (truncated, "有 31 个字符", "31 characters"),
    (no_hex, "不是 64 位十六进制数", "is not 64 hex digits"),
    (folder, "是一个目录", "is a directory"),
    (unreadable, "读不了", "cannot be read"),
    (lost, "没有了", "is gone"),
    (another, "不是签检查点的那把钥匙", "is not the key that signed"),
)


@pytest.mark.parametrize(("damage", "zh", "en"), DAMAGES)
def test_every_command_that_needs_the_key_says_what_is_wrong_and_how_to_mend_it(
    home: Path, tmp_path: Path, damage: Callable[[Path], None], zh: str, en: str
) -> None:
    key = home / "log.key"
    first = jieyue(home, "log", "checkpoint").document
    kept = key.read_text()
    assert jieyue(home, "token", "issue", "甲").code == DONE  # an entry that is to be signed
    damage(key)
    out = tmp_path / "out"
    commands = [("log", "checkpoint"), ("log", "export", "-o", out), ("log", "prove", "1", "-o", out)]
    if damage is another:  # whatever the key is, what was signed by which one is a finding, not a refusal
        assert jieyue(home, "verify-log").code == BROKEN
    else:
        commands.append(("verify-log",))
    for words in commands:
        for lang, said, mend in (("zh", zh, "从备份放回"), ("en", en, "of the backup back")):
            told = jieyue(home, *words, lang=lang)
            assert (told.code, told.document["error"]["code"]) == (REFUSED, "log_key"), words
            assert "log.key" in told.stderr, words
            assert said in told.stderr, words
            assert mend in told.stderr, words
    assert not out.exists()
    # Work goes on and is numbered; with the key of the backup all of it is signed.
    assert jieyue(home, "token", "issue", "乙").code == DONE
    if key.is_dir() and not key.is_symlink():
        key.rmdir()
    key.unlink(missing_ok=True)
    key.write_text(kept)
    made = jieyue(home, "log", "checkpoint").document
    assert (made["key"], made["size"]) == (first["key"], first["size"] + 2)
    assert jieyue(home, "verify-log").document["good"]


def test_the_key_is_changed_and_a_lost_one_left_behind(home: Path, tmp_path: Path) -> None:
    anchor, copy = tmp_path / "anchor.json", tmp_path / "log.jsonl"
    first = jieyue(home, "log", "checkpoint", "-o", anchor).document
    made = jieyue(home, "log", "rotate-key", "--reason", "每年一换").document
    assert (made["entry"], made["old"]) == (first["size"] + 1, first["key"])
    assert made["after"].startswith(f"{made['entry']}-")
    assert jieyue(home, "log", "checkpoint").document["key"] == made["new"]
    jieyue(home, "log", "export", "-o", copy)
    for words in ((), ("--file", copy), ("--key", first["key"]), ("--key", made["new"])):
        said = jieyue(None if "--file" in words else home, "verify-log", "--checkpoint", anchor, *words)
        assert (said.code, said.document["lost"]) == (DONE, []), words
    assert jieyue(home, "verify-log", "--key", "1" * 64).code == BROKEN
    assert jieyue(home, "verify-log", "--key", "1").code == USAGE
    public = json.loads(copy.read_text("utf-8").splitlines()[0])["public_key"]
    kept = jieyue(home, "log", "rotate-key", "--lost", public)
    assert (kept.code, kept.document["error"]["code"]) == (REFUSED, "not_lost")
    folder(home / "log.key")
    blocked = jieyue(home, "log", "rotate-key", "--lost", public)
    assert (blocked.code, blocked.document["error"]["code"]) == (REFUSED, "log_key")
    (home / "log.key").rmdir()
    assert jieyue(home, "verify-log").document["lost"] == [made["entry"] + 2]
    shown = jieyue(home, "verify-log", "--checkpoint", anchor, as_json=False)
    assert shown.code == DONE
    assert "旧钥匙已报失" in shown.stderr
    assert jieyue(home, "verify-log", "--key", first["key"]).code == BROKEN


def test_a_key_that_is_gone_leaves_a_log_that_is_verified_exported_and_carried_on(
    home: Path, tmp_path: Path
) -> None:
    key, kept, copy = home / "log.key", home / "log.pub", tmp_path / "log.jsonl"
    first = jieyue(home, "log", "checkpoint")
    secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.read_text()))
    public = secret.public_key().public_bytes_raw().hex()
    assert (kept.read_text().strip(), kept.stat().st_mode & 0o777) == (public, 0o644)
    assert first.document["public_key"] == public
    assert public in first.stderr
    kept.write_text(
        "11" * 32
    )  # of a home from before, or changed: signing, or asking for the checkpoint, writes it
    assert jieyue(home, "log", "checkpoint").document["public_key"] == public
    assert kept.read_text().strip() == public
    key.unlink()
    for lang, said in (("zh", "没有 log.key 了"), ("en", "log.key is gone")):
        for words in (("verify-log",), ("log", "export", "-o", copy)):
            done = jieyue(home, *words, lang=lang)
            assert done.code == DONE, words
            assert said in done.stderr, words
    assert jieyue(None, "verify-log", "--file", copy, "--key", public).document["good"]
    assert (
        jieyue(home, "log", "checkpoint").document["error"]["code"] == "log_key"
    )  # the entry of the export waits
    for other in ("11" * 32, "", "密钥"):  # what is not of the log's key is not believed
        kept.write_text(other)
        assert jieyue(home, "verify-log").document["error"]["code"] == "log_key"
        assert jieyue(home, "log", "rotate-key", "--lost", "log.pub").document["error"]["code"] == "no_public"
    kept.write_text(public + "\n")
    made = jieyue(home, "log", "rotate-key", "--lost", "log.pub", "--reason", "硬盘坏了").document
    assert made["old"] == first.document["key"]
    verdict = jieyue(home, "verify-log").document
    assert (verdict["good"], verdict["lost"]) == (True, [made["entry"]])
    assert hashlib.sha256(bytes.fromhex(kept.read_text())).hexdigest() == made["new"]
    key.unlink()  # and once more: now the log itself names the public key
    kept.unlink()
    assert jieyue(home, "verify-log").document["good"]
    assert jieyue(home, "log", "rotate-key", "--lost", "log.pub").code == DONE


@pytest.mark.parametrize(
    "damage", [empty, truncated, no_hex, folder, unreadable, another], ids=lambda damage: damage.__name__
)
def test_a_key_that_is_there_but_damaged_is_not_given_up_for_the_word_of_log_pub(
    home: Path, damage: Callable[[Path], None]
) -> None:
    key = home / "log.key"
    size = jieyue(home, "log", "checkpoint").document["size"]
    whole = jieyue(home, "log", "rotate-key", "--lost", "log.pub")
    assert (whole.code, whole.document["error"]["code"]) == (REFUSED, "not_lost")
    damage(key)
    for lang, said in (("zh", "移到别处"), ("en", "move the file elsewhere")):
        told = jieyue(home, "log", "rotate-key", "--lost", "log.pub", lang=lang)
        assert (told.code, told.document["error"]["code"]) == (REFUSED, "not_gone")
        assert said in told.stderr
    key.rename(home / "log.key.bad")
    assert jieyue(home, "log", "rotate-key", "--lost", "log.pub").document["entry"] == size + 1
    assert jieyue(home, "verify-log").document["good"]
    assert os.path.lexists(home / "log.key.bad")
