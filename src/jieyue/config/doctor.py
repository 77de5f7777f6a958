"""The checks of `jieyue doctor`: what a home stands on, part by part."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from jieyue.store import disk

#: What was approved is published within seconds; if it waits so long, no worker runs.
LONGEST_WAIT: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Check:
    """One thing that was checked, and what was seen."""

    name: str
    ok: bool
    zh: str
    en: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self)


def checks(*, deep: bool = False) -> list[Check]:
    """Database, migrations, rules, publications, worker, lake, disk; deep also hashes every data file."""
    return [_database(), _migrations(), _catalog(), _publications(), _worker(), *_lake(deep), _disk()]


def _database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return Check("database", False, f"无法使用：{error}", f"not usable: {error}")
    return Check("database", True, connection.vendor, connection.vendor)


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Check(
            "migrations",
            False,
            f"还有 {len(waiting)} 步升级未做，请运行 jieyue init",
            f"{len(waiting)} migrations wait; run `jieyue init`",
        )
    return Check("migrations", True, "已是本版本", "up to date")


def _catalog() -> Check:
    from jieyue.apps.publication.rules import home_catalog, overlay_fits
    from jieyue.catalog.strict import CatalogError

    try:
        digest = home_catalog().digest
    except (CatalogError, OSError) as error:
        return Check("catalog", False, f"规则不能读入：{error}", f"the rules do not load: {error}")
    if wrong := overlay_fits():
        return Check(
            "catalog",
            False,
            f"本单位的规则文件与已启用的审核规则不合，未启用，仍按上一份办：{wrong}",
            f"the overlay does not fit the released rules and is not in force, the one before is: {wrong}",
        )
    return Check("catalog", True, digest[:16], digest[:16])


def _publications() -> Check:
    from jieyue.apps.publication.queries import last_done, pending

    waiting = pending()
    if waiting:
        return Check("publications", False, f"未完成的发布 {waiting}", f"pending publications {waiting}")
    return Check("publications", True, f"发布序号 {last_done()}", f"sequence {last_done()}")


def _worker() -> Check:
    """Whether what was approved gets published, and no job of the worker fails."""
    from jieyue.apps.returns.queries import waiting
    from jieyue.apps.schedule.queries import jobs, last_seen

    try:
        failing = [job for job in jobs() if job.failures]
        queue, seen = waiting(), last_seen()
    except DatabaseError as error:
        return Check("worker", False, f"无法读取：{error}", f"not readable: {error}")
    if failing:
        said = "; ".join(f"{job.name} ({job.failures}×) {job.last_error}" for job in failing)
        return Check("worker", False, f"后台工作失败：{said}", f"jobs of the worker fail: {said}")
    if queue.since is not None and queue.since < timezone.now() - LONGEST_WAIT:
        return Check(
            "worker",
            False,
            f"{queue.returns} 份已审核的报表还没有发布；请启动 jieyue worker（或 serve）",
            f"{queue.returns} approved returns wait to be published; start `jieyue worker` (or `serve`)",
        )
    if seen is None:
        return Check("worker", True, "还没有运行过", "has not run yet")
    shown = timezone.localtime(seen).strftime("%Y-%m-%d %H:%M:%S")
    return Check("worker", True, f"最近运行 {shown}", f"last ran {shown}")


def _lake(deep: bool) -> list[Check]:
    from jieyue.apps.publication.lake import open_lake
    from jieyue.store.errors import LakeError

    try:
        lake = open_lake()
        problems = lake.verify(deep=deep)
        repairs = lake.repairs
    except LakeError as error:
        return [Check("lake", False, error.zh, error.en)]
    if problems:
        return [Check("lake", False, problem.zh, problem.en) for problem in problems]
    mended = f"（修复 {len(repairs)} 处）" if repairs else ""
    return [
        Check(
            "lake",
            True,
            f"{len(lake.tables())} 张表{mended}",
            f"{len(lake.tables())} tables, {len(repairs)} mended",
        )
    ]


def _disk() -> Check:
    share = disk.free_share(settings.JIEYUE_HOME.path)
    return Check("disk", share >= disk.LOW, f"可用 {share:.0%}", f"{share:.0%} free")
