"""The sentences of the charts that are made of what single institutions say, in Chinese and English."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from jieyue.apps.accounts.change_words import part_of_whole
from jieyue.apps.insights.months_of_people import PeopleMonth
from jieyue.apps.insights.overview_words import Name, Said, mark_of
from jieyue.domain.rounding import display


def of_weighted(last: PeopleMonth, period: Name) -> Said:
    """Completeness of the last month by last year's energy beside that by count."""
    when, by_count = period(last.period), part_of_whole(last.trust.completeness.exact)
    if last.weighted is None:
        return (
            f"{when}：应报的机构上年同月都没有数，无从加权",
            f"{when}: nobody who owes the month had any energy in it last year, nothing to weigh by",
        )
    share = part_of_whole(last.weighted)
    zh, en = (
        f"{when}按上年同月用能加权的完整率 {share}%",
        f"{when}: completeness weighted by last year's energy {share}%",
    )
    return (zh, en) if by_count is None else (f"{zh}，按家数 {by_count}%", f"{en}, by count {by_count}%")


def of_prices(months: Sequence[PeopleMonth], carrier: str, name: str, period: Name, unit: Name) -> Said:
    """The last month's median with its band."""
    last = months[-1]
    when, found = period(last.period), last.prices.get(carrier)
    if not carrier or found is None:
        return f"{when}：没有报金额", f"{when}: no money was stated"
    if not found.quantiles:
        return (
            f"{when}{name}：只有 {found.n} 家同时报数量和金额，不足 10 家，不列分位",
            f"{when}, {name}: {found.n} state both quantity and money, fewer than ten, no quantiles",
        )
    low, middle, high = (display(value, 4) for value in found.quantiles.values())
    symbol = unit(last.means[carrier].unit)
    mark = mark_of(last.means[carrier])
    zh = f"{when}{name}单价中位数 {middle} {symbol}{mark[0]}，中间八成 {low}—{high}（{found.n:,} 家）"
    en = (
        f"{when}: median price of {name} {middle} {symbol}{mark[1]}, middle eighty per cent {low}–{high}"
        f" ({found.n:,})"
    )
    if found.lumps:
        return f"{zh}；另有 {found.lumps:,} 家只报金额", f"{en}; {found.lumps:,} state money alone"
    return zh, en


def of_money(months: Sequence[PeopleMonth], carriers: Sequence[str], name: Name, period: Name) -> Said:
    """What was paid in the last month, and most for what."""
    last = months[-1]
    paid = {one: last.prices[one].money for one in carriers if one in last.prices}
    whole = sum(paid.values(), Fraction())
    when = period(last.period)
    if not whole:
        return f"{when}：没有报金额", f"{when}: no money was stated"
    most = max(paid, key=lambda one: paid[one])
    share, told = display(paid[most] * 100 / whole, 1), f"{Decimal(display(whole, 2)):,}"
    mark = mark_of(last.means[most])
    # Beside it stands the money for energy, without that for water.
    water = ("（含水费）", ", water included") if paid.get("water") else ("", "")
    return (
        f"{when}付费合计{water[0]} {told} 元{mark[0]}，{name(most)}占 {share}%",
        f"{when}: {told} yuan paid in all{water[1]}{mark[1]}, {share}% of it for {name(most)}",
    )
