"""The sentences of a dashboard, in Chinese and English: each chart's title is the answer, made from its figures.

A sentence whose number is missing changes into its missing form; direction words come from the sign.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from jieyue.apps.accounts.change_words import REASONS, part_of_whole, percent
from jieyue.apps.accounts.derived import Derived
from jieyue.apps.accounts.derived_words import words
from jieyue.apps.accounts.direction_words import is_level, word
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights.attention import Attention
from jieyue.apps.insights.overview import Bodies, Months, Price, Progress, Shares, Side, Trust
from jieyue.apps.insights.scatter import Scatter, Spread
from jieyue.apps.insights.standings import Standings
from jieyue.domain.rounding import display

Said = tuple[str, str]
#: What the page calls a period, an indicator, a unit or a part, in its own language.
Name = Callable[[str], str]


def moved(found: Derived, what: Said = ("同比", "on the year before")) -> Said:
    """A relative change in words: 同比上升 2.1%, 同比下降 3.2%, 同比持平, 同比无可比基数; or 本期缺数, 新设."""
    zh, en = words(found)
    if found.value is None and found.reason != "no_base":
        return zh, en
    return f"{what[0]}{zh}", f"{en} {what[1]}"


def points(change: Fraction | None) -> Said:
    """A change of a share: 上升 1.1 个百分点."""
    if change is None:
        return REASONS["no_base"]
    if is_level(change):
        return "较上年同期持平", "unchanged on the year before"
    (zh, en), size = word(change), display(abs(change), 1)
    return (
        f"较上年同期{zh} {size} 个百分点",
        f"{en} {size} percentage points on the year before",
    )


def amount(row: FigureRow, unit: Name) -> str:
    """A figure with its unit."""
    return f"{Decimal(row.display or 0):,} {unit(row.unit)}"


def mark_of(row: FigureRow) -> Said:
    """What follows a figure that is not final."""
    return ("（初步）", " (provisional)") if row.status == "provisional" else ("", "")


def of_side(side: Side, period: Name, indicator: Name, unit: Name) -> Said:
    """A figure in one sentence: 2026年9月，能源消费总量 1,170.46 吨标准煤，同比上升 2.1%，环比下降 3.0%。"""
    when, name = period(side.now.period), indicator(side.now.indicator)
    if side.now.exact is None:
        return f"{when}，{name}未报，不足以计算。", f"{when}: {name} not reported, nothing to compute."
    year = moved(side.on_year)
    month = moved(side.on_month, ("环比", "on the month before")) if side.on_month else ("", "")
    mark = mark_of(side.now)
    told = amount(side.now, unit)
    return (
        f"{when}，{name} {told}{mark[0]}，{year[0]}{'，' + month[0] if month[0] else ''}。",
        f"{when}: {name} {told}{mark[1]}, {year[1]}{', ' + month[1] if month[1] else ''}.",
    )


def of_months(months: Months, period: Name, indicator: Name) -> Said:
    """How the year runs: how many months are above the year before, how many were not reported."""
    name = indicator(months.indicator)
    known, over = months.reported, [month for month in months.months if month.now is not None]
    gaps, open_ones = len(months.gaps), len(months.provisional)
    if len(over) == gaps:
        return f"{name}：本年各月都没有报来", f"{name}: nothing was reported this year"
    above = sum((month.now.exact or 0) > (month.then.exact or 0) for month in known if month.now)
    zh, en = f"{name}：没有可比的月份", f"{name}: no month to compare with"
    if known:
        zh = f"{name}：可比的 {len(known)} 个月中，{above} 个月高于上年同月"
        en = f"{name}: above the same month a year before in {above} of {len(known)} months"
    if open_ones:
        zh, en = f"{zh}；{open_ones} 个月为初步数，不比", f"{en}; {open_ones} provisional, not compared"
    if gaps:
        zh, en = f"{zh}；{gaps} 个月未报", f"{en}; {gaps} not reported"
    return zh, en


def of_progress(progress: Progress, period: Name, indicator: Name, unit: Name) -> Said:
    """Whether the year is on time: share of last year's twelve months, beside last year's own and the calendar's."""
    now = progress.now[-1] if progress.now else None
    name = indicator(progress.indicator)
    if now is None or now.exact is None:
        return f"{name}：累计数未报，不足以计算进度", f"{name}: not reported, no progress to tell"
    when = period(now.period)
    zh, en = f"{when}{name}累计 {amount(now, unit)}", f"{when}: {name} {amount(now, unit)}"
    if now.status == "provisional":
        complete = part_of_whole(None if now.completeness is None else Fraction(now.completeness)) or "—"
        return (
            f"{zh}（初步，完整率 {complete}%），只含各月都报全的机构，不比进度",
            f"{en} (provisional, completeness {complete}%): only who filed every month, progress is not told",
        )
    share, same = progress.share(now).display, progress.share(progress.same_time).display
    if share is None or same is None:
        return (
            f"{zh}；上年各月不全，无可比基数",
            f"{en}; last year's months are not all there to compare with",
        )
    calendar = display(progress.time * 100, 1)
    return (
        f"{zh}，相当于上年全年的 {share}%；上年同期为 {same}%，时间进度 {calendar}%",
        f"{en}, {share}% of last year's twelve months; a year before {same}%, time passed {calendar}%",
    )


def of_limit(progress: Progress, unit: Name) -> Said:
    """The control figure in force, or that there is none."""
    if progress.limit is None:
        return "本年度未下达控制数", "No control figure was issued for this year"
    shown = f"{Decimal(display(progress.limit, 2)):,} {unit(progress.whole.unit)}"
    return f"本年控制数 {shown}", f"Control figure of this year {shown}"


def of_shares(shares: Shares, name: Name) -> Said:
    """What the largest part is, and how its share moved."""
    part = shares.largest
    if part is None or part.now_share is None:
        return "没有报来的数，看不出构成", "Nothing was reported: it is not known what it is made of"
    zh, en = points(part.points)
    told = display(part.now_share, 1)
    mark = mark_of(part.now)
    return f"{name(part.code)}占 {told}%{mark[0]}，{zh}", f"{name(part.code)} is {told}%{mark[1]}, {en}"


def of_trust(trust: Trust | None, period: Name, origin: Name) -> Said:
    """Completeness of the last month, and the largest origin of its values."""
    if trust is None or trust.completeness.exact is None:
        return "没有应报的报表，完整率无从计算", "Nothing is due: there is no completeness"
    when, share = period(trust.completeness.period), part_of_whole(trust.completeness.exact)
    known = [row for row in trust.origins if row.exact]
    if not known:
        return (
            f"{when}完整率 {share}%，没有报来的用能",
            f"{when}: completeness {share}%, no energy was reported",
        )
    most = max(known, key=lambda row: row.exact or 0)
    code, told = most.indicator.rpartition("_")[2], percent((most.exact or Fraction()) / 100)
    return (
        f"{when}完整率 {share}%；用能数 {told}% 为{origin(code)}",
        f"{when}: completeness {share}%; {told}% of the energy is {origin(code)}",
    )


def of_bodies(bodies: Bodies) -> Said:
    """How many of the bodies below are complete enough."""
    known = len(bodies.known)
    if not known:
        return "下级没有应报的报表", "Nothing is due below"
    least = percent(bodies.least)
    return (
        f"{known} 个下级中，{bodies.enough} 个完整率不低于 {least}%",
        f"{bodies.enough} of {known} bodies below are complete to {least}% or more",
    )


#: Observed ÷ expected of who uses what its types use in the whole.
AS_EXPECTED = Fraction(1)


def of_standings(found: Standings, names: Mapping[str, str], period: Name) -> Said:
    """How many use more than expected and who most and least; or where one body stands."""
    when = period(str(found.period))
    if found.own:
        one = found.named[0]
        zh, en = words(one.place)
        if one.now.display is None:
            return f"{when}不足以计算用能与预期之比", f"{when}: not enough to compute energy against expected"
        return (
            f"{when}单位面积用能为按类型预期的 {one.now.display} 倍，{zh}",
            f"{when}: energy per area is {one.now.display} times what its types use; {en}",
        )
    known = [one for one in found.named if one.place.value is not None]
    if not known:
        reason = words(found.named[0].place)
        return f"{when}各单位：{reason[0]}", f"{when}: {reason[1]}"
    above = sum((one.now.exact or 0) > AS_EXPECTED for one in known)
    best, worst = known[0], known[-1]
    return (
        f"{when} {len(known)} 个同级单位中 {above} 个单位面积用能高于按类型预期，"
        f"最低{names[best.scope]} {best.now.display}，最高{names[worst.scope]} {worst.now.display}",
        f"{when}: {above} of {len(known)} bodies use more per area than their types do; "
        f"least {names[best.scope]} {best.now.display}, most {names[worst.scope]} {worst.now.display}",
    )


def of_scatter(found: Scatter, period: Name, indicator: Name) -> Said:
    """How many institutions are drawn, and how many of them are far from their type."""
    when, ratio = period(found.plan.key.period), indicator(found.view.ratio)
    if not found.n:
        return (
            f"{when}：没有报全且两项数都有的机构，画不出分布",
            f"{when}: no institution reported in full with both numbers, nothing to draw",
        )
    outside = found.above + found.below
    return (
        f"{when} {found.n:,} 个机构中 {outside:,} 个{ratio}在同类型中间九成之外：偏高 {found.above:,} 个、"
        f"偏低 {found.below:,} 个",
        f"{when}: {outside:,} of {found.n:,} institutions are outside the middle nine tenths of their type by"
        f" {ratio}: {found.above:,} above, {found.below:,} below",
    )


def of_spread(
    spreads: Sequence[Spread], kinds: Mapping[int, str], found: Scatter, period: Name, indicator: Name
) -> Said:
    """The middle of the commonest type, and how many types have too few for quantiles."""
    when, ratio = period(found.plan.key.period), indicator(found.view.ratio)
    few = sum(not each.quantiles for each in spreads)
    first = next((each for each in spreads if each.quantiles), None)
    if first is None:
        return (
            f"{when}{ratio}：各类型都不足 10 个机构，不列分位",
            f"{when}, {ratio}: every type has fewer than 10 institutions, no quantiles",
        )
    low, middle, high = (display(first.quantiles[share], 2) for share in (20, 50, 80))
    zh = f"{when}{kinds[first.kind]} {first.n:,} 个机构{ratio}中位数 {middle}，P20—P80 为 {low}—{high}"
    en = f"{when}: {ratio} of {first.n:,} {kinds[first.kind]}: median {middle}, P20–P80 {low}–{high}"
    if few:
        return f"{zh}；另有 {few} 个类型不足 10 个机构", f"{en}; {few} types have fewer than 10 institutions"
    return zh, en


def of_price(price: Price | None, period: Name, carrier: Name, unit: Name) -> Said:
    """What the first carrier costs, and how that moved."""
    if price is None:
        return (
            "没有同时报数量和金额的，算不出单价",
            "Nobody stated both quantity and money: there is no price",
        )
    now, name = price.side.now, carrier(price.carrier)
    if now.exact is None:
        return (
            f"{period(now.period)}{name}没有报金额，算不出均价",
            f"{period(now.period)}: no money was stated for {name}",
        )
    year, mark = moved(price.side.on_year), mark_of(now)
    return (
        f"{period(now.period)}{name}均价 {amount(now, unit)}{mark[0]}，{year[0]}",
        f"{period(now.period)}: {name} at {amount(now, unit)} on average{mark[1]}, {year[1]}",
    )


def of_movers(found: Attention, name: Name) -> Said:
    """Who moved most, and how many have said why."""
    if not found.movers:
        return "没有两期都报全的机构", "No institution reported whole periods both times"
    silent = sum(not mover.said for mover in found.movers)
    first = found.movers[0]
    zh, en = ("增加", "more") if first.moved >= 0 else ("减少", "less")
    return (
        f"变化最大的是{first.member.name}（{zh}）；前 {len(found.movers)} 家中 {silent} 家没有说明",
        f"{first.member.name} moved most ({en}); {silent} of the first {len(found.movers)} said nothing of it",
    )


def of_alerts(found: Attention) -> Said:
    """How many findings are open."""
    if not found.findings:
        return "没有待处理的问题", "No finding is open"
    return (
        f"{found.findings:,} 个问题待处理，列出用能最多的 {len(found.alerts)} 个",
        f"{found.findings:,} findings are open; the {len(found.alerts)} with most energy behind them",
    )
