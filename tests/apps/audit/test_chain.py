"""Eight ways to falsify the log, each found, with the first bad entry and what proves it.

The falsifier here has the database in his hands: triggers are dropped, rows and leaves are rewritten with sqlite's
own statements. What he does not have is a checkpoint that was kept elsewhere.
"""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from jieyue.apps.audit import chain
from jieyue.apps.audit.models import ActionLog, AppendOnlyError, LogCheckpoint, LogLeaf
from jieyue.apps.audit.offline.checking import check, verify_file
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.services.rotate_key import rotate_key
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_public, home_signer
from jieyue.apps.audit.verify import verify_home
from jieyue.config.home import Home
from jieyue.domain.log_chain import START, Verdict, entry_leaf, link
from jieyue.domain.merkle import merkle_root

TABLES = ("audit_actionlog", "audit_logleaf", "audit_logcheckpoint")


def write(count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        with transaction.atomic():
            record("test.act", f"thing:{number}", actor="周", data={"n": number, "名": "㐂𠮷"})


@pytest.fixture
def log(home: Home, tmp_path: Path) -> Path:
    """Ten entries, numbered; a checkpoint of them kept elsewhere; then two more."""
    write(10)
    made = checkpoint()
    assert made is not None
    file = tmp_path / "anchor.json"
    file.write_text(json.dumps(vars(made)))
    write(2, 10)
    assert sequence() == 2
    return file


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            cursor.execute(statement)


def rewrite_leaves() -> None:
    """What a falsifier with the source code does: leaves and heads of all entries anew."""
    sql("DELETE FROM audit_logleaf")
    sequence(everything=True)


def found(*anchors: Path) -> list[tuple[str, int]]:
    return [(one.kind, one.seq) for one in verify_home(anchors).problems]


def test_an_untouched_log_is_whole(log: Path) -> None:
    verdict = verify_home([log])
    assert (verdict.good, verdict.size, verdict.checkpoints) == (True, 12, 2)
    leaves = [bytes.fromhex(leaf) for leaf in LogLeaf.objects.order_by("seq").values_list("leaf", flat=True)]
    rows = ActionLog.objects.order_by("id").values_list(*chain.FIELDS)
    contents = [chain.canonical(chain.entry_of(row)) for row in rows]
    assert verdict.root == merkle_root(contents)
    head = START
    for leaf in leaves:
        head = link(head, leaf)
    assert verdict.head == head.hex()


def test_edit(log: Path) -> None:
    sql("UPDATE audit_actionlog SET actor = '吴' WHERE object = 'thing:4'")
    assert found() == [("altered", 5)]
    rewrite_leaves()
    assert found() == [("forked", 10)]
    sql("DELETE FROM audit_logcheckpoint")
    assert found() == []  # the whole database was rewritten: only what was kept elsewhere can tell
    assert found(log) == [("forked", 10)]


def test_delete(log: Path) -> None:
    sql("DELETE FROM audit_actionlog WHERE object = 'thing:4'")
    assert found() == [("deleted", 5)]
    sql("DELETE FROM audit_logleaf WHERE seq = 5")
    assert [kind for kind, _ in found()][:2] == ["gap", "chain"]
    rewrite_leaves()
    assert found(log)[0] == ("forked", 10)


def test_insert(log: Path) -> None:
    past = ActionLog.objects.get(object="thing:3").at - timedelta(hours=1)
    with transaction.atomic():
        forged = record("test.forged", "thing:x", actor="吴")
    sql(f"UPDATE audit_actionlog SET at = '{past:%Y-%m-%d %H:%M:%S.%f}' WHERE id = {forged.pk}")
    assert found() == [("clock", 13)]
    # Put between: numbers move up, and the chain is made to fit from there on.
    sql("DELETE FROM audit_logleaf WHERE seq = 13")
    for seq in range(12, 3, -1):
        sql(f"UPDATE audit_logleaf SET seq = {seq + 1} WHERE seq = {seq}")
    leaf = entry_leaf(chain.entry_of(ActionLog.objects.filter(pk=forged.pk).values_list(*chain.FIELDS).get()))
    LogLeaf.objects.bulk_create([LogLeaf(seq=4, entry=forged.pk, leaf=leaf.hex(), head="00" * 32)])
    assert ("chain", 4) in found()


def test_swap(log: Path) -> None:
    """The contents of two entries change places; to the eye all entries are still there."""
    third, seventh = ActionLog.objects.get(object="thing:2").pk, ActionLog.objects.get(object="thing:6").pk
    sql(
        f"UPDATE audit_actionlog SET id = 1000000 WHERE id = {third}",
        f"UPDATE audit_actionlog SET id = {third} WHERE id = {seventh}",
        f"UPDATE audit_actionlog SET id = {seventh} WHERE id = 1000000",
    )
    assert found() == [("altered", 3), ("altered", 7)]
    rewrite_leaves()
    assert found(log) == [("forked", 10), ("forked", 10)]


def test_truncated_tail(log: Path) -> None:
    sql(
        "DELETE FROM audit_actionlog WHERE object IN ('thing:8','thing:9','thing:10','thing:11')",
        "DELETE FROM audit_logleaf WHERE seq > 8",
    )
    assert found() == [("truncated", 9)]
    sql("DELETE FROM audit_logcheckpoint")
    assert found() == []
    assert found(log) == [("truncated", 9)]


def test_fork(log: Path) -> None:
    """Two tails: the log went on, and another past was put in its place, longer than the first."""
    sql(
        "DELETE FROM audit_actionlog WHERE object NOT IN ('thing:0','thing:1')",
        "DELETE FROM audit_logleaf WHERE seq > 2",
        "DELETE FROM audit_logcheckpoint",
    )
    write(20, 100)
    checkpoint()
    assert found() == []
    assert found(log) == [("forked", 10)]


def test_an_old_backup_played_back(log: Path, home: Home, tmp_path: Path) -> None:
    connection.close()
    old = tmp_path / "backup.sqlite3"
    shutil.copyfile(home.path / "office.sqlite3", old)
    write(5, 50)
    late = checkpoint()
    assert late is not None
    file = tmp_path / "late.json"
    file.write_text(json.dumps(vars(late)))
    connection.close()
    shutil.copyfile(old, home.path / "office.sqlite3")
    for beside in ("-wal", "-shm"):
        (home.path / f"office.sqlite3{beside}").unlink(missing_ok=True)
    assert found(log) == []
    assert found(file) == [("truncated", 13)]


def test_clock_set_back(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.apps.audit.services import record as recording

    real = recording.timezone.now
    monkeypatch.setattr(recording.timezone, "now", lambda: real() - timedelta(days=1))
    write(1, 70)
    monkeypatch.undo()
    assert found() == [("clock", 13)]
    assert found(log) == [("clock", 13)]


def test_a_checkpoint_signed_by_another_key_proves_nothing(log: Path, home: Home) -> None:
    (home.path / "log.key").write_text("11" * 32)
    assert [kind for kind, _ in found(log)] == ["key", "key"]


@pytest.mark.postgres
def test_the_chain_and_its_guards_on_both_databases(home: Home) -> None:
    write(3)
    made = checkpoint()
    assert made is not None
    assert checkpoint() == made
    assert verify_home().good
    for row in (
        LogLeaf.objects.order_by("seq")[0],
        LogCheckpoint.objects.get(),
        ActionLog.objects.order_by("id")[0],
    ):
        with pytest.raises(AppendOnlyError):
            row.save()
        with pytest.raises(AppendOnlyError):
            row.delete()
    for table in TABLES:
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with (
                pytest.raises(Exception, match=r"only be added to|no such column|does not exist"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
    assert verify_home().size >= 3


def test_an_exported_log_is_verified_without_its_home(log: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    count = chain.write_export(file, chain.numbered(), chain.checkpoints(), home_signer().public)
    assert count == 12
    assert verify_file(file, [log]).good
    text = file.read_text("utf-8")

    def changed(new: str) -> Verdict:
        return verify_file(_written(tmp_path, new), [log])

    assert [one.kind for one in changed(text.replace('"thing:4"', '"thing:x"')).problems] == ["altered"]
    lines = text.splitlines(keepends=True)
    assert changed("".join(lines[:5] + lines[6:])).problems[0].kind == "gap"
    kept = "".join(line for line in lines[:9] if not line.startswith('{"checkpoint"'))
    assert [one.kind for one in changed(kept).problems] == ["truncated"]


def _written(folder: Path, text: str) -> Path:
    file = folder / "changed.jsonl"
    file.write_text(text, encoding="utf-8")
    return file


def test_late_entries_are_numbered_when_they_show(home: Home) -> None:
    """A transaction that began earlier commits a lower identifier after higher ones were numbered."""
    write(4)
    sql("UPDATE audit_actionlog SET id = id + 100 WHERE object <> 'thing:0'")
    first = ActionLog.objects.get(object="thing:0")
    entry = {"actor": first.actor, "at": first.at, "verb": "v", "object": "o", "source": "cli", "data": {}}
    sql(f"DELETE FROM audit_actionlog WHERE id = {first.pk}")
    assert sequence() == 3
    ActionLog.objects.create(id=first.pk, **entry)
    assert sequence() == 1
    assert LogLeaf.objects.get(seq=4).entry == first.pk
    assert verify_home().good


@pytest.mark.postgres
def test_whatever_an_entry_says_an_honest_log_verifies(home: Home) -> None:
    """Numbers and texts that the quick encoder writes otherwise than the canonical form, or not at all."""
    odd = {
        "big": 10**30,
        "float": 1e16,
        "small": 1e-7,
        "half": 0.5,
        "none": None,
        "list": [1, {"z": 1, "a": "é"}],
        "": "\u2028\x7f",
    }
    with transaction.atomic():
        record("test.odd", "thing:1", actor="周\n吴", reason='引号"\\', data=odd)
        record("test.plain", "thing:2", actor="周")
    # An instant without microseconds is stored in a shorter text.
    at = ActionLog.objects.latest("id").at.replace(microsecond=0) + timedelta(seconds=1)
    ActionLog(at=at, actor="周", verb="test.second", object="thing:3", source="cli").save()
    verdict = verify_home()
    assert (verdict.good, verdict.size) == (True, 3), verdict.problems


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE audit_logleaf SET head = 'zz' WHERE seq = 4", [("chain", 4), ("chain", 5)]),
        (
            "UPDATE audit_logleaf SET leaf = 'zz' WHERE seq = 4",
            [("altered", 4), ("chain", 4), ("forked", 10)],
        ),
        ("UPDATE audit_actionlog SET actor = x'ff' WHERE object = 'thing:3'", [("altered", 4)]),
        ("UPDATE audit_actionlog SET actor = CAST(x'ff' AS TEXT) WHERE object = 'thing:3'", [("altered", 4)]),
        (
            "UPDATE audit_actionlog SET data = '{\"a\": \"\\udcbb\"}' WHERE object = 'thing:3'",
            [("altered", 4)],
        ),
        ("UPDATE audit_actionlog SET at = 'zz' WHERE object = 'thing:3'", [("altered", 4)]),
        ("UPDATE audit_actionlog SET at = CAST(x'ff' AS TEXT) WHERE object = 'thing:3'", [("altered", 4)]),
        ("UPDATE audit_logcheckpoint SET at = 'zz'", [("signature", 10)]),
        ("UPDATE audit_logcheckpoint SET at = '2026-13-45 00:00:00'", [("signature", 10)]),
        ("UPDATE audit_logcheckpoint SET origin = CAST(x'ff' AS TEXT)", [("signature", 10)]),
        ("UPDATE audit_logcheckpoint SET root = CAST(x'ff' AS TEXT)", [("forked", 10), ("signature", 10)]),
    ],
)
def test_what_no_act_can_have_written_hides_nothing_else(
    log: Path, statement: str, kinds: list[tuple[str, int]]
) -> None:
    """One such edit stopped the walk, and whatever else was changed stayed untold."""
    sql(statement.replace("%", "%%"), "UPDATE audit_actionlog SET reason = 'x' WHERE object = 'thing:8'")
    told = found()
    assert ("altered", 9) in told
    assert [one for one in told if one != ("altered", 9)] == kinds


def test_a_log_that_no_file_can_hold_is_not_exported_by_halves(log: Path, tmp_path: Path) -> None:
    sql("UPDATE audit_actionlog SET actor = CAST(x'ff' AS TEXT) WHERE object = 'thing:3'")
    file = tmp_path / "log.jsonl"
    with pytest.raises(chain.SpoiltLogError, match="entry 4"):
        chain.write_export(file, chain.numbered(), chain.checkpoints(), home_signer().public)
    assert not file.exists()


def test_a_key_that_is_changed_while_the_log_is_read_accuses_nobody(log: Path) -> None:
    """The public key, the checkpoints and the last number are of one moment."""
    asked: list[int] = []

    def public() -> str:
        asked.append(1)
        if len(asked) == 2:
            rotate_key(actor="周")
        return home_public()

    key, kept, last = chain.standing(public)
    assert len(asked) == 4
    assert (key, last) == (home_public(), LogLeaf.objects.count())
    assert check(chain.numbered(until=last), kept, [log], key).problems == []
