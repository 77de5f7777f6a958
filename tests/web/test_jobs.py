"""The page of background work: for who operates the system, and for nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from jieyue.apps.schedule.job import Job
from jieyue.apps.schedule.owner import new_owner
from jieyue.apps.schedule.services.run_due import run_due
from jieyue.jobs.schedules import JOBS
from jieyue.web.views.jobs import titles
from tests.web.conftest import City
from tests.web.test_review import root, signed_in


def test_who_operates_sees_what_is_done_and_what_failed(own_city: City) -> None:
    operator = signed_in("sys.one", "system_admin", node=root())
    page = operator.get("/jobs/").content.decode()
    assert ("后台工作还没有运行过" in page, page.count("未运行过") >= 5) == (True, True)

    def broken() -> None:
        raise OSError("盘满了 <b>")

    run_due(
        [Job("publish", broken), Job("number_log", lambda: None, every=timedelta(seconds=2))], new_owner()
    )
    page = operator.get("/jobs/").content.decode()
    assert "连续失败 1 次" in page
    assert "OSError: 盘满了 &lt;b&gt;" in page
    assert page.count("● 正常") == 1
    assert timezone.localtime().strftime("%Y-%m-%d") in page
    assert 'href="/jobs/"' in operator.get("/").content.decode()


def test_every_job_has_its_words() -> None:
    assert {job.name for job in JOBS} <= set(titles())


def test_files_without_a_record_are_said_to_be_put_aside_not_removed(own_city: City) -> None:
    operator = signed_in("sys.one", "system_admin", node=root())
    assert "清理未办完的文件，没有记录的移开备查" in operator.get("/jobs/").content.decode()
    with override("en"):
        assert titles()["tidy_files"] == "Forget unfinished files, put those without a record aside"


@pytest.mark.parametrize("role", ["viewer", "reviewer", "city_admin", "security_admin", "audit_admin"])
def test_nobody_else_does(own_city: City, role: str) -> None:
    other = signed_in(f"x.{role}", role, node=root())
    assert other.get("/jobs/").status_code == 403
    assert 'href="/jobs/"' not in other.get("/").content.decode()
