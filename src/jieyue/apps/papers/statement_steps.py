"""七、下一步: at most five, each by a rule from the numbers of the statement, with its clause and what is at stake."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from jieyue.apps.insights.why import Money
from jieyue.apps.papers.content import Cell, Kind, Number, Status
from jieyue.apps.papers.numbers import figure, joined, shape_of
from jieyue.apps.papers.statement_facts import (
    ENERGY,
    PER_AREA,
    Facts,
    carrier_zh,
    kilograms,
    number_of,
)
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.review.queries import rule_rows

MOST = 5
_UPPER, _MIDDLE = 75, 50
_NAMED = 2
#: Origins of energy that nobody measured or billed.
_UNMEASURED = ("evidence_share_estimated", "evidence_share_declared")
_KGCE = "千克标准煤"


def steps_of(facts: Facts) -> list[Cell]:
    """The steps in the order of the rules: first what is not known, then what is much, more, and dear."""
    found = [cell for rule in _RULES for cell in rule(facts)]
    return [joined(f"{place}. ", cell) for place, cell in enumerate(found[:MOST], 1)]


def _unreported(facts: Facts) -> Iterator[Cell]:
    """The year's energy is not known."""
    if facts.now(ENERGY).exact is not None or facts.inside:
        return
    then = facts.then(ENERGY)
    stake = (
        joined(f"涉及能源：不足以计算（{facts.before.year}年也缺）")
        if then.exact is None
        else joined(f"涉及能源（按{facts.before.year}年）", _weight(facts, then.exact * 1000, then.receipt))
    )
    yield joined(f"补报{facts.year.year}年未报的能源消费数据。", _by("reporting_disclosure"), stake, "。")


def _findings(facts: Facts) -> Iterator[Cell]:
    """Findings of its returns that nobody has answered."""
    if not facts.findings:
        return
    codes = list(dict.fromkeys(one.rule for one in facts.findings))
    names = {one.rule: one.rule_zh for one in facts.findings}
    rules = rule_rows(str(facts.year))
    said = "、".join(f"{names[code]}（{code}）" for code in codes[:_NAMED])
    more = "等" if len(codes) > _NAMED else ""
    source = rules[codes[0]].source if codes[0] in rules else ""
    count = Number(
        str(len(facts.findings)), "项", "n(finding)", facts.scope, str(facts.year),
        Fraction(len(facts.findings)), f"review/{facts.scope}/{facts.year}@{facts.sequence}", Status.FINAL,
        Kind.COUNT,
    )  # fmt: skip
    clause = f"依据：审核规则{codes[0]}{f'，{source}' if source else ''}；"
    yield joined("改正或说明未处理的审核问题", count, f"：{said}{more}。{clause}", _whole(facts), "。")


def _unmeasured(facts: Facts) -> Iterator[Cell]:
    """Energy that was estimated or only declared."""
    rows = [facts.now(code) for code in _UNMEASURED]
    share = sum((row.exact or Fraction(0) for row in rows), Fraction(0))
    total = facts.now(ENERGY).exact
    if not share or total is None:
        return
    number = facts.made("share(unmeasured)", share, "%", 1, ENERGY)
    stake = _weight(facts, total * share * 10, *(row.receipt for row in rows))
    yield joined(
        "把推算和申报的数换成表计或账单的数，现占", number, "。", _by("metering_equipment"), "涉及能源", stake, "。",
    )  # fmt: skip


def _above_peers(facts: Facts) -> Iterator[Cell]:
    """Energy by floor area above three quarters of its peers."""
    band, area, own = facts.band(PER_AREA), facts.now("floor_area_m2"), facts.now(PER_AREA)
    if band is None or not band.quantiles or own.exact is None or area.exact is None:
        return
    if own.exact <= band.quantiles[_UPPER]:
        return
    decimals = shape_of(own).decimals
    upper = facts.made("peer_p75", band.quantiles[_UPPER], shape_of(own).unit, decimals, PER_AREA)
    stake = _weight(facts, (own.exact - band.quantiles[_MIDDLE]) * area.exact, own.receipt, area.receipt)
    yield joined(
        "查找单位建筑面积能耗", figure(own), "高于同类上四分位数", upper, "的原因，拟定节能措施。",
        _by("retrofit_existing"), "降到同类中位数可减", stake, "。",
    )  # fmt: skip


def _more_by_use(facts: Facts) -> Iterator[Cell]:
    """The carrier whose use by floor area added most."""
    cause = next((one for one in facts.profile.causes if one.intensities), None)
    if cause is None or not cause.intensities:
        return
    carrier, effect = max(cause.intensities.items(), key=lambda pair: pair[1].value or Fraction(0))
    if not effect.value or effect.value <= 0:
        return
    yield joined(
        f"核查{carrier_zh(carrier)}单位面积用量上升的设备和时段。", _by("buildings_first"), "因此多用",
        kilograms(effect), "。",
    )  # fmt: skip


def _dearer(facts: Facts) -> Iterator[Cell]:
    """The carrier whose price cost most more."""

    def paid(one: Money) -> Fraction:
        return one.price.value or Fraction(0)

    worst = max(facts.profile.money, key=paid, default=None)
    if worst is None or paid(worst) <= 0:
        return
    yield joined(
        f"核对{carrier_zh(worst.carrier)}的单价、账单和合同。", _by("market_contracts"), "单价变化多付",
        number_of(worst.price, decimals=0), "。",
    )  # fmt: skip


_RULES: tuple[Callable[[Facts], Iterator[Cell]], ...] = (
    _unreported, _findings, _unmeasured, _above_peers, _more_by_use, _dearer,
)  # fmt: skip


def _by(task: str) -> str:
    """The plan's clause that asks for it; a plan without one says so."""
    plan = home_plan()
    found = next((one for one in plan.tasks if one.code == task and one.clause), None)
    if found is None:
        return "依据：本系统的规则，规划无对应条款；"
    return f"依据：规划 {found.clause}“{found.name_zh}”；"


def _whole(facts: Facts) -> Cell:
    row = facts.now(ENERGY)
    if row.exact is None:
        return joined("涉及能源：不足以计算（能源消费未报全）")
    return joined("涉及能源", _weight(facts, row.exact * 1000, row.receipt))


def _weight(facts: Facts, kilos: Fraction, *receipts: str) -> Number:
    """Kilograms of standard coal at stake, from figures."""
    made = facts.made("at_stake", kilos, _KGCE, 0, ENERGY)
    status = Status.FINAL if made.status is Status.MISSING else made.status
    return Number(
        made.text, _KGCE, "at_stake", facts.scope, str(facts.year), kilos, "", status, Kind.DERIVED,
        parts=tuple(dict.fromkeys(receipts)),
    )  # fmt: skip
