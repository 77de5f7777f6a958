"""A derived figure in words: 上升 2.1%, 下降 3.2 吨标准煤, 持平, 无可比基数, 新设, 第 3 位（共 38）."""

from decimal import Decimal

from jieyue.apps.accounts.derived import Derived
from jieyue.apps.accounts.direction_words import DIRECTIONS
from jieyue.domain.derived import STATISTICS, Direction, Op

REASONS = {
    "no_base": ("无可比基数", "no base to compare with"),
    "new": ("新设", "newly founded"),
    "no_current": ("本期缺数", "missing this time"),
    "missing": ("缺数", "missing"),
    "few_peers": ("同级不足 5 个，不排序", "fewer than 5 peers: not ranked"),
    "below_threshold": ("完整率不足，不参与排序", "too incomplete to be ranked"),
    "no_direction": ("不分高低，不排序", "neither more nor less is better: not ranked"),
}
FORMULAS = {
    Op.CHANGE: ("本期 − 上期", "now − then"),
    Op.RELATIVE: ("（本期 − 上期）÷ 上期 × 100", "(now − then) ÷ then × 100"),
    Op.ALIKE: (
        "两期都报全的机构：（本期 − 上期）÷ 上期 × 100",
        "of the institutions that reported whole periods both times: (now − then) ÷ then × 100",
    ),
    Op.ALIKE_CHANGE: (
        "两期都报全的机构：本期 − 上期",
        "of the institutions that reported whole periods both times: now − then",
    ),
    Op.EFFECT: (
        "本期 − 上期中，属于此项的机构的部分",
        "the part of now − then that the institutions of this effect made",
    ),
    Op.POINTS: ("本期比重 − 上期比重", "share now − share then"),
    Op.SHARE: ("部分 ÷ 全部 × 100", "part ÷ whole × 100"),
    Op.RATIO: ("第一个数 ÷ 第二个数", "the first ÷ the second"),
    Op.DIFFERENCE: ("第一个数 − 第二个数", "the first − the second"),
    Op.GAP: ("实际 − 目标", "actual − target"),
    Op.RANK: (
        "同级单位中优于它的个数 ＋ 1；完整率不足的不参与，相同的并列",
        "how many of its peers are better, and 1; those too incomplete are left out, ties share a place",
    ),
    Op.COUNT: ("同级单位中状态如此的个数", "how many of the peers have this status"),
    Op.SIZE: (
        "各品种 L(本期, 上期) × ln(本期规模 ÷ 上期规模) 之和；品种用能 = 总量 × 比重；L(a, b) = (a − b) ÷ ln(a ÷ b)",
        "sum over carriers of L(now, then) × ln(size now ÷ size then); a carrier = energy × its share; "
        "L(a, b) = (a − b) ÷ ln(a ÷ b)",
    ),
    Op.INTENSITY: (
        "该品种本期 − 上期，减去规模变化的影响，即 L(本期, 上期) × ln(本期强度 ÷ 上期强度)",
        "the carrier's now − then less the effect of the size: L(now, then) × ln(intensity now ÷ intensity then)",
    ),
    Op.QUANTITY: (
        "该品种费用本期 − 上期，减去单价变化的影响；费用 = 用量 × 单价，用量 = 能源消费 × 比重 ÷ 折标系数",
        "the carrier's cost now − then less the effect of the price; cost = quantity × price, "
        "quantity = energy × share ÷ coefficient",
    ),
    Op.PRICE: (
        "L(本期费用, 上期费用) × ln(本期单价 ÷ 上期单价)",
        "L(cost now, cost then) × ln(price now ÷ price then)",
    ),
    Op.QUANTILE: (
        "有数的机构从低到高排列的分位数（单价＝金额 ÷ 数量，只算两项都报的）；不足十家不列；"
        "总在两家之间，不是任何一家的数；本系统统计，非定额",
        "a quantile of the institutions that have a number (a price is money ÷ quantity, of those that state both); "
        "none of fewer than ten; always between two of them, the number of none; a statistic of this system, no quota",
    ),
    Op.PEER_QUANTILE: (
        "同类机构（同类型、同规模、同片区，不足十家依次放宽）从低到高排列的分位数；"
        "总在两家之间，不是任何一家的数；本系统统计，非定额",
        "a quantile of its peers (same type, size and group of regions, widened where there are fewer than ten); "
        "always between two of them, the number of none; a statistic of this system, no quota",
    ),
    Op.PERCENTILE: (
        "（低于本机构的同类个数 ＋ 与它相同的个数的一半，含它自己）÷ 同类个数 × 100",
        "(its peers that are lower, and half of those that are equal, itself among them) ÷ number of peers × 100",
    ),
    Op.WEIGHTED: (
        "应报本月的机构，各按上年同月的能源消费加权：已报部分的权重之和 ÷ 全部权重之和 × 100",
        "who owes the month weighs what it used in the same month a year before: the weight that is there ÷ the whole "
        "weight × 100",
    ),
    Op.MONEY: (
        "计入本级的机构为此付的金额之和，只报金额、没有数量的也计入",
        "the sum of what the institutions that are counted paid for it, lump sums without a quantity included",
    ),
}


def words(found: Derived) -> tuple[str, str]:
    """(zh, en) without the unit of an amount: `上升 2.1%`, `下降 3,200.20`, `持平`, `无可比基数`."""
    if found.value is None or found.display is None:
        return REASONS.get(found.reason, REASONS["missing"])
    if found.op is Op.RANK:
        return f"第 {found.display} 位（共 {found.of} 个）", f"{found.display} of {found.of}"
    sign = {"%": ("%", "%"), "pp": (" 个百分点", " pp")}.get(found.unit, ("", ""))
    if found.direction is None:
        shown = _thousands(found.display) if found.op in STATISTICS else found.display
        return f"{shown}{sign[0]}", f"{shown}{sign[1]}"
    said = DIRECTIONS[found.direction]
    if found.direction is Direction.LEVEL:
        return said
    size = f"{Decimal(found.display.removeprefix('-')):,}"
    return f"{said[0]} {size}{sign[0]}", f"{said[1]} {size}{sign[1]}"


def _thousands(text: str) -> str:
    """With separators; `> 99.9` as it is."""
    return text if text.startswith(">") else f"{Decimal(text):,}"
