"""Bring one table's log back to its longest sound state after an unclean stop.

Each commit is flushed before the next one starts, so only the newest entry can be torn. It is taken out of the
log (kept in `<lake>/.aside/`), or put back from the mark if it had been flushed. A checkpoint that the mark does
not vouch for is dropped with its hint: all entries are still there, so nothing is lost. Anything else that does
not fit, such as a damaged entry beneath a sound one, is corruption: reported, never guessed.
"""

from dataclasses import dataclass

from jieyue.store.datafile import damage
from jieyue.store.errors import LakeCorrupt, corrupt_file, disk_errors
from jieyue.store.lock import LakeLock
from jieyue.store.log import HINT, Checkpoint, Mark, TableLog, added_files, parse_entry


@dataclass(frozen=True)
class Repair:
    """One thing that was mended: `restored` and `dropped` entries, dropped `checkpoint`s."""

    table: str
    what: str
    file: str


def settle(log: TableLog, lock: LakeLock) -> list[Repair]:
    """Make sure that the table can be read; takes the lock only if there is something to mend."""
    versions, mark = log.versions(), log.read_mark()
    if not versions and mark is None:
        return []
    if log.is_marked(mark, versions):
        return []
    marked_version = mark.version if mark else -1
    newer_is_sound = bool(versions) and versions[-1] > marked_version and _fault(log, versions[-1]) is None
    if newer_is_sound and mark is not None and log.checkpoints_are_marked(mark):
        return []  # a writer is between its commit and its mark, or was killed there: readable as it is
    with lock.hold():
        return repair(log)


def repair(log: TableLog) -> list[Repair]:
    """Mend under the lake lock; afterwards the mark names the newest entry. Raises LakeCorrupt, LakeFull."""
    with disk_errors(log.table, log.folder):
        return _repair(log)


def _repair(log: TableLog) -> list[Repair]:
    done: list[Repair] = []
    mark = log.read_mark()
    if log.is_marked(mark, log.versions()):
        return done
    if mark is not None:
        done += _restore_marked(log, mark)
    done += _drop_torn(log, mark.version if mark else -1)
    versions = log.versions()
    if not versions:
        return done
    if versions[-1] - versions[0] + 1 != len(versions):
        gap = next(v for v in range(versions[0], versions[-1]) if v not in set(versions))
        raise corrupt_file(log.table, log.entry_path(gap), "缺失", "is missing")
    kept = mark.checkpoint if mark else None
    if not log.checkpoints_are_marked(mark):
        kept = _drop_checkpoints(log, kept, complete=versions[0] == 0, done=done)
    for name in log.strays():
        log.files.remove(log.folder / name)
    make_durable(log, versions[-1], kept)
    return done


def make_durable(log: TableLog, version: int, checkpoint: Checkpoint | None) -> None:
    """Flush an entry and its folder, then renew the mark (a mark that cannot be written is no failure)."""
    path = log.entry_path(version)
    log.files.sync(path)
    log.files.sync(log.folder)
    entry = log.files.read(path)
    if entry is None:
        raise corrupt_file(log.table, path, "缺失", "is missing")
    try:
        log.write_mark(Mark(version, entry, checkpoint))
    except OSError:
        log.files.remove(log.mark_path)  # an old mark would do too; none is the plainest


def _fault(log: TableLog, version: int) -> str | None:
    """Why the newest entry is torn: its own bytes, or a file that it adds; None if it is sound."""
    data = log.files.read(log.entry_path(version))
    actions = parse_entry(data) if data is not None else None
    if actions is None:
        return log.entry_path(version).name
    for added in added_files(actions):
        if damage(log.files, log.root / added["path"], added["size"]) is not None:
            return str(added["path"])
    return None


def _restore_marked(log: TableLog, mark: Mark) -> list[Repair]:
    """Put back the flushed entry that the mark holds, if its file in the log is gone or altered."""
    versions = log.versions()
    top = versions[-1] if versions else -1
    if mark.version > top + 1:
        raise LakeCorrupt(
            f"数据湖表 {log.table} 的提交 {top + 1}–{mark.version} 已确认写入但日志条目缺失；请从备份恢复 {log.folder}",
            f"commits {top + 1}–{mark.version} of lake table {log.table} were acknowledged but their log entries "
            f"are missing; restore {log.folder} from a backup",
            table=log.table,
            file=log.folder,
        )
    path = log.entry_path(mark.version)
    if log.files.read(path) == mark.entry:
        return []
    for added in added_files(parse_entry(mark.entry) or []):
        wrong = damage(log.files, log.root / added["path"], added["size"])
        if wrong is not None:
            raise corrupt_file(log.table, log.root / added["path"], *wrong)
    if path.exists():
        log.files.move_aside(path, log.aside)
    log.files.write_new(path, mark.entry)
    log.files.sync(log.folder)
    return [Repair(log.table, "restored", path.name)]


def _drop_torn(log: TableLog, marked_version: int) -> list[Repair]:
    """Take torn entries off the top, down to the first sound or marked one."""
    done = []
    for version in reversed(log.versions()):
        if version <= marked_version or _fault(log, version) is None:
            break
        log.files.move_aside(log.entry_path(version), log.aside)
        done.append(Repair(log.table, "dropped", log.entry_path(version).name))
    return done


def _drop_checkpoints(
    log: TableLog, known: Checkpoint | None, *, complete: bool, done: list[Repair]
) -> Checkpoint | None:
    """Drop checkpoints that the mark does not vouch for, and the hint to them; the one that stays, if any."""
    sound = known is not None and _matches(log, known)
    doubtful = [
        name
        for name, version in log.checkpoints().items()
        if not sound or (known is not None and version > known.version)
    ]
    if doubtful and not complete:
        raise corrupt_file(
            log.table,
            log.folder / doubtful[0],
            "未经确认，而它所取代的日志条目已不全",
            "is not confirmed, and the log entries it stands for are no longer complete",
        )
    hinted = log.hinted()
    if hinted is not None and (known is None or not sound or hinted != known.version):
        log.files.remove(log.folder / HINT)
    for name in doubtful:
        log.files.move_aside(log.folder / name, log.aside)
        done.append(Repair(log.table, "checkpoint", name))
    log.files.sync(log.folder)
    return known if sound else None


def _matches(log: TableLog, checkpoint: Checkpoint) -> bool:
    path = log.folder / log.checkpoint_name(checkpoint.version)
    return log.files.stat(path) is not None and log.files.sha256(path) == checkpoint.sha256
