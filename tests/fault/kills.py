"""Which failpoint is killed at in which work, and on which side of the change the home then stands.

The sides are read from the protocol (docs/explanation/spine.md, "The data's way"): the office's commit is the
line. A place may be reached several times in a work; `name:2` is the second time.
"""

from typing import Final

BEFORE: Final = False
AFTER: Final = True

_OFFICE: Final = {
    "publish.before_office": BEFORE,
    "publish.in_office": BEFORE,
    "publish.after_office": AFTER,
    "publish.before_append": AFTER,
    "lake.after_parquet": AFTER,
    "lake.before_commit": AFTER,
    "lake.after_commit": AFTER,
    "lake.after_fsync": AFTER,
    "publish.after_append": AFTER,
    "publish.before_done": AFTER,
    "publish.after_done": AFTER,
}
#: A file of returns, published.
RETURNS: Final = {
    "exchange.after_file": BEFORE,
    "import.before_store": BEFORE,
    "returns.after_batch": BEFORE,
    **_OFFICE,
    "import.after_store": AFTER,
}
#: A file of returns, kept as drafts: no publication.
DRAFTS: Final = {
    "exchange.after_file": BEFORE,
    "import.before_store": BEFORE,
    "import.after_store": AFTER,
}
#: A file of institutions: three lake tables in one publication, so the lake is killed at between them too.
INSTITUTIONS: Final = {
    "exchange.after_file": BEFORE,
    "import.before_registry": BEFORE,
    **_OFFICE,
    "lake.after_parquet:2": AFTER,
    "publish.after_append:2": AFTER,
    "publish.before_append:3": AFTER,
    "import.after_registry": AFTER,
}
#: An import while the log's checkpoint is due.
CHECKPOINTS: Final = {
    "lake.before_checkpoint": AFTER,
    "lake.after_checkpoint": AFTER,
    "lake.after_checkpoint_fsync": AFTER,
}
#: A person approves a return, which then waits.
APPROVE: Final = {"approve.in_office": BEFORE, "approve.after_office": AFTER}
#: The worker publishes what waits: facts and submissions, two lake tables in one publication.
WAITING: Final = {
    "returns.after_waiting": BEFORE,
    **_OFFICE,
    "publish.after_append:2": AFTER,
}
#: The same through the page.
PAGE: Final = {
    "publish.in_office": BEFORE,
    "publish.after_office": AFTER,
    "import.after_store": AFTER,
}
#: A file of readings: the batch and its entry are in the office, its rows come with the lake's commit.
READINGS: Final = {
    "readings.after_batch": BEFORE,
    "lake.after_parquet": BEFORE,
    "lake.before_commit": BEFORE,
    "lake.after_commit": AFTER,
    "lake.after_fsync:7": AFTER,  # the six tables are made first
    "readings.after_lake": AFTER,
}
#: An entry of the write-ahead log; its own tests are tests/store/test_write_log_kill.py.
WRITE_LOG: Final = (
    "log.after_segment",
    "log.after_segment:2",
    "log.before_flush",
    "log.before_flush:5",
    "log.after_flush",
    "log.after_flush:5",
)
#: A packet of readings is pushed; its place in the log decides, and the fold brings it in whatever the office knows.
PUSH: Final = {
    "log.after_segment": BEFORE,
    "log.before_flush": AFTER,  # a kill is no loss of power: what was written is there
    "log.after_flush": AFTER,
    "push.after_log": AFTER,
    "push.after_office": AFTER,
}
#: The log is folded into the lake; killed anywhere, the next fold brings the rest.
FOLD: Final = {
    "fold.after_office": BEFORE,
    "lake.after_parquet": BEFORE,
    "lake.before_commit": BEFORE,
    "lake.after_commit": AFTER,
    "lake.after_fsync:7": AFTER,  # the six tables are made first
    "fold.after_lake": AFTER,
    "fold.before_drop": AFTER,
}
#: Deriving the uses: done again wherever it was killed.
CLEAN: Final = {
    "clean.before_lake": BEFORE,
    "lake.after_parquet": BEFORE,
    "lake.before_commit": BEFORE,
    "lake.after_commit": AFTER,
    "lake.after_fsync": AFTER,
    "clean.after_intervals": AFTER,
    "roll_up.after_days": AFTER,
    "lake.before_commit:3": AFTER,  # of the hours of institutions
    "roll_up.after_hours": AFTER,
    "roll_up.after_months": AFTER,
}
#: Deriving again what gives no other use: what is noted in the lake last is not made again.
CLEAN_ALIKE: Final = {"clean.after_lists": BEFORE, "lake.after_commit": BEFORE, "lake.after_commit:5": AFTER}
#: Old readings are let go: the lake's commit is the line, the office notes it then or at the next run.
RETAIN: Final = {
    "lake.after_property": BEFORE,
    "lake.after_parquet": BEFORE,
    "lake.before_commit": BEFORE,
    "lake.after_commit": AFTER,
    "lake.after_fsync:2": AFTER,  # the first one says that rows may leave
    "lake.after_property:2": AFTER,
    "retain.after_lake": AFTER,
}
#: A rule set is released.
RELEASE: Final = {"review.in_release": BEFORE}
#: The key that signs the log is changed: the commit of the entry is the line.
ROTATE: Final = {
    "rotate.after_key": BEFORE,
    "rotate.in_office": BEFORE,
    "rotate.after_office": AFTER,
    "rotate.after_move": AFTER,
}
#: Every act passes it: its entry stands in the transaction, nothing of it in the office yet.
ACTS: Final = {"audit.after_entry": BEFORE}
WORKS: Final = {
    "returns": RETURNS,
    "drafts": DRAFTS,
    "institutions": INSTITUTIONS,
    "checkpoints": CHECKPOINTS,
}
#: Places in `jieyue init`, see test_kill_init.py.
INIT: Final = (
    "init.after_home",
    "init.after_migrate",
    "init.after_tables",
    "init.after_seed",
    "init.after_operator",
    "lake.after_create",
    "publish.in_office",
    "publish.after_office",
    "publish.after_append",
)
MIGRATION: Final = ("migrate.in_migration", "migrate.after_migration")
#: `init` of a home from an older version, whose lake lacks a column.
UPGRADE: Final = ("lake.after_add_columns",)


def all_places() -> set[str]:
    """Every failpoint that some test is killed at."""
    tables = (
        *WORKS.values(),
        APPROVE,
        WAITING,
        PAGE,
        READINGS,
        PUSH,
        FOLD,
        CLEAN,
        CLEAN_ALIKE,
        RETAIN,
        RELEASE,
        ROTATE,
        ACTS,
        dict.fromkeys((*INIT, *MIGRATION, *UPGRADE, *WRITE_LOG)),
    )
    return {name.partition(":")[0] for table in tables for name in table}


def of(work: str) -> set[str]:
    """The failpoints of a work's table, without the counts."""
    return {name.partition(":")[0] for name in WORKS[work]}
