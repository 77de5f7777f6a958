"""The sentences of a body's own path, in Chinese and English: what was issued to it, and how it stands."""

from collections.abc import Callable
from typing import Any

from jieyue.apps.accounts.derived_words import words
from jieyue.apps.insights.overview_words import Name, Said, amount, mark_of, moved
from jieyue.apps.targets.own_path import OwnIndicator, OwnPath

NOT_ISSUED: Said = ("未下达，不作结论", "nothing issued, no verdict")


def of_path(found: OwnPath, one: OwnIndicator, period: Name, name: Callable[[Any], str], unit: Name) -> Said:
    """How many of what was issued is kept, and how the drawn indicator moved since the base year."""
    year = period(str(found.years[-1]))
    zh, en = "没有向本口径单独下达目标", "No target of its own was issued to it"
    if found.issued:
        kept = sum(_kept(row) for row in found.issued)
        unknown = sum(row.verdict is None or row.verdict.status == "no_data" for row in found.issued)
        zh = f"向本口径下达的 {len(found.issued)} 项目标，{year} {kept} 项达到"
        en = f"{year}: {kept} of {len(found.issued)} targets issued to it are kept"
        if unknown:
            zh, en = f"{zh}、{unknown} 项无数据", f"{en}, {unknown} without data"
    last = one.last
    if last.exact is None:
        return f"{zh}；{year}{name(one.printed)}未报", f"{en}; {year}: {name(one.printed)} not reported"
    told = f"{amount(last, unit)}"
    mark = mark_of(last)
    if one.since_base.value is None:
        why = words(one.since_base)
        return (
            f"{zh}；{year}{name(one.printed)} {told}{mark[0]}，较基期：{why[0]}",
            f"{en}; {year}: {name(one.printed)} {told}{mark[1]}, since the base year: {why[1]}",
        )
    change = moved(one.since_base, ("较基期", "since the base year"))
    return (
        f"{zh}；{year}{name(one.printed)} {told}{mark[0]}，{change[0]}",
        f"{en}; {year}: {name(one.printed)} {told}{mark[1]}, {change[1]}",
    )


def _kept(one: OwnIndicator) -> bool:
    return one.verdict is not None and one.verdict.status in ("met", "on_path")


def verdict_of(one: OwnIndicator) -> Said:
    """The verdict of the last year in words."""
    return NOT_ISSUED if one.verdict is None else one.verdict.words


def source_of(one: OwnIndicator) -> Said:
    """By which document it was issued; unverified where nobody confirmed it."""
    if one.issued is None:
        return "", ""
    mark = ("", "") if one.issued.verified else ("（未核实）", " (unverified)")
    return f"{one.issued.source}{mark[0]}", f"{one.issued.source}{mark[1]}"


def notes(found: OwnPath) -> Said:
    """What is not there, and on which boundaries both sides stand."""
    silent = len(found.rows) - len(found.issued)
    zh = f"各年都按 {found.boundaries} 的区划和隶属计算。"
    en = f"All years stand on the boundaries of {found.boundaries}."
    if silent:
        zh += f"{silent} 项没有向本口径下达目标（规划包的下达表里没有这一行），不作结论，不借用全市的目标。"
        en += (
            f" For {silent} indicators nothing was issued to it (issued.csv of the plan):"
            " no verdict, and the whole's target is not borrowed."
        )
    return zh, en
