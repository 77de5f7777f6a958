"""Another key signs the log: an entry names both, each counts on its own side of it, and a stranger on neither."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from jieyue.apps.audit import chain
from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.offline import words
from jieyue.apps.audit.offline.checking import verify_file
from jieyue.apps.audit.offline.keys import Rotation
from jieyue.apps.audit.offline.proving import check_proof
from jieyue.apps.audit.offline.signature import key_name
from jieyue.apps.audit.proof import prove
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.services.rotate_key import NotRotatedError, rotate_key
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import LogKeyError, home_public, home_signer
from jieyue.apps.audit.verifier import content
from jieyue.apps.audit.verify import verify_home
from jieyue.config.home import Home
from jieyue.domain.log_chain import Checkpoint
from tests.apps.audit.test_chain import found, log, write

__all__ = ["log"]


def signed_by(key: Path, made: Checkpoint, file: Path) -> Path:
    """The checkpoint signed anew with another key: what a thief of that key can do."""
    import base64

    secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.read_text().strip()))
    public = secret.public_key().public_bytes_raw().hex()
    said = vars(made) | {
        "key": key_name(public),
        "signature": base64.b64encode(secret.sign(made.signed_bytes())).decode(),
    }
    file.write_text(json.dumps(said))
    return file


def exported(file: Path, since: int = 1) -> Path:
    sequence(everything=True)
    before = chain.beginning(since)
    rows, kept, turns = chain.numbered(since - 1), chain.checkpoints(), chain.rotations(before.size)
    chain.write_export(file, rows, kept, home_signer().public, before, None, turns)
    return file


def test_old_checkpoints_hold_up_to_the_entry_and_new_ones_from_it_on(
    log: Path, home: Home, tmp_path: Path
) -> None:
    """Twelve entries were there, so that the thirteenth names the new key."""
    stolen = tmp_path / "old.key"
    stolen.write_text((home.path / "log.key").read_text())
    old = home_signer()
    made = rotate_key(actor="周", reason="每年一换")
    new = home_signer()
    assert (made.entry, made.old, made.new) == (13, old.key, new.key)
    assert made.before is not None
    assert made.after is not None
    assert [(one.size, one.key) for one in (made.before, made.after)] == [(12, old.key), (13, new.key)]
    entry = ActionLog.objects.get(verb="audit.rotate_key")
    assert (entry.data["old"], entry.data["new"], entry.before, entry.after) == (
        old.public, new.public, old.key, new.key,
    )  # fmt: skip
    write(2, 30)
    checkpoint()
    assert found(log) == []
    # Who has the old key signs what came after, truly: it counts no more. A stranger's counted never.
    last = chain.checkpoints()[-1]
    late = signed_by(stolen, last, tmp_path / "late.json")
    assert [(one.kind, one.seq, one.anchor) for one in verify_home([late]).problems] == [
        ("key", 15, str(late))
    ]
    stranger = tmp_path / "stranger.key"
    stranger.write_text("22" * 32)
    assert found(signed_by(stranger, chain.checkpoints()[0], tmp_path / "x.json")) == [("key", 10)]
    # And the new key does not sign the past.
    early = signed_by(home.path / "log.key", chain.checkpoints()[0], tmp_path / "early.json")
    assert found(early) == [("key", 10)]


def test_an_export_a_part_and_a_proof_know_the_keys(log: Path, home: Home, tmp_path: Path) -> None:
    old = home_signer()
    rotate_key(actor="周")
    write(1, 40)
    checkpoint()
    whole, part = exported(tmp_path / "log.jsonl"), exported(tmp_path / "part.jsonl", 14)
    for key in ("", old.key, old.public, home_signer().key, home_public()):
        for file in (whole, part):
            assert verify_file(file, key=key).problems == []
    told = verify_file(part, key="1" * 64).problems
    assert [(one.kind, one.seq) for one in told] == [("key", 13), ("key", 14)]
    for seq, anchor in ((3, log), (14, None)):
        proof = tmp_path / "proof.json"
        proof.write_bytes(prove(seq, anchor).content())
        assert check_proof(proof)[1] == []
    (tmp_path / "v.pyz").write_bytes(content())
    done = subprocess.run(
        [sys.executable, "-I", "-S", "v.pyz", whole, "--checkpoint", log, "--key", old.key, "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)) == (0, words.document(verify_home([log])))
    # A part whose head names another old key, or none.
    lines = part.read_text("utf-8").splitlines(keepends=True)
    head = json.loads(lines[0])
    assert [one["entry"] for one in head["keys"]] == [13]
    head["keys"][0]["old"] = "3" * 64
    part.write_text(json.dumps(head) + "\n" + "".join(lines[1:]), "utf-8")
    assert [(one.kind, one.seq) for one in verify_file(part).problems] == [("key", 13)]


@pytest.mark.parametrize("how", ["unsigned", "signed by itself", "another number", "no key"])
def test_an_entry_that_the_old_key_did_not_sign_is_told(log: Path, home: Home, how: str) -> None:
    """Whoever writes in the database, but has not the key, names his own."""
    forger = Ed25519PrivateKey.generate()
    public = forger.public_key().public_bytes_raw().hex()
    old = home_signer()
    turn = Rotation(13, old.public, public)
    said = turn.data()
    if how == "signed by itself":
        import base64

        said["signature"] = base64.b64encode(forger.sign(turn.signed_bytes())).decode()
    if how == "another number":
        said["entry"] = 12
    if how == "no key":
        said["new"] = "x"
    with transaction.atomic():
        record("audit.rotate_key", "key:x", actor="吴", data=said)
    (home.path / "log.key").write_text(forger.private_bytes_raw().hex())
    verdict = verify_home([log])
    if how == "unsigned":  # as of a lost key: it is said, and who goes by the old key's name is told
        assert (verdict.problems, verdict.lost) == ([], [13])
        assert {one.kind for one in verify_home([log], key=old.key).problems} == {"key"}
    else:
        assert {one.kind for one in verdict.problems} == {"key"}
        assert verdict.lost == []


def test_a_lost_key_is_followed_by_one_that_nobody_vouches_for(log: Path, home: Home) -> None:
    key, public = home.path / "log.key", home_public()
    with pytest.raises(NotRotatedError) as there:
        rotate_key(actor="周", lost=public)
    with pytest.raises(NotRotatedError) as other:
        rotate_key(actor="周", lost="1" * 64)
    assert [there.value.code, other.value.code] == ["not_lost", "other_key"]
    key.write_text("")
    with pytest.raises(LogKeyError):
        rotate_key(actor="周")
    assert ActionLog.objects.count() == 12
    made = rotate_key(actor="周", reason="硬盘坏了", lost=public)
    assert (made.entry, made.before, made.new) == (13, None, home_signer().key)
    assert sorted(home.path.glob("log.key*")) == [key]
    verdict = verify_home([log])
    assert (verdict.problems, verdict.lost) == ([], [13])
    assert {one.kind for one in verify_home(key=key_name(public)).problems} == {"key"}
    assert verify_home(key=made.new).problems == []


def test_a_change_of_keys_removes_its_own_leftovers_and_no_copy_of_the_operator(
    log: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, first = home.path / "log.key", home_signer().key
    secret = key.read_text()
    # Copies that somebody made by hand: also under the name that the product gives to a key of the log.
    copies = [
        home.path / f"log.key{ending}" for ending in (".bak", ".2025", f".{first[:16]}", ".20261128T150000")
    ]
    copies.append(home.path / ".log.key.swp")
    for file in copies:
        file.write_text(secret)
    # What kills left: a key that no entry names, a scratch file, a second name of the live key (also of an older pid).
    left = [home.path / f"log.key.{'ab' * 8}", home.path / f".log.key.{'cd' * 8}.{'ef' * 8}.new"]
    for file in left:
        file.write_text("22" * 32)
    left += [home.path / f".log.key.{'01' * 8}.new", home.path / ".log.key.4711"]
    for file in left[2:]:
        file.hardlink_to(key)

    def cut(*_: object, **__: object) -> None:
        raise RuntimeError("power")

    def names() -> set[str]:
        return {file.name for file in home.path.iterdir() if "log.key" in file.name}

    all_of_them = {file.name for file in (key, *copies, *left)}
    with monkeypatch.context() as patched:  # nothing is removed before the entry is committed
        patched.setattr("jieyue.apps.audit.services.rotate_key.number_next", cut)
        with pytest.raises(RuntimeError):
            rotate_key(actor="周")
    (waiting,) = names() - all_of_them
    assert all_of_them <= names()
    monkeypatch.setattr("jieyue.apps.audit.signer._WRITING", -1.0)
    rotate_key(actor="周")
    assert names() == {file.name for file in (key, *copies)}
    assert waiting not in names()
    assert [file.read_text() for file in copies] == [secret] * len(copies)
    assert key.read_text() != secret
    rotate_key(actor="周")  # the first key is not the last one any more; its copy stays all the same
    assert names() == {file.name for file in (key, *copies)}


def test_a_file_that_somebody_writes_just_now_is_left_to_him(log: Path, home: Home) -> None:
    scratch = home.path / f".log.key.{'01' * 8}.new"
    scratch.write_text("22" * 32)
    rotate_key(actor="周")
    assert scratch.exists()
