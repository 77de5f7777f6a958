"""The verifier as one file: run in an empty folder by a Python that has its standard library and nothing else, on
exports of a log that was falsified in each of the eight ways, with the verdict of `jieyue verify-log`.
"""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

import jieyue as package
from jieyue.apps.audit import chain
from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.offline import words
from jieyue.apps.audit.offline.brought import AnchorError
from jieyue.apps.audit.offline.checking import read_checkpoint, verify_file
from jieyue.apps.audit.proof import prove
from jieyue.apps.audit.services import record as recording
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_signer
from jieyue.apps.audit.verifier import MODULES, content
from jieyue.apps.audit.verify import verify_home
from jieyue.config.home import Home
from tests.apps.audit.test_chain import log, rewrite_leaves, sql, write
from tests.cli.command import Said

__all__ = ["log"]

OPENSSL = shutil.which("openssl")


class Ran(Said):
    """What the auditor's one file said."""

    @property
    def problems(self) -> list[tuple[str, int]]:
        return [(one["kind"], one["seq"]) for one in self.document["problems"]]


@pytest.fixture
def auditor(tmp_path: Path) -> Callable[..., Ran]:
    """Another machine: an empty folder with the one file. path: where commands are found; library: cryptography is."""
    folder = tmp_path / "auditor"
    folder.mkdir()
    (folder / "verify_log.pyz").write_bytes(content())
    tools = tmp_path / "tools"
    tools.mkdir()
    assert OPENSSL is not None
    (tools / "openssl").symlink_to(OPENSSL)

    def run(*given: object, openssl: bool = True, library: bool = False, as_json: bool = True) -> Ran:
        flags = ["-I"] if library else ["-I", "-S"]
        done = subprocess.run(
            [sys.executable, *flags, "verify_log.pyz", *(["--json"] if as_json else []), *map(str, given)],
            cwd=folder,
            env={"PATH": str(tools if openssl else folder)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def exported(tmp_path: Path) -> Path:
    sequence(everything=True)
    file = tmp_path / "log.jsonl"
    chain.write_export(file, chain.numbered(), chain.checkpoints(), home_signer().public)
    return file


def edit(_home: Home | None = None) -> None:
    sql("UPDATE audit_actionlog SET actor = '吴' WHERE object = 'thing:4'")


def delete(_home: Home) -> None:
    sql("DELETE FROM audit_actionlog WHERE object = 'thing:4'")


def insert(_home: Home) -> None:
    past = ActionLog.objects.get(object="thing:3").at - timedelta(hours=1)
    with transaction.atomic():
        forged = record("test.forged", "thing:x", actor="吴")
    sql(f"UPDATE audit_actionlog SET at = '{past:%Y-%m-%d %H:%M:%S.%f}' WHERE id = {forged.pk}")


def swap(_home: Home) -> None:
    third, seventh = (ActionLog.objects.get(object=f"thing:{number}").pk for number in (2, 6))
    sql(
        f"UPDATE audit_actionlog SET id = 1000000 WHERE id = {third}",
        f"UPDATE audit_actionlog SET id = {third} WHERE id = {seventh}",
        f"UPDATE audit_actionlog SET id = {seventh} WHERE id = 1000000",
    )


def cut(_home: Home) -> None:
    sql(
        "DELETE FROM audit_actionlog WHERE object IN ('thing:8','thing:9','thing:10','thing:11')",
        "DELETE FROM audit_logleaf WHERE seq > 8",
    )


def fork(_home: Home) -> None:
    sql(
        "DELETE FROM audit_actionlog WHERE object NOT IN ('thing:0','thing:1')",
        "DELETE FROM audit_logleaf WHERE seq > 2",
        "DELETE FROM audit_logcheckpoint",
    )
    write(20, 100)
    checkpoint()


def old_backup(home: Home) -> None:
    """Played back without its checkpoint: it is as long as it was before the one kept elsewhere was signed."""
    cut(home)
    sql("DELETE FROM audit_logcheckpoint")


def clock_back(_home: Home) -> None:
    real = recording.timezone.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording.timezone, "now", lambda: real() - timedelta(days=1))
        write(1, 70)


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (edit, [("altered", 5)]),
        (delete, [("deleted", 5)]),
        (insert, [("clock", 13)]),
        (swap, [("altered", 3), ("altered", 7)]),
        (cut, [("truncated", 9), ("truncated", 9)]),
        (fork, [("forked", 10)]),
        (old_backup, [("truncated", 9)]),
        (clock_back, [("clock", 13)]),
    ],
)
def test_each_tampering_is_told_as_at_home(
    log: Path,
    home: Home,
    tmp_path: Path,
    auditor: Callable[..., Ran],
    tamper: Callable[[Home], None],
    expected: Sequence[tuple[str, int]],
) -> None:
    tamper(home)
    file = exported(tmp_path)
    said = auditor(file, "--checkpoint", log)
    assert (said.code, said.problems) == (words.BROKEN, list(expected))
    assert said.document == words.document(verify_home([log]))
    problem = verify_file(file, [log]).first
    assert problem is not None
    first = words.first(problem)
    assert said.stderr.strip() == first[0]
    assert auditor(file, "--checkpoint", log, "--lang", "en").stderr.strip() == first[1]


@pytest.mark.parametrize("how", [{"openssl": True}, {"openssl": False, "library": True}])
def test_a_whole_log_and_its_signatures(
    log: Path, tmp_path: Path, auditor: Callable[..., Ran], how: dict[str, bool]
) -> None:
    file, public = exported(tmp_path), home_signer().public
    said = auditor(file, "--checkpoint", log, "--key", home_signer().key, **how)
    assert said.document == words.document(verify_home([log]))
    assert (said.code, said.document["good"], said.document["checkpoints"]) == (words.DONE, True, 2)
    assert auditor(file, "--key", public, **how).code == words.DONE
    code = said.document and chain.checkpoints()[0].short_code()
    assert auditor(file, "--checkpoint", code, **how).document["unsigned"] == [code]
    other = auditor(file, "--key", "1" * 64, **how)
    assert (other.code, other.problems) == (words.BROKEN, [("key", 10)])
    # The instant of the checkpoint is signed and nothing else tells that it was changed.
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    lines[-1]["checkpoint"]["at"] = "2020-01-01T00:00:00.000000+00:00"
    file.write_bytes(b"".join(chain.canonical(line) + b"\n" for line in lines))
    spoilt = auditor(file, **how)
    assert (spoilt.code, spoilt.problems) == (words.BROKEN, [("signature", 10)])


def test_signatures_that_nothing_can_check_are_said_to_be_unchecked(
    log: Path, tmp_path: Path, auditor: Callable[..., Ran]
) -> None:
    file = exported(tmp_path)
    bare = auditor(file, "--checkpoint", log, openssl=False, as_json=False)
    assert (bare.code, bare.stdout) == (words.UNAVAILABLE, "")
    assert "2 个检查点的签名没有核对" in bare.stderr
    assert "日志完好：12 条" in bare.stderr
    said = auditor(file, "--checkpoint", log, openssl=False).document
    assert (said["good"], said["unchecked"]) == (True, ["checkpoint 10", str(log)])
    # By the names of the keys another key is told even so, and so is what was changed.
    assert auditor(file, "--key", "1" * 64, openssl=False).code == words.BROKEN
    edit()
    assert auditor(exported(tmp_path), openssl=False).problems == [("altered", 5)]


def test_an_openssl_that_says_yes_to_everything_is_not_believed(
    log: Path, tmp_path: Path, auditor: Callable[..., Ran]
) -> None:
    tool = tmp_path / "tools" / "openssl"
    for answer in ("true", "false"):
        tool.unlink()
        found = shutil.which(answer)
        assert found is not None
        tool.symlink_to(found)
        assert auditor(exported(tmp_path)).code == words.UNAVAILABLE


def test_a_proof_of_one_entry_and_files_that_are_none(
    log: Path, tmp_path: Path, auditor: Callable[..., Ran]
) -> None:
    file = tmp_path / "proof.json"
    file.write_bytes(prove(7, log).content())
    said = auditor(file, "--proof", "--checkpoint", log, "--key", home_signer().key)
    assert (said.code, said.document["seq"], said.document["good"]) == (words.DONE, 7, True)
    assert auditor(file, "--proof", openssl=False).code == words.UNAVAILABLE
    assert auditor(file, "--proof", "--key", "1" * 64).problems == [("other_key", 10)]
    file.write_text(file.read_text("utf-8").replace("thing:6", "thing:7"), "utf-8")
    assert auditor(file, "--proof").problems == [("altered", 7)]
    for given in (file, tmp_path / "none", tmp_path):
        with pytest.raises(AnchorError) as raised:
            verify_file(given)
        wrong = auditor(given)
        assert (wrong.code, wrong.stderr.strip()) == (words.REFUSED, raised.value.message_zh)
        assert wrong.document["error"]["code"] == raised.value.code
    assert auditor(file, "--key", "12").code == 2


def test_a_part_and_a_log_rewritten_as_a_whole(
    log: Path, tmp_path: Path, auditor: Callable[..., Ran]
) -> None:
    from tests.apps.audit.test_proof import part

    file = part(tmp_path / "part.jsonl", 12, log)
    assert auditor(file, "--checkpoint", log).code == words.DONE
    assert auditor(part(tmp_path / "alone.jsonl", 12), "--checkpoint", log).code == words.REFUSED
    edit()
    rewrite_leaves()
    assert auditor(exported(tmp_path), "--checkpoint", log).problems == [("forked", 10), ("forked", 10)]


#: Names that Python 3.9 does not know, and arguments that its functions do not take.
NEWER = {"bit_count", "file_digest", "pairwise", "UTC", "StrEnum", "strict", "slots", "kw_only", "batched"}


@pytest.mark.parametrize("name", MODULES)
def test_what_is_packed_is_written_for_python_3_9(name: str) -> None:
    source = (Path(package.__file__).parent / name).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    named |= {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
    assert named & NEWER == set()
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)]
    if " | " in source:
        assert "from __future__ import annotations" in source


def test_a_part_says_what_it_is_a_part_of(log: Path, tmp_path: Path, auditor: Callable[..., Ran]) -> None:
    """Entry 2 is changed and the auditor is given the log from 4 on: nobody tells him that the log is whole."""
    sql("UPDATE audit_actionlog SET reason = 'x' WHERE object = 'thing:1'")
    before = chain.beginning(4)
    file = tmp_path / "part.jsonl"
    chain.write_export(file, chain.numbered(3), chain.checkpoints(), home_signer().public, before)
    said = auditor(file)
    assert (said.code, said.document["start"], said.document["size"]) == (words.DONE, 4, 12)
    assert "第 4–12 条完好" in said.stderr
    assert "第 1–3 条不在文件里，内容没有核对" in said.stderr
    file.write_text(file.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    assert "文件里没有条目" in auditor(file).stderr


def test_a_key_vouches_for_nothing_where_nothing_is_signed(
    log: Path, tmp_path: Path, auditor: Callable[..., Ran]
) -> None:
    file = tmp_path / "bare.jsonl"
    chain.write_export(file, chain.numbered(), [], home_signer().public)
    code = read_checkpoint(log).short_code()
    assert auditor(file, "--checkpoint", code).code == words.DONE
    for key in (home_signer().public, "ab" * 32):
        for more in ((), ("--checkpoint", code)):
            said = auditor(file, "--key", key, *more)
            assert (said.code, said.document["error"]["code"]) == (words.REFUSED, "nothing_signed")
        assert auditor(file, "--key", home_signer().public, "--checkpoint", log).code == words.DONE
