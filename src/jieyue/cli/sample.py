"""Prepare the home of the sample city: once, and found again after that."""

from pathlib import Path
from typing import TYPE_CHECKING

from jieyue.cli.context import REFUSED, fail, say
from jieyue.cli.operator import new_password
from jieyue.config.home import HOME_FILE, Home, resolve

if TYPE_CHECKING:
    from jieyue.sample.model import SampleCity

_CLOCK = "2026-11-22"
_MARK = "sample-loaded"
_PERSONS = "103"  # 用能人数
#: Who has entered and explained everything: nobody with an account, so that whoever looks at the city may approve it.
_FILERS = "样例"


def prepare(path: Path | None, institutions: int) -> tuple[Home, int, str]:
    """The sample home, how many institutions it has, and a fresh one-time password of the operator.

    A sample city that is there stays as it is. Refuses a home that holds other data."""
    from jieyue.config.initialise import initialise

    folder = resolve(path)
    exists = (folder / HOME_FILE).is_file()
    if exists and not Home.open(folder).synthetic:
        fail(
            REFUSED,
            f"{folder} 是正式数据的目录，样例城市不能装入；请用 --home 指定另一目录",
            f"{folder} holds real data; the sample city needs a folder of its own (--home)",
            code="not_synthetic",
        )
    home = initialise(path) if exists else initialise(path, synthetic=True, clock=_CLOCK)
    mark = home.path / _MARK
    if not mark.exists():
        _load(home, institutions)
        mark.write_text(f"{institutions}\n", encoding="utf-8")
    held = int(mark.read_text(encoding="utf-8"))
    if held != institutions:
        say(
            f"{folder} 里已有 {held} 家机构的样例城市，沿用；要另一座请用 --home 指定另一目录",
            f"{folder} has a sample city of {held} institutions already and keeps it; --home names another place",
        )
    return home, held, new_password()


def _load(home: Home, institutions: int) -> None:
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.insights.services.load_sample import load_sample
    from jieyue.apps.publication.queries import recent
    from jieyue.sample.city import build

    if any(publication.kind.startswith("sample.") for publication in recent()):
        fail(
            REFUSED,
            f"{home.path} 里的样例城市只装了一半，请删除该目录后重来",
            f"the sample city in {home.path} is half loaded; remove the folder and begin again",
            code="half_loaded",
        )
    say(
        f"正在生成 {institutions} 家机构的样例城市……",
        f"making a sample city of {institutions} institutions …",
    )
    city = build(institutions)

    def progress(what: str, done: int, total: int) -> None:
        say(f"  已发布 {done}/{total}：{what}", f"  published {done}/{total}: {what}")

    load_sample(city, actor=_FILERS, progress=progress)
    _open(operator_name())
    _review(operator_name())
    _explain(city, _FILERS)


def _open(actor: str) -> None:
    """Open the month that is being collected, the one before, and the present one, which is collected next."""
    from django.conf import settings

    from jieyue.apps.obligations.services.open_periods import open_periods
    from jieyue.domain.period import Period

    today = settings.JIEYUE_HOME.today()
    month = Period.of_month(today.year, today.month)
    for one in open_periods("NY201", [month.previous().previous(), month.previous(), month], actor=actor):
        say(f"  已开放 {one.period}：应报 {one.due} 份", f"  opened {one.period}: {one.due} returns due")


def _review(actor: str) -> None:
    """Pass the rules over the month that is being collected and the one before, so that the review has its work."""
    from django.conf import settings

    from jieyue.apps.review.services.check_returns import check_returns
    from jieyue.domain.period import Period

    today = settings.JIEYUE_HOME.today()
    collecting = Period.of_month(today.year, today.month).previous()
    for period in (collecting.previous(), collecting):
        run = check_returns("NY201", [period], actor=actor)
        found = sum(run.counts.values())
        say(f"  已审核 {period}：{found} 个问题", f"  reviewed {period}: {found} findings")


def _explain(city: "SampleCity", actor: str) -> None:
    """Give the section chief's true movements of persons the reason that their institutions gave (T2)."""
    from jieyue.apps.registry.queries import by_code
    from jieyue.apps.review.queries import kept
    from jieyue.apps.review.services.explain import explain

    section = city.cases.get("T2")
    if section is None:
        return
    numbers = by_code(section["explained"])
    reasons = {numbers[code]: reason for code, reason in section["explained"].items()}
    rows = kept("NY201", [section["period"]]).filter(subject__in=reasons, item=_PERSONS)
    for number, subject in list(rows.values_list("id", "subject")):
        explain(number, reasons[subject], actor=actor)
