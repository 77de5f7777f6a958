"""One entry's proof: made under a checkpoint, checked without the log, refused when anything of it was changed."""

import json
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jieyue.apps.audit import chain
from jieyue.apps.audit.models import LogLeaf
from jieyue.apps.audit.offline.brought import AnchorError
from jieyue.apps.audit.offline.checking import read_checkpoint, verify_file
from jieyue.apps.audit.offline.proving import check_proof
from jieyue.apps.audit.proof import NoProofError, newest_entry, prove
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.signer import home_signer
from jieyue.domain.merkle import root_of
from tests.apps.audit.test_chain import log, rewrite_leaves, sql

__all__ = ["log"]


def kept(tmp_path: Path, seq: int, anchor: Path | None = None) -> Path:
    file = tmp_path / f"proof-{seq}.json"
    file.write_text(json.dumps(prove(seq, anchor).as_dict()))
    return file


@pytest.mark.parametrize("seq", [1, 7, 10])
def test_an_entry_is_proved_under_the_checkpoint_kept_elsewhere(log: Path, tmp_path: Path, seq: int) -> None:
    """Of ten leaves one is at most four steps from the root."""
    file = kept(tmp_path, seq, log)
    proof, problems = check_proof(file, [log])
    assert (proof.seq, proof.entry["object"], problems) == (seq, f"thing:{seq - 1}", [])
    assert proof.checkpoint.size == 10
    assert len(proof.path) <= 4


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda said: said["entry"]["data"].update(n=8), {"altered"}),
        (lambda said: said["entry"].update(actor="吴"), {"altered"}),
        (lambda said: said.update(seq=6), {"altered"}),
        (lambda said: said["path"].reverse(), {"altered"}),
        (lambda said: said["path"].pop(), {"altered"}),
        (lambda said: said["checkpoint"].update(root="0" * 64), {"altered", "signature", "forked"}),
        (lambda said: said["checkpoint"].update(at="2020-01-01T00:00:00.000000+00:00"), {"signature"}),
        (lambda said: said.update(public_key="1" * 64), {"signature"}),
    ],
)
def test_a_changed_proof_is_told(log: Path, tmp_path: Path, change, kinds: set[str]) -> None:
    file = kept(tmp_path, 7, log)
    said = json.loads(file.read_text())
    change(said)
    file.write_text(json.dumps(said))
    assert {one.kind for one in check_proof(file, [log])[1]} == kinds


def test_another_log_with_its_own_key_is_told_by_the_checkpoint_kept_elsewhere(
    log: Path, tmp_path: Path
) -> None:
    """Whoever rewrites the log and signs anew makes a proof that fits itself, and not the paper of before."""
    sql("UPDATE audit_actionlog SET actor = '吴' WHERE object = 'thing:4'")
    rewrite_leaves()
    sql("DELETE FROM audit_logcheckpoint")
    checkpoint()
    file = kept(tmp_path, 7)
    assert check_proof(file)[1] == []
    assert [one.kind for one in check_proof(file, [log])[1]] == ["forked"]


def test_the_newest_approval_of_a_return_is_found(log: Path, tmp_path: Path) -> None:
    named = {"institution": 7, "form": "NY201", "period": "2026-10", "instance": ""}
    for number in (1, 2):
        with transaction.atomic():
            record("returns.approve", "return:3", actor="李", data={**named, "number": number})
    with pytest.raises(NoProofError, match="no checkpoint covers"):
        prove(newest_entry("returns.approve", "return:3"))
    checkpoint()
    proof, problems = check_proof(kept(tmp_path, newest_entry("returns.approve", "return:3")))
    assert (proof.entry["data"]["number"], proof.seq, problems) == (2, 14, [])
    with pytest.raises(NoProofError, match="no such entry"):
        newest_entry("returns.approve", "return:4")


def test_what_is_none_is_refused(log: Path, tmp_path: Path) -> None:
    with pytest.raises(NoProofError):
        prove(99)
    with pytest.raises(NoProofError, match="no checkpoint covers"):
        prove(11, log)
    file = tmp_path / "x.json"
    for text in ("", "[]", "{}", '{"kind": 1}', log.read_text()):
        file.write_text(text)
        with pytest.raises(AnchorError):
            check_proof(file)


def part(file: Path, since: int, *older: Path) -> Path:
    """The log from an entry on, with what proves that the older checkpoints fit what stands before it."""
    before = chain.beginning(since)
    proofs = chain.consistency(map(read_checkpoint, older), before)
    public = home_signer().public
    chain.write_export(file, chain.numbered(since - 1), chain.checkpoints(), public, before, proofs)
    return file


def test_a_part_is_held_against_a_checkpoint_of_before_it(log: Path, tmp_path: Path) -> None:
    """The checkpoint is of ten entries, the part begins with the twelfth."""
    file = part(tmp_path / "part.jsonl", 12, log)
    verdict = verify_file(file, [log])
    assert (verdict.problems, verdict.size, verdict.checkpoints) == ([], 12, 1)
    with pytest.raises(AnchorError, match="no proof") as raised:
        verify_file(part(tmp_path / "without.jsonl", 12), [log])
    assert raised.value.code == "no_consistency"
    sql("UPDATE audit_actionlog SET actor = '吴' WHERE object = 'thing:4'")
    rewrite_leaves()
    sql("DELETE FROM audit_logcheckpoint")
    forged = part(tmp_path / "forged.jsonl", 12, log)
    assert [(one.kind, one.seq, one.anchor) for one in verify_file(forged, [log]).problems] == [
        ("forked", 10, str(log))
    ]
    assert verify_file(forged).good, "by itself the part is whole: only what was kept elsewhere can tell"


def test_a_proof_reads_the_leaves_between_two_checkpoints_alone(log: Path) -> None:
    """By hand for leaf 10 of 12: beside it 11, then 8 and 9, then the first eight, known from the checkpoint of ten."""
    checkpoint()
    leaves = [bytes.fromhex(one) for one in LogLeaf.objects.order_by("seq").values_list("leaf", flat=True)]
    wanted = [leaves[11], root_of(leaves[8:10]), root_of(leaves[:8])]
    with CaptureQueriesContext(connection) as asked:
        made = prove(11)
    assert (list(made.path), made.checkpoint.size) == ([step.hex() for step in wanted], 12)
    walks = [one["sql"] for one in asked.captured_queries if '"seq" <= 12' in one["sql"]]
    assert len(walks) == 1
    assert '"seq" > 10' in walks[0]


def test_no_proof_is_written_of_a_log_that_was_changed(log: Path) -> None:
    sql("UPDATE audit_actionlog SET actor = '吴' WHERE object = 'thing:4'")
    with pytest.raises(NoProofError, match="verify-log") as raised:
        prove(5)
    assert raised.value.code == "log_changed"
    sql("DELETE FROM audit_logleaf WHERE seq = 3")
    with pytest.raises(NoProofError, match="verify-log"):
        prove(7)
